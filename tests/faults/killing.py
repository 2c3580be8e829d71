"""Fault 1 as a program: writers with a ledger of their own, and somebody who kills a process now and then."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nats
import paho.mqtt.client as paho

from tests.live_box import LiveBox, Person, until
from xiangyun.box.nats import DURABLE, STREAM
from xiangyun.entry.settings.config import Config

TOWN = "15.08.02.100"
SETTLED_S = 90.0
VICTIMS = ("postgres", "nats", "caddy", "web", "live", "ingest", "mqtt", "worker", "supervisor")


def uuid7() -> str:
    """A client-made op_id."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return str(uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


class Ledger:
    """What was sent and what was acknowledged, on disk before anything else happens."""

    def __init__(self, file: Path) -> None:
        self._out = file.open("a", encoding="ascii")
        self._lock = threading.Lock()
        self.sent: dict[str, str] = {}
        self.acked: set[str] = set()

    def send(self, op: str, content: str) -> None:
        self._line("SENT", op, content)
        self.sent[op] = content

    def ack(self, op: str) -> None:
        self._line("ACK", op, self.sent[op])
        self.acked.add(op)

    def _line(self, *words: str) -> None:
        with self._lock:
            self._out.write(" ".join(words) + "\n")
            self._out.flush()
            os.fsync(self._out.fileno())

    def close(self) -> None:
        self._out.close()


@dataclass
class Result:
    """What came of it; `lost`, `doubled` and `wrong` must be empty."""

    kills: Counter[str] = field(default_factory=Counter)
    acked: int = 0
    unacked: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    breaches: int = 0
    ready_s: list[float] = field(default_factory=list)

    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def reading(op: str) -> float:
    """A value that only this record can have: from the hash of its id."""
    return int(hashlib.sha256(op.encode()).hexdigest()[:6], 16) % 4000 / 100


def a_station(who: Person, name: str) -> dict[str, Any]:
    """Registers a weather station; key and secret are in the answer."""
    body = {"name": name, "profile": "weather_station", "area": f"{TOWN}.212", "lon": 107.29, "lat": 40.87}
    answer = who.post("/api/devices", json={**body, "op_id": uuid7()})
    answer.raise_for_status()
    return dict(answer.json())


def readings(who: Person, device_id: str) -> list[tuple[str, float]]:
    """Every temperature stored of the last day, as (ts, value)."""
    now = datetime.now(UTC)
    answer = who.get(
        f"/api/telemetry/{device_id}/series",
        params={
            "metric": "air_temp_c",
            "step": "raw",
            "from": (now - timedelta(hours=22)).isoformat(),
            "to": (now + timedelta(hours=1)).isoformat(),
        },
    )
    answer.raise_for_status()
    return [
        (datetime.fromisoformat(point["ts"]).astimezone(UTC).isoformat(), point["value"])
        for point in answer.json()["points"]
    ]


class Load:
    """One box, its writers and its killer."""

    def __init__(self, box: LiveBox, chance: random.Random, ledger: Ledger) -> None:
        self.box, self.chance, self.ledger = box, chance, ledger
        self.stopping = threading.Event()
        self.result = Result()
        self.maintainer = box.as_demo("maintainer")
        self.threads: list[threading.Thread] = []
        self.breached: list[str] = []

    def start(self, *, http: int = 2, mqtt: int = 2, ops: int = 1) -> None:
        self.devices = [a_station(self.maintainer, f"故障试验站 {n}") for n in range(http + mqtt)]
        self.storms = [a_station(self.maintainer, f"暴雨试验站 {n}") for n in range(12)]
        for n, device in enumerate(self.devices):
            self._spawn(self.write_http if n < http else self.write_mqtt, device)
        for _ in range(ops):
            self._spawn(self.write_ops)
        self._spawn(self.plant_breaches)

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)

    def _spawn(self, work: Any, *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _moments(self, device: dict[str, Any]) -> Any:
        """Record after record, each a second later than the one before, all in the last day."""
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
        while not self.stopping.is_set():
            at += timedelta(seconds=1)
            op = f"{device['id']}|{at.isoformat()}"
            yield op, {"ts": at.isoformat(), "values": {"air_temp_c": reading(op)}}

    def write_http(self, device: dict[str, Any]) -> None:
        """One record a request; the same again until it is answered."""
        headers = {"Authorization": f"Bearer {device['secret']}"}
        with httpx.Client(base_url=self.box.url, timeout=10) as line:
            for op, record in self._moments(device):
                self.ledger.send(op, str(record["values"]["air_temp_c"]))
                while not self.stopping.is_set():
                    with contextlib.suppress(httpx.HTTPError):
                        answer = line.post(f"/ingest/{device['key']}", headers=headers, json=record)
                        if answer.status_code == 200:
                            told = answer.json()
                            assert told["stored"] + told["duplicate"] == 1, told
                            self.ledger.ack(op)
                            break
                    time.sleep(0.1)
                time.sleep(0.01)

    def write_mqtt(self, device: dict[str, Any]) -> None:
        """QoS 1; acknowledged is what the broker acknowledged."""
        under_way: dict[int, str] = {}
        lock = threading.Lock()

        def acked(_client: Any, _data: Any, mid: int, *_: Any) -> None:
            with lock:
                op = under_way.pop(mid, None)
            if op:
                self.ledger.ack(op)

        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, f"f-{device['key']}", clean_session=False, protocol=paho.MQTTv311
        )
        client.username_pw_set(device["key"], device["secret"])
        client.on_publish = acked
        client.reconnect_delay_set(1, 2)
        client.connect_async("127.0.0.1", self.box.mqtt_port, 10)
        client.loop_start()
        for op, record in self._moments(device):
            while len(under_way) >= 20 and not self.stopping.is_set():
                time.sleep(0.02)
            self.ledger.send(op, str(record["values"]["air_temp_c"]))
            with lock:
                under_way[client.publish(f"up/{device['key']}", json.dumps(record), qos=1).mid] = op
            time.sleep(0.02)
        deadline = time.monotonic() + 20
        while under_way and time.monotonic() < deadline:
            time.sleep(0.1)
        client.disconnect()
        client.loop_stop()

    def write_ops(self) -> None:
        """A person's writes with an op_id: a device each, named after it; repeated until answered."""
        while not self.stopping.is_set():
            op = uuid7()
            body = {"name": f"op {op}", "profile": "soil_probe", "area": f"{TOWN}.213", "lon": 107.2, "lat": 40.9}
            self.ledger.send(f"op|{op}", "device")
            # One at a time may be answered and lost on the way back: the repeat must not make a second one.
            for _ in range(400):
                if self.stopping.is_set():
                    break
                with contextlib.suppress(httpx.HTTPError):
                    answer = self.maintainer.post("/api/devices", json={**body, "op_id": op}, timeout=5)
                    if answer.status_code == 201:
                        if self.chance.random() < 0.2:
                            # As if the answer had not come: ask again.
                            self.maintainer.post("/api/devices", json={**body, "op_id": op}, timeout=5)
                        self.ledger.ack(f"op|{op}")
                        break
                time.sleep(0.2)
            time.sleep(0.3)

    def plant_breaches(self) -> None:
        """One storm a device, 60 mm in twelve hours: exactly one alert each."""
        for device in self.storms:
            if self.stopping.wait(self.chance.uniform(1, 4)):
                return
            now = datetime.now(UTC).replace(microsecond=0)
            records = [
                {"ts": (now - timedelta(hours=11 - n)).isoformat(), "values": {"rain_mm": 5.0}} for n in range(12)
            ]
            headers = {"Authorization": f"Bearer {device['secret']}"}
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = httpx.post(
                        f"{self.box.url}/ingest/{device['key']}", headers=headers, json=records, timeout=10
                    )
                    if answer.status_code == 200:
                        self.planted(device["id"])
                        break
                time.sleep(0.2)

    def planted(self, device_id: str) -> None:
        """A storm was stored: one alert must come of it."""
        self.breached.append(device_id)

    # -- killing ---------------------------------------------------------------------------------------------------
    def kill(self, name: str) -> bool:
        """SIGKILL one process of that kind; False where none is there just now."""
        pids = processes(self.box)
        if not pids.get(name):
            return False
        try:
            os.kill(self.chance.choice(sorted(pids[name])), signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.result.kills[name] += 1
        if name == "supervisor":
            assert self.box.process is not None
            self.box.process.wait(10)
            self.result.ready_s.append(self.box.start(120))
        return True

    def wait_ready(self, wait_s: float = 60) -> None:
        began = time.monotonic()
        self.box.wait_ready(wait_s)
        self.result.ready_s.append(time.monotonic() - began)

    # -- counting --------------------------------------------------------------------------------------------------
    def count(self) -> Result:
        """Lay what is stored beside the ledger, once the broker has nothing left to hand out.

        What a killed reader had in its hands comes again after the broker's patience (10 s). Before that, what it had
        not committed would count as lost, and what it had could still be doubled.
        """
        who = self.box.as_demo("maintainer")
        # A thread of its own: a browser that was open before leaves a loop running in this one.
        with ThreadPoolExecutor(1) as aside:
            until(lambda: aside.submit(asyncio.run, _is_settled(self.box)).result(), SETTLED_S, every_s=0.2)
        self._wait_until_quiet(who)
        found, sent = self._found(who), self.ledger.sent
        self.result.lost = [op for op in self.ledger.acked if not found.get(op)]
        self.result.doubled = [op for op, values in found.items() if len(values) > 1]
        self.result.wrong = [op for op, values in found.items() if set(values) - {sent.get(op)}]
        self.result.acked = len(self.ledger.acked)
        self.result.unacked = len(sent) - len(self.ledger.acked)
        self._count_alerts()
        return self.result

    def _found(self, who: Person) -> dict[str, list[str]]:
        """What is stored of our devices and of our ops, sent or not."""
        found: dict[str, list[str]] = {}
        for device in self.devices:
            for ts, value in readings(who, device["id"]):
                found.setdefault(f"{device['id']}|{ts}", []).append(str(value))
        for one in who.items("/api/devices"):
            kind, _, op = one["name"].partition(" ")
            if kind == "op":
                found.setdefault(f"op|{op}", []).append("device")
        return found

    def _count_alerts(self) -> None:
        officer = self.box.as_demo("duty_officer")
        work = Counter(
            one["matter"] for state in ("open", "taken") for one in officer.items(f"/api/work?state={state}")
        )
        for device in self.breached:
            alerts = officer.items(f"/api/alerts?rule=heavy_rain&device={device}")
            if len(alerts) != 1 or work[alerts[0]["matter"]] != 1:
                (self.result.lost if not alerts else self.result.doubled).append(f"alert of {device}: {alerts}")
        self.result.breaches = len(self.breached)

    def _wait_until_quiet(self, who: Person) -> None:
        """Until the last reading of no device changes any more: a control may commit after it has acknowledged."""
        before: Any = None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            now = [who.get(f"/api/telemetry/{device['id']}/latest").text for device in self.devices]
            if now == before:
                return
            before = now
            time.sleep(2)


async def _is_settled(box: LiveBox) -> bool:
    """Whether nothing is at the broker that was not acknowledged as stored."""
    link = await nats.connect(**Config.load({"XIANGYUN_HOME": str(box.home)}).broker("ingest"))
    try:
        told = await link.jetstream().consumer_info(STREAM, DURABLE)
    finally:
        await link.close()
    return not told.num_pending and not told.num_ack_pending


def processes(box: LiveBox) -> dict[str, set[int]]:
    """The pids of a box by kind, from /proc: whoever was born with its home."""
    found: dict[str, set[int]] = {name: set() for name in VICTIMS}
    assert box.process is not None
    found["supervisor"].add(box.process.pid)
    home = str(box.home)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            environ = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if home not in command and f"XIANGYUN_HOME={home}" not in environ:
            continue
        pid = int(folder.name)
        if f"postgres -D {home}" in command:
            found["postgres"].add(pid)
        elif "nats-server" in command:
            found["nats"].add(pid)
        elif "caddy" in command and " run " in command:
            found["caddy"].add(pid)
        else:
            for name, word in (
                ("web", "xiangyun.entry.http"),
                ("live", "xiangyun.entry.live"),
                ("mqtt", "xiangyun.entry.ingest mqtt"),
                ("ingest", "xiangyun.entry.ingest http"),
                ("worker", "xiangyun.entry.worker"),
            ):
                if word in command:
                    found[name].add(pid)
                    break
    return found


def run(
    box: LiveBox, chance: random.Random, *, kills: int, pause_s: tuple[float, float], victims: tuple[str, ...] = VICTIMS
) -> Result:
    """Load, `kills` kills with a pause before each, then count."""
    ledger = Ledger(box.home.parent / f"{box.home.name}.ledger")
    load = Load(box, chance, ledger)
    try:
        load.start()
        done = 0
        while done < kills:
            time.sleep(chance.uniform(*pause_s))
            done += load.kill(chance.choice(victims))
        load.wait_ready()
        time.sleep(2)
        load.stop()
        load.wait_ready()
        return load.count()
    finally:
        load.stopping.set()
        ledger.close()
