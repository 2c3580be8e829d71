"""Stored readings as the rules want them: usable ones only, in order of time."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from xiangyun.kernel.alerts.queries.rulebook import micros, moment
from xiangyun.kernel.alerts.rules import FOREVER, Row
from xiangyun.kernel.devices.registry import Profile
from xiangyun.kernel.telemetry.batch import OK, SUSPECT
from xiangyun.kernel.telemetry.models import Record

# A suspect reading still counts: a real storm is a jump, and whether a jump is suspect depends on its neighbours.
USABLE = (OK, SUSPECT)


def usable_rows(
    profile: Profile,
    num: int,
    metrics: Sequence[str],
    after: int,
    until: int,
    *,
    limit: int | None = None,
    newest_first: bool = False,
) -> list[Row]:
    """The rows of one device with `after < ts <= until` (µs) that say something usable about any of the metrics."""
    slots = [(metric.code, metric.slot) for metric in profile.metrics if metric.code in metrics]
    records = Record.objects.filter(device_num=num, ts__gt=moment(after)).order_by("-ts" if newest_first else "ts")
    if until < FOREVER:
        records = records.filter(ts__lte=moment(until))
    found: list[Row] = []
    for ts, grades, *values in records.values_list("ts", "grades", *(f"v{slot:02}" for _, slot in slots)).iterator():
        said = {
            code: value
            for (code, slot), value in zip(slots, values, strict=True)
            if value is not None and (grades >> 2 * slot) & 3 in USABLE
        }
        if said:
            found.append(Row(micros(ts), said))
            if len(found) == limit:
                break
    return found


_SUMS = """
    SELECT span.num, sum(r.v{slot:02})
      FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS span (num, after, until)
      JOIN telemetry_record r ON r.device_num = span.num AND r.ts > span.after AND r.ts <= span.until
     WHERE r.ts > %s AND r.ts <= %s AND r.v{slot:02} > 0 AND (r.grades >> {shift}) & 3 < 2
     GROUP BY span.num
"""


def sums(profile: Profile, metric: str, spans: Sequence[tuple[int, int, int]]) -> dict[int, float]:
    """Device → sum of a metric over its span `(num, after, until)` (µs), in one query; without amounts it is absent."""
    found = profile.metric(metric)
    if not spans or found is None:
        return {}
    nums, after, until = zip(*spans, strict=True)
    told = _SUMS.format(slot=found.slot, shift=2 * found.slot)
    starts, ends = [moment(us) for us in after], [moment(us) for us in until]
    with connection.cursor() as cursor:
        # The outer bounds as plain values: the planner leaves all other days out.
        cursor.execute(told, [list(nums), starts, ends, min(starts), max(ends)])
        return {num: float(total) for num, total in cursor.fetchall()}
