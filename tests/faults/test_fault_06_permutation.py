"""Fault 6: telemetry duplicated, torn into parts, reordered and seven days late ends in the same state as in order.

Red control: the same without the unique key of the ledger must be caught.
"""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.faults.conftest import SEED
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.devices.models import Device, Parked, Quarantine
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.devices.tests.factories import a_device, known
from xiangyun.kernel.telemetry import actions, ledger, packing, queries, wire

END = datetime(2026, 6, 28, 0, 0, tzinfo=UTC)
START = END - timedelta(days=8)
METRICS = {
    "air_temp_c": (8.0, 14.0, 29.0, 327.67, -3.0),
    "rain_mm": (0.0, 0.0, 0.2, 6.0, 30.0),
    "wind_gust_ms": (3.0, 3.0, 9.0, 19.0),
    "wind_dir_deg": (10.0, 350.0),
    "radiation_wm2": (-4.0, 0.0, 600.0),
    "mystery": (1.0,),
}
EXAMPLES = int(os.environ.get("EXAMPLES", "40"))

Reading = tuple[int, str, float]  # (ms since 1970, metric, value)
Body = list[dict[str, Any]]


@st.composite
def weeks(draw: st.DrawFn) -> list[Reading]:
    """Up to eight days of readings, a value for each moment and metric."""
    found: list[Reading] = []
    for _ in range(draw(st.integers(1, 5))):
        begins = draw(st.integers(0, 8 * 24 - 1))
        every = draw(st.sampled_from([10, 20, 60, 240]))
        for n in range(draw(st.integers(1, 24))):
            ts = START + timedelta(hours=begins, minutes=n * every)
            if ts < END:
                told = draw(st.sets(st.sampled_from(sorted(METRICS)), min_size=1, max_size=4))
                ms = wire.micros(ts) // 1000
                found += [(ms, metric, draw(st.sampled_from(METRICS[metric]))) for metric in sorted(told)]
    return list({(ts, metric): (ts, metric, value) for ts, metric, value in found}.values())


def in_order(readings: list[Reading]) -> list[Body]:
    """As a device with a good line sends: whole records, one after the other."""
    records: dict[int, dict[str, Any]] = {}
    for ts, metric, value in sorted(readings):
        records.setdefault(ts, {"ts": ts})[metric] = value
    return [[record] for record in records.values()]


def torn(readings: list[Reading], chance: random.Random) -> list[Body]:
    """As bad lines deliver: parts of records, some of them more than once, shuffled, in bodies of any size."""
    parts: list[Reading] = [*readings, *chance.choices(readings, k=len(readings) // 2)]
    chance.shuffle(parts)
    bodies: list[Body] = []
    while parts:
        size = chance.randint(1, 12)
        bodies.append([{"ts": ts, "values": {metric: value}} for ts, metric, value in parts[:size]])
        parts = parts[size:]
    bodies += chance.choices(bodies, k=len(bodies) // 3)
    chance.shuffle(bodies)
    return bodies


def send(device: Device, bodies: list[Body], chance: random.Random | None = None) -> None:
    """Take bodies in as the doors do, some transactions holding several of them."""
    told = known(device)
    profile = profile_of(told.profile)
    assert profile is not None
    while bodies:
        count = chance.randint(1, 4) if chance else 1
        group, bodies = bodies[:count], bodies[count:]
        deliveries = [
            actions.Delivery(told, wire.read(profile, json.dumps(body).encode(), received_at=END, at=END), door="http")
            for body in group
        ]
        for batch in actions.take_in(deliveries, at=END).batches:
            alerts.judge(batch)


def state(device: Device) -> dict[str, Any]:
    """Everything that is kept of a device, but for when and in which order it came."""
    cursor = packing.cursor(connection)
    rows = ledger.read_range(cursor, device.num, wire.micros(START), wire.micros(END), width=8)
    device = Device.objects.select_related("presence").get(pk=device.pk)
    series = {
        f"{metric} {step}": json.dumps(
            queries.on_wire(queries.series(device, metric=metric, start=START, end=END, step=step, at=END))
        )
        for metric in METRICS
        if metric != "mystery"
        for step in ("raw", "1h", "1d")
    }
    told = Alert.objects.filter(device=device).exclude(state="withdrawn").order_by("rule", "starts_at")
    return {
        "records": (rows.ts.tolist(), rows.values.tolist().__repr__(), rows.grades.tolist()),
        "latest": queries.latest([device])[device.pk],
        "series": series,
        "alerts": list(told.values_list("rule", "starts_at", "event_at", "cleared_at", "state")),
        "quarantine": sorted(Quarantine.objects.filter(device=device).values_list("metric", "ts", "value")),
        "parked": Parked.objects.filter(device=device).count(),
    }


def model(readings: list[Reading]) -> dict[int, dict[str, float]]:
    """What must be stored, told without the house."""
    found: dict[int, dict[str, float]] = {}
    for ts, metric, value in readings:
        if metric != "mystery":
            found.setdefault(ts, {})[metric] = value
    return found


def stored(device: Device) -> dict[int, dict[str, float]]:
    """What the ledger holds, row by row: a moment that stands there twice shows."""
    found: dict[int, dict[str, float]] = {}
    profile = profile_of(device.profile)
    assert profile is not None
    cursor = packing.cursor(connection)
    rows = ledger.read_range(cursor, device.num, wire.micros(START), wire.micros(END), width=8)
    for ts, values in zip(rows.ts.tolist(), rows.values.tolist(), strict=True):
        assert ts // 1000 not in found, f"two records of {wire.moment_of(ts)}"
        found[ts // 1000] = {
            metric.code: values[metric.slot] for metric in profile.metrics if values[metric.slot] == values[metric.slot]
        }
    return found


@pytest.fixture
def days(house: None) -> None:
    """The days these tests speak of."""
    ledger.open_days(packing.cursor(connection), [(START + timedelta(days=n)).date() for n in range(9)])


@pytest.mark.usefixtures("days")
@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(readings=weeks(), dice=st.integers(0, 2**32), is_folded=st.booleans())
def test_any_order_ends_in_the_same_state(readings: list[Reading], dice: int, is_folded: bool) -> None:
    chance = random.Random(dice)
    with transaction.atomic():
        straight, torn_up = a_device(), a_device()
        send(straight, in_order(readings))
        bodies = torn(readings, chance)
        half = len(bodies) // 2 if is_folded else 0
        send(torn_up, bodies[:half], chance)
        while half and actions.fold(at=END):
            pass
        send(torn_up, bodies[half:], chance)
        assert stored(straight) == stored(torn_up) == model(readings)
        assert state(torn_up) == state(straight)
        while actions.fold(at=END):
            pass
        assert state(torn_up)["series"] == state(straight)["series"]
        transaction.set_rollback(True)


def test_without_the_unique_key_it_is_caught(transactional_db: None) -> None:
    """Red control: duplicates stand twice as soon as the ledger has no unique key."""
    readings = [(wire.micros(START) // 1000 + n * 600_000, "air_temp_c", 10.0 + n) for n in range(20)]
    with doors.scoped("15.08"):
        ledger.open_days(packing.cursor(connection), [START.date()])
        device = a_device()
    key = '"a device says one thing at a time"'
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as owner:  # type: ignore[arg-type]
        owner.execute(f"ALTER TABLE telemetry_record DROP CONSTRAINT {key}")
        try:
            with doors.scoped("15.08"):
                send(device, torn(readings, random.Random(SEED)))
                with pytest.raises(AssertionError, match="two records of"):
                    stored(device)
        finally:
            connection.close()
            owner.execute("TRUNCATE telemetry_record")
            owner.execute(f"ALTER TABLE telemetry_record ADD CONSTRAINT {key} PRIMARY KEY (device_num, ts)")
    with doors.scoped("15.08"):
        send(device, torn(readings, random.Random(SEED)))
        assert stored(device) == model(readings)
