"""Agriculture over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from xiangyun.base import clock, paths
from xiangyun.base.errors import NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.alerts import queries as alerts
from xiangyun.kernel.alerts.api import rule_shown
from xiangyun.kernel.alerts.models import AlertRule
from xiangyun.kernel.alerts.schemas import RuleOut
from xiangyun.kernel.devices.schemas import Plain
from xiangyun.modules.agriculture import actions, answers, queries, rules
from xiangyun.modules.agriculture.rules import Crop
from xiangyun.modules.agriculture.schemas import (
    ApprovalIn,
    ApprovalOut,
    FieldOut,
    ForecastFileIn,
    ForecastIn,
    ForecastOut,
    ForecastsOut,
    HomeOut,
    PlantingIn,
    PlantingOut,
    StagesIn,
    TipOut,
)

router = Router(tags=["agriculture"])

SHOWN_RULES = ("continuous_rain", "heavy_rain", "frost", "gale", rules.STOP_WATERING)


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang


@router.get("/agriculture/home", response=HomeOut, operation_id="agriculture_get_home")
@needs(rules.SEE_HOME)
def get_home(request: HttpRequest, area: str | None = None) -> dict[str, Any]:
    """The weather, the tip and whom to call, for my place (or one of my town's)."""
    actor = actor_of(request)
    wanted = area or max(actor.areas(rules.SEE_HOME), key=len)
    if not paths.within(wanted, actor.scope) or paths.town_of(wanted) is None:
        raise NotFound
    return answers.home(wanted, clock.now(), _lang(request))


@router.get("/agriculture/forecasts", response=Page[ForecastOut], operation_id="agriculture_list_forecasts")
@needs(rules.SEE_HOME)
def list_forecasts(request: HttpRequest, paging: Query[Paging], area: str | None = None) -> dict[str, Any]:
    """What stations said about my places, the latest first; also what was taken back."""
    actor, at = actor_of(request), clock.now()
    rows = queries.forecasts(actor)
    if area is not None:
        rows = rows.filter(area_path__in=list(paths.ancestors(area)))
    return page(rows, paging=paging, order=("-issued_at", "-id"), show=lambda row: answers.forecast(row, actor, at))


@router.post("/agriculture/forecasts", response={201: ForecastOut}, operation_id="agriculture_enter_forecast")
@needs(rules.ENTER_FORECAST)
def enter_forecast(request: HttpRequest, body: ForecastIn) -> Status[dict[str, Any]]:
    """Type in what a station said."""
    actor, at = actor_of(request), clock.now()
    told = body.model_dump(exclude={"op_id", "area"})
    row = actions.enter_forecast(area=body.area, told=told, by=actor, at=at)
    return Status(201, answers.forecast(row, actor, at))


@router.post("/agriculture/forecasts/file", response={201: ForecastsOut}, operation_id="agriculture_read_forecasts")
@needs(rules.ENTER_FORECAST)
def read_forecasts(request: HttpRequest, body: ForecastFileIn) -> Status[dict[str, Any]]:
    """Take in a station's file, whole or not at all."""
    actor, at = actor_of(request), clock.now()
    rows = actions.read_forecasts(area=body.area, text=body.csv, by=actor, at=at)
    return Status(201, {"items": [answers.forecast(row, actor, at) for row in rows]})


@router.post(
    "/agriculture/forecasts/{forecast_id}/withdraw",
    response=ForecastOut,
    operation_id="agriculture_withdraw_forecast",
)
@needs(rules.ENTER_FORECAST)
def withdraw_forecast(request: HttpRequest, forecast_id: UUID, body: Plain | None = None) -> dict[str, Any]:
    """Take a row back that was typed wrong."""
    actor, at = actor_of(request), clock.now()
    return answers.forecast(actions.withdraw_forecast(forecast_id=forecast_id, by=actor, at=at), actor, at)


@router.get("/agriculture/fields", response=Page[FieldOut], operation_id="agriculture_list_fields")
@needs(rules.SEE_FIELD)
def list_fields(
    request: HttpRequest, paging: Query[Paging], area: str | None = None, crop: Crop | None = None
) -> dict[str, Any]:
    """The fields of my places, by village and code."""
    rows = queries.fields(actor_of(request))
    if area is not None:
        rows = rows.in_area(area)
    if crop is not None:
        rows = rows.filter(pk__in=queries.plantings(actor_of(request)).filter(crop=crop).values("field"))
    found = page(rows, paging=paging, order=("area_path", "code", "id"))
    return {**found, "items": answers.fields(found["items"], _lang(request))}


@router.get("/agriculture/plantings", response=Page[PlantingOut], operation_id="agriculture_list_plantings")
@needs(rules.SEE_FIELD)
def list_plantings(
    request: HttpRequest, paging: Query[Paging], area: str | None = None, crop: Crop | None = None
) -> dict[str, Any]:
    """What is sown in my places, the latest first."""
    actor = actor_of(request)
    rows = queries.plantings(actor)
    if area is not None:
        rows = rows.in_area(area)
    if crop is not None:
        rows = rows.filter(crop=crop)
    found = page(rows, paging=paging, order=("-sown_on", "-id"))
    return {**found, "items": answers.plantings(found["items"], actor, clock.now(), _lang(request))}


@router.post("/agriculture/plantings", response={201: PlantingOut}, operation_id="agriculture_register_planting")
@needs(rules.REGISTER_PLANTING)
def register_planting(request: HttpRequest, body: PlantingIn) -> Status[dict[str, Any]]:
    """Write down what was sown."""
    actor, at = actor_of(request), clock.now()
    told = body.model_dump(exclude={"op_id", "field"})
    row = actions.register_planting(**told, field_id=body.field, by=actor, at=at)
    return Status(201, answers.plantings([row], actor, at, _lang(request))[0])


@router.post(
    "/agriculture/plantings/{planting_id}/stages", response=PlantingOut, operation_id="agriculture_mark_stages"
)
@needs(rules.REGISTER_PLANTING)
def mark_stages(request: HttpRequest, planting_id: UUID, body: StagesIn) -> dict[str, Any]:
    """Enter the days on which a planting heads and is ripe."""
    actor, at = actor_of(request), clock.now()
    row = actions.mark_stages(
        planting_id=planting_id, heading_on=body.heading_on, ripe_on=body.ripe_on, by=actor, at=at
    )
    return answers.plantings([row], actor, at, _lang(request))[0]


@router.get("/agriculture/rules", response=Page[RuleOut], operation_id="agriculture_list_rules")
@needs(rules.SEE_HOME)
def list_rules(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """The weather rules with their numbers, years and sources, as they stand for my town."""
    rows = AlertRule.objects.filter(code__in=SHOWN_RULES, town__in=["", actor_of(request).town or ""])
    lang = _lang(request)
    return page(rows, paging=paging, order=("code", "town", "valid_from", "id"), show=lambda row: rule_shown(row, lang))


@router.get("/agriculture/tips", response=Page[TipOut], operation_id="agriculture_list_tips")
@needs(alerts.SEE)
def list_tips(request: HttpRequest, paging: Query[Paging], state: str | None = None) -> dict[str, Any]:
    """The tips of my town, the latest first."""
    town = actor_of(request).scope
    rows = alerts.told().in_area(town).filter(rule=rules.STOP_WATERING)
    if state is not None:
        rows = rows.filter(state=state)
    found = page(rows, paging=paging, order=("-event_at", "-id"))
    return {**found, "items": answers.tips(found["items"], clock.now(), _lang(request))}


@router.get("/agriculture/approvals", response=Page[ApprovalOut], operation_id="agriculture_list_approvals")
@needs(rules.SEE_FIELD)
def list_approvals(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Who stands behind which tip, the latest first."""
    actor, at, lang = actor_of(request), clock.now(), _lang(request)
    rows = queries.approvals(actor)
    return page(
        rows, paging=paging, order=("-valid_from", "-id"), show=lambda row: answers.approval(row, actor, at, lang)
    )


@router.post("/agriculture/approvals", response={201: ApprovalOut}, operation_id="agriculture_approve_tip")
@needs(rules.APPROVE_TIP)
def approve_tip(request: HttpRequest, body: ApprovalIn) -> Status[dict[str, Any]]:
    """Stand behind a tip, by name, for a time."""
    actor, at = actor_of(request), clock.now()
    row = actions.approve_tip(**body.model_dump(exclude={"op_id"}), by=actor, at=at)
    return Status(201, answers.approval(row, actor, at, _lang(request)))


@router.post("/agriculture/approvals/{approval_id}/end", response=ApprovalOut, operation_id="agriculture_end_approval")
@needs(rules.APPROVE_TIP)
def end_approval(request: HttpRequest, approval_id: UUID, body: Plain | None = None) -> dict[str, Any]:
    """Stop standing behind a tip: what holds now ends now."""
    actor, at = actor_of(request), clock.now()
    row = actions.end_approval(approval_id=approval_id, by=actor, at=at)
    return answers.approval(row, actor, at, _lang(request))
