"""Fault 1, one kill under the glass: the MQTT reader dies with messages in its hands.

`kill -9` meets it between its fetch and its commit, and between its commit and its acknowledgement. Until the broker's
patience of 10 s is over, what was in its hands and not committed is missing, and nothing else is; afterwards everything
is there once, and the storm among it has raised one alert.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats
import nats.js.errors
import paho.mqtt.client as paho
import pytest

from tests.faults import killing
from tests.live_box import LiveBox, running, until
from xiangyun.box.nats import STREAM
from xiangyun.entry.settings.config import Config

CONTROLS = str(Path(__file__).parent / "controls")
PATIENCE_S = 10.0
STORM, BARE, POISON, STRANGE, SECOND_WAVE = 12, 20, 3, 2, 20
MANY = 25

pytestmark = [pytest.mark.box, pytest.mark.slow]


@contextlib.contextmanager
def trapped(*controls: str) -> Iterator[LiveBox]:
    """A box whose MQTT reader dies where a trap is laid, and that breaks further promises."""
    home = Path(tempfile.mkdtemp(prefix="xb-", dir="/tmp"))
    env = {"PYTHONPATH": CONTROLS, "XY_CONTROL": ",".join((*controls, "die_in_hand")), "XY_TRAP": f"{home}.trap"}
    with running(demo=True, home=home, env=env) as box:
        yield box


@pytest.fixture(scope="module")
def box() -> Iterator[LiveBox]:
    with trapped() as made:
        yield made


@dataclass
class Seen:
    """What stands where at one moment; temperatures stand for records, each has its own."""

    stored: Counter[float]
    at_broker: set[float]
    parked: int
    strange: int
    alerts: int
    matters: int


class Play:
    """One device whose messages are in the reader's hands when it dies."""

    def __init__(self, box: LiveBox, moment: str) -> None:
        self.box, self.trap = box, Path(box.env["XY_TRAP"])
        self.keeper, self.officer = box.as_demo("maintainer"), box.as_demo("duty_officer")
        self.device = killing.a_station(self.keeper, f"重投试验站 {moment}")
        self.line = box.mqtt(self.device["key"], self.device["secret"])
        self.acked: list[float] = []
        self._publish([self._bare()])
        until(self._stored, 20)
        self._publish_into_the_hands_of_a_reader_that(dies=moment)
        self.in_batch = self._temperatures(self.trap.with_suffix(".held").read_bytes().splitlines())
        self.died = time.monotonic()
        # Read in order: where this one is done with, everything that the dead reader had not yet fetched is, too.
        last = self._bare()
        self._publish([last])
        until(lambda: self._is_done(last), PATIENCE_S)
        self.before = self.look()
        self.looked_s = time.monotonic() - self.died
        until(lambda: not self._at_broker(), 3 * PATIENCE_S, every_s=0.5)
        self.late_s = time.monotonic() - self.died
        self.after = self.look()

    def missing(self, seen: Seen) -> set[float]:
        """What was acknowledged and is not stored."""
        return set(self.acked) - set(seen.stored)

    def look(self) -> Seen:
        about = self.keeper.get(f"/api/devices/{self.device['id']}").json()
        alerts = self.officer.items(f"/api/alerts?rule=heavy_rain&device={self.device['id']}")
        return Seen(
            stored=self._stored(),
            at_broker=set(self._temperatures(self._at_broker())),
            parked=about["parked"],
            strange=sum(one["count"] for one in about["quarantine"]),
            alerts=len(alerts),
            matters=len({one["matter"] for one in alerts}),
        )

    def _publish_into_the_hands_of_a_reader_that(self, *, dies: str) -> None:
        [reader] = killing.processes(self.box)["mqtt"]
        now = datetime.now(UTC).replace(microsecond=0)
        storm = [
            {**self._bare(rain_mm=5.0), "ts": (now - timedelta(hours=STORM - 1 - n)).isoformat()} for n in range(STORM)
        ]
        # Stopped meanwhile, so that a fetch brings nearly all of them at once.
        os.kill(reader, signal.SIGSTOP)
        self.trap.write_text(f"{dies} {self.device['key']} {MANY}")
        self._publish(storm)
        self._publish([self._bare() for _ in range(BARE)])
        self._publish([self._bare(mystery=1.0) for _ in range(STRANGE)])
        self._publish([b"{%d" % n for n in range(POISON)])
        os.kill(reader, signal.SIGCONT)
        self._publish([self._bare() for _ in range(SECOND_WAVE)])
        until(lambda: not self.trap.exists(), 10)

    def _bare(self, **values: float) -> dict[str, Any]:
        """A record without a time and with a temperature of its own."""
        self.acked.append(len(self.acked) / 4)
        return {"values": {"air_temp_c": self.acked[-1], **values}}

    def _publish(self, bodies: Sequence[dict[str, Any] | bytes]) -> None:
        """QoS 1, until the broker has acknowledged each."""
        for body in bodies:
            told = self.line.publish(
                f"up/{self.device['key']}", body if isinstance(body, bytes) else json.dumps(body), qos=1
            )
            told.wait_for_publish(10)
            assert told.rc == paho.MQTT_ERR_SUCCESS
            assert told.is_published()

    def _is_done(self, record: dict[str, Any]) -> bool:
        temperature = record["values"]["air_temp_c"]
        return temperature in self._stored() and temperature not in self._temperatures(self._at_broker())

    def _stored(self) -> Counter[float]:
        return Counter(value for _, value in killing.readings(self.keeper, self.device["id"]))

    def _at_broker(self) -> list[bytes]:
        """The bodies that the broker was not yet told are stored."""
        return asyncio.run(_kept(self.box, self.device["key"]))

    @staticmethod
    def _temperatures(bodies: Sequence[bytes]) -> list[float]:
        return [json.loads(body)["values"]["air_temp_c"] for body in bodies if body.endswith(b"}")]


async def _kept(box: LiveBox, key: str) -> list[bytes]:
    link = await nats.connect(**Config.load({"XIANGYUN_HOME": str(box.home)}).broker("ingest"))
    bodies, seq = [], 1
    with contextlib.suppress(nats.js.errors.NotFoundError):
        while True:
            msg = await link.jetstream().get_msg(STREAM, seq=seq, subject=f"$MQTT.msgs.up.{key}", next=True)
            bodies.append(msg.data or b"")
            seq = (msg.seq or 0) + 1
    await link.close()
    return bodies


def everything_once(play: Play) -> Seen:
    return Seen(stored=Counter(play.acked), at_broker=set(), parked=POISON, strange=STRANGE, alerts=1, matters=1)


def test_killed_between_fetch_and_commit(box: LiveBox) -> None:
    play = Play(box, "before")
    # Short by exactly what the broker still keeps for the dead reader, the whole batch among it.
    assert play.missing(play.before) == play.before.at_broker
    assert play.before.at_broker >= set(play.in_batch)
    assert play.before.alerts == 0
    assert play.after == everything_once(play)
    told(play)


def test_killed_between_commit_and_acknowledgement(box: LiveBox) -> None:
    play = Play(box, "after")
    # The batch is stored and will come once more; missing is only what had been fetched behind it.
    assert play.before.at_broker >= set(play.in_batch)
    assert play.missing(play.before) == play.before.at_broker - set(play.in_batch)
    assert play.before.alerts == 1
    assert play.after == everything_once(play)
    told(play)


def test_control_acknowledging_before_the_commit_is_seen() -> None:
    with trapped("acknowledge_before_commit") as box:
        play = Play(box, "before")
        assert play.before.at_broker.isdisjoint(play.in_batch)
        # This reader is late with what it has already acknowledged: the rest must come, the dead one's batch cannot.
        until(lambda: play.missing(play.look()) == set(play.in_batch), PATIENCE_S)


def told(play: Play) -> None:
    print(f"\nfault 1: {len(play.acked)} acknowledged, {len(play.before.at_broker)} in a dead reader's hands, ", end="")
    print(f"{len(play.missing(play.before))} missing {play.looked_s:.1f} s after its end, ", end="")
    print(f"{len(play.missing(play.after))} after {play.late_s:.1f} s")
