"""Visits over HTTP: what is due, what there was. They come in by the forms of `offline.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from xiangyun.base import clock
from xiangyun.base.errors import NotFound
from xiangyun.base.paging import MOST, Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.files import queries as files
from xiangyun.kernel.files.api import BYTES, sent
from xiangyun.modules.grid.actions import visits as actions
from xiangyun.modules.grid.answers import visits as answers
from xiangyun.modules.grid.queries import visits as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.schemas.visits import (
    DueOut,
    VisitIntervalIn,
    VisitIntervalOut,
    VisitIntervalsOut,
    VisitOut,
    VisitRevealIn,
    VisitsWantedIn,
    VisitToldOut,
    VisitWholeOut,
)

router = Router()

TAKEN = {"responses": {200: {"description": "OK", **BYTES}}}


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang


@router.get("/due", response=DueOut, operation_id="grid_list_due")
@needs(may.VISIT)
def list_due(request: HttpRequest, area: str | None = None) -> dict[str, Any]:
    """The homes of my grids that somebody is to visit: special care first, then what waits longest."""
    by, at = actor_of(request), clock.now()
    return answers.due(queries.walked(by, at=at, area=area), by, _lang(request), limit=MOST, at=at)


@router.get("/visits", response=Page[VisitOut], operation_id="grid_list_visits")
@needs(may.SEE_VISITS)
def list_visits(request: HttpRequest, paging: Query[Paging], asked: Query[VisitsWantedIn]) -> dict[str, Any]:
    """The visits at homes of my places, the latest first."""
    rows = queries.listed(actor_of(request), queries.VisitsWanted(**asked.model_dump()))
    found = page(rows, paging=paging, order=("-visited_at", "-id"))
    return {**found, "items": answers.visits(found["items"], _lang(request))}


@router.get("/visits/{visit_id}", response=VisitWholeOut, operation_id="grid_get_visit")
@needs(may.SEE_VISITS)
def get_visit(request: HttpRequest, visit_id: UUID) -> dict[str, Any]:
    """One visit with its files."""
    row = queries.visits_for(actor_of(request)).pick(visit_id)
    return answers.whole(row, queries.files_of(row), _lang(request))


@router.get("/visits/{visit_id}/files/{visit_file_id}", operation_id="grid_get_visit_file", openapi_extra=TAKEN)
@needs(may.SEE_VISITS)
def get_visit_file(request: HttpRequest, visit_id: UUID, visit_file_id: UUID) -> StreamingHttpResponse:
    """A photo or a recording of a care visit, for who may see the home; it is written down."""
    by = actor_of(request)
    row = queries.visits_for(by).pick(visit_id)
    found = queries.files_of(row).filter(pk=visit_file_id).first()
    if found is None:
        raise NotFound
    actions.note_reading(row, by=by, at=clock.now())
    return sent(found.blob, files.name(found))


@router.post("/visits/{visit_id}/reveal", response=VisitToldOut, operation_id="grid_reveal_visit")
@needs(may.SEE_VISITS)
def reveal_visit(request: HttpRequest, visit_id: UUID, body: VisitRevealIn) -> dict[str, Any]:
    """What was said at a visit, with a reason that is written down."""
    by = actor_of(request)
    row = queries.visits_for(by).pick(visit_id)
    return answers.told(actions.reveal(row, reason=body.reason, by=by, at=clock.now()), by)


@router.get("/visit_intervals", response=VisitIntervalsOut, operation_id="grid_list_visit_intervals")
@needs(may.SET_INTERVALS)
def list_visit_intervals(request: HttpRequest) -> dict[str, Any]:
    """How often homes in special care are asked after in my town today."""
    today, lang = timezone.localdate(clock.now()), _lang(request)
    found = queries.intervals(actor_of(request).scope, today)
    return {"items": answers.intervals(found.values(), lang, today) + answers.unasked(found, lang, today)}


@router.post("/visit_intervals", response={201: VisitIntervalOut}, operation_id="grid_set_visit_interval")
@needs(may.SET_INTERVALS)
def set_visit_interval(request: HttpRequest, body: VisitIntervalIn) -> Status[dict[str, Any]]:
    """Write down how often homes of a kind of special care are asked after from a day on."""
    by, at = actor_of(request), clock.now()
    row = actions.set_interval(**body.model_dump(exclude={"op_id"}), by=by, at=at)
    return Status(201, answers.intervals([queries.of_row(row)], _lang(request), row.valid_from)[0])
