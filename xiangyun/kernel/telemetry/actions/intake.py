"""Taking in: many bodies of many devices become rows of the ledger in one transaction, each reading once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.devices.registry import SLOTS, Profile, profile_of
from xiangyun.kernel.devices.rules import CUT_FOR
from xiangyun.kernel.telemetry import ledger, packing
from xiangyun.kernel.telemetry.actions import aside
from xiangyun.kernel.telemetry.actions.deliveries import Delivery, Receipt, Taken
from xiangyun.kernel.telemetry.batch import Batch
from xiangyun.kernel.telemetry.ledger import Rows
from xiangyun.kernel.telemetry.rules import grading, merging
from xiangyun.kernel.telemetry.wire import Unusable

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Lines:
    """The lines of a batch as they stand after it."""

    keyed: merging.Keyed
    before: Floats
    after: Floats
    grades: npt.NDArray[np.uint8]
    changed: npt.NDArray[np.bool_]
    memories: dict[int, bytes]
    neighbours: list[Rows]


def take_in(deliveries: Sequence[Delivery], *, at: datetime, careful: bool = False, scope: str | None = None) -> Taken:
    """Store what is new of these bodies, grade it, park the rest; call it inside a door's transaction and scope.

    Repeats change nothing; of two values for one reading the first stays. `careful` asks the ledger about every record
    instead of trusting what is remembered of each device. A door that has not said whose rows exist gives its `scope`.
    The days of all records must have their partition.

    Inside `packing.together` its writes travel with whatever else is said there. Raises UniqueViolation, then or at the
    end of that block, where the ledger knows newer records of a device than what is remembered of it.
    """
    cursor = packing.cursor(connection)
    if scope is not None:
        ledger.set_scope(cursor, scope)
    states = ledger.lock(cursor, sorted({delivery.device.num for delivery in deliveries}))
    taken = Taken([Receipt() for _ in deliveries], [], {})
    live = _admitted(cursor, deliveries, states, taken, at)
    heard = {deliveries[place].device.num for place in live}
    senders = [deliveries[place] for place in live if deliveries[place].sent.ts]
    lines: _Lines | None = None
    if senders:
        profiles = {d.device.num: _profile(d.device) for d in senders}
        nums, ts, values = _columns(senders, profiles)
        keyed = merging.gather(nums, ts, values)
        lines = _settle(cursor, keyed, states, profiles, at=at, careful=careful)
        _count(deliveries, live, taken, lines, values)
        devices = {d.device.num: d.device for d in senders}
        taken.batches = _batches(lines, devices, profiles, states, at)
        dirty = [(keyed.device_num[lines.changed], keyed.ts[lines.changed])]
        dirty += [(rows.device_num, rows.ts) for rows in lines.neighbours]
        dirty_num, dirty_ts = (np.concatenate(column) for column in zip(*dirty, strict=True))
        if len(dirty_num):
            ledger.mark_dirty(cursor, dirty_num, dirty_ts, {num: state.area_path for num, state in states.items()})
    else:
        for place in live:
            taken.receipts[place].unusable = list(deliveries[place].sent.unusable)
    _remember(cursor, sorted(heard), states, lines, at)
    aside.keep(cursor, deliveries, live, taken, states, at)
    return taken


def _columns(senders: Sequence[Delivery], profiles: dict[int, Profile]) -> tuple[Ints, Ints, Floats]:
    """Device, ts (µs) and values (rows, SLOTS) of all records, body after body."""
    sizes = [len(d.sent.ts) for d in senders]
    total = sum(sizes)
    nums = np.repeat(np.array([d.device.num for d in senders], np.int64), sizes)
    ts = np.fromiter(chain.from_iterable([d.sent.ts for d in senders]), np.int64, total)
    values = np.full((total, SLOTS), np.nan)
    kinds = [profiles[d.device.num] for d in senders]
    for profile in set(kinds):
        own = [d.sent.rows for d, kind in zip(senders, kinds, strict=True) if kind is profile]
        width = len(profile.metrics)
        told = np.fromiter(chain.from_iterable(chain.from_iterable(own)), np.float64, sum(map(len, own)) * width)
        mine = np.flatnonzero(np.repeat([kind is profile for kind in kinds], sizes))
        values[mine[:, None], profile.slots] = told.reshape(-1, width)
    return nums, ts, values


def _profile(device: Known) -> Profile:
    profile = profile_of(device.profile)
    if profile is None:
        raise LookupError(f"device {device.key} has the profile {device.profile}, which no file describes")
    return profile


def _admitted(
    cursor: ledger.Cursor,
    deliveries: Sequence[Delivery],
    states: dict[int, ledger.State],
    taken: Taken,
    at: datetime,
) -> list[int]:
    """Places of the bodies to take in; the others are answered: revoked, cut off, or asked and answered before."""
    live = []
    asked = {(d.device.num, d.op_key): place for place, d in enumerate(deliveries) if d.op_key is not None}
    known: dict[tuple[int, str], tuple[bytes, dict[str, Any]]] = {}
    if asked:
        cursor.execute(
            "SELECT a.device_num, a.key, a.body_hash, a.answer::text FROM telemetry_answer a"
            " JOIN unnest(%s, %s) AS asked (num, key) ON a.device_num = asked.num AND a.key = asked.key",
            (
                packing.int8s(np.array([num for num, _ in asked], np.int64)),
                packing.texts([key or "" for _, key in asked]),
            ),
        )
        known = {(num, key): (bytes(hashed), json.loads(told)) for num, key, hashed, told in cursor.fetchall()}
    for place, delivery in enumerate(deliveries):
        num, key = delivery.device.num, delivery.op_key
        revoked_at = states[num].revoked_at if num in states else delivery.device.revoked_at
        if num not in states or (revoked_at and (delivery.sent_at is None or delivery.sent_at > revoked_at)):
            taken.receipts[place].refused = "revoked"
        elif delivery.sent_at is None and (cut_at := states[num].cut_at) and at < cut_at + CUT_FOR:
            taken.receipts[place].refused = "cut_off"
            taken.receipts[place].cut_until = cut_at + CUT_FOR
        elif key is not None and (num, key) in known:
            hashed, answer = known[num, key]
            if hashed == delivery.body_hash:
                taken.answers[place] = answer
            else:
                taken.receipts[place].refused = "op_id_reused"
        elif key is not None and asked[num, key] != place:
            # The same request twice at once: the other one is carried out, this one asks again.
            taken.receipts[place].refused = "again"
        else:
            live.append(place)
    return live


def _settle(
    cursor: ledger.Cursor,
    keyed: merging.Keyed,
    states: dict[int, ledger.State],
    profiles: dict[int, Profile],
    *,
    at: datetime,
    careful: bool,
) -> _Lines:
    """Put the lines into the ledger and grade them and whatever their coming changes."""
    nums = list(profiles)
    nums.sort()
    last = np.array([states[num].last_ts for num in nums], np.int64)
    owner = np.searchsorted(np.array(nums, np.int64), keyed.device_num)
    late = np.zeros(len(nums), bool)
    late[owner[keyed.ts <= last[owner]]] = True
    late |= careful
    lines = _Lines(
        keyed,
        before=np.full_like(keyed.values, np.nan),
        after=keyed.values.copy(),
        grades=np.empty(keyed.values.shape, np.uint8),
        changed=np.ones(len(keyed.ts), bool),
        memories={},
        neighbours=[],
    )
    kinds = set(profiles.values())
    if len(kinds) == 1 and not late.any():
        _append(cursor, lines, np.arange(len(owner)), nums, kinds.pop(), states, at)
        return lines
    is_late = late[owner]
    for profile in kinds:
        of_kind = np.array([profiles[num] is profile for num in nums])
        for which in (False, True):
            chosen = np.nonzero(of_kind & (late == which))[0]
            if not len(chosen):
                continue
            mine = np.nonzero(np.isin(owner, chosen) & (is_late == which))[0]
            own = [nums[i] for i in chosen]
            if which:
                _weave(cursor, lines, mine, own, profile, states, at)
            else:
                _append(cursor, lines, mine, own, profile, states, at)
    return lines


def _picked(lines: _Lines, mine: Ints) -> Rows:
    return Rows(lines.keyed.device_num[mine], lines.keyed.ts[mine], lines.grades[mine], lines.after[mine])


def _areas(rows: Rows, states: dict[int, ledger.State]) -> list[str]:
    return [states[num].area_path for num in rows.device_num.tolist()]


_BLANK = grading.blank(1).tobytes()


def _append(
    cursor: ledger.Cursor,
    lines: _Lines,
    mine: Ints,
    nums: list[int],
    profile: Profile,
    states: dict[int, ledger.State],
    at: datetime,
) -> None:
    """Devices whose lines are all newer than anything they sent: grade by memory, insert."""
    device = np.searchsorted(np.array(nums, np.int64), lines.keyed.device_num[mine])
    memory = np.frombuffer(b"".join([states[num].memory or _BLANK for num in nums]), grading.MEMORY)
    memory = memory.reshape(len(nums), SLOTS)
    grades, memory = grading.grade(profile, device, lines.keyed.ts[mine], lines.keyed.values[mine], memory)
    lines.grades[mine] = grades
    rows = _picked(lines, mine)
    ledger.insert(cursor, rows, _areas(rows, states), width=profile.width, at=at)
    packed, size = memory.tobytes(), SLOTS * grading.MEMORY.itemsize
    lines.memories.update({num: packed[i * size : (i + 1) * size] for i, num in enumerate(nums)})


def _memory(state: ledger.State) -> grading.Memories:
    if not state.memory:
        return grading.blank(1)
    return np.frombuffer(state.memory, grading.MEMORY).reshape(1, SLOTS)


def _weave(
    cursor: ledger.Cursor,
    lines: _Lines,
    mine: Ints,
    nums: list[int],
    profile: Profile,
    states: dict[int, ledger.State],
    at: datetime,
) -> None:
    """Devices with lines from the past: insert what is new, fill in what was missing, grade the neighbourhood again."""
    lines.grades[mine] = grading.grade_alone(profile, lines.keyed.values[mine])
    rows = _picked(lines, mine)
    new = ledger.insert_some(cursor, rows, _areas(rows, states), width=profile.width, at=at)
    known = np.array([key not in new for key in zip(rows.device_num.tolist(), rows.ts.tolist(), strict=True)], bool)
    if known.any():
        again = mine[known]
        stored = ledger.read_keys(cursor, rows.device_num[known], rows.ts[known], width=profile.width)
        gaps = np.isnan(stored.values) & ~np.isnan(lines.keyed.values[again])
        lines.before[again] = stored.values
        lines.after[again] = np.where(gaps, lines.keyed.values[again], stored.values)
        lines.grades[again] = stored.grades
        lines.changed[again] = gaps.any(axis=1)
        filled = again[gaps.any(axis=1)]
        if len(filled):
            ledger.fill_in(cursor, _picked(lines, filled), width=profile.width)
    for num in nums:
        own = mine[(lines.keyed.device_num[mine] == num) & lines.changed[mine]]
        if len(own):
            _grade_around(cursor, lines, own, num, profile, states[num])


def _grade_around(
    cursor: ledger.Cursor, lines: _Lines, own: Ints, num: int, profile: Profile, state: ledger.State
) -> None:
    """Grade stored records again, as far as the changed lines of one device reach."""
    reach = grading.reach(profile)
    start, end = int(lines.keyed.ts[own].min()), int(lines.keyed.ts[own].max())
    around = ledger.read_range(cursor, num, start - reach, end + reach, width=profile.width)
    grades, fresh = grading.grade(profile, np.zeros(len(around), np.int64), around.ts, around.values, grading.blank(1))
    differs = (grades != around.grades).any(axis=1) & (around.ts >= start)
    if differs.any():
        ledger.regrade(cursor, num, around.ts[differs], grades[differs])
    place = np.searchsorted(around.ts, lines.keyed.ts[own])
    lines.grades[own] = grades[place]
    others = differs & ~np.isin(around.ts, lines.keyed.ts[own])
    if others.any():
        lines.neighbours.append(
            Rows(around.device_num[others], around.ts[others], grades[others], around.values[others])
        )
    settled = grading.settle(_memory(state), fresh, start - reach, end + reach)
    lines.memories[num] = settled.tobytes()


def _count(deliveries: Sequence[Delivery], live: list[int], taken: Taken, lines: _Lines, values: Floats) -> None:
    """Write each body's receipt: every record is stored, rejected or a duplicate; conflicts are parked."""
    told = merging.outcome(lines.keyed, values, lines.before, lines.after)
    in_conflict = np.logical_or.reduce(told.conflicts, axis=1)
    sizes = [len(deliveries[place].sent.ts) for place in live]
    ends = np.cumsum(sizes)
    running = np.append(0, np.cumsum(told.is_stored))
    stored = (running[ends] - running[ends - sizes]).tolist()
    contradicts = np.append(0, np.cumsum(in_conflict))
    contradicted = (contradicts[ends] - contradicts[ends - sizes]).tolist()
    for place, count, end, conflicts in zip(live, stored, ends.tolist(), contradicted, strict=True):
        sent, receipt = deliveries[place].sent, taken.receipts[place]
        receipt.stored = count
        receipt.duplicate = sent.count - count
        if sent.unusable or conflicts:
            mine = slice(end - len(sent.ts), end)
            receipt.unusable = list(sent.unusable)
            receipt.unusable += _conflicts(deliveries[place], told.conflicts[mine], values[mine]) if conflicts else []
            receipt.unusable.sort(key=lambda bad: bad.index)
            kept = {sent.index[row] for row in np.flatnonzero(told.is_stored[mine]).tolist()}
            receipt.duplicate -= len({bad.index for bad in receipt.unusable} - kept)


def _conflicts(delivery: Delivery, conflicts: npt.NDArray[np.bool_], values: Floats) -> list[Unusable]:
    code = {metric.slot: metric.code for metric in _profile(delivery.device).metrics}
    sent = delivery.sent
    return [
        Unusable(sent.index[row], "conflict", code[slot], sent.ts[row], repr(float(values[row, slot])))
        for row, slot in zip(*(axis.tolist() for axis in np.nonzero(conflicts)), strict=True)
    ]


def _batches(
    lines: _Lines,
    devices: dict[int, Known],
    profiles: dict[int, Profile],
    states: dict[int, ledger.State],
    at: datetime,
) -> list[Batch]:
    """What there is to judge, profile by profile, in order of (device, ts)."""
    nums = np.concatenate([lines.keyed.device_num, *(rows.device_num for rows in lines.neighbours)])
    ts = np.concatenate([lines.keyed.ts, *(rows.ts for rows in lines.neighbours)])
    values = np.concatenate([lines.after, *(rows.values for rows in lines.neighbours)])
    grades = np.concatenate([lines.grades, *(rows.grades for rows in lines.neighbours)])
    changed = np.concatenate([lines.changed, *(np.ones(len(rows), bool) for rows in lines.neighbours)])
    by_profile: dict[Profile, list[int]] = defaultdict(list)
    for num, profile in profiles.items():
        by_profile[profile].append(num)
    batches = []
    for profile, members in by_profile.items():
        rows = np.nonzero(np.isin(nums, members))[0] if len(by_profile) > 1 else np.arange(len(nums))
        if lines.neighbours:
            rows = rows[np.lexsort((ts[rows], nums[rows]))]
        who = nums[rows].tolist()
        batches.append(
            Batch(
                profile=profile,
                at=at,
                device_nums=nums[rows],
                device_ids=[devices[num].id for num in who],
                area_paths=[states[num].area_path for num in who],
                ts=ts[rows],
                values={metric.code: values[rows, metric.slot] for metric in profile.metrics},
                quality={metric.code: grades[rows, metric.slot] for metric in profile.metrics},
                new=changed[rows],
            )
        )
    return batches


def _remember(
    cursor: ledger.Cursor, nums: list[int], states: dict[int, ledger.State], lines: _Lines | None, at: datetime
) -> None:
    if not nums:
        return
    last = {num: states[num].last_ts for num in nums}
    memories = {num: states[num].memory or b"" for num in nums}
    if lines is not None:
        ends = np.append(lines.keyed.device_num[1:] != lines.keyed.device_num[:-1], True)
        for num, ts in zip(lines.keyed.device_num[ends].tolist(), lines.keyed.ts[ends].tolist(), strict=True):
            last[num] = max(last[num], ts)
        memories.update(lines.memories)
    ledger.remember(cursor, nums, np.array([last[num] for num in nums], np.int64), [memories[num] for num in nums], at)
