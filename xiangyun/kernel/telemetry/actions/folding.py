"""Folding: closed hours whose readings changed are summed up once, so that a month is read from 720 rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    rows = ledger.read_range(cursor, num, first, end - 1, width=profile.width)
    cursor.execute(
        "DELETE FROM telemetry_hour WHERE device_num = %s AND hour >= %s AND hour < %s",
        (num, moment_of(first), moment_of(end)),
    )
    hours = np.unique(rows.ts // HOUR_US) * HOUR_US
    if not len(hours):
        return
    width = profile.width
    shape = (len(hours), width)
    count = np.zeros(shape, np.int64)
    total, least, most, across = (np.full(shape, np.nan) for _ in range(4))
    for metric in profile.metrics:
        good = rows.grades[:, metric.slot] == OK
        one = folding.fold([folding.of_readings(rows.ts[good], rows.values[good, metric.slot], metric.agg)], HOUR_US)
        place = np.searchsorted(hours, one.start)
        count[place, metric.slot] = one.count
        total[place, metric.slot], across[place, metric.slot] = one.total, one.across
        least[place, metric.slot], most[place, metric.slot] = one.least, one.most
    has_vector = any(metric.agg == "vector" for metric in profile.metrics)
    cursor.executemany(
        "INSERT INTO telemetry_hour (device_num, hour, area_path, count, total, least, most, across)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                num,
                moment_of(hour),
                area,
                count[i].tolist(),
                _known(total[i]),
                _known(least[i]),
                _known(most[i]),
                _known(across[i]) if has_vector else None,
            )
            for i, hour in enumerate(hours.tolist())
        ],
    )


def _known(values: Any) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]
