"""Limits and clocks: when something is due, what stops the time, and which lamp it shows.

Counting: Civil Code (民法典) Art. 201 (the first day is not counted; hours run from the moment), Art. 202 (months end
on the same day of a later month, or on its last), Art. 203 (an end on a day off rolls on to the next working day; the
end is the end of the last day). What the law says of time that stands still differs by matter; the house counts in
favour of whoever must act: hours are shifted by the time stood still, a day on which the clock stood still at any time
does not count, months are prolonged by the days stood still.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from xiangyun.kernel.workflow.rules.calendar import ONE_DAY, Calendar

# A person may not be given more time than this by one limit; and no walk over days is longer.
MOST = 3660
WARN_SHARE = 0.8


class Unit(StrEnum):
    """What a limit counts."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


class Lamp(StrEnum):
    """How a matter stands against its clock."""

    OK = "ok"
    WARN = "warn"
    LATE = "late"
    STOPPED = "stopped"
    UNSURE = "unsure"


class Start(StrEnum):
    """What sets a clock going: a stage was entered, somebody was made to act (交办), they signed (签收)."""

    ENTERED = "entered"
    ASSIGNED = "assigned"
    SIGNED = "signed"


class WhenLate(StrEnum):
    """What the house does on its own once time is up."""

    HAND_UP = "hand_up"
    TELL_LEADER = "tell_leader"


@dataclass(frozen=True, slots=True)
class Limit:
    """So much time: `Limit(5, Unit.WORKING_DAYS)`."""

    amount: int
    unit: Unit

    def plus(self, amount: int) -> Limit:
        """The same limit, longer."""
        return Limit(self.amount + amount, self.unit)


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long one stage of one kind of matter may take, from a day on, and where that is written.

    `extension` is the most an approver may add, in the same unit. A kind declares its deadlines; a town's own rows
    stand instead of them from their day on.
    """

    stage: str
    limit: Limit
    basis: str
    valid_from: date
    extension: int = 0
    starts: Start = Start.ENTERED
    warn_share: float = WARN_SHARE
    valid_until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class Stop:
    """Time that did not count; `until` is empty while it still stands still."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due. `last_day` is the day at whose end that is (none for hours). `unsure_year` is the first
    year the calendar did not know on the way there: the end is then a guess."""

    at: datetime
    last_day: date | None
    unsure_year: int | None


@dataclass(frozen=True, slots=True)
class Timing:
    """What is known of a running clock; all a lamp needs."""

    started_at: datetime
    due_at: datetime
    warn_at: datetime
    stood_still: timedelta = timedelta(0)
    stopped_since: datetime | None = None
    is_unsure: bool = False
    ended_at: datetime | None = None


@dataclass
class _Walk:
    """Days passed through on the way to an end, and whether the calendar knew them."""

    calendar: Calendar
    still: frozenset[date]
    unsure_year: int | None = None
    known: dict[int, bool] = field(default_factory=dict)

    def is_working(self, on: date) -> bool:
        if on.year not in self.known:
            self.known[on.year] = self.calendar.knows(on.year)
        # A day that was written down is a fact, whether or not the rest of its year is.
        if not self.known[on.year] and on not in self.calendar.own and self.unsure_year is None:
            self.unsure_year = on.year
        return self.calendar.is_working_day(on)

    def rolled(self, on: date) -> date:
        """The day itself, or the next that is worked and on which the clock did not stand still."""
        while on in self.still or not self.is_working(on):
            on += ONE_DAY
        return on


def due(started_at: datetime, limit: Limit, calendar: Calendar, stops: Sequence[Stop] = ()) -> Due:
    """When a limit that began at a moment ends, given the time that did not count (ended stops only)."""
    if limit.unit == Unit.HOURS:
        return Due(started_at + timedelta(hours=limit.amount) + stood_still(stops), None, None)
    first = calendar.day_of(started_at)
    walk = _Walk(calendar, frozenset(_days(stops, calendar)))
    if limit.unit == Unit.MONTHS:
        last = _months_on(first, limit.amount)
        for day in sorted(walk.still):
            if first < day <= last:
                last += ONE_DAY
    else:
        last, left = first, limit.amount
        while left:
            last += ONE_DAY
            if last not in walk.still and (limit.unit == Unit.DAYS or walk.is_working(last)):
                left -= 1
    last = walk.rolled(last)
    return Due(calendar.end_of(last), last, walk.unsure_year)


def warn_at(started_at: datetime, ends: Due, calendar: Calendar, *, share: float, stood: timedelta) -> datetime:
    """From when on time is short: a share of it is used, or its last day has begun."""
    used_up = started_at + stood + share * (ends.at - started_at - stood)
    if ends.last_day is None:
        return used_up
    return max(started_at, min(used_up, calendar.start_of(ends.last_day)))


def lamp(timing: Timing, at: datetime) -> Lamp:
    """How it stands at a moment."""
    if timing.stopped_since is not None:
        return Lamp.STOPPED
    seen = at if timing.ended_at is None else timing.ended_at
    if seen >= timing.due_at:
        return Lamp.LATE
    if seen >= timing.warn_at:
        return Lamp.WARN
    return Lamp.UNSURE if timing.is_unsure else Lamp.OK


def used(timing: Timing, at: datetime) -> float:
    """The share of the time that is gone, 0 to 1."""
    seen = min(moment for moment in (at, timing.stopped_since, timing.ended_at) if moment is not None)
    whole = timing.due_at - timing.started_at - timing.stood_still
    gone = seen - timing.started_at - timing.stood_still
    if whole <= timedelta(0):
        return 1.0
    return min(1.0, max(0.0, gone / whole))


@dataclass(frozen=True, slots=True)
class Left:
    """How much time is left, or how much too late it is: so many days or hours; `stopped` without a number."""

    what: str
    n: int = 0


def left(timing: Timing, last_day: date | None, at: datetime, calendar: Calendar) -> Left:
    """What people say of a clock: days while the end is another day, hours on the day itself."""
    if timing.stopped_since is not None:
        return Left("stopped")
    if at >= timing.due_at:
        days = (at - timing.due_at).days
        return Left("late_days", days) if days else Left("late_hours", (at - timing.due_at) // timedelta(hours=1))
    days = ((last_day or calendar.day_of(timing.due_at)) - calendar.day_of(at)).days
    hours = (timing.due_at - at) // timedelta(hours=1)
    return Left("days", days) if days and hours >= 24 else Left("hours", hours)


def next_look(timing: Timing, told: Lamp) -> datetime | None:
    """When the house must look at a clock again, given the lamp it last told of; None: no more."""
    if timing.stopped_since is not None or timing.ended_at is not None or told == Lamp.LATE:
        return None
    return timing.due_at if told == Lamp.WARN else timing.warn_at


def stood_still(stops: Iterable[Stop]) -> timedelta:
    """How long the clock stood still in all, stops that have ended."""
    return sum((stop.until - stop.since for stop in stops if stop.until is not None), timedelta(0))


def in_force(own: Iterable[Deadline], declared: Iterable[Deadline], stage: str, on: date) -> Deadline | None:
    """The deadline of a stage on a day: the first of the place's `own` (nearest first), else as declared."""
    for several in (own, declared):
        found = [each for each in several if each.stage == stage and each.holds(on)]
        if found:
            return found[0]
    return None


def _days(stops: Iterable[Stop], calendar: Calendar) -> set[date]:
    """The days on which the clock stood still at any time."""
    found: set[date] = set()
    for stop in stops:
        if stop.until is None or stop.until <= stop.since:
            continue
        on, last = calendar.day_of(stop.since), calendar.day_of(stop.until - timedelta(microseconds=1))
        while on <= last:
            found.add(on)
            on += ONE_DAY
    return found


def _months_on(on: date, amount: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + amount, 12)
    return date(year, month + 1, min(on.day, months.monthrange(year, month + 1)[1]))
