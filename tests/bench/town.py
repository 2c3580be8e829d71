"""An empty real box for a bench: its first administrator, its devices, its yardsticks, its processes' CPU seconds."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from tests.bench.load import Device
from tests.live_box import ROOT, LiveBox, Person, running

AREA = "15.08.02.100"
VILLAGE = f"{AREA}.201"
PASSWORD = "五月的河套 风吹麦浪"
_TICK = os.sysconf("SC_CLK_TCK")


class Town:
    """A running box with somebody who may do everything a bench needs."""

    def __init__(self, box: LiveBox) -> None:
        self.box = box
        link = re.search(r"token=(\S+)", box.command("init", "--area", "150802100000").stdout)
        if link is None:
            raise RuntimeError("init printed no link")
        self.admin: Person = box.person()
        answer = self.admin.post("/api/session", json={"token": link[1], "account": "bench", "password": PASSWORD})
        answer.raise_for_status()
        self.sticks = Sticks(box)

    def devices(self, count: int) -> list[Device]:
        """So many weather stations."""
        made = []
        for n in range(count):
            told = {"name": f"测试站 {n}", "profile": "weather_station", "area": VILLAGE, "lon": 107.3, "lat": 40.9}
            answer = self.admin.post("/api/devices", json=told)
            answer.raise_for_status()
            made.append(Device(answer.json()["id"], answer.json()["key"], answer.json()["secret"]))
        return made

    def processes(self, *marks: str) -> list[int]:
        """The box's processes whose command line holds one of these words."""
        assert self.box.process is not None
        own = descendants(self.box.process.pid)
        return [pid for pid in own if any(mark in _command(pid) for mark in marks)]

    def cpu_s(self, *marks: str) -> float:
        """CPU seconds such processes have used so far, children that ended included."""
        return sum(_cpu_s(pid) for pid in self.processes(*marks))


class Peak:
    """The most memory (PSS, MB) such processes of a box held together, looked at every fifth of a second."""

    def __init__(self, place: Town, *marks: str) -> None:
        self.mb = 0.0
        self._place, self._marks = place, marks
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            self.mb = max(self.mb, pss_mb(self._place.processes(*self._marks)))


class Sticks:
    """The yardsticks' process."""

    def __init__(self, box: LiveBox, module: str = "tests.bench.yardsticks") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=box.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        box.visitors.callback(self._process.wait)
        box.visitors.callback(self._close)

    def __call__(self, name: str, *words: object) -> Any:
        """Ask for one thing, wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join([name, *map(str, words)]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the yardsticks ended at {name}")
        return json.loads(answer)

    def _close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextlib.contextmanager
def town() -> Iterator[Town]:
    """A box of its own, swept away at the end."""
    with running(demo=False) as box:
        yield Town(box)


def pss_mb(pids: Iterable[int]) -> float:
    """The proportional set size of these processes together."""
    total_kb = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
            total_kb += int(found[1]) if found else 0
    return total_kb * 1024 / 1e6


def descendants(root: int) -> list[int]:
    """A process and every one below it, from /proc."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _cpu_s(pid: int) -> float:
    try:
        after = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in after[11:15]) / _TICK
