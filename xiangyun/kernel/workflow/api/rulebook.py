"""How matters run in a place, over HTTP: limits, days, routes."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Status

from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import needs
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import actions, rules
from xiangyun.kernel.workflow.answers.reader import Reader
from xiangyun.kernel.workflow.answers.rulebook import (
    choices_shown,
    declared_shown,
    routes_shown,
    rules_shown,
    year_shown,
)
from xiangyun.kernel.workflow.api.readers import named, reader
from xiangyun.kernel.workflow.models import DeadlineRule, Route
from xiangyun.kernel.workflow.rules import Limit
from xiangyun.kernel.workflow.schemas.acts import ActIn
from xiangyun.kernel.workflow.schemas.rulebook import (
    DaysIn,
    DeadlineIn,
    DeadlineOut,
    ForgottenIn,
    RouteChoicesOut,
    RouteIn,
    RouteOut,
    YearOut,
)

router = Router(tags=["workflow"])


@router.get("/deadlines", response=list[DeadlineOut], operation_id="workflow_list_deadlines")
@needs(rules.SEE)
def list_deadlines(request: HttpRequest, kind: str = "") -> list[dict[str, Any]]:
    """How long each stage may take: what the kinds say, and what places of mine wrote instead."""
    me = reader(request, Reader)
    own = DeadlineRule.objects.in_area(me.actor.scope).order_by("kind", "stage", "area_path", "valid_from")
    return [*declared_shown(kind, me), *rules_shown(list(own.filter(kind=kind) if kind else own), me)]


@router.post("/deadlines", response={201: DeadlineOut}, operation_id="workflow_set_deadline")
@needs(rules.SET_RULES)
def set_deadline(request: HttpRequest, body: DeadlineIn) -> Status[dict[str, Any]]:
    """A place's own limit, from a day on."""
    me = reader(request, Reader)
    row = actions.set_deadline(
        area=body.area,
        kind=body.kind,
        stage=body.stage,
        limit=Limit(body.amount, body.unit),
        extension=body.extension,
        starts=body.starts,
        warn_pct=body.warn_pct,
        valid_from=body.valid_from,
        basis=body.basis,
        by=me.actor,
        at=me.at,
    )
    return Status(201, rules_shown([row], me)[0])


@router.get("/calendar/{year}", response=YearOut, operation_id="workflow_get_year")
@needs(rules.SEE)
def get_year(request: HttpRequest, year: Path[int], area: str = "") -> dict[str, Any]:
    """The days of a year that are not what the week says, and whether the year is known."""
    me = reader(request, Reader)
    place = area or me.actor.scope
    org.pick(place, me.actor)
    return year_shown(max(1, min(year, date.max.year - 1)), place)


@router.post("/calendar", response={201: YearOut}, operation_id="workflow_write_days")
@needs(rules.SET_ROUTES)
def write_days(request: HttpRequest, body: DaysIn) -> Status[dict[str, Any]]:
    """Write down which days are worked: a year nobody ships, or a holiday of the place's own."""
    me = reader(request, Reader)
    days = {day.on: day.is_working for day in body.days}
    actions.write_days(area=body.area, days=days, basis=body.basis, by=me.actor, at=me.at)
    return Status(201, year_shown(min(days).year, body.area))


@router.post("/calendar/days/forget", response=YearOut, operation_id="workflow_forget_days")
@needs(rules.SET_ROUTES)
def forget_days(request: HttpRequest, body: ForgottenIn) -> dict[str, Any]:
    """Take back what a place wrote down about days: they are again what the notice or the week says."""
    me = reader(request, Reader)
    actions.forget_days(area=body.area, days=body.days, by=me.actor, at=me.at)
    return year_shown(min(body.days).year, body.area)


@router.get("/routes", response=Page[RouteOut], operation_id="workflow_list_routes")
@needs(rules.SEE)
def list_routes(request: HttpRequest, paging: Query[Paging], kind: str = "", ended: bool = False) -> dict[str, Any]:
    """Where matters go in my places: the lines that hold or will hold; with `ended` those of the past instead."""
    me = reader(request, Reader)
    over = Q(valid_until__lte=timezone.localdate(me.at))
    rows = Route.objects.in_area(me.actor.scope).filter(over if ended else ~over).select_related("account")
    rows = rows.filter(kind=kind) if kind else rows
    found = page(rows, paging=paging, order=("kind", "category", "level", "order", "id"))
    return {**found, "items": routes_shown(found["items"], me)}


@router.get("/routes/choices", response=RouteChoicesOut, operation_id="workflow_list_route_choices")
@needs(rules.SEE)
def list_route_choices(request: HttpRequest) -> dict[str, Any]:
    """What a line of my town's table can say: kinds with their levels and where they go by themselves, roles."""
    me = reader(request, Reader)
    return choices_shown(me.actor.scope, me)


@router.post("/routes", response={201: RouteOut}, operation_id="workflow_set_route")
@needs(rules.SET_ROUTES)
def set_route(request: HttpRequest, body: RouteIn) -> Status[dict[str, Any]]:
    """A line of the table."""
    me = reader(request, Reader)
    row = actions.set_route(
        area=body.area,
        kind=body.kind,
        category=body.category,
        level=body.level,
        role=body.role,
        account=named(body.account, request) if body.account else None,
        office=body.office,
        order=body.order,
        valid_from=body.valid_from,
        by=me.actor,
        at=me.at,
    )
    [shown] = routes_shown([row], me)
    return Status(201, shown)


@router.post("/routes/{route_id}/end", response=RouteOut, operation_id="workflow_end_route")
@needs(rules.SET_ROUTES)
def end_route(request: HttpRequest, route_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """A line holds no longer."""
    me = reader(request, Reader)
    [shown] = routes_shown([actions.end_route(route_id=route_id, by=me.actor, at=me.at)], me)
    return shown
