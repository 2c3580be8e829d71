"""The audit over HTTP: read it, check it; nothing here writes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime

from xiangyun.base.errors import NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.audit import adapters, queries
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.schemas import EntryOut, VerdictOut

ROUTER = Router(tags=["audit"])


@ROUTER.get("/audit", response=Page[EntryOut], operation_id="audit_list_entries")
@needs("audit.see_entry")
def list_entries(
    request: HttpRequest,
    paging: Query[Paging],
    act: str = "",
    account: str = "",
    object_kind: str = "",
    object_id: str = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> dict[str, Any]:
    """Who did what, the latest first: acts that begin with `act`, by an `account`, on an object."""
    rows = queries.entries(
        actor_of(request),
        act=act,
        account=account,
        object_kind=object_kind,
        object_id=object_id,
        since=since,
        until=until,
    )
    found = page(rows, paging=paging, order=("-id",))
    places = queries.places([entry.pk for entry in found["items"]])
    return {**found, "items": [_shown(entry, places) for entry in found["items"]]}


@ROUTER.get("/audit/verify", response=VerdictOut, operation_id="audit_verify")
@needs("audit.verify_chain")
def verify(request: HttpRequest) -> dict[str, Any]:
    """Walk the chain of one's own town and name the first row that is not as it was written."""
    actor = actor_of(request)
    if actor.town is None:
        raise NotFound
    verdict = queries.verify(actor.town, anchors=adapters.kept_heads(settings.CONFIG.home / adapters.FOLDER))
    return {
        "town": verdict.town,
        "is_good": verdict.is_good,
        "says": " ".join(queries.sentences(verdict, actor.lang)),
        "sealed": verdict.sealed,
        "unsealed": verdict.unsealed,
        "oldest_unsealed_at": verdict.oldest_unsealed_at,
        "head": f"{verdict.head.seq}:{verdict.head.hash}" if verdict.head else None,
    }


def _shown(entry: Entry, places: dict[int, int]) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.at,
        "act": entry.act,
        "by": {"kind": entry.by_kind, "id": entry.by_id, "account": entry.by_account, "name": entry.by_name},
        "object": {"kind": entry.object_kind, "id": entry.object_id},
        "area": entry.area_path,
        "detail": entry.detail,
        "seq": places.get(entry.pk),
    }
