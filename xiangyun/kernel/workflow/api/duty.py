"""Duty over HTTP: the roster, and how long offered work may wait."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from xiangyun.base import paths
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.needs import needs
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import actions, queries, rules
from xiangyun.kernel.workflow.answers.duty import DutyReader
from xiangyun.kernel.workflow.answers.duty import limit as limit_shown
from xiangyun.kernel.workflow.api.readers import named, reader
from xiangyun.kernel.workflow.schemas import AnswerIn, DutyOut, ShiftIn, ShiftOut, TakeLimitIn, TakeLimitOut

router = Router(tags=["workflow"])


@router.get("/duty", response=DutyOut, operation_id="workflow_get_duty")
@needs(rules.SEE_DUTY)
def get_duty(request: HttpRequest, area: str | None = None) -> dict[str, Any]:
    """Who is on duty for a place of my town now, with the public numbers, and the roster."""
    me = reader(request, DutyReader)
    place = area or me.actor.scope
    if not paths.within(place, me.actor.scope):
        raise NotFound
    org.pick(place, me.actor)
    return me.duty(place, list(queries.roster(place, me.at)))


@router.post("/duty", response={201: ShiftOut}, operation_id="workflow_add_shift")
@needs(rules.SET_DUTY)
def add_shift(request: HttpRequest, body: ShiftIn) -> Status[dict[str, Any]]:
    """Put somebody on the roster."""
    me = reader(request, DutyReader)
    shift = actions.add_shift(
        account=named(body.account, request),
        area=body.area,
        kind=body.kind,
        rank=body.rank,
        phone=body.phone,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        by=me.actor,
        at=me.at,
    )
    return Status(201, me.shift(shift))


@router.post("/duty/{shift_id}/end", response=ShiftOut, operation_id="workflow_end_shift")
@needs(rules.SET_DUTY)
def end_shift(request: HttpRequest, shift_id: UUID, body: AnswerIn | None = None) -> dict[str, Any]:
    """Take somebody off the roster from now on."""
    me = reader(request, DutyReader)
    return me.shift(actions.end_shift(shift_id=shift_id, by=me.actor, at=me.at))


@router.post("/duty/take_limit", response={201: TakeLimitOut}, operation_id="workflow_set_take_limit")
@needs(rules.SET_DUTY)
def set_take_limit(request: HttpRequest, body: TakeLimitIn) -> Status[dict[str, Any]]:
    """Say how long offered work may wait in a place before the next on duty is asked."""
    me = reader(request, DutyReader)
    made = actions.set_take_limit(area=body.area, minutes=body.minutes, basis=body.basis, by=me.actor, at=me.at)
    return Status(201, limit_shown(made))
