"""The demo towns' stations, probes, fields, wheat, forecast and approval. All made up, and shown as such."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import cos, hypot, radians, sin
from pathlib import Path
from typing import Any

from django.conf import settings

from xiangyun.base import paths
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.alerts.rules import CHINA
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.devices.models import Device, Presence
from xiangyun.kernel.geo import queries as geo
from xiangyun.kernel.org import queries as org
from xiangyun.modules.agriculture import queries, rules
from xiangyun.modules.agriculture.actions.tips import renew_tips
from xiangyun.modules.agriculture.models import Approval, Field, Forecast, Planting

CAST = "demo_devices.json"
# A device stands in one of so many fields nearest to its village, or about half a kilometre out where no map ships.
NEAR_FIELDS, AWAY_DEG = 10, 0.005
HOURLY_S, DAILY_S = 3600, 86400

# What nobody may overlook: the summer is real but another place's, its humidity is derived, the soil is made up.
NOTES = {
    "weather_station": "演示：重放北京怀柔站 2016 年夏天的实测；没有阵风和辐射。",
    "soil_probe": "演示：数值是按那个夏天的天气编出来的，不是实测。",
    "pest_lamp": "演示：数值是编出来的，不是实测。",
}

DERIVED = {
    "weather_station": {
        "rel_humidity_pct": {"from_what": "气温、露点", "how": "Magnus 公式，水面饱和（WMO-No. 8 附录 4.B）"}
    }
}

# The demo's wheat headed twelve days before the demo began and is ripe forty days after: the tip fires in any month.
HEADED_BEFORE, RIPE_AFTER, SOWN_BEFORE = timedelta(days=12), timedelta(days=40), timedelta(days=84)
APPROVED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Pretend:
    """One pretend device; `area` is what follows the town's path. Without a `point` it stands in a field there.

    `part` is what the simulator plays (see `sim/town.py`). Without one it says nothing on purpose: it was heard last
    `silent_for` ago, or never.
    """

    name: str
    profile: str
    area: str = ""
    point: tuple[float, float] | None = None
    part: Mapping[str, Any] | None = field(default_factory=dict)
    silent_for: timedelta | None = None


def _station(name: str, area: str, rain: float, temp: float) -> Pretend:
    return Pretend(name, "weather_station", area, part={"rain_factor": rain, "temp_offset_c": temp, "keep_days": 30})


def _probe(name: str, area: str, capacity: float) -> Pretend:
    return Pretend(name, "soil_probe", area, part={"keep_days": 30, "soil": {"capacity_pct": capacity}})


def _silent(name: str, profile: str, area: str, hours: float | None) -> Pretend:
    silent_for = None if hours is None else timedelta(hours=hours)
    return Pretend(name, profile, area, part=None, silent_for=silent_for)


# 201 迎丰村, 203 民强村, 204 先锋村, 206 永长村, 207 红光村, 210 新民村,
# 211 永丰村, 212 永乐村, 216 西乐村, 219 爱丰村.
DEVICES: Mapping[str, Sequence[Pretend]] = {
    "15.08.02.100": (
        Pretend("气象站 A01", "weather_station", "", (107.2085, 40.9315), {"keep_days": 120}),
        _station("迎丰村气象站", ".201", 1.1, 0.3),
        _station("永乐村气象站", ".212", 1.3, 0.2),
        _station("红光村气象站", ".207", 0.8, -0.1),
        _silent("西乐村气象站", "weather_station", ".216", 19.5),
        _probe("民强村墒情站", ".203", 30.0),
        _probe("先锋村墒情站", ".204", 33.0),
        _probe("永长村墒情站", ".206", 29.0),
        _probe("永丰村墒情站", ".211", 31.0),
        _silent("迎丰村墒情站", "soil_probe", ".201", 8.7),
        _silent("新民村墒情站", "soil_probe", ".210", None),
        Pretend("爱丰村虫情灯", "pest_lamp", ".219", part={"keep_days": 30}),
    ),
    "15.08.02.101": (
        Pretend("气象站 B01", "weather_station", ".201", part={"keep_days": 60, "rain_factor": 0.7}),
        _station("新丰村气象站", ".206", 0.9, 0.1),
        _probe("新荣村墒情站", ".202", 30.0),
        _silent("永红村墒情站", "soil_probe", ".203", 30.0),
    ),
}

# 新华镇 has no map here: some villages' land as one figure each.
WITHOUT_MAP = {"15.08.02.101": {".201": 4200.0, ".202": 3100.0, ".203": 2800.0, ".206": 5300.0, ".210": 1900.0}}


def plant(town: str, at: datetime) -> None:
    """Give a demo town its devices, land and wheat; what stands already stays, a forecast that is over gets a next."""
    _plant_devices(town, at)
    _plant_fields(town, at)
    _plant_approval(town, at)
    _plant_forecast(town, at)
    renew_tips(town=town, since=at - rules.LOOK_BACK, at=at)


def _cast_file() -> Path:
    return Path(settings.CONFIG.secrets) / CAST


def _plant_devices(town: str, at: datetime) -> None:
    """Register what is missing; the secrets go into one file that only the simulator reads."""
    file = _cast_file()
    cast: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    played = {row["key"] for row in cast}
    by, keeper = system(town, "seed_demo"), _holder(town, "maintainer")
    known = {device.name: device for device in Device.objects.in_area(town).exclude(state="revoked")}
    for pretend in DEVICES.get(town, ()):
        old = known.get(pretend.name)
        if old is not None and (pretend.part is None or old.key in played):
            continue
        if old is not None:
            # Its secret went with an old home's file: it gets a new one.
            devices.revoke_device(device_id=old.pk, by=by, at=at)
        area = town + pretend.area
        lon, lat = pretend.point or _stand(pretend.name, area)
        device, secret = devices.register_device(
            name=pretend.name,
            profile=pretend.profile,
            area=area,
            lon=lon,
            lat=lat,
            keeper=keeper.account if keeper else None,
            note=NOTES.get(pretend.profile, ""),
            derived_metrics=DERIVED.get(pretend.profile),
            expected_every_s=DAILY_S if pretend.profile == "pest_lamp" else HOURLY_S,
            by=by,
            at=at,
        )
        if pretend.part is not None:
            day = at.astimezone(CHINA).date().isoformat()
            part = {"key": device.key, "secret": secret, "profile": pretend.profile, "began_on": day, **pretend.part}
            cast.append(part)
        elif pretend.silent_for is not None:
            Presence.objects.filter(device=device).update(last_heard_at=at - pretend.silent_for)
    _write(file, cast)


def _stand(name: str, area: str) -> tuple[float | None, float | None]:
    """Where a device stands in its village, the same in every home: in a field of its own, not on the village's sign.

    A village without a map has no fields: some way out from its middle then.
    """
    place, town = org.pick(area), org.pick(paths.town_of(area) or area)
    if place.lon is None or place.lat is None:
        return place.lon, place.lat
    lon, lat, dice = place.lon, place.lat, zlib.crc32(name.encode())
    fields = [
        _middle(shape["geometry"]["coordinates"][0])
        for shape in geo.shapes_of(town.code)
        if shape["properties"]["kind"] == "plot" and paths.path_of(shape["properties"]["village"]) == area
    ]
    if not fields:
        turn = dice % 360
        return round(lon + AWAY_DEG * cos(radians(turn)), 5), round(lat + AWAY_DEG * sin(radians(turn)), 5)
    near = sorted(fields, key=lambda point: hypot(point[0] - lon, point[1] - lat))[:NEAR_FIELDS]
    return near[dice % len(near)]


def _write(file: Path, cast: list[dict[str, Any]]) -> None:
    """Whole or not at all, readable for its owner alone."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(cast, out, ensure_ascii=False, indent=1)
    draft.replace(file)


def _plant_fields(town: str, at: datetime) -> None:
    """The blocks of the schematic map, and what the map says is sown on them."""
    if Planting.objects.in_area(town).exists():
        return
    today = at.astimezone(CHINA).date()
    fields: list[Field] = []
    plantings: list[Planting] = []
    serials: dict[str, int] = {}
    for shape in geo.shapes_of(org.pick(town).code):
        told = shape["properties"]
        if told["kind"] != "plot":
            continue
        village = paths.path_of(told["village"])
        serials[village] = serials.get(village, 0) + 1
        lon, lat = _middle(shape["geometry"]["coordinates"][0])
        block = Field(
            area_path=village,
            code=f"B{serials[village]:03}",
            size_mu=told["size_mu"],
            lon=lon,
            lat=lat,
            is_schematic=True,
        )
        fields.append(block)
        if told.get("crop") in set(rules.Crop):
            plantings.append(_planting(village, told["crop"], told["size_mu"], today, at, block))
    for suffix, size_mu in WITHOUT_MAP.get(town, {}).items():
        plantings.append(_planting(town + suffix, rules.Crop.SPRING_WHEAT, size_mu, today, at))
    Field.objects.bulk_create(fields)
    Planting.objects.bulk_create(plantings)
    audit.record(
        act="agriculture.plant_demo",
        by=system(town, "seed_demo"),
        object=("area", town),
        area=town,
        at=at,
        detail={"fields": len(fields), "plantings": len(plantings)},
    )


def _planting(
    village: str, crop: str, size_mu: float, today: date, at: datetime, block: Field | None = None
) -> Planting:
    is_wheat = crop == rules.Crop.SPRING_WHEAT
    return Planting(
        area_path=village,
        field=block,
        crop=crop,
        size_mu=size_mu,
        sown_on=today - SOWN_BEFORE,
        heading_on=today - HEADED_BEFORE if is_wheat else None,
        ripe_on=today + RIPE_AFTER if is_wheat else None,
        entered_at=at,
    )


def _middle(ring: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The mean of a ring's corners (its last point repeats the first)."""
    corners = ring[:-1]
    count = len(corners)
    return round(sum(point[0] for point in corners) / count, 5), round(sum(point[1] for point in corners) / count, 5)


def _plant_approval(town: str, at: datetime) -> None:
    agronomist = _holder(town, "agronomist")
    since = at - HEADED_BEFORE
    rows = Approval.objects.filter(area_path=town, rule=rules.STOP_WATERING, ended_at=None, valid_until__gt=at)
    if agronomist is None or rows.exists():
        return
    Approval.objects.create(
        area_path=town,
        rule=rules.STOP_WATERING,
        agronomist=agronomist,
        agronomist_name=agronomist.name,
        valid_from=since,
        valid_until=at + APPROVED_FOR,
        note="演示",
    )


def _plant_forecast(town: str, at: datetime) -> None:
    """A made-up word of a made-up station, so that a fresh demo says something about tonight."""
    if queries.current_forecast(town, at) is not None:
        return
    duty = _holder(town, "duty_officer")
    evening = at.astimezone(CHINA).replace(hour=20, minute=0, second=0, microsecond=0)
    start = max(at, evening)
    Forecast.objects.create(
        area_path=town,
        source="演示气象台",
        issued_at=at - timedelta(minutes=40),
        starts_at=start,
        ends_at=evening + timedelta(hours=24),
        rain_mm=12.0,
        temp_min_c=13.0,
        temp_max_c=24.0,
        wind_ms=11.0,
        entered_by=duty,
        entered_at=at,
    )


def _holder(town: str, role: str) -> Account | None:
    """The first person who holds a post of the town itself."""
    post = (
        Post.objects.filter(area_path=town, role=role, ends_at=None)
        .select_related("account")
        .order_by("starts_at", "id")
    )
    found = post.first()
    return found.account if found else None
