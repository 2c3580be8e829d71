"""Builders of fields, plantings, forecasts and approvals; call them inside a door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from xiangyun.kernel.accounts.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_person
from xiangyun.kernel.alerts.rules import CHINA
from xiangyun.modules.agriculture import actions
from xiangyun.modules.agriculture.models import Approval, Forecast, Planting

__all__ = ["AT", "NEXT_VILLAGE", "OTHER_TOWN", "TOWN", "VILLAGE", "a_forecast", "a_planting", "an_approval", "told"]


def day(offset: int) -> date:
    """So many days after AT."""
    return AT.astimezone(CHINA).date() + timedelta(days=offset)


def a_planting(**changes: Any) -> Planting:
    """Wheat in a village that headed ten days ago and is ripe in thirty."""
    facts = {
        "area": VILLAGE,
        "crop": "spring_wheat",
        "size_mu": 120.0,
        "sown_on": day(-90),
        "heading_on": day(-10),
        "ripe_on": day(30),
        "at": AT,
        **changes,
    }
    facts.setdefault("by", a_person("agronomist", ".".join(facts["area"].split(".")[:4])))
    return actions.register_planting(**facts)


def told(**changes: Any) -> dict[str, Any]:
    """What the city's station said: rain tonight."""
    return {
        "source": "市气象台",
        "issued_at": AT - timedelta(hours=1),
        "starts_at": AT + timedelta(hours=6),
        "ends_at": AT + timedelta(hours=18),
        "rain_mm": 12.0,
        "temp_min_c": 13.0,
        "temp_max_c": None,
        "wind_ms": 11.0,
        **changes,
    }


def a_forecast(area: str = TOWN, **changes: Any) -> Forecast:
    """A forecast row typed in at AT."""
    at = changes.pop("at", AT)
    by = changes.pop("by", None) or a_person("duty_officer", area)
    return actions.enter_forecast(area=area, told=told(**changes), by=by, at=at)


def an_approval(area: str = TOWN, **changes: Any) -> Approval:
    """An agronomist's standing approval for two months."""
    facts = {"rule": "stop_watering", "valid_from": AT, "valid_until": AT + timedelta(days=60), "at": AT, **changes}
    facts.setdefault("by", a_person("agronomist", area, name="陈志强"))
    return actions.approve_tip(area=area, **facts)
