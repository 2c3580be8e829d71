"""Visits (走访): what is found at a door, how often a home in special care is asked after, and when that is due."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "care_visits.toml"
MOST_DAYS = 366
NOTE_CHARS = 2000
# A visit a few days late is no missed one: roads are wet, people are at a wedding. Our own measure.
GRACE = timedelta(days=7)
# Nobody is promised a call further ahead than this.
CALL_BACK_WITHIN = timedelta(days=366)
# Who needs help that the visitor cannot give becomes a report of this category: sealed, for the town.
HELP = "needs_help"


class VisitKind(StrEnum):
    """What somebody came for."""

    CENSUS = "census"
    CARE = "care"


class VisitOutcome(StrEnum):
    """What somebody found: as last time, something else, nothing else as far as they asked, or nobody."""

    SAME = "same"
    CHANGED = "changed"
    PARTLY = "partly"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Interval:
    """How often homes of one kind of special care (code list care) are asked after, from a day on; null: not at all."""

    kind: str
    days: int | None
    source: str
    valid_from: date
    valid_until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@cache
def shipped() -> tuple[Interval, ...]:
    """The intervals that come with the product."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Interval(kind=kind, days=days, source=part["source"], valid_from=part["valid_from"])
        for part in told["part"]
        for kind, days in part["days"].items()
    )


def in_force(own: Iterable[Interval], on: date) -> dict[str, Interval]:
    """Kind → interval on a day: a town's latest row instead of what ships."""
    found = {one.kind: one for one in shipped() if one.holds(on)}
    for one in sorted(own, key=lambda row: row.valid_from):
        if one.holds(on):
            found[one.kind] = one
    return found


@dataclass(frozen=True, slots=True)
class Care:
    """What the marks of a home's people and its visits say of when somebody asks after them again."""

    kinds: tuple[str, ...]
    due_on: date | None


def care_due(
    marks: Iterable[tuple[str, date]],
    intervals: Mapping[str, Interval],
    *,
    met_on: date | None,
    call_back_on: date | None = None,
) -> Care:
    """When a home is asked after again. `marks`: kinds with the day each began; `met_on`: when somebody was last
    met there; `call_back_on`: what was promised at that visit."""
    known = [(kind, begun) for kind, begun in marks if kind in intervals]
    dues = [
        max(begun, met_on or begun) + timedelta(days=days)
        for kind, begun in known
        if (days := intervals[kind].days) is not None
    ]
    if call_back_on is not None:
        dues.append(call_back_on)
    return Care(tuple(sorted({kind for kind, _ in known})), min(dues, default=None))
