"""How far a reading can be believed: a pure function of the readings around it, never of the order they came in.

A grade of *bad* follows from the record alone. *Suspect* by step or standstill follows from the usable (not bad)
readings of the same device and metric before it, at most `reach` away; a late record therefore asks for its
neighbours to be graded again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from xiangyun.kernel.devices.registry import SLOTS, Metric, Profile
from xiangyun.kernel.telemetry.batch import BAD, MISSING, OK, SUSPECT

SECOND = 1_000_000
NEVER = -(2**62)
"""The time of a reading that never was."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Grades = npt.NDArray[np.uint8]

# What the house remembers of one device and slot between two records.
# l*: the newest reading and its grade; u*: the newest usable reading, and since when it has not moved.
MEMORY = np.dtype(
    [("lt", "<i8"), ("lv", "<f8"), ("ut", "<i8"), ("uv", "<f8"), ("ur", "<i8"), ("lq", "u1"), ("pad", "V7")]
)
Memories = npt.NDArray[Any]


class _Moving(NamedTuple):
    """The rules over time of one slot; times in µs, never is 2^62."""

    slot: int
    up: float
    down: float
    within: int
    stuck: int
    hole: int


@dataclass(frozen=True)
class _Limits:
    """The rules of a profile as columns over the slots."""

    low: Floats
    high: Floats
    ok_low: Floats
    ok_high: Floats
    sentinels: tuple[tuple[int, Floats], ...]
    dead: tuple[npt.NDArray[np.int64], ...]
    moving: tuple[_Moving, ...]
    """Only the slots with a rule over time; the columns below hold the same for all slots."""
    has_memory: npt.NDArray[np.bool_]
    up: Floats
    down: Floats
    within: Ints
    stuck: Ints
    hole: Ints


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


@cache
def limits_of(profile: Profile) -> _Limits:
    """The columns of a profile, made once."""
    inf = float("inf")
    low, ok_low = np.full(SLOTS, -inf), np.full(SLOTS, -inf)
    high, ok_high = np.full(SLOTS, inf), np.full(SLOTS, inf)
    for metric in profile.metrics:
        low[metric.slot], high[metric.slot] = metric.low, metric.high
        ok_low[metric.slot], ok_high[metric.slot] = _or(metric.ok_low, -inf), _or(metric.ok_high, inf)
    slot_of = {metric.code: metric.slot for metric in profile.metrics}
    moving = tuple(
        _moving(metric) for metric in profile.metrics if metric.step_up or metric.step_down or metric.stuck_s
    )
    within, stuck, hole = (np.full(SLOTS, 2**62, np.int64) for _ in range(3))
    up, down, has_memory = np.full(SLOTS, inf), np.full(SLOTS, inf), np.zeros(SLOTS, bool)
    for rule in moving:
        up[rule.slot], down[rule.slot], within[rule.slot] = rule.up, rule.down, rule.within
        stuck[rule.slot], hole[rule.slot], has_memory[rule.slot] = rule.stuck, rule.hole, True
    return _Limits(
        low,
        high,
        ok_low,
        ok_high,
        tuple((metric.slot, np.array(metric.sentinels)) for metric in profile.metrics if metric.sentinels),
        tuple(np.array([slot_of[code] for code in group]) for group in profile.dead_if_all_zero),
        moving,
        has_memory,
        up,
        down,
        within,
        stuck,
        hole,
    )


def _moving(metric: Metric) -> _Moving:
    stuck = 2**62 if metric.stuck_s is None else metric.stuck_s * SECOND
    inf = float("inf")
    return _Moving(
        metric.slot,
        _or(metric.step_up, inf),
        _or(metric.step_down, inf),
        metric.step_within_s * SECOND,
        stuck,
        stuck if metric.stuck_s is None else stuck // 4,
    )


@cache
def reach(profile: Profile) -> int:
    """How far (µs) a reading can change the grade of another."""
    spans = [metric.step_within_s for metric in profile.metrics if metric.step_up or metric.step_down]
    spans += [metric.stuck_s + metric.stuck_s // 4 for metric in profile.metrics if metric.stuck_s]
    return max(spans, default=0) * SECOND


def grade_alone(profile: Profile, values: Floats) -> Grades:
    """Grades that follow from each record alone; `values` is (records, SLOTS), NaN = missing."""
    limits = limits_of(profile)
    grades = np.zeros(values.shape, np.uint8)
    with np.errstate(invalid="ignore"):
        grades[(values < limits.ok_low) | (values > limits.ok_high)] = SUSPECT
        grades[(values < limits.low) | (values > limits.high)] = BAD
    for slot, sentinels in limits.sentinels:
        grades[np.isin(values[:, slot], sentinels), slot] = BAD
    missing = np.isnan(values)
    grades[missing] = MISSING
    for group in limits.dead:
        zero = (values[:, group] == 0).sum(axis=1)
        dead = (zero >= 2) & (zero == (~missing[:, group]).sum(axis=1))
        if dead.any():
            rows = np.nonzero(dead)[0]
            block = grades[np.ix_(rows, group)]
            block[block != MISSING] = BAD
            grades[np.ix_(rows, group)] = block
    return grades


def blank(devices: int) -> Memories:
    """The memory of devices never heard."""
    memory = np.zeros((devices, SLOTS), MEMORY)
    memory["lt"] = memory["ut"] = memory["ur"] = NEVER
    memory["lv"] = memory["uv"] = np.nan
    memory["lq"] = MISSING
    return memory


def grade(profile: Profile, device: Ints, ts: Ints, values: Floats, memory: Memories) -> tuple[Grades, Memories]:
    """Grades of records in order of (device, ts), and what to remember afterwards.

    `device` numbers the rows of `memory` (every one of them occurs, in rising order); each record is newer than
    everything in its device's memory. `memory` is not changed.
    """
    grades = grade_alone(profile, values)
    memory = memory.copy()
    if not len(ts):
        return grades, memory
    if len(ts) == len(memory):
        _grade_one_each(limits_of(profile), ts[:, None], values, grades, memory)
    else:
        thread = _Thread(device, ts, len(memory))
        for rule in limits_of(profile).moving:
            kept = grades[:, rule.slot]
            if (kept != MISSING).any():
                _grade_over_time(rule, thread, values[:, rule.slot], kept, memory[:, rule.slot])
    _note_newest(device, ts, values, grades, memory)
    return grades, memory


def _grade_one_each(limits: _Limits, ts: Ints, values: Floats, grades: Grades, memory: Memories) -> None:
    """Step and standstill where every device sent one record: all slots at once, against what is remembered."""
    usable = (grades < BAD) & limits.has_memory
    had = memory["ut"] != NEVER
    gap, change = ts - memory["ut"], values - memory["uv"]
    with np.errstate(invalid="ignore"):
        leaps = had & (gap <= limits.within) & ((change > limits.up) | (-change > limits.down))
        start = np.where(~had | (change != 0) | (gap > limits.hole), ts, memory["ur"])
    grades[usable & (leaps | (ts - start >= limits.stuck)) & (grades == OK)] = SUSPECT
    memory["ut"] = np.where(usable, ts, memory["ut"])
    memory["uv"] = np.where(usable, values, memory["uv"])
    memory["ur"] = np.where(usable, start, memory["ur"])


class _Thread:
    """The records of a batch with one row in front of each device's: what is remembered of it.

    `place` is where each record stands, `heads` where each memory does, `owner` whose row each is.
    """

    def __init__(self, device: Ints, ts: Ints, devices: int) -> None:
        rows = len(ts)
        self.device, self.ts = device, ts
        self.place = np.arange(rows) + device + 1
        self.heads = np.searchsorted(device, np.arange(devices)) + np.arange(devices)
        self.owner = np.empty(rows + devices, np.int64)
        self.owner[self.place] = device
        self.owner[self.heads] = np.arange(devices)

    def column(self, records: npt.NDArray[Any], memory: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One value a row."""
        column = np.empty(len(self.owner), records.dtype)
        column[self.place], column[self.heads] = records, memory
        return column


def _grade_over_time(rule: _Moving, thread: _Thread, values: Floats, kept: Grades, memory: Memories) -> None:
    """Step and standstill of one slot: writes into `kept` and `memory`."""
    usable = thread.column(kept < BAD, memory["ut"] != NEVER)
    at = np.nonzero(usable)[0]
    if not len(at):
        return
    t = thread.column(thread.ts, memory["ut"])[at]
    v = thread.column(values, memory["uv"])[at]
    since = thread.column(thread.ts, memory["ur"])[at]
    owner = thread.owner[at]
    same = owner[1:] == owner[:-1]
    gap, change = t[1:] - t[:-1], v[1:] - v[:-1]
    moved = np.append(True, ~same | (change != 0) | (gap > rule.hole))
    start = since[np.maximum.accumulate(np.where(moved, np.arange(len(at)), 0))]
    suspect = t - start >= rule.stuck
    suspect[1:] |= same & (gap <= rule.within) & ((change > rule.up) | (-change > rule.down))
    doubtful = np.zeros(len(usable), bool)
    doubtful[at[suspect]] = True
    kept[doubtful[thread.place] & (kept == OK)] = SUSPECT
    last = np.append(~same, True)
    who = owner[last]
    memory["ut"][who], memory["uv"][who], memory["ur"][who] = t[last], v[last], start[last]


def _note_newest(device: Ints, ts: Ints, values: Floats, grades: Grades, memory: Memories) -> None:
    """Remember the newest reading of each device and slot, whatever its grade."""
    rows = np.where(grades != MISSING, np.arange(len(ts))[:, None], -1)
    newest = np.maximum.reduceat(rows, np.searchsorted(device, np.arange(len(memory))), axis=0)
    owner, slot = np.nonzero(newest >= 0)
    row = newest[owner, slot]
    memory["lt"][owner, slot] = ts[row]
    memory["lv"][owner, slot] = values[row, slot]
    memory["lq"][owner, slot] = grades[row, slot]


def settle(old: Memories, fresh: Memories, first: int, last: int) -> Memories:
    """What to remember of one device after its records from `first` to `last` (µs) were graded again.

    `fresh` knows only these; whatever `old` remembers from later stays, everything else is known better now.
    """
    settled = old.copy()
    newer = fresh["lt"] >= old["lt"]
    for name in ("lt", "lv", "lq"):
        settled[name][newer] = fresh[name][newer]
    within = (old["ut"] >= first) & (old["ut"] <= last)
    usable = within | (fresh["ut"] > old["ut"])
    for name in ("ut", "uv", "ur"):
        settled[name][usable] = fresh[name][usable]
    return settled
