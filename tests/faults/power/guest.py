"""Inside the machine: the whole box, its writers and whoever looks what is left; what is printed is the ledger.

The console is outside the machine, so an `ACK` that was read there was given before the power went.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.faults import killing
from tests.faults.power.words import STATION, STORM, content_hash
from tests.live_box import LiveBox, Person, until
from xiangyun.box import postgres
from xiangyun.entry.settings.config import Config

HOME = Path("/run/d/home")
PATIENCE_S = 600.0
SETTLED_S = 240.0
CONTROLS = Path(killing.__file__).parent / "controls"
OP = ("soil_probe", f"{killing.TOWN}.213", 107.2, 40.9)


def say(*words: object) -> None:
    """One line on the console, whole."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class GuestBox(LiveBox):
    """The box on a machine where a question costs a tenth of a second: asked seldom, by the cheapest client."""

    def wait_ready(self, wait_s: float) -> None:
        assert self.process is not None
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            time.sleep(1)
            assert self.process.poll() is None, f"the box left with {self.process.returncode}"
            with contextlib.suppress(OSError, http.client.HTTPException):
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                link.request("GET", "/readyz")
                if link.getresponse().status == 200:
                    return
        raise AssertionError(f"not ready after {wait_s} s")


class Console(killing.Ledger):
    """The ledger of the writers: acknowledged first, printed then."""

    def __init__(self) -> None:
        self.sent: dict[str, str] = {}
        self.acked: set[str] = set()

    def send(self, op: str, content: str) -> None:
        self.sent[op] = content

    def ack(self, op: str) -> None:
        say("ACK", op, content_hash(op, self.sent[op]))

    def close(self) -> None:
        pass


class Writers(killing.Load):
    """Fault 1's load with stations of this round alone."""

    def start_round(self, number: str) -> None:
        self.devices = [killing.a_station(self.maintainer, f"{STATION} {number}-{n}") for n in range(4)]
        self.storms = [killing.a_station(self.maintainer, f"{STORM} {number}-{n}") for n in range(4)]
        for n, device in enumerate(self.devices):
            say("DOOR", device["id"], "http" if n < 2 else "mqtt")
            self._spawn(self.write_http if n < 2 else self.write_mqtt, device)
        self._spawn(self.write_ops)
        self._spawn(self.plant_breaches)

    def planted(self, device_id: str) -> None:
        say("ACK", f"alert|{device_id}", content_hash(f"alert|{device_id}", "1"))


def hold_ingest(box: LiveBox) -> None:
    """The reader of the broker stands still from now on, whoever starts it again: what is acknowledged waits there."""

    def hold() -> None:
        while True:
            for pid in killing.processes(box)["mqtt"]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            time.sleep(1)

    threading.Thread(target=hold, daemon=True).start()


def look(box: LiveBox, number: str) -> None:
    """Print what is there of a round, or of all of them where `number` is empty."""
    # What the dead reader had in its hands comes again when the broker's patience is over.
    until(lambda: asyncio.run(killing._is_settled(box)), SETTLED_S, every_s=1)
    who, officer = box.as_demo("maintainer"), box.as_demo("duty_officer")
    work = Counter(one["matter"] for state in ("open", "taken") for one in officer.items(f"/api/work?state={state}"))
    for one in who.items("/api/devices"):
        kind, _, of = one["name"].partition(" ")
        if kind == "op":
            found = (one["profile"], one["area"], one["lon"], one["lat"])
            say("FOUND", f"op|{of}", content_hash(f"op|{of}", "device" if found == OP else repr(found)))
        elif kind == STATION and of.startswith(number):
            for ts, value in killing.readings(who, one["id"]):
                say("FOUND", f"{one['id']}|{ts}", content_hash(f"{one['id']}|{ts}", str(value)))
        elif kind == STORM and of.startswith(number):
            _look_at_alerts(officer, one["id"], work)


def _look_at_alerts(officer: Person, device: str, work: Counter[str]) -> None:
    """An alert counts when it has its one work item; two alerts are two lines."""
    for alert in officer.items(f"/api/alerts?rule=heavy_rain&device={device}"):
        say("FOUND", f"alert|{device}", content_hash(f"alert|{device}", str(work[alert["matter"]])))


def verify(box: LiveBox, config: Config) -> None:
    """The chain of the audit and every page, row and index that PostgreSQL has."""
    verdict = box.as_demo("audit_admin").get("/api/audit/verify").json()
    say("AUDIT", "good" if verdict.get("is_good") else verdict, verdict.get("sealed"))
    where = ("-h", config.pg_socket, "-U", postgres.SUPERUSER, "-d", postgres.DATABASE)
    _told("AMCHECK", "pg_amcheck", *where, "--install-missing", "--heapallindexed")


def _told(word: str, program: str, *options: object) -> None:
    done = subprocess.run(
        [str(postgres.binaries() / program), *map(str, options)],
        env=postgres.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).strip().replace("\n", " / ")
    say(word, "good" if done.returncode == 0 else f"{done.returncode} {said[-2000:]}")


def run() -> None:
    """`look` at the round of last time, look at `all` with the server stopped at the end, `write` until the cut."""
    act, number = os.environ["POWER_ACT"].split(","), os.environ["POWER_ROUND"]
    control = ["no_pretend_devices", *filter(None, [os.environ.get("POWER_CONTROL")])]
    ports = {"XIANGYUN_PORT": os.environ["POWER_PORT"], "XIANGYUN_MQTT_PORT": os.environ["POWER_MQTT_PORT"]}
    env = {"PYTHONPATH": f"{CONTROLS}:{os.environ['PYTHONPATH']}", "XY_CONTROL": ",".join(control)}
    box = GuestBox(demo=True, home=HOME, env={**ports, **env})
    box.port = int(ports["XIANGYUN_PORT"])
    box.url = f"http://127.0.0.1:{box.port}"
    say("READY", f"{box.start(PATIENCE_S):.1f}")
    config = Config.load({"XIANGYUN_HOME": str(HOME)})
    if "look" in act or "all" in act:
        began = time.monotonic()
        look(box, "" if "all" in act else f"{os.environ['POWER_LAST']}-")
        verify(box, config)
        say("LOOKED", f"{time.monotonic() - began:.1f}")
    if "all" in act:
        box.stop(60)
        _told("CHECKSUMS", "pg_checksums", "--check", "-D", config.pg)
    if "write" in act:
        if "hold" in act:
            hold_ingest(box)
        writers = Writers(box, random.Random(number), Console())
        writers.start_round(number)
        say("WRITING")
        time.sleep(PATIENCE_S)


if __name__ == "__main__":
    try:
        run()
    except BaseException:  # noqa: BLE001 - whatever it is, it can only be told to the console
        say("TROUBLE", traceback.format_exc()[-3000:].replace("\n", " / "))
        with contextlib.suppress(OSError):
            say("LAST", Path("/run/d/home.log").read_text(errors="replace")[-2000:].replace("\n", " / "))
        sys.exit(1)
