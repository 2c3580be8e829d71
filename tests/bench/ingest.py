"""Durable ingest: HTTP against COPY and the ORM, single records, CPU a record, MQTT against the broker alone."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import load, records
from tests.bench.load import Device
from tests.bench.report import Row
from tests.bench.town import Town, town
from tests.live_box import until

DEVICES = 200
BODIES = 160
SINGLES = 15_000
CLIENTS, SINGLE_CLIENTS = 16, 64
ORM = 2_000
PUBLISHERS = 16
MESSAGES = 3_000
A_MESSAGE = 20
COMMITTED_WITHIN_S = 60

Say = Callable[[str], None]


class Senders:
    """Devices that each remember how far they have told their story, so that no round repeats another's records."""

    def __init__(self, devices: list[Device]) -> None:
        self.devices = devices
        self._told = dict.fromkeys(devices, 0)
        self._turn = 0

    def next(self, count: int) -> tuple[Device, bytes]:
        """The next device's next so many records."""
        device = self.devices[self._turn % len(self.devices)]
        self._turn += 1
        return device, self.of(device, count)

    def of(self, device: Device, count: int) -> bytes:
        """The next so many records of a device."""
        first = self._told[device]
        self._told[device] += count
        return records.body(records.start_ms(), first, count)

    def last_ms(self) -> int:
        """The ts of the last record, where all have told the same number."""
        return records.ts_ms(records.start_ms(), max(self._told.values()) - 1)


def run(rounds: int, say: Say) -> list[Row]:
    """Interleave everything, so that whatever the machine does hits all alike."""
    with town() as place:
        say("a box, its devices and its days")
        senders, publishers = Senders(place.devices(DEVICES)), Senders(place.devices(PUBLISHERS))
        place.sticks("days", 60)
        http(place, senders, BODIES // 4)
        found: dict[str, list[float]] = {}

        def note(name: str, value: float) -> None:
            found.setdefault(name, []).append(value)

        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}")
            count = BODIES * records.A_BODY
            note("copy", place.sticks("copy", count, count))
            note("http", http(place, senders, BODIES, note))
            note("copy_500", place.sticks("copy", count, records.A_BODY))
            note("single", singles(place, senders, place.box.port))
            note("single_at_door", singles(place, senders, place.box.home / "run" / "ingest.sock"))
            note("orm", place.sticks("orm", ORM, 1))
            note("orm_500", place.sticks("orm", ORM, records.A_BODY))
            place.sticks("clear")
            note("broker", mqtt(place, publishers, 1, alone=True))
            note("mqtt", mqtt(place, publishers, 1, alone=False))
            note("broker20", mqtt(place, publishers, A_MESSAGE, alone=True))
            note("mqtt20", mqtt(place, publishers, A_MESSAGE, alone=False))
    per_s = "records/s"
    return [
        Row("http_records_per_s", per_s, found["http"], "copy", found["copy"], goal=0.20),
        Row("http_records_per_s", per_s, found["http"], "copy_500", found["copy_500"], goal=0.40),
        Row("http_records_per_s", per_s, found["http"], "orm", found["orm"], goal=50),
        Row("http_records_per_s", per_s, found["http"], "orm_500", found["orm_500"]),
        Row("http_single_per_s", per_s, found["single"], goal=5_000),
        Row("http_single_behind_caddy_per_s", per_s, found["single_at_door"]),
        Row("door_cpu_s_per_100k", "s", found["cpu"], goal=1.2, is_most=True),
        Row("mqtt_records_per_s", per_s, found["mqtt"], "broker", found["broker"], goal=0.60),
        Row("mqtt20_records_per_s", per_s, found["mqtt20"], "broker", found["broker20"], goal=0.40),
        Row("mqtt20_records_per_s", per_s, found["mqtt20"], goal=30_000),
    ]


def http(
    place: Town, senders: Senders, bodies: int, note: Callable[[str, float], None] = lambda name, value: None
) -> float:
    """Records a second in bodies of 500 through the front door; notes the CPU of door and PostgreSQL."""
    requests = [load.request(*senders.next(records.A_BODY)) for _ in range(bodies)]
    before = place.sticks("count")
    cpu = place.cpu_s("xiangyun.entry.ingest http", "postgres")
    seconds = load.post(place.box.port, requests, CLIENTS)
    cpu = place.cpu_s("xiangyun.entry.ingest http", "postgres") - cpu
    count = bodies * records.A_BODY
    _must_be(place.sticks("count") - before, count)
    note("cpu", cpu / count * 100_000)
    return count / seconds


def singles(place: Town, senders: Senders, door: int | Path) -> float:
    """Records a second in bodies of one, 64 clients, through the front door or behind it."""
    requests = [load.request(*senders.next(1)) for _ in range(SINGLES)]
    before = place.sticks("count")
    seconds = load.post(door, requests, SINGLE_CLIENTS)
    _must_be(place.sticks("count") - before, SINGLES)
    return SINGLES / seconds


def mqtt(place: Town, publishers: Senders, a_message: int, *, alone: bool) -> float:
    """Records a second, QoS 1: acknowledged by the broker alone, or acknowledged and committed."""
    own = MESSAGES // PUBLISHERS
    bodies = {device: [publishers.of(device, a_message) for _ in range(own)] for device in publishers.devices}
    count = own * PUBLISHERS * a_message
    before = place.sticks("count")
    if alone:
        with _held(place):
            seconds = load.publish(place.box.mqtt_port, bodies)
        _await(place, before + count)
    else:
        last_ms = publishers.last_ms()
        began = time.perf_counter()
        load.publish(place.box.mqtt_port, bodies)
        _await_heard(place, publishers.devices, last_ms)
        seconds = time.perf_counter() - began
        _must_be(place.sticks("count"), before + count)
    return count / seconds


@contextlib.contextmanager
def _held(place: Town) -> Iterator[None]:
    """The puller stands still: the broker keeps what it acknowledges and nobody takes it."""
    pullers = place.processes("xiangyun.entry.ingest mqtt")
    for pid in pullers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pullers:
            os.kill(pid, signal.SIGCONT)


def _await_heard(place: Town, devices: list[Device], last_ms: int) -> None:
    """Wait until the last record of each device is committed: its presence says so, and asking costs nothing."""
    ids = [device.id for device in devices]
    until(lambda: place.sticks("heard", last_ms, *ids) >= len(ids), COMMITTED_WITHIN_S, every_s=0.01)


def _await(place: Town, count: int) -> None:
    """Wait until so many records are committed."""
    until(lambda: place.sticks("count") >= count, COMMITTED_WITHIN_S, every_s=0.02)
    _must_be(place.sticks("count"), count)


def _must_be(found: int, count: int) -> None:
    """A rate is worth nothing if a record is missing or stands twice."""
    if found != count:
        raise AssertionError(f"{found} records stand where {count} were sent")
