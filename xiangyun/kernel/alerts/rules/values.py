"""The plain values of the room: kinds and states, times, a row of readings, a spell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
FOREVER = 2**62
NAN = float("nan")

# All of China keeps one clock; a local day of every town starts at 16:00 UTC.
CHINA = timezone(timedelta(hours=8))
LOCAL = 8 * HOUR


class Kind(StrEnum):
    """What a broken rule is for: work for staff, a farming tip, or a fact other rules build on (never shown)."""

    ALERT = "alert"
    TIP = "tip"
    FACT = "fact"


class Shape(StrEnum):
    """How a rule reads the readings."""

    THRESHOLD = "threshold"
    WINDOW_SUM = "window_sum"
    DAYS_IN_ROW = "days_in_row"
    # Judged by the module that owns the rule, not on records.
    MODULE = "module"


class AlertState(StrEnum):
    """Withdrawn: late data showed that the condition never held; kept, but no list shows it unasked."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Row:
    """The usable readings of one device at one ts (quality ok or suspect; a bad reading never alarms)."""

    ts: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Spell:
    """One time the condition held: from the first reading of it, complete at `event_at`, over at `cleared_at`.

    `heard_at` is the last evidence about it, where that was looked for. `is_silent`: nothing was heard after that for
    longer than the rule bears, so whether it went on is unknown.
    """

    starts_at: int
    event_at: int
    cleared_at: int | None
    inputs: Mapping[str, Any] = field(default_factory=dict, compare=False)
    heard_at: int | None = field(default=None, compare=False)
    is_silent: bool = False

    @property
    def end(self) -> int:
        """The moment it was over; far away while it is not."""
        return FOREVER if self.cleared_at is None else self.cleared_at


def local_day(ts: int) -> date:
    """The local day a moment lies in."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts + LOCAL)).date()


def midnight(day: date) -> int:
    """The moment a local day begins."""
    return (day - date(1970, 1, 1)).days * DAY - LOCAL
