"""When a condition holds and when it is over, in rows of readings sorted by time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import fsum, isnan
from typing import Any

from xiangyun.kernel.alerts.rules.values import (
    DAY,
    FOREVER,
    HOUR,
    NAN,
    SECOND,
    Row,
    Shape,
    Spell,
    local_day,
    midnight,
)

LONGEST_WINDOW_H = 168
# How long a threshold's open spell is believed after the last evidence, where its numbers do not say.
SILENT_S = 6 * 3600
# Sums of decimal rain amounts are compared with this much slack: 0.05 + 0.05 is 0.1.
SLACK = 1e-9


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

    A pause of more than `gap_s` between two records proves neither: silence is not calm and not a storm. Nothing heard
    for more than `silent_s`: whether it still holds is unknown.
    """

    limits: tuple[Limit, ...]
    calm_for_s: int = 0
    gap_s: int = 7200
    silent_s: int = SILENT_S

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(limit.metric for limit in self.limits))

    @property
    def memory(self) -> int:
        """How far back a record can still matter (µs)."""
        held = max(self.calm_for_s, *(limit.hold_s for limit in self.limits)) + self.gap_s
        return max(held, self.silent_s) * SECOND

    @property
    def bound(self) -> int:
        """How long an open spell is believed after the last evidence about it (µs)."""
        return self.silent_s * SECOND

    def is_evidence(self, spell: Spell, known: Mapping[str, float]) -> bool:
        """Whether a record says something about an open spell: of the metric that raised it, or of any trouble."""
        return spell.inputs.get("metric") in known or self.is_restless(known)

    def is_restless(self, known: Mapping[str, float]) -> bool:
        """Whether a limit that is known is not back on its calm side."""
        return any(limit.metric in known and not limit.calms(known[limit.metric]) for limit in self.limits)


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

    @property
    def bound(self) -> int:
        """How long an open spell is believed after the last record (µs): until all that is known left the window."""
        return self.memory

    def is_evidence(self, _spell: Spell, known: Mapping[str, float]) -> bool:
        """Whether a record says something about an open spell."""
        return self.metric in known


@dataclass(frozen=True, slots=True)
class DaysInRow:
    """At least `days` local days in a row, each with a sum of `at_least`; over after one whole day without."""

    metric: str
    days: int
    at_least: float

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    @property
    def bound(self) -> int:
        """How long an open run is believed after the last record (µs): a whole local day has passed by then."""
        return 2 * DAY


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
        gap_s = int(params.get("gap_s", 7200))
        silent_s = int(params.get("silent_s", max(SILENT_S, gap_s)))
        rule = Threshold(limits, int(params.get("calm_for_s", 0)), gap_s, silent_s)
        # Whoever reads the neighbourhood of a record reads as far as these reach: years would stop the doors.
        spans = (rule.calm_for_s, rule.gap_s, rule.silent_s, *(limit.hold_s for limit in limits))
        if not all(0 <= span <= LONGEST_WINDOW_H * 3600 for span in spans):
            raise ValueError("times are from nothing to a week")
        if rule.silent_s < rule.gap_s:
            raise ValueError("a spell is believed at least as long as a pause may be")
        return rule
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


def breaches(
    rows: Sequence[Row],
    what: Condition,
    *,
    given: Spell | None = None,
    since: int = -FOREVER,
    now: int = -FOREVER,
) -> list[Spell]:
    """Every spell in which the condition held, oldest first. `rows` are sorted by ts.

    They start from calm; or, with `given`, inside that open spell, where rows before `since` only fill the memory.
    Up to `now` time has passed, whether or not a record says so.
    """
    if isinstance(what, Threshold):
        return _over_limits(rows, what, given, now)
    if isinstance(what, WindowSum):
        return _over_sum(rows, what, given, since, now)
    told = [row.ts for row in rows if said(row, what)]
    return in_row(
        full_days(rows, what),
        what,
        first_after=lambda moment: next((ts for ts in told if ts >= moment), None),
        last_before=lambda moment: next((ts for ts in reversed(told) if ts < moment), None),
        now=now,
    )


def said(row: Row, what: Condition) -> dict[str, float]:
    """What a record says of a condition's metrics."""
    return {name: row.values[name] for name in what.metrics if not isnan(row.values.get(name, NAN))}


def unheard(spell: Spell, bound: int, now: int) -> Spell | None:
    """An open spell as it ends where time passed its bound and nothing was heard; None where it may still hold."""
    if spell.heard_at is None or now <= spell.heard_at + bound:
        return None
    return replace(spell, cleared_at=spell.heard_at + bound, is_silent=True)


class _Limits:
    """The small machine behind a threshold: a breaking run for each limit while calm, one calm run while broken.

    What was raised by one metric is over only by that metric: a sensor that died does not calm a gale.
    """

    def __init__(self, rule: Threshold, given: Spell | None) -> None:
        self.rule = rule
        self.spell = given
        self.breaking: dict[Limit, int] = {}
        self.calm_from: int | None = None
        self.before: dict[str, int] = {}

    def step(self, row: Row) -> Spell | None:
        """Take one record in; the spell it ended, if it ended one."""
        known = said(row, self.rule)
        over = self.pass_to(row.ts) if known else None
        self._forget(row.ts, known)
        if self.spell is not None:
            return self._over(row.ts, known)
        self.spell = self._broken(row.ts, known)
        return over

    def pass_to(self, now: int) -> Spell | None:
        """Let time pass: the spell that ended because nothing was heard."""
        over = None if self.spell is None else unheard(self.spell, self.rule.bound, now)
        if over is not None:
            self.spell, self.calm_from = None, None
        return over

    def _forget(self, ts: int, known: Mapping[str, float]) -> None:
        """Runs of a metric do not outlast a pause in which it said nothing."""
        for name in known:
            if ts - self.before.get(name, ts) > self.rule.gap_s * SECOND:
                self.breaking = {limit: start for limit, start in self.breaking.items() if limit.metric != name}
                if self.spell is not None and self.spell.inputs.get("metric") == name:
                    self.calm_from = None
            self.before[name] = ts

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
                found = Spell(start, ts, None, inputs, heard_at=ts)
        return found

    def _over(self, ts: int, known: Mapping[str, float]) -> Spell | None:
        if self.spell is None or not self.rule.is_evidence(self.spell, known):
            return None
        self.spell = replace(self.spell, heard_at=ts)
        if self.rule.is_restless(known):
            self.calm_from = None
            return None
        self.calm_from = ts if self.calm_from is None else self.calm_from
        if ts - self.calm_from < self.rule.calm_for_s * SECOND:
            return None
        over, self.spell = replace(self.spell, cleared_at=ts), None
        self.breaking, self.calm_from = {}, None
        return over


def _over_limits(rows: Sequence[Row], rule: Threshold, given: Spell | None, now: int) -> list[Spell]:
    machine = _Limits(rule, given)
    inside = [row for row in rows if given is None or row.ts > given.event_at]
    spells = [over for row in inside if (over := machine.step(row)) is not None]
    last = machine.pass_to(now) or machine.spell
    return spells if last is None else [*spells, last]


def _over_sum(rows: Sequence[Row], rule: WindowSum, given: Spell | None, since: int, now: int) -> list[Spell]:
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
        if spell is not None:
            if over := unheard(spell, rule.bound, row.ts):
                spells.append(over)
            spell = None if over else replace(spell, heard_at=row.ts)
        if given is not None and row.ts < since:
            continue
        total = fsum(amount for _, amount in window)
        if spell is None and total >= rule.limit - SLACK:
            inputs = {"metric": rule.metric, "sum": round(total, 3), "hours": rule.hours, "limit": rule.limit}
            spell = Spell(next(ts for ts, amount in window if amount > 0), row.ts, None, inputs, heard_at=row.ts)
        elif spell is not None and total < rule.calm - SLACK:
            spells.append(replace(spell, cleared_at=row.ts))
            spell = None
    if spell is not None:
        spells.append(unheard(spell, rule.bound, now) or spell)
    return spells


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


def in_row(
    reached: Mapping[date, int],
    rule: DaysInRow,
    first_after: Callable[[int], int | None],
    last_before: Callable[[int], int | None],
    *,
    now: int = -FOREVER,
) -> list[Spell]:
    """The runs of enough reached days. `first_after(moment)` is the first record at or after a moment, or None;
    `last_before(moment)` the last one before it.

    A run is over at the first record after one whole local day that did not reach the amount (dry, or nothing heard: a
    day without data is not a day with rain); or, where no record says so, when its bound has passed.
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
                told = Spell(reached[run[0]], reached[run[rule.days - 1]], None, inputs, heard_at=reached[run[-1]])
                spells.append(_run_as_of(told, rule, first_after, last_before, now))
            run = []
        if day is not None:
            run.append(day)
    return spells


def _run_as_of(
    told: Spell,
    rule: DaysInRow,
    first_after: Callable[[int], int | None],
    last_before: Callable[[int], int | None],
    now: int,
) -> Spell:
    """A run with its end: the record that ended it, or the silence after the last one before; open where neither is."""
    ends = over_from(told)
    ended = first_after(ends)
    if ended is None or unheard(told, rule.bound, ended) is not None:
        told = replace(told, heard_at=last_before(ends))
    if ended is None:
        return unheard(told, rule.bound, now) or told
    return unheard(told, rule.bound, ended) or replace(told, cleared_at=ended)


def over_from(spell: Spell) -> int:
    """The moment from which a record can end a run of days: when one whole day after it has passed."""
    return midnight(date.fromisoformat(spell.inputs["last_day"]) + timedelta(days=2))
