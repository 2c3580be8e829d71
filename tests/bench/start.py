"""How long until a town is there, how much it takes, how fast it leaves.

`cold_start_s`: `make run` in a fresh clone with an empty home, packages downloaded, until `/readyz` answers 200.
`warm_start_s`: the same box started again. `pss_mb`: every process of the demo together (PSS), a minute after it was
ready. `stop_s`: from SIGTERM to the last process gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.report import Row
from tests.bench.town import descendants, pss_mb
from tests.live_box import ROOT, LiveBox, running

SETTLED_S = 60.0
Say = Callable[[str], None]


def run(rounds: int, say: Say) -> list[Row]:
    """Cold starts in clones of their own, then one demo box started and stopped again and again."""
    cold = []
    for turn in range(rounds):
        say(f"a fresh clone, {turn + 1} of {rounds}")
        cold.append(cold_start())
    warm: list[float] = []
    stopped: list[float] = []
    weight: list[float] = []
    with running(demo=True) as box:
        say("settling")
        time.sleep(SETTLED_S)
        weight = [pss_mb(_family(box)) for _ in range(rounds)]
        for turn in range(rounds):
            say(f"stop and start, {turn + 1} of {rounds}")
            stopped.append(stop(box))
            warm.append(box.start())
    return [
        Row("cold_start_s", "s", cold, goal=180, is_most=True),
        Row("warm_start_s", "s", warm, goal=8, is_most=True),
        Row("stop_s", "s", stopped, goal=10, is_most=True),
        Row("pss_mb", "MB", weight, goal=900, is_most=True),
    ]


def cold_start() -> float:
    """Seconds from `make run` in a clone in a closed folder to ready."""
    with tempfile.TemporaryDirectory(prefix="xc-", dir="/tmp") as folder:
        clone, home = Path(folder) / "x", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        box = LiveBox(home=clone / ".xiangyun")
        env = {
            key: value for key, value in box.env.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS")
        } | {"HOME": str(home), "PATH": _without_ours(box.env["PATH"])}
        began = time.monotonic()
        with (Path(folder) / "log").open("wb") as log:
            box.process = subprocess.Popen(["make", "run"], cwd=clone, env=env, stdout=log, stderr=log)
        try:
            box.wait_ready(600)
            return time.monotonic() - began
        finally:
            family = descendants(box.process.pid)[1:]
            box.process.send_signal(signal.SIGTERM)
            box.process.wait(60)
            _wait_gone(family)


def stop(box: LiveBox) -> float:
    """Seconds from SIGTERM to the last process gone."""
    assert box.process is not None
    family = descendants(box.process.pid)[1:]
    began = time.monotonic()
    box.process.send_signal(signal.SIGTERM)
    box.process.wait(60)
    _wait_gone(family)
    return time.monotonic() - began


def _family(box: LiveBox) -> list[int]:
    assert box.process is not None
    return descendants(box.process.pid)


def _wait_gone(pids: list[int], wait_s: float = 60) -> None:
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.01)


def _without_ours(path: str) -> str:
    """The PATH a new user has: without this clone's environment; `make` still finds its Python."""
    ours = str(ROOT / ".venv")
    return os.pathsep.join(part for part in path.split(os.pathsep) if not part.startswith(ours))
