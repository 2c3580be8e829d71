"""Work over HTTP: what there is to do, and what people answer."""

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import needs
from xiangyun.kernel.workflow import actions, queries, rules
from xiangyun.kernel.workflow.answers.matters import MatterReader
from xiangyun.kernel.workflow.api.readers import named, reader
from xiangyun.kernel.workflow.models import WorkItem
from xiangyun.kernel.workflow.schemas import AnswerIn, ReassignIn, WorkOut, WorkWholeOut

router = Router(tags=["workflow"])


@router.get("/work", response=Page[WorkOut], operation_id="workflow_list_work")
@needs(rules.SEE)
def list_work(
    request: HttpRequest,
    paging: Query[Paging],
    state: Literal["open", "taken", "done"] | None = None,
    mine: bool = False,
    matter: UUID | None = None,
    q: str = "",
    is_sealed: bool | None = None,
) -> dict[str, Any]:
    """Work of my places and what was given to me; what is due first stands first, what is done newest first. A wall
    asks without what is sealed: others read it too."""
    me = reader(request, MatterReader)
    rows = queries.shown_work(queries.work_for(me.actor))
    if mine:
        rows = rows.filter(assignee=me.actor.account_id) if me.actor.account_id else rows.none()
    if state:
        rows = rows.filter(state=state)
    if matter:
        rows = rows.filter(matter=matter)
    if q:
        rows = rows.filter(matter__number__contains=q)
    if is_sealed is not None:
        rows = rows.filter(matter__is_sealed=is_sealed)
    order = ("-done_at", "-id") if state == "done" else ("due_at", "id")
    found = page(rows, paging=paging, order=order)
    return {**found, "items": me.works(found["items"])}


@router.get("/work/{work_id}", response=WorkWholeOut, operation_id="workflow_get_work")
@needs(rules.SEE)
def get_work(request: HttpRequest, work_id: UUID) -> dict[str, Any]:
    """One work item with its matter and history."""
    me = reader(request, MatterReader)
    return me.work_whole(queries.shown_work(queries.work_for(me.actor)).pick(work_id))


def _answered(
    request: HttpRequest, work_id: UUID, body: AnswerIn | None, act: Callable[..., WorkItem]
) -> dict[str, Any]:
    me = reader(request, MatterReader)
    item = act(work_id=work_id, by=me.actor, at=me.at, note=body.note if body else "")
    return me.works([item])[0]


@router.post("/work/{work_id}/take", response=WorkOut, operation_id="workflow_take_work")
@needs(rules.TAKE)
def take(request: HttpRequest, work_id: UUID, body: AnswerIn | None = None) -> dict[str, Any]:
    """I go. Who was first, if not me, stands in the refusal."""
    return _answered(request, work_id, body, actions.take)


@router.post("/work/{work_id}/done", response=WorkOut, operation_id="workflow_finish_work")
@needs(rules.TAKE)
def done(request: HttpRequest, work_id: UUID, body: AnswerIn | None = None) -> dict[str, Any]:
    """It is done."""
    return _answered(request, work_id, body, actions.done)


@router.post("/work/{work_id}/false_alarm", response=WorkOut, operation_id="workflow_dismiss_work")
@needs(rules.TAKE)
def false_alarm(request: HttpRequest, work_id: UUID, body: AnswerIn | None = None) -> dict[str, Any]:
    """There was nothing."""
    return _answered(request, work_id, body, actions.false_alarm)


@router.post("/work/{work_id}/return", response=WorkOut, operation_id="workflow_return_work")
@needs(rules.TAKE)
def give_back(request: HttpRequest, work_id: UUID, body: AnswerIn | None = None) -> dict[str, Any]:
    """I cannot; ask the next."""
    return _answered(request, work_id, body, actions.give_back)


@router.post("/work/{work_id}/reassign", response=WorkOut, operation_id="workflow_reassign_work")
@needs(rules.REASSIGN)
def reassign(request: HttpRequest, work_id: UUID, body: ReassignIn) -> dict[str, Any]:
    """Give it to a named person."""
    me = reader(request, MatterReader)
    account = named(body.account, request)
    item = actions.reassign(work_id=work_id, account=account, by=me.actor, at=me.at, note=body.note)
    return me.works([item])[0]
