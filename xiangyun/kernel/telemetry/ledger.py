"""The SQL of telemetry: every statement that writes or reads records, over binary columns.

Each function works inside the caller's transaction and scope. Reads carry the bounds of ts as plain parameters, so that
two years of day partitions are pruned before they are planned.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from xiangyun.base import ids
from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.devices.registry import SLOTS
from xiangyun.kernel.telemetry import packing
from xiangyun.kernel.telemetry.rules import grading
from xiangyun.kernel.telemetry.wire import Unusable, micros, moment_of

Cursor = psycopg.Cursor[tuple[Any, ...]]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Grades = npt.NDArray[np.uint8]

_SHIFTS = np.arange(0, 2 * SLOTS, 2, dtype=np.int64)
_ALL_MISSING = int((3 << _SHIFTS).sum())


def pack(grades: Grades) -> Ints:
    """Two bits a slot, slot 0 lowest."""
    packed: Ints = (grades.astype(np.int64) << _SHIFTS).sum(axis=1)
    return packed


def unpack(packed: Ints) -> Grades:
    """(rows, SLOTS) of grades."""
    return ((packed[:, None] >> _SHIFTS) & 3).astype(np.uint8)


@dataclass(slots=True)
class Rows:
    """Stored records: `ts` µs, `values` (rows, SLOTS), `grades` (rows, SLOTS)."""

    device_num: Ints
    ts: Ints
    grades: Grades
    values: Floats

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(slots=True)
class State:
    """A device's presence row, locked."""

    area_path: str
    last_ts: int
    memory: bytes | None
    revoked_at: datetime | None
    cut_at: datetime | None = None


def set_scope(cursor: Cursor, scope: str) -> None:
    """Say whose rows exist in this transaction, without asking what it was before."""
    cursor.execute("SELECT set_config('xy.scope', %s, true)", (scope,))


def lock(cursor: Cursor, nums: Sequence[int]) -> dict[int, State]:
    """Lock the presence of these devices, in one order for everybody."""
    cursor.execute(
        "SELECT p.num, p.area_path, p.last_ts, p.memory, d.revoked_at, p.cut_at"
        " FROM devices_presence p JOIN devices_device d ON d.id = p.device_id"
        " WHERE p.num = ANY(%s) ORDER BY p.num FOR UPDATE OF p",
        (packing.int8s(np.array(nums, np.int64)),),
        binary=True,
    )
    return {
        num: State(area, grading.NEVER if last is None else micros(last), memory, revoked, cut)
        for num, area, last, memory, revoked, cut in cursor.fetchall()
    }


@functools.cache
def _slots(width: int) -> list[str]:
    return [f"v{slot:02}" for slot in range(width)]


@functools.cache
def _insert(width: int, is_new: bool) -> str:
    slots = ", ".join(_slots(width))
    marks = ", ".join(["%s"] * (4 + width))
    return (
        f"INSERT INTO telemetry_record (device_num, ts, received_at, grades, area_path, {slots})"  # noqa: S608 - our own column names
        f" SELECT device_num, ts, %s, grades, area_path, {slots} FROM unnest({marks})"
        f" AS sent (device_num, ts, grades, area_path, {slots})"
        + ("" if is_new else " ON CONFLICT DO NOTHING RETURNING device_num, ts")
    )


def insert(cursor: Cursor, rows: Rows, area_paths: Sequence[str], *, width: int, at: datetime) -> None:
    """Insert records that are new for sure (PostgreSQL's UniqueViolation where they are not)."""
    cursor.execute(_insert(width, True), _sent(rows, area_paths, width, at))


def insert_some(
    cursor: Cursor, rows: Rows, area_paths: Sequence[str], *, width: int, at: datetime
) -> set[tuple[int, int]]:
    """Insert what is not there yet; returns the (device, ts µs) that were new."""
    cursor.execute(_insert(width, False), _sent(rows, area_paths, width, at), binary=True)
    return {(num, micros(ts)) for num, ts in cursor.fetchall()}


def _sent(rows: Rows, area_paths: Sequence[str], width: int, at: datetime) -> tuple[Any, ...]:
    return (
        at,
        packing.int8s(rows.device_num),
        packing.stamps(rows.ts),
        packing.int8s(pack(rows.grades)),
        packing.texts(area_paths),
        *(packing.float8s(rows.values[:, slot]) for slot in range(width)),
    )


def _rows(found: list[tuple[Any, ...]], width: int) -> Rows:
    table = np.array(found, np.float64).reshape(len(found), 3 + width)
    values = np.full((len(found), SLOTS), np.nan)
    values[:, :width] = table[:, 3:]
    return Rows(
        table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), unpack(table[:, 2].astype(np.int64)), values
    )


# Exact: microseconds stay below 2^53 until the year 2255.
_US = "(extract(epoch FROM ts) * 1000000)::bigint"


def read_keys(cursor: Cursor, nums: Ints, ts: Ints, *, width: int) -> Rows:
    """The records at these (device, ts), in order of both."""
    slots = ", ".join(_slots(width))
    cursor.execute(
        f"SELECT device_num, {_US}, grades, {slots} FROM telemetry_record"  # noqa: S608 - our own column names
        " WHERE ts BETWEEN %s AND %s AND (device_num, ts) IN (SELECT * FROM unnest(%s, %s))"
        " ORDER BY device_num, telemetry_record.ts",
        (moment_of(ts.min()), moment_of(ts.max()), packing.int8s(nums), packing.stamps(ts)),
        prepare=False,
        binary=True,
    )
    return _rows(cursor.fetchall(), width)


def read_range(cursor: Cursor, num: int, first: int, last: int, *, width: int) -> Rows:
    """The records of a device from `first` to `last` (µs), both inclusive, in order."""
    slots = ", ".join(_slots(width))
    cursor.execute(
        f"SELECT device_num, {_US}, grades, {slots} FROM telemetry_record"  # noqa: S608 - our own column names
        " WHERE device_num = %s AND ts BETWEEN %s AND %s ORDER BY telemetry_record.ts",
        (num, moment_of(first), moment_of(last)),
        prepare=False,
        binary=True,
    )
    return _rows(cursor.fetchall(), width)


def fill_in(cursor: Cursor, rows: Rows, *, width: int) -> None:
    """Add readings to stored records where these told nothing; what is there stays."""
    slots = ", ".join(_slots(width))
    filled = ", ".join(f"{slot} = coalesce(r.{slot}, sent.{slot})" for slot in _slots(width))
    marks = ", ".join(["%s"] * (2 + width))
    cursor.execute(
        f"UPDATE telemetry_record r SET {filled} FROM unnest({marks}) AS sent (device_num, ts, {slots})"  # noqa: S608 - our own column names
        " WHERE r.device_num = sent.device_num AND r.ts = sent.ts AND r.ts BETWEEN %s AND %s",
        (
            packing.int8s(rows.device_num),
            packing.stamps(rows.ts),
            *(packing.float8s(rows.values[:, slot]) for slot in range(width)),
            moment_of(rows.ts.min()),
            moment_of(rows.ts.max()),
        ),
        prepare=False,
    )


def regrade(cursor: Cursor, num: int, ts: Ints, grades: Grades) -> None:
    """Give stored records of one device other grades."""
    cursor.execute(
        "UPDATE telemetry_record r SET grades = sent.grades FROM unnest(%s, %s) AS sent (ts, grades)"
        " WHERE r.device_num = %s AND r.ts = sent.ts AND r.ts BETWEEN %s AND %s",
        (packing.stamps(ts), packing.int8s(pack(grades)), num, moment_of(ts.min()), moment_of(ts.max())),
        prepare=False,
    )


def remember(cursor: Cursor, nums: Sequence[int], last_ts: Ints, memories: Sequence[bytes], at: datetime) -> None:
    """Note that these devices were heard, and what to remember of them; NEVER leaves last_ts empty."""
    cursor.execute(
        "UPDATE devices_presence p SET last_heard_at = greatest(p.last_heard_at, %s), memory = sent.memory,"
        " last_ts = nullif(sent.last_ts, %s) FROM unnest(%s, %s, %s) AS sent (num, last_ts, memory)"
        " WHERE p.num = sent.num",
        (
            at,
            moment_of(0),
            packing.int8s(np.array(nums, np.int64)),
            packing.stamps(np.where(last_ts == grading.NEVER, 0, last_ts)),
            packing.blobs(memories),
        ),
    )


HOUR_US = 3_600_000_000


def mark_dirty(cursor: Cursor, nums: Ints, ts: Ints, areas: dict[int, str]) -> None:
    """Note the hours whose fold no longer tells the truth."""
    # Both in one number: hours since 1970 stay below 2^20 until 2089.
    pairs = np.unique(nums << 20 | ts // HOUR_US)
    devices, hours = pairs >> 20, pairs & 0xFFFFF
    cursor.execute(
        "INSERT INTO telemetry_dirty (device_num, hour, area_path)"
        " SELECT * FROM unnest(%s, %s, %s) ON CONFLICT DO NOTHING",
        (
            packing.int8s(devices),
            packing.stamps(hours * HOUR_US),
            packing.texts([areas[num] for num in devices.tolist()]),
        ),
    )


def park(cursor: Cursor, device: Known, area_path: str, found: Iterable[Unusable], at: datetime) -> None:
    """Keep what is no reading where it is shown: strange metrics in quarantine, the rest parked; each once."""
    found = list(found)
    strange = [bad for bad in found if bad.reason == "unknown_metric"]
    parked = [bad for bad in found if bad.reason != "unknown_metric"]
    if strange:
        cursor.execute(
            "INSERT INTO devices_quarantine (id, device_id, area_path, metric, ts, value, received_at)"
            " SELECT id, %s, %s, metric, ts, value, %s FROM unnest(%s, %s, %s, %s) AS sent (id, metric, ts, value)"
            " ON CONFLICT DO NOTHING",
            (
                device.id,
                area_path,
                at,
                packing.uuids([ids.uuid7() for _ in strange]),
                packing.texts([bad.metric or "" for bad in strange]),
                packing.stamps(np.array([bad.ts for bad in strange], np.int64)),
                packing.texts([bad.value for bad in strange]),
            ),
        )
    for bad in parked:
        cursor.execute(
            "INSERT INTO devices_parked (id, device_id, area_path, reason, metric, ts, value, received_at, fingerprint)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                ids.uuid7(),
                device.id,
                area_path,
                bad.reason,
                bad.metric,
                None if bad.ts is None else moment_of(bad.ts),
                bad.value,
                at,
                bad.fingerprint(),
            ),
        )


def open_days(cursor: Cursor, days: Iterable[date]) -> None:
    """Make sure that these days (UTC) have a partition; quick where they do."""
    for day in days:
        cursor.execute("SELECT xy_door.telemetry_open_day(%s)", (day,))


def days_without(cursor: Cursor, days: Iterable[date]) -> set[date]:
    """Those of these days that have no partition yet."""
    cursor.execute(
        "SELECT day FROM unnest(%s::date[]) AS asked (day)"
        " WHERE to_regclass('public.telemetry_record_' || to_char(day, 'YYYYMMDD')) IS NULL",
        (sorted(days),),
    )
    return {day for (day,) in cursor.fetchall()}


DAY_US = 86_400_000_000


@functools.lru_cache(4096)
def day(number: int) -> date:
    """The day (UTC) so many days after 1970-01-01."""
    return moment_of(number * DAY_US).date()


def days_of(ts: Iterable[int]) -> set[date]:
    """The days (UTC) these moments (µs) fall on."""
    return {day(number) for number in {us // DAY_US for us in ts}}
