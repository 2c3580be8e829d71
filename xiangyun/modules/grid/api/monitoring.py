"""Monitoring over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.modules.grid.actions import monitoring as actions
from xiangyun.modules.grid.answers import monitoring as answers
from xiangyun.modules.grid.models import Monitoring
from xiangyun.modules.grid.queries import monitoring as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules.monitoring import MonitoringState
from xiangyun.modules.grid.schemas.monitoring import (
    ApprovedIn,
    FoundIn,
    HomeVerifiedIn,
    MeasureIn,
    MonitoringOut,
    MonitoringWholeOut,
    PublicIn,
    SaidIn,
)
from xiangyun.modules.grid.schemas.reports import NothingIn

router = Router()


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang


def _read(row: Monitoring, request: HttpRequest) -> dict[str, Any]:
    """The whole file; the reading is written down."""
    by, at = actor_of(request), clock.now()
    actions.note_reading(row, by=by, at=at)
    return answers.whole(queries.monitoring_for(by).pick(row.pk), by, _lang(request), at)


@router.get("/monitoring", response=Page[MonitoringOut], operation_id="grid_list_monitoring")
@needs(may.READ_MONITORING)
def list_monitoring(
    request: HttpRequest, paging: Query[Paging], area: str | None = None, state: MonitoringState | None = None
) -> dict[str, Any]:
    """The families under monitoring of my places, or those I brought; the latest first, names masked."""
    by = actor_of(request)
    rows = queries.monitoring_for(by)
    if area is not None:
        rows = rows.in_area(area)
    if state is not None:
        rows = rows.filter(matter__state=state)
    found = page(rows, paging=paging, order=("-id",))
    return {**found, "items": answers.monitoring(found["items"], by, _lang(request), clock.now())}


@router.post("/monitoring", response={201: MonitoringWholeOut}, operation_id="grid_find_home")
@needs(may.MONITOR)
def find_home(request: HttpRequest, body: FoundIn) -> Status[dict[str, Any]]:
    """A family may fall into poverty: begin its file."""
    told = body.model_dump(exclude={"op_id", "household"})
    row = actions.find(household_id=body.household, **told, by=actor_of(request), at=clock.now())
    return Status(201, _read(row, request))


@router.get("/monitoring/{monitoring_id}", response=MonitoringWholeOut, operation_id="grid_read_monitoring")
@needs(may.READ_MONITORING)
def read_monitoring(request: HttpRequest, monitoring_id: UUID) -> dict[str, Any]:
    """The whole file, with names; that I read it is written down."""
    return _read(queries.monitoring_for(actor_of(request)).pick(monitoring_id), request)


@router.post("/monitoring/{monitoring_id}/verify", response=MonitoringWholeOut, operation_id="grid_verify_home")
@needs(may.KEEP_MONITORING)
def verify_home(request: HttpRequest, monitoring_id: UUID, body: HomeVerifiedIn) -> dict[str, Any]:
    """Somebody verified it: it holds, or there is no need."""
    told = body.model_dump(exclude={"op_id"})
    return _read(actions.verify(monitoring_id=monitoring_id, **told, by=actor_of(request), at=clock.now()), request)


@router.post("/monitoring/{monitoring_id}/publicise", response=MonitoringWholeOut, operation_id="grid_publicise_home")
@needs(may.KEEP_MONITORING)
def publicise_home(request: HttpRequest, monitoring_id: UUID, body: PublicIn) -> dict[str, Any]:
    """The name hangs out from today."""
    by, at = actor_of(request), clock.now()
    return _read(actions.publicise(monitoring_id=monitoring_id, days=body.days, by=by, at=at), request)


@router.post("/monitoring/{monitoring_id}/object", response=MonitoringWholeOut, operation_id="grid_object_to_home")
@needs(may.KEEP_MONITORING)
def object_to_home(request: HttpRequest, monitoring_id: UUID, body: SaidIn) -> dict[str, Any]:
    """Somebody objected: write down what they said, and look into it."""
    by, at = actor_of(request), clock.now()
    return _read(actions.object_to(monitoring_id=monitoring_id, words=body.words, by=by, at=at), request)


@router.post("/monitoring/{monitoring_id}/approve", response=MonitoringWholeOut, operation_id="grid_approve_home")
@needs(may.APPROVE_MONITORING)
def approve_home(request: HttpRequest, monitoring_id: UUID, body: ApprovedIn) -> dict[str, Any]:
    """The county says yes."""
    by, at = actor_of(request), clock.now()
    return _read(actions.approve(monitoring_id=monitoring_id, words=body.words, by=by, at=at), request)


@router.post("/monitoring/{monitoring_id}/refuse", response=MonitoringWholeOut, operation_id="grid_refuse_home")
@needs(may.APPROVE_MONITORING)
def refuse_home(request: HttpRequest, monitoring_id: UUID, body: SaidIn) -> dict[str, Any]:
    """The county says no."""
    by, at = actor_of(request), clock.now()
    return _read(actions.refuse(monitoring_id=monitoring_id, words=body.words, by=by, at=at), request)


@router.post("/monitoring/{monitoring_id}/measures", response=MonitoringWholeOut, operation_id="grid_add_measure")
@needs(may.KEEP_MONITORING)
def add_measure(request: HttpRequest, monitoring_id: UUID, body: MeasureIn) -> dict[str, Any]:
    """Write down what is done for the family."""
    told = body.model_dump(exclude={"op_id"})
    one = actions.add_measure(monitoring_id=monitoring_id, **told, by=actor_of(request), at=clock.now())
    return _read(one.monitoring, request)


@router.post("/monitoring/{monitoring_id}/stable", response=MonitoringWholeOut, operation_id="grid_mark_stable")
@needs(may.KEEP_MONITORING)
def mark_stable(request: HttpRequest, monitoring_id: UUID, body: NothingIn | None = None) -> dict[str, Any]:
    """The danger is over, as far as we see."""
    return _read(actions.mark_stable(monitoring_id=monitoring_id, by=actor_of(request), at=clock.now()), request)


@router.post("/monitoring/{monitoring_id}/exit", response=MonitoringWholeOut, operation_id="grid_exit_monitoring")
@needs(may.KEEP_MONITORING)
def exit_monitoring(request: HttpRequest, monitoring_id: UUID, body: SaidIn) -> dict[str, Any]:
    """The family leaves the monitoring."""
    by, at = actor_of(request), clock.now()
    return _read(actions.leave(monitoring_id=monitoring_id, words=body.words, by=by, at=at), request)
