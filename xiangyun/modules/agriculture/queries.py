"""Reads of fields, forecasts and tips."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, Sum

from xiangyun.base import paths
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.alerts import queries as alerts
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.queries import micros
from xiangyun.kernel.alerts.rules import CHINA, FOREVER
from xiangyun.kernel.devices.models import Device
from xiangyun.modules.agriculture import rules
from xiangyun.modules.agriculture.models import Approval, Field, Forecast, Planting
from xiangyun.modules.agriculture.rules import Approved, Coming, Crop, Rain, Wheat

WEATHER_STATION = "weather_station"


def seen_here(actor: Actor) -> Q:
    """Rows that concern an actor: those of their places, and those said of a place above them in their town."""
    above = {path for area in actor.areas(rules.SEE_HOME) for path in paths.ancestors(area)}
    mine = Q(area_path__in=[path for path in above if paths.within(path, actor.scope)])
    for area in actor.areas(rules.SEE_HOME):
        mine |= Q(area_path__gte=area, area_path__lt=paths.end_of(area))
    return mine


def forecasts(actor: Actor) -> ScopedQuerySet[Forecast]:
    """Forecast rows for the actor's places, with who entered them."""
    return Forecast.objects.filter(seen_here(actor)).select_related("entered_by")


def plantings(actor: Actor) -> ScopedQuerySet[Planting]:
    """What is sown in the actor's places."""
    return Planting.objects.visible_to(actor, rules.SEE_FIELD).select_related("field", "entered_by")


def fields(actor: Actor) -> ScopedQuerySet[Field]:
    """The fields of the actor's places."""
    return Field.objects.visible_to(actor, rules.SEE_FIELD)


def approvals(actor: Actor) -> ScopedQuerySet[Approval]:
    """The approvals that hold or held in the actor's places."""
    return Approval.objects.filter(seen_here(actor)).select_related("agronomist")


def current_forecast(area: str, at: datetime) -> Forecast | None:
    """What was last said for a place about the coming night and day; None where nobody entered anything."""
    return (
        Forecast.objects.filter(
            area_path__in=list(paths.ancestors(area)),
            withdrawn_at=None,
            entered_at__lte=at,
            starts_at__lte=at + timedelta(hours=24),
            ends_at__gt=at,
        )
        .order_by("-issued_at", "starts_at", "-id")
        .first()
    )


def stations(town: str) -> list[Device]:
    """The weather stations of a town that are in use, with their presence."""
    rows = Device.objects.in_area(town).filter(profile=WEATHER_STATION).exclude(state="revoked")
    return list(rows.select_related("presence").order_by("created_at", "id"))


def wheat_of(town: str, since: datetime) -> list[Wheat]:
    """The wheat of a town that is not ripe before `since`: one entry for each village and pair of days."""
    rows = (
        Planting.objects.in_area(town)
        .filter(crop=Crop.SPRING_WHEAT, heading_on__isnull=False, ripe_on__gt=since.astimezone(CHINA).date())
        .values_list("area_path", "heading_on", "ripe_on")
        .distinct()
    )
    return [Wheat(village, heading_on, ripe_on) for village, heading_on, ripe_on in rows if heading_on and ripe_on]


def rain_of(town: str, since: datetime) -> list[Rain]:
    """The spells of rain the stations of a town measured that lasted past `since`.

    Where a station fell silent, rain is known up to its last word.
    """
    return [
        Rain(
            str(spell.inputs.get("station", "")),
            spell.event_at,
            spell.heard_at if spell.is_silent else spell.cleared_at,
        )
        for spell in alerts.facts(rules.RAIN_FALLING, town, since)
    ]


def coming_to(town: str, since: datetime) -> list[Coming]:
    """The forecast rows for a town, or for a place above it, that say something about the time past `since`."""
    rows = Forecast.objects.filter(area_path__in=list(paths.ancestors(town)), ends_at__gt=since, rain_mm__gt=0)
    return [
        Coming(
            id=row.pk,
            source=row.source,
            known_at=micros(row.entered_at),
            starts_at=micros(row.starts_at),
            ends_at=micros(row.ends_at),
            rain_mm=row.rain_mm or 0.0,
            wind_ms=row.wind_ms,
            until=FOREVER if row.withdrawn_at is None else micros(row.withdrawn_at),
        )
        for row in rows.order_by("issued_at", "starts_at", "id")
    ]


def approved_in(town: str, rule: str) -> list[Approved]:
    """Who stands behind a tip in a town, and when."""
    rows = Approval.objects.filter(area_path__in=list(paths.ancestors(town)), rule=rule)
    return [
        Approved(
            id=row.pk,
            name=row.agronomist_name,
            since=micros(row.valid_from),
            until=micros(min(row.valid_until, row.ended_at) if row.ended_at else row.valid_until),
        )
        for row in rows.order_by("valid_from", "id")
    ]


def tip_for(area: str) -> Alert | None:
    """The tip that holds now for a place: its town's, if the place's village (or the whole town) is meant."""
    town = paths.town_of(area)
    if town is None:
        return None
    tip = alerts.open_alerts(town, rule=rules.STOP_WATERING).first()
    if tip is None:
        return None
    concerned = area == town or any(paths.within(area, village) for village in tip.inputs.get("villages", ()))
    return tip if concerned else None


def grid_worker_of(area: str, at: datetime) -> Post | None:
    """Whom a villager of a place calls: the grid worker of the grid, else of the village, with a public number."""
    village = ".".join(area.split(".")[: paths.TOWN_DEPTH + 1])
    rows = (
        Post.objects.in_area(village)
        .filter(Q(ends_at=None) | Q(ends_at__gt=at), role="grid_worker", starts_at__lte=at, account__state="active")
        .select_related("account")
        .order_by("area_path", "starts_at", "id")
    )
    posts = list(rows)
    return next((post for post in posts if paths.within(area, post.area_path)), posts[0] if posts else None)


def sown(area: str) -> dict[str, float]:
    """Crop → mu that stand in an area."""
    rows = Planting.objects.in_area(area).values("crop").annotate(size_mu=Sum("size_mu")).order_by("crop")
    return {row["crop"]: row["size_mu"] for row in rows}
