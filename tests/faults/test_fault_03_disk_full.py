"""Fault 3: the disk fills up under load. What is there can be read, new things are refused in a sentence, nothing that
was acknowledged is lost, and it heals by itself once there is room again.

The control takes the reserve away: the doors then take things in until PostgreSQL finds no room for its WAL.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live_box import LiveBox, Person, until
from xiangyun.base import disk

pytestmark = [pytest.mark.box, pytest.mark.slow]

MIB = 1024 * 1024
DISK_MIB = 1024
VILLAGE = "15.08.02.100.212"
CONTROLS = Path(__file__).parent / "controls"


@contextlib.contextmanager
def a_small_disk() -> Iterator[Path]:
    """A file system of its own that others' files cannot fill."""
    where = Path(tempfile.mkdtemp(prefix="xd-", dir="/tmp"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", str(where)], capture_output=True, check=False
    )
    if mounted.returncode:
        where.rmdir()
        pytest.skip("only who may mount can have a small disk of their own")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)
        where.rmdir()


class Town:
    """A box on a small disk, with a device that counts what was acknowledged."""

    def __init__(self, disk_folder: Path, control: str = "") -> None:
        env = {"PYTHONPATH": str(CONTROLS), "XY_CONTROL": control} if control else {}
        self.disk, self.ballast = disk_folder, disk_folder / "ballast"
        self.box = LiveBox(home=disk_folder / "home", env=env)
        self.acknowledged: dict[datetime, float] = {}
        self.at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)

    def start(self) -> None:
        self.box.start(120)
        self.keeper: Person = self.box.as_demo("maintainer")
        made = write(self)
        assert made.status_code == 201, made.text
        self.device = made.json()

    def send(self) -> httpx.Response:
        """One body of 200 records; what is answered 200 is owed to the device."""
        stamps = [self.at + timedelta(seconds=n) for n in range(200)]
        body = [
            {"ts": ts.isoformat(), "values": {"soil_temp_c_10": 10 + ts.second / 10, "battery_v": 3.6}} for ts in stamps
        ]
        answer = httpx.post(
            f"{self.box.url}/ingest/{self.device['key']}",
            headers={"Authorization": f"Bearer {self.device['secret']}"},
            json=body,
            timeout=30,
        )
        if answer.status_code == 200:
            assert answer.json()["stored"] == len(body)
            self.acknowledged |= {ts: 10 + ts.second / 10 for ts in stamps}
            self.at += timedelta(seconds=200)
        return answer

    def fill(self, left: int) -> None:
        """Others' files: only `left` bytes stay free."""
        free = shutil.disk_usage(self.disk).free
        with self.ballast.open("ab") as out:
            while free > left:
                try:
                    out.write(bytes(min(free - left, MIB)))
                    out.flush()
                except OSError:
                    break
                free = shutil.disk_usage(self.disk).free

    def lost(self) -> list[datetime]:
        """What was acknowledged and is not there with its value."""
        device = self.device["id"]
        first, last = min(self.acknowledged), max(self.acknowledged) + timedelta(seconds=1)
        kept: dict[datetime, float] = {}
        while first < last:
            until_ = min(last, first + timedelta(hours=6))
            query = {"metric": "soil_temp_c_10", "from": first.isoformat(), "to": until_.isoformat(), "step": "raw"}
            answer = self.keeper.get(f"/api/telemetry/{device}/series", params=query)
            assert answer.status_code == 200, answer.text
            kept |= {datetime.fromisoformat(one["ts"]): one["value"] for one in answer.json()["points"]}
            first = until_
        return [ts for ts, value in self.acknowledged.items() if abs(kept.get(ts, -1) - value) > 1e-6]

    def reads(self) -> list[int]:
        """How the pages somebody would open now are answered."""
        paths = ("/api/session", "/api/devices", "/api/work", "/api/alerts", "/api/figures", "/readyz", "/desk")
        return [self.keeper.get(path, timeout=20).status_code for path in paths if path != "/readyz"]


@contextlib.contextmanager
def a_town(control: str = "") -> Iterator[Town]:
    with a_small_disk() as folder:
        town = Town(folder, control)
        try:
            town.start()
            yield town
        finally:
            town.ballast.unlink(missing_ok=True)
            town.box.visitors.close()
            if town.box.process is not None and town.box.process.poll() is None:
                town.box.stop(60)


def write(town: Town) -> httpx.Response:
    """Somebody registers one more probe."""
    probe = {"name": f"满盘 {time.time():.2f}", "profile": "soil_probe", "area": VILLAGE, "lon": 107.4, "lat": 40.8}
    return town.keeper.post("/api/devices", json=probe, timeout=30)


def pressed(town: Town, *, rounds: int) -> list[Any]:
    """Keep writing against the full disk; every answer is a refusal in a sentence. Returns what was not."""
    wrong = []
    for _ in range(rounds):
        answers = [town.send(), write(town)]
        wrong += [
            (one.status_code, one.text[:120])
            for one in answers
            if one.status_code != 507 or one.json().get("title") != "base.disk_full"
        ]
        wrong += [("read", code) for code in town.reads() if code != 200]
    return wrong


def test_a_full_disk_refuses_reads_on_and_heals(capsys: pytest.CaptureFixture[str]) -> None:
    with a_town() as town:
        for _ in range(20):
            assert town.send().status_code == 200
        listener = town.box.mqtt(town.device["key"], town.device["secret"])
        for left in (disk.RESERVE_BYTES - 8 * MIB, 0):
            town.fill(left)
            time.sleep(2 * disk.LOOK_EVERY_S)
            assert pressed(town, rounds=8) == [], f"{left} bytes left"
            other = town.box.as_demo("duty_officer")
            assert other.get("/api/work").status_code == 200, "people come in and read on"
            said = town.box.command("status", check=False).stdout
            assert "磁盘" in said

        # What the broker takes now it owes: it is stored once there is room.
        stamp = town.at - timedelta(days=1)
        body = json.dumps({"ts": stamp.isoformat(), "values": {"soil_temp_c_10": 11.25}})
        told = listener.publish(f"up/{town.device['key']}", body, qos=1)
        with contextlib.suppress(RuntimeError, ValueError):
            told.wait_for_publish(5)
        owed = told.is_published()

        town.ballast.unlink()
        began = time.monotonic()
        until(lambda: write(town).status_code == 201, 60, 0.2)
        until(lambda: town.send().status_code == 200, 60, 0.2)
        healed_s = time.monotonic() - began
        if owed:
            town.acknowledged[stamp] = 11.25
        until(lambda: not town.lost(), 60, 1)
        print(
            f"fault 3: {len(town.acknowledged)} acknowledged, 0 lost, well again {healed_s:.1f} s after there was room"
        )


def test_control_without_the_reserve_the_sentence_is_missing() -> None:
    with a_town("no_reserve") as town:
        town.send()
        town.fill(0)
        time.sleep(2 * disk.LOOK_EVERY_S)
        with contextlib.suppress(httpx.HTTPError):
            for _ in range(20):
                if pressed(town, rounds=1):
                    return
            raise AssertionError("the control was not seen")
