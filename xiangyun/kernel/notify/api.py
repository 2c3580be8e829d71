"""The inbox over HTTP."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock, words
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, signed_in
from xiangyun.kernel.notify import actions, queries
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.notify.schemas import NoticeOut, SeenIn

router = Router(tags=["notify"])


def _shown(notices: list[Notice], lang: str) -> list[dict[str, Any]]:
    places = queries.place_names(notices)
    return [
        {
            "id": notice.pk,
            "code": notice.code,
            "text": queries.sentence(notice, lang, places),
            "subject": {"kind": notice.subject_kind, "id": notice.subject_id} if notice.subject_kind else None,
            "area": notice.area_path,
            "created_at": notice.created_at,
            "seen_at": notice.seen_at,
        }
        for notice in notices
    ]


@router.get("/notices", response=Page[NoticeOut], operation_id="notify_list_notices")
@signed_in
def list_notices(request: HttpRequest, paging: Query[Paging], unseen: bool | None = None) -> dict[str, Any]:
    """My notices, newest first; `unseen=true` only those I have not opened."""
    rows = queries.inbox(actor_of(request))
    if unseen is not None:
        rows = rows.filter(seen_at__isnull=unseen)
    found = page(rows, paging=paging)
    return {**found, "items": _shown(found["items"], getattr(request, "lang", words.DEFAULT))}


@router.post("/notices/{notice_id}/seen", response=NoticeOut, operation_id="notify_see_notice")
@signed_in
def see_notice(request: HttpRequest, notice_id: UUID, body: SeenIn | None = None) -> dict[str, Any]:
    """I have read this one."""
    notice = actions.see(notice_id=notice_id, by=actor_of(request), at=clock.now())
    return _shown([notice], getattr(request, "lang", words.DEFAULT))[0]
