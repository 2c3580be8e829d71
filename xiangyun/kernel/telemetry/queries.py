"""Reads of readings: the newest, a series with its holes, the rhythm in which a device speaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.utils import timezone

from xiangyun.base.errors import BadInput, NotFound
from xiangyun.kernel.devices import rules as devices_rules
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.registry import Metric, Profile, profile_of
from xiangyun.kernel.telemetry import ledger, packing
from xiangyun.kernel.telemetry.batch import NAMES, OK
from xiangyun.kernel.telemetry.ledger import HOUR_US
from xiangyun.kernel.telemetry.models import Hour
from xiangyun.kernel.telemetry.rules import folding, grading
from xiangyun.kernel.telemetry.rules.folding import Fold, Step
from xiangyun.kernel.telemetry.wire import micros, moment_of

MOST_POINTS = 50_000
USUAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Reading:
    """One value, when, and how far it can be believed."""

    value: float
    ts: datetime
    quality: str


def latest(devices: Iterable[Device]) -> dict[UUID, dict[str, Reading]]:
    """Device → metric → its newest reading, whatever its grade; the devices carry their presence."""
    return {device.pk: _latest(device) for device in devices}


def _latest(device: Device) -> dict[str, Reading]:
    memory, profile = device.presence.memory, profile_of(device.profile)
    if not memory or profile is None:
        return {}
    slots = np.frombuffer(bytes(memory), grading.MEMORY)
    return {
        metric.code: Reading(
            float(slots["lv"][metric.slot]),
            moment_of(slots["lt"][metric.slot]),
            NAMES[slots["lq"][metric.slot]],
        )
        for metric in profile.metrics
        if slots["lt"][metric.slot] != grading.NEVER
    }


def usual_battery(devices: Sequence[Device], at: datetime) -> dict[int, float]:
    """Device num → what its battery read on average over the last two weeks, where it has one."""
    slot = {}
    for device in devices:
        profile = profile_of(device.profile)
        metric = profile.metric("battery_v") if profile else None
        if metric:
            slot[device.num] = metric.slot
    sums: dict[int, tuple[float, int]] = {}
    since = at - timedelta(days=USUAL_DAYS)
    rows = Hour.objects.filter(device_num__in=list(slot), hour__gte=since).values_list("device_num", "count", "total")
    for num, count, total in rows:
        found = total[slot[num]]
        if found is not None and count[slot[num]]:
            before = sums.get(num, (0.0, 0))
            sums[num] = (before[0] + found, before[1] + count[slot[num]])
    return {num: total / count for num, (total, count) in sums.items()}


@dataclass(slots=True)
class Series:
    """One metric over a stretch of time: columns of points, and the holes (µs)."""

    metric: Metric
    step: Step
    ts: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    least: npt.NDArray[np.float64]
    most: npt.NDArray[np.float64]
    count: npt.NDArray[np.int64]
    quality: npt.NDArray[np.uint8]
    gaps: list[tuple[int, int]]


def series(device: Device, *, metric: str, start: datetime, end: datetime, step: Step, at: datetime) -> Series:
    """What a metric did from `start` (inclusive) to `end` (exclusive).

    Steps use ok readings alone and begin at whole steps (a day at local midnight); raw shows all, each with its grade.
    Refuses: NotFound (unknown metric), BadInput (more raw readings than a page can draw).
    """
    profile = profile_of(device.profile)
    found = profile.metric(metric) if profile else None
    if profile is None or found is None:
        raise NotFound
    first, last = micros(start), micros(end)
    width = folding.STEPS[step]
    seen_until = min(last, micros(at))
    every = device.expected_every_s * folding.SECOND
    if step == "raw":
        ts, values, grades = _readings(device.num, found.slot, first, last)
        holes = folding.gaps(ts, step=0, every=every, start=first, end=seen_until)
        return Series(found, step, ts, values, values, values, np.ones(len(ts), np.int64), grades, holes)
    parts = [_good(device.num, found, first, last)] if step == "10m" else _hours(device.num, found, first, last)
    shift = int((timezone.localtime(start).utcoffset() or timedelta()) / timedelta(microseconds=1))
    folded = folding.fold(parts, width, shift if step == "1d" else 0)
    holes = folding.gaps(folded.start, step=width, every=every, start=first, end=seen_until)
    return Series(
        found,
        step,
        folded.start,
        folding.value_of(folded, found.agg),
        folded.least,
        folded.most,
        folded.count,
        np.full(len(folded), OK, np.uint8),
        holes,
    )


Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.uint8]]


def _readings(num: int, slot: int, first: int, last: int, *, most: int = MOST_POINTS) -> Columns:
    """Every kept reading of one slot with `first <= ts < last` (µs). Refuses: BadInput (more than `most`)."""
    cursor = packing.cursor(connection)
    column = f"v{slot:02}"
    cursor.execute(
        f"SELECT (extract(epoch FROM ts) * 1000000)::bigint, {column}, ((grades >> {2 * slot}) & 3)::int"  # noqa: S608 - our own column names
        f" FROM telemetry_record WHERE device_num = %s AND ts >= %s AND ts < %s AND {column} IS NOT NULL"
        " ORDER BY telemetry_record.ts LIMIT %s",
        (num, moment_of(first), moment_of(last), most + 1),
        prepare=False,
        binary=True,
    )
    rows = cursor.fetchall()
    if len(rows) > most:
        raise BadInput(
            "telemetry.too_many_points", most=most, errors=[{"loc": ["query", "step"], "msg": "10m, 1h, 1d"}]
        )
    if not rows:
        return np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8)
    ts, values, grades = zip(*rows, strict=True)
    return np.array(ts, np.int64), np.array(values, np.float64), np.array(grades, np.uint8)


def _good(num: int, metric: Metric, first: int, last: int) -> Fold:
    """The ok readings of a stretch, each a bucket of its own."""
    ts, values, grades = _readings(num, metric.slot, first, last, most=20 * MOST_POINTS)
    good = grades == OK
    return folding.of_readings(ts[good], values[good], metric.agg)


def _hours(num: int, metric: Metric, first: int, last: int) -> list[Fold]:
    """Whole hours from their folds; open and dirty hours and the ragged edges from the records."""
    begin, end = -(-first // HOUR_US) * HOUR_US, last // HOUR_US * HOUR_US
    if begin >= end:
        return [_good(num, metric, first, last)]
    cursor = packing.cursor(connection)
    bounds = (num, moment_of(begin), moment_of(end))
    hour = "(extract(epoch FROM hour) * 1000000)::bigint"
    cursor.execute(
        f"SELECT {hour} FROM telemetry_dirty WHERE device_num = %s AND hour >= %s AND hour < %s ORDER BY hour",  # noqa: S608 - our own column names
        bounds,
    )
    dirty = np.array([row[0] for row in cursor.fetchall()], np.int64)
    place = metric.slot + 1  # PostgreSQL counts from 1
    cursor.execute(
        f"SELECT {hour}, count[{place}], total[{place}], least[{place}], most[{place}], across[{place}]"  # noqa: S608 - our own column names
        f" FROM telemetry_hour WHERE device_num = %s AND hour >= %s AND hour < %s AND count[{place}] > 0",
        bounds,
        binary=True,
    )
    table = np.array(cursor.fetchall(), np.float64).reshape(-1, 6)
    table = table[~np.isin(table[:, 0], dirty)]
    across = np.nan_to_num(table[:, 5])
    parts = [
        Fold(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3], table[:, 4], across)
    ]
    stretches = [(first, begin), *folding.hours_apart(dirty, HOUR_US), (end, last)]
    parts += [_good(num, metric, start, stop) for start, stop in stretches if start < stop]
    return parts


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Stretches of `step_s` from `start` to `end`: whether a record came for each."""

    step_s: int
    start: datetime
    end: datetime
    received: list[bool]


def rhythm(device: Device, *, hours: int, at: datetime) -> Rhythm:
    """In which stretches of the last hours there are records; a stretch is never shorter than the device's interval."""
    step = max(devices_rules.RHYTHM_STEP_S, device.expected_every_s)
    end = -(-micros(at) // (step * folding.SECOND)) * step * folding.SECOND
    length = max(1, hours * 3600 // step)
    start = end - length * step * folding.SECOND
    cursor = packing.cursor(connection)
    cursor.execute(
        "SELECT DISTINCT floor(extract(epoch FROM ts - %s) / %s)::int FROM telemetry_record"
        " WHERE device_num = %s AND ts >= %s AND ts < %s",
        (moment_of(start), step, device.num, moment_of(start), moment_of(end)),
        prepare=False,
    )
    came = {row[0] for row in cursor.fetchall()}
    return Rhythm(step, moment_of(start), moment_of(end), [place in came for place in range(length)])


def readings(
    device_num: int, profile: Profile, *, first: int, last: int
) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[np.float64]], dict[str, npt.NDArray[np.uint8]]]:
    """Every record of a device from `first` to `last` (µs, inclusive): ts, and values and grades by metric."""
    rows = ledger.read_range(packing.cursor(connection), device_num, first, last, width=profile.width)
    slots = {metric.code: metric.slot for metric in profile.metrics}
    return (
        rows.ts,
        {code: rows.values[:, slot] for code, slot in slots.items()},
        {code: rows.grades[:, slot] for code, slot in slots.items()},
    )


def on_wire(found: Series) -> dict[str, Any]:
    """A series as the contract has it; directions have no least and most."""
    plain = found.metric.agg != "vector" or found.step == "raw"
    least = found.least.tolist() if plain else [None] * len(found.ts)
    most = found.most.tolist() if plain else [None] * len(found.ts)
    points = [
        {"ts": ts, "value": value, "min": low, "max": high, "count": count, "quality": NAMES[grade]}
        for ts, value, low, high, count, grade in zip(
            stamps(found.ts),
            found.value.tolist(),
            least,
            most,
            found.count.tolist(),
            found.quality.tolist(),
            strict=True,
        )
    ]
    edges = stamps(np.array(found.gaps, np.int64).reshape(-1))
    return {
        "metric": found.metric.code,
        "unit": found.metric.unit,
        "step": found.step,
        "points": points,
        "gaps": [{"from": start, "to": end} for start, end in zip(edges[::2], edges[1::2], strict=True)],
    }


def stamps(us: npt.NDArray[np.int64]) -> list[str]:
    """Moments as RFC 3339 in UTC, as short as they can be told exactly."""
    if not len(us):
        return []
    unit: Literal["s", "ms", "us"] = "s"
    if (us % 1_000_000).any():
        unit = "us" if (us % 1_000).any() else "ms"
    texts: list[str] = np.datetime_as_string(us.view("datetime64[us]"), unit=unit).tolist()
    return [text + "Z" for text in texts]
