"""Folding: closed hours whose readings changed are summed up once, so that a month is read from 720 rows."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import numpy as np
from django.db import connection, transaction

from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.registry import Profile, profile_of
from xiangyun.kernel.telemetry import ledger, packing
from xiangyun.kernel.telemetry.batch import OK
from xiangyun.kernel.telemetry.ledger import HOUR_US
from xiangyun.kernel.telemetry.rules import folding
from xiangyun.kernel.telemetry.wire import micros, moment_of

DEVICES_A_ROUND = 25


@transaction.atomic
def fold(*, at: datetime) -> int:
    """Fold the dirty hours that are over, of a handful of devices in the door's scope; returns how many hours.

    Holds each device as a batch does, so nothing can slip in between. Call it again while it returns more than 0.
    """
    cursor = packing.cursor(connection)
    open_hour = moment_of(micros(at) // HOUR_US * HOUR_US)
    cursor.execute(
        "SELECT DISTINCT device_num FROM telemetry_dirty WHERE hour < %s ORDER BY device_num LIMIT %s",
        (open_hour, DEVICES_A_ROUND),
    )
    nums = [row[0] for row in cursor.fetchall()]
    if not nums:
        return 0
    profiles = dict(Device.objects.filter(num__in=nums).values_list("num", "profile"))
    areas = ledger.lock(cursor, nums)
    folded = 0
    for num in nums:
        cursor.execute(
            "DELETE FROM telemetry_dirty WHERE device_num = %s AND hour < %s"
            " RETURNING (extract(epoch FROM hour) * 1000000)::bigint",
            (num, open_hour),
        )
        hours = np.sort(np.array([row[0] for row in cursor.fetchall()], np.int64))
        profile = profile_of(profiles.get(num, ""))
        if profile is None or num not in areas:
            continue
        for first, end in folding.hours_apart(hours, HOUR_US):
            _fold_stretch(cursor, num, profile, areas[num].area_path, first, end)
        folded += len(hours)
    return folded


def _fold_stretch(cursor: ledger.Cursor, num: int, profile: Profile, area: str, first: int, end: int) -> None:
    """Sum up whole hours from `first` to `end` (µs)."""
    cursor.execute(_summing(profile), (num, area, num, moment_of(first), moment_of(end)), binary=True)


@cache
def _summing(profile: Profile) -> str:
    """One statement that reads the records of a device and writes its hours; as `rules.folding` would sum them."""
    by_slot = {metric.slot: metric for metric in profile.metrics}
    columns: dict[str, list[str]] = {"count": [], "total": [], "least": [], "most": [], "across": []}
    for slot in range(profile.width):
        value, metric = f"v{slot:02}", by_slot.get(slot)
        is_vector = metric is not None and metric.agg == "vector"
        good = f"FILTER (WHERE (grades >> {2 * slot}) & 3 = {OK})"
        columns["count"].append(f"count({value}) {good}")
        columns["total"].append(f"sum({f'cosd({value})' if is_vector else value}) {good}")
        columns["least"].append(f"min({value}) {good}")
        columns["most"].append(f"max({value}) {good}")
        columns["across"].append(f"sum(sind({value})) {good}" if is_vector else "NULL::float8")
    arrays = {name: f"ARRAY[{', '.join(parts)}]" for name, parts in columns.items()}
    if not any(metric.agg == "vector" for metric in profile.metrics):
        arrays["across"] = "NULL::float8[]"
    names = ", ".join(arrays)
    return (
        f"INSERT INTO telemetry_hour (device_num, hour, area_path, {names})"  # noqa: S608 -- slots and names are ours
        f" SELECT %s, date_bin('1 hour', ts, '2000-01-01Z'), %s, {', '.join(arrays.values())} FROM telemetry_record"
        " WHERE device_num = %s AND ts >= %s AND ts < %s GROUP BY 2 ON CONFLICT (device_num, hour) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in arrays)
    )
