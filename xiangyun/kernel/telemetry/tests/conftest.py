"""A house with days to put records into, and a short way to send."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from xiangyun.kernel.devices.tests.factories import AT, known
from xiangyun.kernel.telemetry import actions, ledger, packing, wire
from xiangyun.kernel.telemetry.models import Record


@pytest.fixture
def days(house):
    """Partitions for the days tests speak of."""
    first = AT.date() - timedelta(days=10)
    ledger.open_days(packing.cursor(connection), [first + timedelta(days=i) for i in range(12)])


def delivery(device, records, *, at=AT, **more):
    """One body of a device, read at the door."""
    body = json.dumps(records).encode()
    told = known(device)
    sent = wire.read(ledger_profile(told), body, received_at=at, at=at)
    return actions.Delivery(device=told, sent=sent, door="http", **more)


def ledger_profile(told):
    from xiangyun.kernel.devices.registry import profile_of

    return profile_of(told.profile)


def send(device, records, *, at=AT, careful=False, **more):
    """One body, taken in; what its sender is told."""
    return take(delivery(device, records, at=at, **more), at=at, careful=careful).receipts[0].shown()


def take(*deliveries, at=AT, careful=False):
    return actions.take_in(deliveries, at=at, careful=careful)


def stamp(minutes=0, **more):
    """So long before AT, in milliseconds."""
    return wire.micros(AT - timedelta(minutes=minutes, **more)) // 1000


def stored(device):
    """What the ledger holds of a device: {ms: {slot: (value, grade)}}."""
    found = {}
    for record in Record.objects.filter(device_num=device.num).order_by("ts"):
        grades = ledger.unpack(np.array([record.grades]))[0]
        found[wire.micros(record.ts) // 1000] = {
            slot: (getattr(record, f"v{slot:02}"), int(grades[slot]))
            for slot in range(16)
            if getattr(record, f"v{slot:02}") is not None
        }
    return found
