"""Finding people over HTTP. A search is a POST: what is typed is a personal fact and stands in no address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from xiangyun.base import clock
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.people.queries import search as queries
from xiangyun.kernel.people.rules.abilities import SEE_PERSON
from xiangyun.kernel.people.schemas.search import FoundOut, SearchIn

router = Router(tags=["people"])


@router.post("/search", response=FoundOut, operation_id="people_search_people")
@needs(SEE_PERSON)
def search_people(request: HttpRequest, body: SearchIn) -> dict[str, Any]:
    """Find people by ID number, phone, their home's number, name, pinyin or initials, one character wrong or not."""
    on = timezone.localdate(clock.now())
    found = queries.find(body.q, by=actor_of(request), area=body.area, most=body.limit, on=on)
    return {"items": found.items, "more": found.more}
