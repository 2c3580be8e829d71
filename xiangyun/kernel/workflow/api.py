"""Work, matters and duty over HTTP."""

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from xiangyun.base import clock, paths, words
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import actions, answers, queries, rules
from xiangyun.kernel.workflow.answers import Reader
from xiangyun.kernel.workflow.models import WorkItem
from xiangyun.kernel.workflow.schemas import (
    AnswerIn,
    DutyOut,
    MatterOut,
    MatterWholeOut,
    ReassignIn,
    ShiftIn,
    ShiftOut,
    TakeLimitIn,
    TakeLimitOut,
    WorkOut,
    WorkWholeOut,
)

router = Router(tags=["workflow"])


def _reader(request: HttpRequest) -> Reader:
    return Reader(actor=actor_of(request), lang=getattr(request, "lang", words.DEFAULT), at=clock.now())


def _account(name: str, request: HttpRequest) -> UUID:
    """The account of this name. Refuses: BadInput."""
    found = queries.account_named(name, actor_of(request))
    if found is None:
        raise BadInput("workflow.no_such_person", errors=[{"loc": ["body", "account"], "msg": name}])
    return found


@router.get("/work", response=Page[WorkOut], operation_id="workflow_list_work")
@needs(rules.SEE)
def list_work(
    request: HttpRequest,
    paging: Query[Paging],
    state: Literal["open", "taken", "done"] | None = None,
    mine: bool = False,
    matter: UUID | None = None,
    q: str = "",
) -> dict[str, Any]:
    """Work of my places and what was given to me; what is due first stands first, what is done newest first."""
    reader = _reader(request)
    rows = queries.work_for(reader.actor).select_related("matter", "assignee")
    if mine:
        rows = rows.filter(assignee=reader.actor.account_id) if reader.actor.account_id else rows.none()
    if state:
        rows = rows.filter(state=state)
    if matter:
        rows = rows.filter(matter=matter)
    if q:
        rows = rows.filter(matter__number__contains=q)
    order = ("-done_at", "-id") if state == "done" else ("due_at", "id")
    found = page(rows, paging=paging, order=order)
    return {**found, "items": reader.works(found["items"])}


@router.get("/work/{work_id}", response=WorkWholeOut, operation_id="workflow_get_work")
@needs(rules.SEE)
def get_work(request: HttpRequest, work_id: UUID) -> dict[str, Any]:
    """One work item with its matter and history."""
    reader = _reader(request)
    return reader.work_whole(queries.work_for(reader.actor).select_related("matter", "assignee").pick(work_id))


def _answered(
    request: HttpRequest, work_id: UUID, body: AnswerIn | None, act: Callable[..., WorkItem]
) -> dict[str, Any]:
    reader = _reader(request)
    item = act(work_id=work_id, by=reader.actor, at=reader.at, note=body.note if body else "")
    return reader.works([item])[0]


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
    reader = _reader(request)
    account = _account(body.account, request)
    item = actions.reassign(work_id=work_id, account=account, by=reader.actor, at=reader.at, note=body.note)
    return reader.works([item])[0]


@router.get("/matters", response=Page[MatterOut], operation_id="workflow_list_matters")
@needs(rules.SEE)
def list_matters(
    request: HttpRequest,
    paging: Query[Paging],
    state: Literal["open", "closed"] | None = None,
    kind: str = "",
    area: str = "",
    q: str = "",
) -> dict[str, Any]:
    """Matters of my places, newest first."""
    reader = _reader(request)
    rows = queries.shown_matters(queries.matters_for(reader.actor))
    if state:
        rows = rows.filter(closed_at__isnull=state == "open")
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.in_area(area)
    if q:
        rows = rows.filter(number__contains=q)
    found = page(rows, paging=paging, order=("-opened_at", "-id"))
    return {**found, "items": reader.matters(found["items"])}


@router.get("/matters/{matter_id}", response=MatterWholeOut, operation_id="workflow_get_matter")
@needs(rules.SEE)
def get_matter(request: HttpRequest, matter_id: UUID) -> dict[str, Any]:
    """One matter with its work and history."""
    reader = _reader(request)
    return reader.matter_whole(queries.shown_matters(queries.matters_for(reader.actor)).pick(matter_id))


@router.get("/duty", response=DutyOut, operation_id="workflow_get_duty")
@needs(rules.SEE_DUTY)
def get_duty(request: HttpRequest, area: str | None = None) -> dict[str, Any]:
    """Who is on duty for a place of my town now, with the public numbers, and the roster."""
    reader = _reader(request)
    place = area or reader.actor.scope
    if not paths.within(place, reader.actor.scope):
        raise NotFound
    org.pick(place, reader.actor)
    return reader.duty(place, list(queries.roster(place, reader.at)))


@router.post("/duty", response={201: ShiftOut}, operation_id="workflow_add_shift")
@needs(rules.SET_DUTY)
def add_shift(request: HttpRequest, body: ShiftIn) -> Status[dict[str, Any]]:
    """Put somebody on the roster."""
    reader = _reader(request)
    shift = actions.add_shift(
        account=_account(body.account, request),
        area=body.area,
        kind=body.kind,
        rank=body.rank,
        phone=body.phone,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        by=reader.actor,
        at=reader.at,
    )
    return Status(201, reader.shift(shift))


@router.post("/duty/{shift_id}/end", response=ShiftOut, operation_id="workflow_end_shift")
@needs(rules.SET_DUTY)
def end_shift(request: HttpRequest, shift_id: UUID, body: AnswerIn | None = None) -> dict[str, Any]:
    """Take somebody off the roster from now on."""
    reader = _reader(request)
    return reader.shift(actions.end_shift(shift_id=shift_id, by=reader.actor, at=reader.at))


@router.post("/duty/take_limit", response={201: TakeLimitOut}, operation_id="workflow_set_take_limit")
@needs(rules.SET_DUTY)
def set_take_limit(request: HttpRequest, body: TakeLimitIn) -> Status[dict[str, Any]]:
    """Say how long offered work may wait in a place before the next on duty is asked."""
    reader = _reader(request)
    limit = actions.set_take_limit(
        area=body.area, minutes=body.minutes, basis=body.basis, by=reader.actor, at=reader.at
    )
    return Status(201, answers.limit(limit))
