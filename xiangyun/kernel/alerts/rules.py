"""When a rule is broken and when it is over: pure functions of stored readings, on event time only.

Nothing here knows when a record came in. The same readings give the same spells in whatever order and at whatever
speed they arrived, so a replay, a backlog after an outage and a live day agree. Times are microseconds since the epoch
(UTC), as the batches of telemetry carry them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from math import fsum, isnan
from typing import Any

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
FOREVER = 2**62
NAN = float("nan")

# All of China keeps one clock; a local day of every town starts at 16:00 UTC.
CHINA = timezone(timedelta(hours=8))
LOCAL = 8 * HOUR

# An alert whose condition was complete this long before we heard of it is late.
LATE_AFTER = 10 * 60 * SECOND
# A late alert that is already over sends nobody out once its event lies this far back (µs).
WORTH_A_VISIT = 24 * HOUR
LONGEST_WINDOW_H = 168
# Sums of decimal rain amounts are compared with this much slack: 0.05 + 0.05 is 0.1.
SLACK = 1e-9


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
    """One time the condition held: from the first reading of it, complete at `event_at`, over at `cleared_at`."""

    starts_at: int
    event_at: int
    cleared_at: int | None
    inputs: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def end(self) -> int:
        """The moment it was over; far away while it is not."""
        return FOREVER if self.cleared_at is None else self.cleared_at


@dataclass(frozen=True, slots=True)
class Limit:
    """One side of a threshold: broken at `limit`, calm again at `calm`; between them nothing changes (hysteresis)."""

    metric: str
    limit: float
    calm: float
    hold_s: int = 0
    is_above: bool = True

    def breaks(self, value: float) -> bool:
        """Whether a value breaks the limit."""
        return value >= self.limit if self.is_above else value <= self.limit

    def calms(self, value: float) -> bool:
        """Whether a value is back on the calm side."""
        return value <= self.calm if self.is_above else value >= self.calm


@dataclass(frozen=True, slots=True)
class Threshold:
    """Any of the limits, held for its time; over when every limit has been calm for `calm_for_s`.

    A pause of more than `gap_s` between two records proves neither: silence is not calm and not a storm.
    """

    limits: tuple[Limit, ...]
    calm_for_s: int = 0
    gap_s: int = 7200

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(limit.metric for limit in self.limits))

    @property
    def memory(self) -> int:
        """How far back a record can still matter (µs)."""
        return (max(self.calm_for_s, *(limit.hold_s for limit in self.limits)) + self.gap_s) * SECOND


@dataclass(frozen=True, slots=True)
class WindowSum:
    """The sum over the last `hours` reaches `limit`; over when it has fallen below `calm`."""

    metric: str
    hours: float
    limit: float
    calm: float

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    @property
    def memory(self) -> int:
        """How far back a record can still matter (µs)."""
        return int(self.hours * HOUR)


@dataclass(frozen=True, slots=True)
class DaysInRow:
    """At least `days` local days in a row, each with a sum of `at_least`; over after one whole day without."""

    metric: str
    days: int
    at_least: float

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)


Condition = Threshold | WindowSum | DaysInRow


def condition(shape: str, params: Mapping[str, Any]) -> Condition | None:
    """The condition a rule's row describes; None for a rule its module judges.

    Refuses: KeyError, TypeError, ValueError, for numbers that describe no condition.
    """
    if shape == Shape.THRESHOLD:
        limits = tuple(
            Limit(
                metric=each["metric"],
                limit=float(each["above"] if "above" in each else each["below"]),
                calm=float(each["calm"]),
                hold_s=int(each.get("hold_s", 0)),
                is_above="above" in each,
            )
            for each in params["limits"]
        )
        if not limits or not all(limit.calms(limit.calm) and not limit.breaks(limit.calm) for limit in limits):
            raise ValueError("a threshold needs limits, and calm lies on their other side")
        return Threshold(limits, int(params.get("calm_for_s", 0)), int(params.get("gap_s", 7200)))
    if shape == Shape.WINDOW_SUM:
        window = WindowSum(params["metric"], float(params["hours"]), float(params["limit"]), float(params["calm"]))
        if not 0 < window.hours <= LONGEST_WINDOW_H or not 0 < window.calm <= window.limit:
            raise ValueError("a sum needs a window of up to a week, and calm lies below the limit")
        return window
    if shape == Shape.DAYS_IN_ROW:
        run = DaysInRow(params["metric"], int(params["days"]), float(params["at_least"]))
        if run.days < 1 or run.at_least <= 0:
            raise ValueError("a run needs days and an amount")
        return run
    return None


def breaches(rows: Sequence[Row], what: Condition, *, given: Spell | None = None, since: int = -FOREVER) -> list[Spell]:
    """Every spell in which the condition held, oldest first. `rows` are sorted by ts.

    They start from calm; or, with `given`, inside that open spell, where rows before `since` only fill the memory.
    """
    if isinstance(what, Threshold):
        return _over_limits(rows, what, given)
    if isinstance(what, WindowSum):
        return _over_sum(rows, what, given, since)
    reached = full_days(rows, what)
    return in_row(reached, what, first_after=lambda moment: next((row.ts for row in rows if row.ts >= moment), None))


class _Limits:
    """The small machine behind a threshold: a breaking run for each limit while calm, one calm run while broken."""

    def __init__(self, rule: Threshold, given: Spell | None) -> None:
        self.rule = rule
        self.spell = given
        self.breaking: dict[Limit, int] = {}
        self.calm_from: int | None = None
        self.before: int | None = None

    def step(self, row: Row) -> Spell | None:
        """Take one record in; the spell it ended, if it ended one."""
        known = {name: row.values[name] for name in self.rule.metrics if not isnan(row.values.get(name, NAN))}
        if not known:
            return None
        if self.before is not None and row.ts - self.before > self.rule.gap_s * SECOND:
            self.breaking, self.calm_from = {}, None
        self.before = row.ts
        if self.spell is None:
            self.spell = self._broken(row.ts, known)
            return None
        return self._over(row.ts, known)

    def _broken(self, ts: int, known: Mapping[str, float]) -> Spell | None:
        found: Spell | None = None
        for limit in self.rule.limits:
            if limit.metric not in known:
                continue
            value = known[limit.metric]
            if not limit.breaks(value):
                self.breaking.pop(limit, None)
                continue
            start = self.breaking.setdefault(limit, ts)
            if found is None and ts - start >= limit.hold_s * SECOND:
                inputs = {"metric": limit.metric, "value": value, "limit": limit.limit, "held_s": limit.hold_s}
                found = Spell(start, ts, None, inputs)
        return found

    def _over(self, ts: int, known: Mapping[str, float]) -> Spell | None:
        if not all(limit.calms(known[limit.metric]) for limit in self.rule.limits if limit.metric in known):
            self.calm_from = None
            return None
        self.calm_from = ts if self.calm_from is None else self.calm_from
        if self.spell is None or ts - self.calm_from < self.rule.calm_for_s * SECOND:
            return None
        over, self.spell = replace(self.spell, cleared_at=ts), None
        self.breaking, self.calm_from = {}, None
        return over


def _over_limits(rows: Sequence[Row], rule: Threshold, given: Spell | None) -> list[Spell]:
    machine = _Limits(rule, given)
    inside = [row for row in rows if given is None or row.ts > given.event_at]
    spells = [over for row in inside if (over := machine.step(row)) is not None]
    return spells if machine.spell is None else [*spells, machine.spell]


def _over_sum(rows: Sequence[Row], rule: WindowSum, given: Spell | None, since: int) -> list[Spell]:
    """The spells of a sliding sum, looked at whenever a record says something about the metric."""
    spells: list[Spell] = []
    spell = given
    window: deque[tuple[int, float]] = deque()
    for row in rows:
        value = row.values.get(rule.metric, NAN)
        if isnan(value):
            continue
        window.append((row.ts, value))
        while window[0][0] <= row.ts - rule.memory:
            window.popleft()
        if given is not None and row.ts < since:
            continue
        total = fsum(amount for _, amount in window)
        if spell is None and total >= rule.limit - SLACK:
            inputs = {"metric": rule.metric, "sum": round(total, 3), "hours": rule.hours, "limit": rule.limit}
            spell = Spell(next(ts for ts, amount in window if amount > 0), row.ts, None, inputs)
        elif spell is not None and total < rule.calm - SLACK:
            spells.append(replace(spell, cleared_at=row.ts))
            spell = None
    return spells if spell is None else [*spells, spell]


def local_day(ts: int) -> date:
    """The local day a moment lies in."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts + LOCAL)).date()


def midnight(day: date) -> int:
    """The moment a local day begins."""
    return (day - date(1970, 1, 1)).days * DAY - LOCAL


def full_days(rows: Iterable[Row], rule: DaysInRow) -> dict[date, int]:
    """Local day → ts of the record with which its sum reached the amount. Days that never reach it are absent.

    A day once reached stays reached: a stored reading is never taken back and rain is never negative.
    """
    sums: dict[date, list[float]] = {}
    reached: dict[date, int] = {}
    for row in rows:
        value = row.values.get(rule.metric)
        if value is None or isnan(value) or value <= 0:
            continue
        day = local_day(row.ts)
        amounts = sums.setdefault(day, [])
        amounts.append(value)
        if day not in reached and fsum(amounts) >= rule.at_least - SLACK:
            reached[day] = row.ts
    return reached


def in_row(reached: Mapping[date, int], rule: DaysInRow, first_after: Callable[[int], int | None]) -> list[Spell]:
    """The runs of enough reached days. `first_after(moment)` is the first record at or after a moment, or None.

    A run is over at the first record after one whole local day that did not reach the amount (dry, or nothing heard: a
    day without data is not a day with rain).
    """
    spells: list[Spell] = []
    run: list[date] = []
    for day in [*sorted(reached), None]:
        if run and (day is None or day != run[-1] + timedelta(days=1)):
            if len(run) >= rule.days:
                inputs = {
                    "metric": rule.metric,
                    "first_day": run[0].isoformat(),
                    "last_day": run[-1].isoformat(),
                    "days": len(run),
                    "at_least": rule.at_least,
                }
                told = Spell(reached[run[0]], reached[run[rule.days - 1]], None, inputs)
                spells.append(replace(told, cleared_at=first_after(over_from(told))))
            run = []
        if day is not None:
            run.append(day)
    return spells


def over_from(spell: Spell) -> int:
    """The moment from which a record can end a run of days: when one whole day after it has passed."""
    return midnight(date.fromisoformat(spell.inputs["last_day"]) + timedelta(days=2))


def union(spells: Iterable[Spell]) -> list[Spell]:
    """Spells that touch become one: the first start and event, the last end."""
    joined: list[Spell] = []
    for spell in sorted(spells, key=lambda one: (one.starts_at, one.event_at)):
        last = joined[-1] if joined else None
        if last is None or spell.starts_at > last.end:
            joined.append(spell)
            continue
        first = min((last, spell), key=lambda one: one.event_at)
        ends = None if None in (last.cleared_at, spell.cleared_at) else max(last.end, spell.end)
        joined[-1] = Spell(min(last.starts_at, spell.starts_at), first.event_at, ends, first.inputs)
    return joined


def meet(left: Iterable[tuple[int, int]], right: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches `[from, to)` that lie in one of `left` and one of `right`."""
    right = list(right)
    both = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return sorted({(start, end) for start, end in both if start < end})


def is_late(event_at: int, raised_at: int) -> bool:
    """Whether the condition was complete long before it could be told."""
    return raised_at - event_at > LATE_AFTER


class Errand(StrEnum):
    """What becomes of the work an alert calls for."""

    SEND = "send"
    WAIT = "wait"
    LEAVE = "leave"


def errand(spell: Spell, heard: int, at: int) -> Errand:
    """Somebody is sent to what holds now or was recent; nobody to what was long over when we heard of it.

    In a backlog (`heard`, the newest record, lies far back) an open spell waits until the backlog has caught up: it may
    be over by then.
    """
    if at - spell.event_at <= WORTH_A_VISIT:
        return Errand.SEND
    if spell.cleared_at is not None:
        return Errand.LEAVE
    return Errand.SEND if at - heard <= WORTH_A_VISIT else Errand.WAIT


@dataclass(frozen=True, slots=True)
class Plan:
    """What turns the stored alerts of one rule and subject into the spells that hold: by index into the stored ones."""

    withdrawn: tuple[int, ...]
    kept: tuple[tuple[int, Spell], ...]
    added: tuple[Spell, ...]


def reconcile(stored: Sequence[Spell], found: Sequence[Spell]) -> Plan:
    """Match stored alerts to the spells found in the same stretch of time: the earliest that overlap are the same."""
    free = sorted(range(len(stored)), key=lambda n: stored[n].starts_at)
    kept: list[tuple[int, Spell]] = []
    added: list[Spell] = []
    for spell in sorted(found, key=lambda one: one.starts_at):
        match = next((n for n in free if stored[n].starts_at <= spell.end and spell.starts_at <= stored[n].end), None)
        if match is None:
            added.append(spell)
        else:
            free.remove(match)
            kept.append((match, spell))
    return Plan(tuple(free), tuple(kept), tuple(added))
