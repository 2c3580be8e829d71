"""Upkeep: days are made before they are needed and dropped when they were kept long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.telemetry import ledger, packing
from xiangyun.kernel.telemetry.models import Answer
from xiangyun.kernel.telemetry.wire import YEARS_BACK

AHEAD = 3
"""Days made in advance."""

ANSWERS_KEPT = timedelta(days=7)
"""How long a device may repeat a request and get its first answer."""


@transaction.atomic
def open_days_ahead(*, at: datetime) -> None:
    """Make the partitions of yesterday to the day after tomorrow."""
    first = at.date() - timedelta(days=1)
    ledger.open_days(packing.cursor(connection), [first + timedelta(days=i) for i in range(AHEAD + 1)])


@transaction.atomic
def drop_old(*, at: datetime) -> int:
    """Drop raw records older than two years, and what was kept aside long enough; returns how many days went.

    Hours, once folded, stay: they are small and years of them are worth more than days of raw records.
    """
    before = at.date() - timedelta(days=366 * YEARS_BACK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xy_door.telemetry_drop_days(%s)", [before])
        row = cursor.fetchone()
    Answer.objects.filter(received_at__lt=at - ANSWERS_KEPT).delete()
    devices.forget_old(at=at)
    return int(row[0]) if row else 0
