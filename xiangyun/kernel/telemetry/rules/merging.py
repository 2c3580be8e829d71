"""First come, first kept: what a batch adds to what is stored, reading by reading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Keyed:
    """Rows of a batch gathered into one line a (device, ts), lines in rising order.

    `line[r]` is the line of row r; `first[r, s]` says whether row r was the first of the batch to tell slot s of its
    line; `values` are the lines as the batch alone tells them.
    """

    device_num: Ints
    ts: Ints
    values: Floats
    line: Ints
    first: Flags


def gather(device_num: Ints, ts: Ints, values: Floats) -> Keyed:
    """Sort rows by (device, ts) and merge those of one moment, in the order they came."""
    order = np.lexsort((ts, device_num))
    num, at = device_num[order], ts[order]
    head = np.ones(len(order), bool)
    head[1:] = (num[1:] != num[:-1]) | (at[1:] != at[:-1])
    line = np.empty(len(order), np.int64)
    line[order] = np.cumsum(head) - 1
    said = ~np.isnan(values)
    starts = order[head]
    merged = values[starts]
    if not head.all():
        first = np.zeros_like(said)
        first[starts] = said[starts]
        for row in order[~head]:
            gap = said[row] & np.isnan(merged[line[row]])
            merged[line[row], gap] = values[row, gap]
            first[row] = gap
    else:
        first = said
    return Keyed(num[head], at[head], merged, line, first)


@dataclass(slots=True)
class Outcome:
    """What became of each row: something of it was new; slots in which it contradicts what is kept."""

    is_stored: Flags
    conflicts: Flags


def outcome(keyed: Keyed, values: Floats, before: Floats, after: Floats) -> Outcome:
    """Compare the rows of a batch with their lines as stored `before` (NaN: nothing) and `after` it."""
    fresh = keyed.first & np.isnan(before)[keyed.line]
    is_stored: Flags = np.logical_or.reduce(fresh, axis=1)
    return Outcome(is_stored, ~np.isnan(values) & (values != after[keyed.line]))
