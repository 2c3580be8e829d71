"""Rows of agriculture in the reader's words."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Any

from xiangyun.base import paths, words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.alerts import queries as alerts
from xiangyun.kernel.alerts import registry
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.rules import CHINA, AlertState
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.telemetry import queries as telemetry
from xiangyun.modules.agriculture import queries, rules
from xiangyun.modules.agriculture.models import Approval, Field, Forecast, Planting

RAIN_WINDOW = timedelta(hours=3)
EARTH_KM = 6371.0


def person(account: Account | None) -> dict[str, str] | None:
    """Somebody, as others may know them."""
    return None if account is None else {"account": account.account, "name": account.name}


def _name_alone(account: Account | None) -> dict[str, str] | None:
    return None if account is None else {"account": "", "name": account.name}


def said(row: Forecast) -> dict[str, Any]:
    """A forecast row's own words."""
    return {
        "id": row.pk,
        "source": row.source,
        "issued_at": row.issued_at,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "rain_mm": row.rain_mm,
        "temp_min_c": row.temp_min_c,
        "temp_max_c": row.temp_max_c,
        "wind_ms": row.wind_ms,
        "wind_force": None if row.wind_ms is None else rules.beaufort(row.wind_ms),
    }


def forecast(row: Forecast, actor: Actor, at: datetime) -> dict[str, Any]:
    """A forecast row with who entered it, and what may be done with it."""
    is_open = row.withdrawn_at is None and row.ends_at > at
    return {
        **said(row),
        "area": row.area_path,
        # Villagers read this too: they get the name alone, nobody's name for signing in.
        "entered_by": person(row.entered_by) if actor.is_staff else _name_alone(row.entered_by),
        "entered_at": row.entered_at,
        "entered_how": row.entered_how,
        "withdrawn_at": row.withdrawn_at,
        "may": ["withdraw"] if is_open and actor.may(rules.ENTER_FORECAST, row.area_path) else [],
    }


def plantings(rows: list[Planting], actor: Actor, at: datetime, lang: str) -> list[dict[str, Any]]:
    """Plantings with their stage today; one query for the names of their places."""
    names = org.names(row.area_path for row in rows)
    today = at.astimezone(CHINA).date()
    shown = []
    for row in rows:
        stage = rules.stage_on(row.heading_on, row.ripe_on, today)
        shown.append(
            {
                "id": row.pk,
                "area": row.area_path,
                "area_name": names[row.area_path],
                "field": row.field_id,
                "field_code": row.field.code if row.field else None,
                "crop": row.crop,
                "crop_name": words.say(f"agriculture.crop.{row.crop}", lang),
                "variety": row.variety,
                "size_mu": row.size_mu,
                "sown_on": row.sown_on,
                "heading_on": row.heading_on,
                "ripe_on": row.ripe_on,
                "is_estimated": row.is_estimated,
                "stage": stage,
                "stage_name": None if stage is None else words.say(f"agriculture.stage.{stage}", lang),
                "entered_by": person(row.entered_by),
                "entered_at": row.entered_at,
                "may": ["mark_stages"] if actor.may(rules.REGISTER_PLANTING, row.area_path) else [],
            }
        )
    return shown


def fields(rows: list[Field], lang: str) -> list[dict[str, Any]]:
    """Fields with the crop sown last on each; two queries, however many there are."""
    names = org.names(row.area_path for row in rows)
    crops = dict(
        Planting.objects.filter(field__in=[row.pk for row in rows]).order_by("sown_on").values_list("field_id", "crop")
    )
    return [
        {
            "id": row.pk,
            "code": row.code,
            "area": row.area_path,
            "area_name": names[row.area_path],
            "size_mu": row.size_mu,
            "point": (row.lon, row.lat),
            "is_schematic": row.is_schematic,
            "crop": crops.get(row.pk),
            "crop_name": words.say(f"agriculture.crop.{crops[row.pk]}", lang) if row.pk in crops else None,
        }
        for row in rows
    ]


def approval(row: Approval, actor: Actor, at: datetime, lang: str) -> dict[str, Any]:
    """An approval, and whether it holds now."""
    holds = row.valid_from <= at < (row.ended_at or row.valid_until)
    return {
        "id": row.pk,
        "area": row.area_path,
        "rule": row.rule,
        "rule_name": words.say(f"agriculture.{row.rule}.name", lang),
        "agronomist": person(row.agronomist),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "ended_at": row.ended_at,
        "holds": holds,
        "note": row.note,
        "may": ["end"] if holds and actor.may(rules.APPROVE_TIP, row.area_path) else [],
    }


def spoken(text: str | None, at: datetime, lang: str) -> str:
    """A moment as people say it to one another: today 20 o'clock."""
    if not text:
        return "—"
    moment = datetime.fromisoformat(text).astimezone(CHINA)
    days = (moment.date() - at.astimezone(CHINA).date()).days
    day = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days, "day")
    return words.say(f"agriculture.when.{day}", lang, month=moment.month, day=moment.day, hour=moment.hour)


def after_rain(sentence: str, stays_h: float, lang: str) -> str:
    """`later` or `until` of the tip: how long it stays after the rain, in days where they are whole."""
    key = f"agriculture.stop_watering.{sentence}"
    if stays_h == 0:
        return words.say(key, lang)
    days, rest = divmod(stays_h, 24)
    return words.counted(f"{key}_hours", stays_h, lang) if rest else words.counted(f"{key}_days", days, lang)


def tip(alert: Alert, at: datetime, lang: str) -> dict[str, Any]:
    """A tip as it is read out; no colour, no level."""
    told = {
        **alert.inputs,
        "from": spoken(alert.inputs.get("starts_at"), at, lang),
        "to": spoken(alert.inputs.get("ends_at"), at, lang),
    }
    cause = told.get("cause", "rain")
    speed = told.get("wind_ms")
    version = alerts.version_at(rules.STOP_WATERING, alert.area_path, alert.event_at)
    params = version.params if version else registry.rule(rules.STOP_WATERING).params
    stays_h = rules.TipNumbers.of(params).stays_h
    is_endless = told.get("valid_until") is None and alert.state == AlertState.OPEN
    return {
        "alert_id": alert.pk,
        "headline": words.say("agriculture.stop_watering.headline", lang),
        "what": words.say(
            f"agriculture.stop_watering.what.{cause}", lang, **told, wind_force=rules.beaufort(speed) if speed else "—"
        ),
        "why": words.say("agriculture.stop_watering.why", lang),
        "later": after_rain("later", stays_h, lang),
        "checked_by": words.say("agriculture.checked_by", lang, name=told.get("checked_by", "—")),
        "since": alert.event_at,
        "valid_until": told.get("valid_until"),
        "valid_words": after_rain("until", stays_h, lang) if is_endless else None,
    }


def tips(rows: list[Alert], at: datetime, lang: str) -> list[dict[str, Any]]:
    """Tips as staff see them; one query for the names of their places."""
    places = {row.area_path for row in rows} | {village for row in rows for village in row.inputs.get("villages", ())}
    names = org.names(places)
    return [
        {
            **tip(row, at, lang),
            "area": row.area_path,
            "area_name": names[row.area_path],
            "state": row.state,
            "is_late": row.is_late,
            "villages": [names[village] for village in row.inputs.get("villages", ())],
            "cleared_at": row.cleared_at,
        }
        for row in rows
    ]


def now_at(area: str, at: datetime) -> dict[str, Any] | None:
    """What the town's nearest station that reports says for a place; None where no station reports."""
    town = paths.town_of(area)
    place = org.pick(area)
    if place.lon is None or place.lat is None:
        place = org.pick(".".join(area.split(".")[: paths.TOWN_DEPTH + 1])) if town else place
    heard = [
        device
        for device in (queries.stations(town) if town else [])
        if device.presence.last_heard_at is not None
        and at - device.presence.last_heard_at <= timedelta(seconds=3 * device.expected_every_s)
    ]
    read = telemetry.latest(heard)
    heard = [device for device in heard if "air_temp_c" in read[device.pk]]
    if not heard:
        return None
    device = min(heard, key=lambda one: _km(place.lon, place.lat, one))
    temp, wind = read[device.pk]["air_temp_c"], read[device.pk].get("wind_speed_ms")
    km = _km(place.lon, place.lat, device)
    return {
        "temp_c": None if temp.quality == "bad" else temp.value,
        "quality": temp.quality,
        "as_of": temp.ts,
        "rain_3h_mm": _rain(device, at),
        "wind_ms": wind.value if wind and wind.quality != "bad" else None,
        "station": device.name,
        "device": device.pk,
        "distance_km": None if km == float("inf") else round(km, 1),
    }


def weather(area: str, at: datetime, lang: str) -> dict[str, Any]:
    """The weather of a place in big words: what falls, what a station said is coming, and nothing anybody derived."""
    now, coming = now_at(area, at), queries.current_forecast(area, at)
    if now and (now["rain_3h_mm"] or 0) >= 0.1:
        code = "rain_now"
    elif coming is None:
        code = "nobody_said"
    else:
        code = "rain_coming" if (coming.rain_mm or 0) > 0 else "no_rain_said"
    lines = []
    if coming is not None and coming.temp_min_c is not None:
        lines.append(words.say("agriculture.home.night", lang, temp=round(coming.temp_min_c)))
    if coming is not None and coming.wind_ms is not None:
        lines.append(words.say("agriculture.home.wind", lang, force=rules.beaufort(coming.wind_ms)))
    return {
        "headline_code": code,
        "headline": words.say(f"agriculture.home.{code}", lang),
        "lines": lines,
        "now": now,
        "forecast": None if coming is None else said(coming),
    }


def home(area: str, at: datetime, lang: str) -> dict[str, Any]:
    """A villager's first page."""
    current = queries.tip_for(area)
    worker = queries.grid_worker_of(area, at)
    return {
        "area": area,
        "area_name": org.names([area])[area],
        "date": at.astimezone(CHINA).date(),
        "weather": weather(area, at, lang),
        "tip": None if current is None else tip(current, at, lang),
        "grid_worker": None if worker is None else {"name": worker.account.name, "phone": worker.duty_phone or None},
    }


def _rain(device: Device, at: datetime) -> float | None:
    profile = profile_of(device.profile)
    if profile is None:
        return None
    end = alerts.micros(at)
    span = int(RAIN_WINDOW / timedelta(microseconds=1))
    rows = alerts.usable_rows(profile, device.num, ["rain_mm"], end - span, end)
    return round(sum(row.values["rain_mm"] for row in rows), 1) if rows else None


def _km(lon: float | None, lat: float | None, device: Device) -> float:
    """Great-circle distance from a place to a device; far away where either is not on the map."""
    if lon is None or lat is None or device.lon is None or device.lat is None:
        return float("inf")
    a, b = radians(lat), radians(device.lat)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(device.lon - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
