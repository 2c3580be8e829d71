"""The code lists of the register over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from xiangyun.base import clock, words
from xiangyun.kernel.access.needs import signed_in
from xiangyun.kernel.people.rules import codes
from xiangyun.kernel.people.schemas.homes import CodeListOut

router = Router(tags=["people"])


@router.get("/codes", response=list[CodeListOut], operation_id="people_list_codes")
@signed_in
def list_codes(request: HttpRequest) -> list[dict[str, Any]]:
    """Every code list as it is in force today, in the reader's language."""
    is_zh = getattr(request, "lang", words.DEFAULT) == words.DEFAULT
    on = timezone.localdate(clock.now())
    return [
        {
            "id": name,
            "name": known.zh if is_zh else known.en,
            "codes": [
                {"code": one.code, "name": one.zh if is_zh else one.en, "level": one.level}
                for one in codes.codes(name, on).values()
            ],
        }
        for name, known in codes.lists().items()
    ]
