"""The inbox over HTTP, who stands in for whom, and handing over."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.workflow import actions, queries, rules
from xiangyun.kernel.workflow.answers.inbox import InboxReader
from xiangyun.kernel.workflow.api.readers import named, reader
from xiangyun.kernel.workflow.queries import inbox
from xiangyun.kernel.workflow.schemas.acts import ActIn
from xiangyun.kernel.workflow.schemas.inbox import (
    Box,
    HandOverIn,
    HandOverLookIn,
    HandOverLookOut,
    HandOverOut,
    InboxCountsOut,
    InboxItemOut,
    StandInIn,
    StandInOut,
)

router = Router(tags=["workflow"])


@router.get("/inbox", response=Page[InboxItemOut], operation_id="workflow_list_inbox")
@signed_in
def list_inbox(
    request: HttpRequest, paging: Query[Paging], box: Box = "todo", kind: str = "", area: str = "", q: str = ""
) -> dict[str, Any]:
    """My inbox: 待办 (offered to me or to a post of mine), 在办, 已办, 超期, 我盯着的; what is due first stands first.

    It counts nothing: `total` is null.
    """
    me = reader(request, InboxReader)
    if box == "watching":
        matters = inbox.narrowed_matters(inbox.watched(me.actor), kind=kind, area=area, q=q)
        found = page(matters, paging=paging, order=("-opened_at", "-id"), count=False)
        return {**found, "items": me.watched(found["items"])}
    parts = [inbox.narrowed(part, kind=kind, area=area, q=q) for part in inbox.parts(me.actor, box, me.at)]
    order = ("-done_at", "-id") if box == "done" else ("due_at", "id")
    found = page(inbox.tasks(me.actor), paging=paging, order=order, count=False, parts=parts)
    return {**found, "items": me.tasks(found["items"])}


@router.get("/inbox/counts", response=InboxCountsOut, operation_id="workflow_count_inbox")
@signed_in
def count_inbox(request: HttpRequest) -> dict[str, int]:
    """How many wait for me: by box, and by when they are due."""
    me = reader(request, InboxReader)
    return inbox.counts(me.actor, me.at)


@router.post("/inbox/hand_over", response=HandOverOut, operation_id="workflow_hand_over")
@needs(rules.HANDLE)
def hand_over(request: HttpRequest, body: HandOverIn) -> dict[str, Any]:
    """All my open work goes to somebody else; whoever leads a place hands over for its people."""
    me = reader(request, InboxReader)
    account = named(body.account or me.actor.account, request)
    over = actions.hand_over(account=account, to=named(body.to, request, "to"), note=body.note, by=me.actor, at=me.at)
    return {"went": me.handed(over.went), "stayed": me.handed(over.stayed)}


@router.post("/inbox/hand_over/look", response=HandOverLookOut, operation_id="workflow_look_at_hand_over")
@needs(rules.HANDLE)
def look_at_hand_over(request: HttpRequest, body: HandOverLookIn) -> dict[str, Any]:
    """How much would go over, of what kind, before it is done; a POST, so that no name stands in an address."""
    me = reader(request, InboxReader)
    account = named(body.account or me.actor.account, request)
    over = actions.look_at_hand_over(account=account, to=named(body.to, request, "to"), by=me.actor, at=me.at)
    return {
        "n": len(over.went),
        "stays": len(over.stayed),
        "went": me.counted(over.went),
        "stayed": me.counted(over.stayed),
    }


@router.get("/stand_ins", response=Page[StandInOut], operation_id="workflow_list_stand_ins")
@needs(rules.HANDLE)
def list_stand_ins(request: HttpRequest, paging: Query[Paging], ended: bool | None = None) -> dict[str, Any]:
    """Who stands in for me, for whom I do, and in the places I lead; newest first. `ended`: only those, or only those
    that are on or to come.
    """
    me = reader(request, InboxReader)
    rows = queries.stand_ins_for(actor_of(request))
    if ended is not None:
        rows = rows.filter(ends_at__lte=me.at) if ended else rows.filter(ends_at__gt=me.at)
    return page(rows, paging=paging, order=("-starts_at", "-id"), show=me.stand_in)


@router.post("/stand_ins", response={201: StandInOut}, operation_id="workflow_add_stand_in")
@needs(rules.HANDLE)
def add_stand_in(request: HttpRequest, body: StandInIn) -> Status[dict[str, Any]]:
    """What would be offered to me is offered to my deputy for a time."""
    me = reader(request, InboxReader)
    row = actions.stand_in(
        account=named(body.account or me.actor.account, request),
        deputy=named(body.deputy, request, "deputy"),
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        by=me.actor,
        at=me.at,
    )
    return Status(201, me.stand_in(row))


@router.post("/stand_ins/{stand_in_id}/end", response=StandInOut, operation_id="workflow_end_stand_in")
@needs(rules.HANDLE)
def end_stand_in(request: HttpRequest, stand_in_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """I am back."""
    me = reader(request, InboxReader)
    return me.stand_in(actions.end_stand_in(stand_in_id=stand_in_id, by=me.actor, at=me.at))
