"""Agriculture's figures: rain and water in the soil as measured, wheat as sown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Sum

from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.alerts import queries as alerts
from xiangyun.kernel.alerts.rules import CHINA
from xiangyun.kernel.devices import rules as devices
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.telemetry import queries as telemetry
from xiangyun.modules.agriculture import queries, rules
from xiangyun.modules.agriculture.models import Planting

TOPSOIL = "soil_vwc_pct_10"
DAY = timedelta(hours=24)
FRESH = 3  # a reading older than so many intervals says nothing about now

Read = tuple[Device, float, datetime]


def _probes(area: str) -> list[Device]:
    rows = Device.objects.in_area(area).filter(profile="soil_probe", state="registered")
    return list(rows.select_related("presence").order_by("area_path", "id"))


def _topsoil(area: str, at: datetime) -> tuple[list[Device], list[Read]]:
    """The probes of an area, and those whose topmost reading is fresh and not bad."""
    probes = _probes(area)
    read = telemetry.latest(probes)
    found: list[Read] = []
    for probe in probes:
        reading = read[probe.pk].get(TOPSOIL)
        limit = timedelta(seconds=FRESH * probe.expected_every_s)
        if reading and reading.quality != "bad" and at - reading.ts <= limit:
            found.append((probe, reading.value, reading.ts))
    return probes, found


def topsoil(area: str, at: datetime) -> FigureValue:
    """The mean of what the probes say about water in the top of the soil."""
    probes, found = _topsoil(area, at)
    if not found:
        return FigureValue(value=None, as_of=None, have=0, of=len(probes), reason="agriculture.no_probe_heard")
    mean = sum(value for _, value, _ in found) / len(found)
    return FigureValue(value=round(mean, 1), as_of=max(ts for *_, ts in found), have=len(found), of=len(probes))


def _rain(area: str, at: datetime) -> tuple[list[Device], list[Read]]:
    """The stations of an area, and what each measured over the last day."""
    stations = queries.stations(area)
    end = alerts.micros(at)
    found: list[Read] = []
    for station in stations:
        profile = profile_of(station.profile)
        rows = alerts.usable_rows(profile, station.num, ["rain_mm"], end - _us(DAY), end) if profile else []
        if rows:
            found.append((station, sum(row.values["rain_mm"] for row in rows), alerts.moment(rows[-1].ts)))
    return stations, found


def rain(area: str, at: datetime) -> FigureValue:
    """The most any station measured over the last 24 hours: rain is local, a mean would hide it."""
    stations, found = _rain(area, at)
    if not found:
        return FigureValue(value=None, as_of=None, have=0, of=len(stations), reason="agriculture.no_station_heard")
    most = max(value for _, value, _ in found)
    return FigureValue(value=round(most, 1), as_of=max(ts for *_, ts in found), have=len(found), of=len(stations))


def wheat(area: str, at: datetime) -> FigureValue:
    """How many mu of wheat stand between heading and ripe today."""
    total = _standing(area, at).aggregate(total=Sum("size_mu"))["total"]
    return FigureValue(value=round(total or 0.0), as_of=at)


def _standing(area: str, at: datetime) -> ScopedQuerySet[Planting]:
    day = at.astimezone(CHINA).date()
    rows = Planting.objects.in_area(area)
    return rows.filter(crop=rules.Crop.SPRING_WHEAT, heading_on__lte=day, ripe_on__gt=day)


def _rows(
    read: Callable[[str, datetime], tuple[list[Device], list[Read]]], unit: str, missing: str
) -> Callable[[str, datetime], Sequence[FigureRow]]:
    """One row a device: what it says, or that it says nothing."""

    def rows(area: str, at: datetime) -> Sequence[FigureRow]:
        everyone, found = read(area, at)
        said = {device.pk: (value, ts) for device, value, ts in found}
        return [
            FigureRow(
                kind="device",
                id=str(device.pk),
                name=device.name,
                area=device.area_path,
                at=said[device.pk][1] if device.pk in said else None,
                value=round(said[device.pk][0], 1) if device.pk in said else None,
                unit=unit,
                note=None if device.pk in said else missing,
            )
            for device in everyone
        ]

    return rows


def wheat_rows(area: str, at: datetime) -> Sequence[FigureRow]:
    """One row a planting."""
    return [
        FigureRow(
            kind="planting",
            id=str(row.pk),
            name=row.field.code if row.field else row.variety or row.crop,
            area=row.area_path,
            at=row.entered_at,
            value=row.size_mu,
            unit="agriculture.unit_mu",
        )
        for row in _standing(area, at).select_related("field").order_by("area_path", "id")
    ]


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


FIGURES = (
    Figure(
        code="agriculture.topsoil_water",
        unit="%",
        needs=devices.SEE,
        compute=topsoil,
        rows=_rows(_topsoil, "%", "agriculture.probe_silent"),
    ),
    Figure(
        code="agriculture.rain_24h",
        unit="mm",
        needs=devices.SEE,
        compute=rain,
        rows=_rows(_rain, "mm", "agriculture.station_silent"),
    ),
    Figure(
        code="agriculture.wheat_at_risk",
        unit="agriculture.unit_mu",
        needs=rules.SEE_FIELD,
        compute=wheat,
        rows=wheat_rows,
    ),
)
