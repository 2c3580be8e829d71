"""Fault 7: five thousand devices come back in the same second. All are in within a minute and nothing dies.

The broker has half of one core, here and in every control: a small box has a database to run as well, and on a whole
idle machine the crowd is served faster than it can gather, so that no safeguard is ever needed.

The controls show what the safeguards are worth: the broker's patience with a login and with a session that wait their
turn, and the devices' own pause before they try again.
"""

import asyncio
import contextlib
import os
import random
import re
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.live_broker import SECRET, Broker, a_config
from xiangyun.box import nats

DEVICES = 5000
ALL_BACK_S = 60.0

pytestmark = [pytest.mark.box, pytest.mark.slow]


@dataclass
class Storm:
    """What the devices saw."""

    attempts: int = 0
    refused: int = 0
    connected: set[str] = field(default_factory=set)


def hello(key: str) -> bytes:
    """An MQTT 3.1.1 CONNECT."""
    body = b"\x00\x04MQTT\x04\xc2\x00\x78" + b"".join(
        struct.pack(">H", len(text)) + text for text in (key.encode(), key.encode(), SECRET.encode())
    )
    return b"\x10" + bytes((len(body),)) + body


async def device(
    key: str, port: int, storm: Storm, chance: random.Random, *, patience_s: float, pause_s: float
) -> None:
    """Try until in, then stay. `patience_s` is how long a modem waits for an answer; `pause_s` the first pause."""
    tries = 0
    while True:
        storm.attempts += 1
        try:
            async with asyncio.timeout(patience_s):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(hello(key))
                async with asyncio.timeout(patience_s):
                    answer = await reader.readexactly(4)
                if answer == b"\x20\x02\x00\x00":
                    storm.connected.add(key)
                    await reader.read()
            finally:
                writer.close()
                storm.connected.discard(key)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        storm.refused += 1
        await asyncio.sleep(pause_s * chance.uniform(0.5, 1.5) * 2 ** min(tries, 5))
        tries += 1


async def blow(
    broker: Broker, chance: random.Random, *, wait_s: float = ALL_BACK_S, patience_s: float = 30.0, pause_s: float = 1.0
) -> tuple[Storm, float]:
    """Let all of them in at once; how long until the last one is."""
    keys = [f"d{number}" for number in range(DEVICES)]
    await nats.open_gate(broker.config)
    broker.let_in(*keys)
    while not await broker.connected(keys[0]):  # noqa: ASYNC110 - the broker says nothing when it has read its list
        await asyncio.sleep(0.05)
    storm = Storm()
    began = time.monotonic()
    crowd = [
        asyncio.create_task(device(key, broker.config.mqtt_port, storm, chance, patience_s=patience_s, pause_s=pause_s))
        for key in keys
    ]
    while len(storm.connected) < DEVICES and time.monotonic() - began < wait_s:  # noqa: ASYNC110 - a clock runs too
        await asyncio.sleep(0.05)
    took = time.monotonic() - began
    # In for good, not for a moment.
    await asyncio.sleep(1)
    for one in crowd:
        one.cancel()
    back = set(storm.connected)
    await asyncio.gather(*crowd, return_exceptions=True)
    storm.connected = back
    return storm, took


@contextlib.contextmanager
def on_half_a_core(folder: Path, spoil: Callable[[str], str] = str) -> Iterator[Broker]:
    """The box's broker on a core that it shares with somebody who never rests; the devices have the other cores."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    broker = Broker(a_config(folder), spoil=spoil)
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    os.sched_setaffinity(0, cores[1:] or cores)
    try:
        yield broker
    finally:
        neighbour.kill()
        neighbour.wait()
        os.sched_setaffinity(0, cores)
        # Its goodbye to thousands takes longer than anybody wants to wait.
        broker.process.kill()
        broker.close()


def without(setting: str) -> Callable[[str], str]:
    """Leaves the broker to its default."""

    def spoil(text: str) -> str:
        spoilt, found = re.subn(rf"\n  {re.escape(setting)}\n", "\n", text)
        assert found == 1
        return spoilt

    return spoil


@pytest.fixture
def folder(tmp_path_factory):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < DEVICES + 500:
        pytest.skip(f"this machine allows only {hard} open files to a process")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield tmp_path_factory.mktemp("s")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_five_thousand_devices_are_back_within_a_minute(folder, chance, record_property):
    with on_half_a_core(folder) as broker:
        storm, took = asyncio.run(blow(broker, chance))
        assert broker.process.poll() is None
    print(f"\nfault 7: {DEVICES} devices back in {took:.1f} s, {storm.refused} tries in vain")
    record_property("all_back_s", took)
    assert len(storm.connected) == DEVICES
    assert took <= ALL_BACK_S
    # Whoever waits half a minute for an answer gets one.
    assert storm.refused == 0


@pytest.mark.parametrize("setting", ["timeout: 20", 'js_api_timeout: "30s"'])
def test_control_with_the_brokers_default_patience_devices_are_turned_away(folder, chance, setting):
    with on_half_a_core(folder, without(setting)) as broker:
        storm, took = asyncio.run(blow(broker, chance, wait_s=30))
    print(f"\nfault 7, control without {setting}: {storm.refused} tries in vain, {took:.1f} s")
    assert storm.refused > DEVICES / 4


def test_control_devices_that_never_pause_keep_each_other_out(folder, chance):
    """Modems that give up after three seconds and try at once again: the broker only ever serves the departed."""
    with on_half_a_core(folder) as broker:
        storm, _ = asyncio.run(blow(broker, chance, wait_s=30, patience_s=3, pause_s=0))
    print(f"\nfault 7, control: {len(storm.connected)} of {DEVICES} in, {storm.refused} tries in vain")
    assert len(storm.connected) < DEVICES
