"""Crops and their stages, and when the tip not to water holds: plain values on event time, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from xiangyun.kernel.alerts.rules import CHINA, FOREVER, HOUR, Spell, meet, midnight

STOP_WATERING = "stop_watering"
RAIN_FALLING = "rain_falling"

SEE_HOME = "agriculture.see_home"
SEE_FIELD = "agriculture.see_field"
ENTER_FORECAST = "agriculture.enter_forecast"
REGISTER_PLANTING = "agriculture.register_planting"
APPROVE_TIP = "agriculture.approve_tip"

MATTER = "agriculture.weather"
WORK = "agriculture.look_at_fields"

# How far back the round looks again each minute; a fact that changed further back names its own beginning.
LOOK_BACK = timedelta(days=3)
MOST_FORECAST_ROWS = 200
MOST_FORECAST_BYTES = 64 * 1024


class Crop(StrEnum):
    """What is sown here (domain brief §6, calendar)."""

    SPRING_WHEAT = "spring_wheat"
    MAIZE = "maize"
    SUNFLOWER = "sunflower"
    VEGETABLE = "vegetable"


class Stage(StrEnum):
    """Where a wheat planting stands, as far as the tip needs to know."""

    GROWING = "growing"
    HEADING = "heading"
    RIPE = "ripe"


# Days from sowing to heading and from heading to ripe, where nobody entered a day: spring wheat of the Hetao is sown
# mid to late March, heads end of May to early June and is ripe mid to late July (domain brief §6, ±10 days).
USUAL_DAYS = {Crop.SPRING_WHEAT: (72, 47)}


def usual_stages(crop: str, sown_on: date) -> tuple[date | None, date | None]:
    """The days on which a crop sown that day usually heads and ripens; unknown for crops without a calendar here."""
    usual = USUAL_DAYS.get(Crop(crop)) if crop in set(Crop) else None
    if usual is None:
        return None, None
    heading = sown_on + timedelta(days=usual[0])
    return heading, heading + timedelta(days=usual[1])


def stage_on(heading_on: date | None, ripe_on: date | None, day: date) -> Stage | None:
    """The stage of a planting on a day; None where its days are not known."""
    if heading_on is None or ripe_on is None:
        return None
    if day < heading_on:
        return Stage.GROWING
    return Stage.HEADING if day < ripe_on else Stage.RIPE


@dataclass(frozen=True, slots=True)
class Wheat:
    """One planting of wheat: its village and the local days on which it heads and is ripe."""

    village: str
    heading_on: date
    ripe_on: date

    @property
    def stretch(self) -> tuple[int, int]:
        """From the start of the day it heads to the start of the day it is ripe (µs)."""
        return midnight(self.heading_on), midnight(self.ripe_on)


@dataclass(frozen=True, slots=True)
class Rain:
    """A spell of rain that a station of the town measured (µs)."""

    station: str
    event_at: int
    cleared_at: int | None


@dataclass(frozen=True, slots=True)
class Coming:
    """A forecast row: who said it, when it was entered, what it says for when."""

    id: UUID
    source: str
    known_at: int
    starts_at: int
    ends_at: int
    rain_mm: float
    wind_ms: float | None
    until: int = FOREVER  # when it was taken back


@dataclass(frozen=True, slots=True)
class Approved:
    """An agronomist stands behind the tip from one moment to another (µs)."""

    id: UUID
    name: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class TipNumbers:
    """The numbers of the rule row `stop_watering`."""

    stays_h: float
    lead_h: float
    least_mm: float

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> TipNumbers:
        """Read them from a rule's row. Refuses: KeyError, TypeError, ValueError."""
        numbers = cls(float(params["stays_h"]), float(params["lead_h"]), float(params["least_mm"]))
        if not (0 <= numbers.stays_h <= 240 and 0 <= numbers.lead_h <= 240 and numbers.least_mm > 0):
            raise ValueError("hours are 0 to 240, rain is above 0")
        return numbers


@dataclass(frozen=True, slots=True)
class Because:
    """One reason not to water: a stretch of time and what goes into the tip's inputs."""

    start: int
    end: int
    inputs: Mapping[str, Any]


def reasons(rain: Iterable[Rain], coming: Iterable[Coming], numbers: TipNumbers) -> list[Because]:
    """The stretches in which rain falls (and for some hours after) or a forecast row says it will."""
    found = [
        Because(
            spell.event_at,
            FOREVER if spell.cleared_at is None else spell.cleared_at + int(numbers.stays_h * HOUR),
            {"cause": "rain", "station": spell.station},
        )
        for spell in rain
    ]
    found += [
        Because(
            max(row.known_at, row.starts_at - int(numbers.lead_h * HOUR)),
            min(row.ends_at, row.until),
            {
                "cause": "forecast" if row.wind_ms is None else "forecast_wind",
                "forecast": str(row.id),
                "source": row.source,
                "rain_mm": row.rain_mm,
                "wind_ms": row.wind_ms,
                "from": local_text(row.starts_at),
                "to": local_text(row.ends_at),
                "starts_at": iso(row.starts_at),
                "ends_at": iso(row.ends_at),
            },
        )
        for row in coming
        if row.rain_mm >= numbers.least_mm
    ]
    return sorted((one for one in found if one.start < one.end), key=lambda one: (one.start, one.end))


def tip_spells(
    because: Sequence[Because], wheat: Iterable[Wheat], approvals: Sequence[Approved], now: int
) -> list[Spell]:
    """The spells in which the tip holds: a reason, wheat between heading and ripe, and an agronomist's approval.

    Spells that touch are one. The inputs say why it began, for which villages, who approved it, and until when it
    holds as far as is known; a spell that ends after `now` is still open.
    """
    wheat = list(wheat)
    behind = [(one.since, one.until) for one in approvals]
    growing = meet(joined(one.stretch for one in wheat), joined(behind))
    wanted = meet(joined((one.start, one.end) for one in because), growing)
    spells = []
    for start, end in joined(wanted):
        if start > now:
            continue
        first = next(one for one in because if one.end > start)
        approval = next(one for one in approvals if one.since <= start < one.until)
        last = max(one.end for one in because if one.start < end and one.end > start)
        inputs = {
            **first.inputs,
            "villages": sorted({one.village for one in wheat if one.stretch[0] <= start < one.stretch[1]}),
            "approval": str(approval.id),
            "checked_by": approval.name,
            # While it rains nobody knows the end: the approval's own term is no answer to "until when".
            "valid_until": None if last >= FOREVER else iso(min(end, last)),
        }
        spells.append(Spell(start, start, end if end <= now else None, inputs))
    return spells


def joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches that touch, as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def iso(us: int) -> str:
    """A moment as text, in the town's own time."""
    return datetime.fromtimestamp(us / 1_000_000, CHINA).isoformat()


def local_text(us: int) -> str:
    """A moment as people write it: 11-24 20:00."""
    return datetime.fromtimestamp(us / 1_000_000, CHINA).strftime("%m-%d %H:%M")


def beaufort(speed_ms: float) -> int:
    """Wind force for a speed in m/s (GB/T 28591-2012)."""
    limits = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
    return sum(speed_ms >= limit for limit in limits)
