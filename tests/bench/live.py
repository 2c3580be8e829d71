"""How long until somebody sees it: from a record to the server-sent event, from a breach to the work on the phone.

`publish_to_event_ms_p99`: at 1,000 records a second over MQTT (QoS 1, one record a message), from the publish to the
server-sent event that makes the record known. Each record counts: one that was overtaken within a quarter of a second
is known with the event that overtook it. `breach_to_work_ms_p99`: from the publish of the record that breaks a limit to
the answer of `GET /api/work?state=open&mine=true` that holds the work item.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import httpx

from tests.bench.load import Device
from tests.bench.report import Row, percentile
from tests.bench.town import Town, town
from tests.live_box import LiveBox, Person, until

DEVICES = 50
RECORDS_PER_S = 1_000
SECONDS = 10.0
BREACHES = 20
SEEN_WITHIN_S = 15.0

Say = Callable[[str], None]
Heard = tuple[float, str, dict[str, str]]
"""When on the monotonic clock (the same in every process), the kind, the data."""
Published = tuple[str, int, float]
"""The device's id, the record's ts in milliseconds, when it was published."""


def run(rounds: int, say: Say) -> list[Row]:
    """Both, on one empty box whose administrator is the one who is asked."""
    shown: list[float] = []
    sent: list[float] = []
    with town() as place:
        say("a box, its devices and its stations")
        devices, stations = place.devices(DEVICES), place.devices(rounds * BREACHES)
        with listening(place) as listener:
            for turn in range(rounds):
                say(f"round {turn + 1} of {rounds}")
                shown.append(publish_to_event(place.box, devices, listener))
                ours = stations[turn * BREACHES : (turn + 1) * BREACHES]
                sent.append(percentile([breach_to_work(place, station, listener) for station in ours], 0.99))
    return [
        Row("publish_to_event_ms_p99", "ms", shown, goal=500, is_most=True),
        Row("breach_to_work_ms_p99", "ms", sent, goal=1_000, is_most=True),
    ]


class Listener(threading.Thread):
    """One open `/api/live`, and everything that came."""

    def __init__(self, person: Person) -> None:
        super().__init__(daemon=True)
        self._person = person
        self.heard: list[Heard] = []
        self.is_open = threading.Event()

    def run(self) -> None:
        # The stream ends with the box.
        with suppress(httpx.TransportError):
            self._listen()

    def _listen(self) -> None:
        kind = ""
        with self._person.stream("GET", "/api/live", timeout=None) as stream:
            for line in stream.iter_lines():
                self.is_open.set()
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    self.heard.append((time.monotonic(), kind, json.loads(line[6:])))


@contextmanager
def listening(place: Town) -> Iterator[Listener]:
    """The administrator's stream, on a connection of its own."""
    person = place.box.person()
    person.cookies.update(place.admin.cookies)
    listener = Listener(person)
    listener.start()
    if not listener.is_open.wait(10):
        raise TimeoutError("no stream was opened")
    yield listener


class Line:
    """One device's connection: as little MQTT 3.1.1 as a paced publisher needs."""

    def __init__(self, port: int, device: Device) -> None:
        self._topic, self._id = _text(f"up/{device.key}"), 0
        self._line = socket.create_connection(("127.0.0.1", port), 10)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        who = b"".join(_text(part) for part in (f"bench-{device.key}", device.key, device.secret))
        self._send(0x10, b"\x00\x04MQTT\x04\xc2\x00\x3c" + who)
        answer = self._line.recv(4)
        if answer[:2] != b"\x20\x02" or answer[3]:
            raise ConnectionError(f"the broker refused {device.key}: {answer!r}")

    def publish(self, record: dict[str, Any]) -> None:
        """Send one record at QoS 1; receipts are read by `drain`."""
        self._id = self._id % 65_535 + 1
        self._send(0x32, self._topic + self._id.to_bytes(2, "big") + json.dumps(record).encode())

    def drain(self) -> None:
        """Read the receipts that came so far."""
        self._line.setblocking(False)
        with suppress(BlockingIOError):
            while self._line.recv(65_536):
                pass
        self._line.setblocking(True)

    def close(self) -> None:
        self._line.close()

    def _send(self, kind: int, rest: bytes) -> None:
        left, length = len(rest), bytearray()
        while True:
            left, digit = divmod(left, 128)
            length.append(digit | (0x80 if left else 0))
            if not left:
                break
        self._line.sendall(bytes((kind,)) + length + rest)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def publish_to_event(
    box: LiveBox,
    devices: Sequence[Device],
    listener: Listener,
    *,
    seconds: float = SECONDS,
    per_s: int = RECORDS_PER_S,
) -> float:
    """One round: the p99 in milliseconds over every record published."""
    listener.heard.clear()
    spawn = multiprocessing.get_context("spawn")
    out = spawn.Queue()
    publisher = spawn.Process(target=_publish, args=(box.mqtt_port, devices, seconds, per_s, out))
    publisher.start()
    published = out.get(timeout=seconds + 60)
    publisher.join()
    last = {device: ts for device, ts, _ in published}
    until(partial(_all_known, listener, last), wait_s=SEEN_WITHIN_S, every_s=0.5)
    return percentile(waits(published, list(listener.heard)), 0.99)


def _publish(port: int, devices: Sequence[Device], seconds: float, per_s: int, out: Any) -> None:
    """In a process of its own: a steady stream, the devices in turn; puts what was published when."""
    lines = [Line(port, device) for device in devices]
    published: list[Published] = []
    latest = [0] * len(lines)
    began = time.monotonic()
    for n in range(int(seconds * per_s)):
        wait = began + n / per_s - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        at = n % len(lines)
        ts = latest[at] = max(time.time_ns() // 1_000_000, latest[at] + 1)
        published.append((devices[at].id, ts, time.monotonic()))
        lines[at].publish({"ts": ts, "values": {"air_temp_c": 18.0 + n % 7 / 10, "rel_humidity_pct": 41.5}})
        if n % 500 == 499:
            for line in lines:
                line.drain()
    time.sleep(1)
    for line in lines:
        line.close()
    out.put(published)


def _millis(ts: str) -> int:
    return round(datetime.fromisoformat(ts).timestamp() * 1000)


def _all_known(listener: Listener, last: dict[str, int]) -> bool:
    told = {data["device"]: _millis(data["ts"]) for _, kind, data in list(listener.heard) if kind == "record"}
    return all(told.get(device, 0) >= ts for device, ts in last.items())


def waits(published: Sequence[Published], heard: Sequence[Heard]) -> list[float]:
    """Milliseconds from each publish to the first event that makes it known; a record that never shows is a failure."""
    waiting: dict[str, list[tuple[int, float]]] = {}
    for device, ts, at in published:
        waiting.setdefault(device, []).append((ts, at))
    found: list[float] = []
    for when, kind, data in heard:
        if kind != "record" or data["device"] not in waiting:
            continue
        ts, mine = _millis(data["ts"]), waiting[data["device"]]
        found += [(when - at) * 1000 for sent_ts, at in mine if sent_ts <= ts]
        waiting[data["device"]] = [pair for pair in mine if pair[0] > ts]
    if left := sum(map(len, waiting.values())):
        raise AssertionError(f"{left} of {len(published)} records never showed")
    return found


def breach_to_work(place: Town, station: Device, listener: Listener) -> float:
    """One breach: 48 mm lie behind the station, the record that is timed takes it over 50. Returns milliseconds."""
    now = time.time_ns() // 1_000_000
    before = [{"ts": now - minutes * 60_000, "values": {"rain_mm": 16.0}} for minutes in (30, 20, 10)]
    told = {"Authorization": f"Bearer {station.secret}"}
    place.admin.post(f"/ingest/{station.key}", json=before, headers=told).raise_for_status()
    line = Line(place.box.mqtt_port, station)
    listener.heard.clear()
    began = time.monotonic()
    line.publish({"ts": now, "values": {"rain_mm": 9.0}})
    item = until(partial(_on_the_phone, place.admin, station, listener), wait_s=SEEN_WITHIN_S, every_s=0.001)
    took = (time.monotonic() - began) * 1000
    line.close()
    for verb in ("take", "done"):
        place.admin.post(f"/api/work/{item}/{verb}", json={}).raise_for_status()
    return took


def _on_the_phone(person: Person, station: Device, listener: Listener) -> str | None:
    """The id of the work item about this station, once the stream said that there is work and the list holds it."""
    if not any(kind == "work" for _, kind, _ in list(listener.heard)):
        return None
    work = person.get("/api/work", params={"state": "open", "mine": "true"}).json()["items"]
    return next((item["id"] for item in work if item["subject"]["id"] == station.id), None)
