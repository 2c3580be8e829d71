"""`live`: how long until somebody sees it.

`publish_to_event_ms_p99`: at 1,000 records a second over MQTT (QoS 1, one record a message), from the publish to the
server-sent event that makes the record known. Each record counts: one that was overtaken within a quarter of a second
is known with the event that overtook it. `breach_to_work_ms_p99`: from the publish of the record that breaks a limit to
the answer of `GET /api/work?state=open&mine=true` that holds the work item.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import httpx

from tests.live_box import LiveBox, Person, until

TOWN = "15.08.02.100"
DEVICES = 50
RECORDS_PER_S = 1_000
SECONDS = 10
ROUNDS = 5
BREACHES = 20
SEEN_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of a result."""

    metric: str
    values: Sequence[float]
    unit: str = "ms"

    def as_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "value": round(statistics.median(self.values), 1),
            "unit": self.unit,
            "runs": len(self.values),
            "min": round(min(self.values), 1),
            "median": round(statistics.median(self.values), 1),
            "max": round(max(self.values), 1),
        }


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]


class Device:
    """As little MQTT 3.1.1 as a publisher needs, so that the bench measures the box and not a client library."""

    def __init__(self, port: int, key: str, secret: str) -> None:
        self.key, self._id = key, 0
        self._line = socket.create_connection(("127.0.0.1", port), 10)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = b"\x00\x04MQTT\x04\xc2\x00\x3c" + b"".join(_text(part) for part in (f"bench-{key}", key, secret))
        self._line.sendall(b"\x10" + _length(body) + body)
        answer = self._line.recv(4)
        if answer[:2] != b"\x20\x02" or answer[3]:
            raise ConnectionError(f"{key} was refused: {answer!r}")

    def publish(self, record: dict[str, Any]) -> None:
        """Send one record at QoS 1; receipts are read by `drain`."""
        self._id = self._id % 65_535 + 1
        body = _text(f"up/{self.key}") + self._id.to_bytes(2, "big") + json.dumps(record).encode()
        self._line.sendall(b"\x32" + _length(body) + body)

    def drain(self) -> None:
        """Read the receipts that came so far."""
        self._line.setblocking(False)
        try:
            while self._line.recv(65_536):
                pass
        except BlockingIOError:
            pass
        finally:
            self._line.setblocking(True)

    def close(self) -> None:
        self._line.close()


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def _length(body: bytes) -> bytes:
    left, out = len(body), bytearray()
    while True:
        left, digit = divmod(left, 128)
        out.append(digit | (0x80 if left else 0))
        if not left:
            return bytes(out)


class Listener(threading.Thread):
    """One open `/api/live`: (seconds on the monotonic clock, kind, data) of everything that came."""

    def __init__(self, person: Person) -> None:
        super().__init__(daemon=True)
        self._person = person
        self.heard: list[tuple[float, str, dict[str, str]]] = []
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
def listening(box: LiveBox, role: str) -> Iterator[Listener]:
    """A listener of that role's own; its stream ends with the box's other visitors."""
    listener = Listener(box.as_demo(role, TOWN))
    listener.start()
    if not listener.is_open.wait(10):
        raise TimeoutError("no stream was opened")
    yield listener


def register(maintainer: Person, profile: str, n: int, name: str) -> list[dict[str, str]]:
    """So many new devices, spread over the first villages of the town."""
    made = []
    for i in range(n):
        body = {
            "name": f"{name} {i}",
            "profile": profile,
            "area": f"{TOWN}.{201 + i % 5}",
            "lon": 107.30 + i / 1000,
            "lat": 40.90,
        }
        answer = maintainer.post("/api/devices", json=body)
        answer.raise_for_status()
        made.append(answer.json())
    return made


def _publish(port: int, devices: list[dict[str, str]], seconds: float, per_s: int, out: Any) -> None:
    """In a process of its own: a steady stream; puts (device, ts in ms, when published) of every record."""
    lines = [Device(port, device["key"], device["secret"]) for device in devices]
    sent: list[tuple[str, int, float]] = []
    latest = [0] * len(lines)
    began = time.monotonic()
    for n in range(int(seconds * per_s)):
        wait = began + n / per_s - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        at = n % len(lines)
        ts = latest[at] = max(time.time_ns() // 1_000_000, latest[at] + 1)
        sent.append((devices[at]["id"], ts, time.monotonic()))
        lines[at].publish({"ts": ts, "values": {"soil_temp_c_10": 12.0 + n % 7 / 10, "soil_vwc_pct_10": 21.5}})
        if n % 500 == 499:
            for line in lines:
                line.drain()
    time.sleep(1)
    for line in lines:
        line.close()
    out.put(sent)


def _millis(ts: str) -> int:
    return round(datetime.fromisoformat(ts).timestamp() * 1000)


def waits(sent: list[tuple[str, int, float]], heard: list[tuple[float, str, dict[str, str]]]) -> list[float]:
    """Milliseconds from each publish to the first event that makes it known; a record nobody heard of is an error."""
    waiting: dict[str, list[tuple[int, float]]] = {}
    for device, ts, at in sent:
        waiting.setdefault(device, []).append((ts, at))
    found = []
    for when, kind, data in heard:
        if kind != "record" or data["device"] not in waiting:
            continue
        ts, queue = _millis(data["ts"]), waiting[data["device"]]
        known = [at for sent_ts, at in queue if sent_ts <= ts]
        waiting[data["device"]] = [pair for pair in queue if pair[0] > ts]
        found += [(when - at) * 1000 for at in known]
    if left := sum(map(len, waiting.values())):
        raise AssertionError(f"{left} of {len(sent)} records never showed")
    return found


def _all_known(listener: Listener, last: dict[str, int]) -> bool:
    told = {data["device"]: _millis(data["ts"]) for _, kind, data in list(listener.heard) if kind == "record"}
    return all(told.get(device, 0) >= ts for device, ts in last.items())


def publish_to_event(
    box: LiveBox, *, rounds: int = ROUNDS, seconds: float = SECONDS, per_s: int = RECORDS_PER_S
) -> Row:
    """p99 of each round."""
    devices = register(box.as_demo("maintainer", TOWN), "soil_probe", DEVICES, "实时")
    spawn = multiprocessing.get_context("spawn")
    results = []
    with listening(box, "duty_officer") as listener:
        for _ in range(rounds):
            listener.heard.clear()
            out = spawn.Queue()
            publisher = spawn.Process(target=_publish, args=(box.mqtt_port, devices, seconds, per_s, out))
            publisher.start()
            sent = out.get(timeout=seconds + 60)
            publisher.join()
            last = {device: ts for device, ts, _ in sent}
            until(partial(_all_known, listener, last), wait_s=SEEN_WITHIN_S, every_s=0.5)
            results.append(p99(waits(sent, list(listener.heard))))
    return Row("publish_to_event_ms_p99", results)


def breach_to_work(box: LiveBox, *, rounds: int = ROUNDS, breaches: int = BREACHES) -> Row:
    """p99 of each round; each breach is of a station of its own: 48 mm lie behind it, the record that is timed adds 9."""
    stations = register(box.as_demo("maintainer", TOWN), "weather_station", rounds * breaches, "越线")
    officer = box.as_demo("duty_officer", TOWN)
    results = []
    with listening(box, "duty_officer") as listener:
        for round_ in range(rounds):
            ours = stations[round_ * breaches : (round_ + 1) * breaches]
            results.append(p99([_one_breach(box, station, officer, listener) for station in ours]))
    return Row("breach_to_work_ms_p99", results)


def _one_breach(box: LiveBox, station: dict[str, str], officer: Person, listener: Listener) -> float:
    now = time.time_ns() // 1_000_000
    before = [{"ts": now - minutes * 60_000, "values": {"rain_mm": 16.0}} for minutes in (30, 20, 10)]
    officer.post(
        f"/ingest/{station['key']}", json=before, headers={"Authorization": f"Bearer {station['secret']}"}
    ).raise_for_status()
    line = Device(box.mqtt_port, station["key"], station["secret"])
    listener.heard.clear()
    began = time.monotonic()
    line.publish({"ts": now, "values": {"rain_mm": 9.0}})

    def on_the_phone() -> bool:
        if not any(kind == "work" for _, kind, _ in list(listener.heard)):
            return False
        work = officer.get("/api/work", params={"state": "open", "mine": "true", "limit": 200}).json()["items"]
        return any(item["subject"]["id"] == station["id"] for item in work)

    until(on_the_phone, wait_s=SEEN_WITHIN_S, every_s=0.001)
    took = (time.monotonic() - began) * 1000
    line.close()
    item = next(
        item
        for item in officer.get("/api/work", params={"state": "open", "mine": "true", "limit": 200}).json()["items"]
        if item["subject"]["id"] == station["id"]
    )
    for verb in ("take", "done"):
        officer.post(f"/api/work/{item['id']}/{verb}", json={}).raise_for_status()
    return took


def measure(box: LiveBox) -> list[dict[str, Any]]:
    """The rows of `bench/results/live.json`, on a running demo box."""
    return [publish_to_event(box).as_json(), breach_to_work(box).as_json()]
