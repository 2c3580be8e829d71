"""Many readings into few: buckets of a step, and the holes between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from xiangyun.kernel.devices.registry import Aggregate

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Step = Literal["raw", "10m", "1h", "1d"]
SECOND = 1_000_000
STEPS: dict[Step, int] = {"raw": 0, "10m": 600 * SECOND, "1h": 3600 * SECOND, "1d": 86_400 * SECOND}
"""How long a step is, in microseconds."""

HOLE = 2.5
"""So many intervals without a reading are a hole: one may be lost on the way."""


@dataclass(slots=True)
class Fold:
    """Buckets in rising order: their start (µs), and over the readings in each their number, sum, least and most.

    For directions `total` is the sum of cosines and `across` of sines.
    """

    start: Ints
    count: Ints
    total: Floats
    least: Floats
    most: Floats
    across: Floats

    def __len__(self) -> int:
        return len(self.start)


def _empty() -> Fold:
    none = np.empty(0)
    return Fold(np.empty(0, np.int64), np.empty(0, np.int64), none, none, none, none)


def of_readings(ts: Ints, values: Floats, agg: Aggregate) -> Fold:
    """Each reading as a bucket of its own, starting at its ts; the readings are good ones."""
    if agg == "vector":
        angle = np.radians(values)
        return Fold(ts, np.ones(len(ts), np.int64), np.cos(angle), values, values, np.sin(angle))
    return Fold(ts, np.ones(len(ts), np.int64), values, values, values, np.zeros(len(ts)))


def fold(parts: list[Fold], step: int, shift: int = 0) -> Fold:
    """Gather buckets into buckets of `step` µs whose edges are `shift` µs ahead of UTC's."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return _empty()
    start = (np.concatenate([part.start for part in parts]) + shift) // step * step - shift
    order = np.argsort(start, kind="stable")
    start = start[order]
    head = np.append(True, start[1:] != start[:-1])
    edges = np.nonzero(head)[0]

    def column(name: str) -> npt.NDArray[np.generic]:
        found: npt.NDArray[np.generic] = np.concatenate([getattr(part, name) for part in parts])[order]
        return found

    return Fold(
        start[head],
        np.add.reduceat(column("count"), edges),
        np.add.reduceat(column("total"), edges),
        np.fmin.reduceat(column("least"), edges),
        np.fmax.reduceat(column("most"), edges),
        np.add.reduceat(column("across"), edges),
    )


def value_of(folded: Fold, agg: Aggregate) -> Floats:
    """What each bucket says: mean, sum, or the direction of the mean unit vector (0 ≤ ° < 360)."""
    if agg == "sum":
        return np.round(folded.total, 6)
    if agg == "vector":
        return np.round(np.degrees(np.arctan2(folded.across, folded.total)) % 360, 3) % 360
    return np.round(folded.total / folded.count, 6)


def gaps(ts: Ints, *, step: int, every: int, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of `start … end` (µs) without readings.

    `ts` are moments of readings (`step` 0) or starts of buckets that hold some; a device speaks each `every` µs.
    """
    if end <= start:
        return []
    longest = max(step, int(HOLE * every))
    if not len(ts):
        return [(start, end)]
    found = []
    if ts[0] - start > longest:
        found.append((start, int(ts[0])))
    wide = np.nonzero(np.diff(ts) > longest)[0]
    found += [(int(ts[i]) + step, int(ts[i + 1])) for i in wide]
    if end - (ts[-1] + step) > longest - step:
        found.append((int(ts[-1]) + step, end))
    return found


def hours_apart(hours: Ints, step: int) -> list[tuple[int, int]]:
    """Starts of buckets (µs, rising) as few stretches: (start of the first, end of the last)."""
    if not len(hours):
        return []
    breaks = np.nonzero(np.diff(hours) != step)[0]
    firsts = np.append(0, breaks + 1)
    lasts = np.append(breaks, len(hours) - 1)
    return [(int(hours[a]), int(hours[b]) + step) for a, b in zip(firsts, lasts, strict=True)]
