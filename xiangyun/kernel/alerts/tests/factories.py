"""Builders: stations that send, and what the house then holds; call them inside a door."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from xiangyun.kernel.alerts import actions
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.devices.tests.factories import a_device, known
from xiangyun.kernel.telemetry import actions as telemetry
from xiangyun.kernel.telemetry import ledger, packing, wire

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
VILLAGE, NEXT_VILLAGE = f"{TOWN}.201", f"{TOWN}.202"
AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)

HOURS, DAYS = 60, 24 * 60  # in minutes

Sent = list[tuple[datetime, dict[str, float]]]


def a_station(**changes: Any) -> Device:
    """A weather station in a village."""
    return a_device(**changes)


def send(device: Device, records: Sent, *, at: datetime | None = None) -> None:
    """One body of a device, taken in and judged as the ingest door does; the house hears of it at `at`."""
    at = at or max(moment for moment, _ in records)
    days = {moment.astimezone(UTC).date() for moment, _ in records}
    ledger.open_days(packing.cursor(connection), sorted(days))
    body = json.dumps([{"ts": wire.micros(moment) // 1000, "values": values} for moment, values in records])
    told = known(device)
    profile = profile_of(told.profile)
    assert profile is not None
    sent = wire.read(profile, body.encode(), received_at=at, at=at)
    taken = telemetry.take_in([telemetry.Delivery(device=told, sent=sent, door="http")], at=at)
    for batch in taken.batches:
        actions.judge(batch)


def told(rule: str | None = None) -> list[tuple[str, datetime, datetime | None, str]]:
    """Every alert that stands: rule, event, end, state."""
    rows = Alert.objects.exclude(state="withdrawn").order_by("rule", "event_at")
    rows = rows if rule is None else rows.filter(rule=rule)
    return [(row.rule, row.event_at, row.cleared_at, row.state) for row in rows]


def minutes(n: float) -> datetime:
    """So many minutes after AT."""
    return AT + timedelta(minutes=n)


def rest(minutes_after: float, town: str = TOWN) -> None:
    """What the house does by the clock, so many minutes after AT."""
    actions.end_unheard(town=town, at=minutes(minutes_after))
