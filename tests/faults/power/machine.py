"""A machine whose power can be cut: a Linux kernel as a process, its page cache in that process, its disk a file.

SIGKILL of the process group takes everything that was not on the disk; the same disk boots again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.live_box import ROOT, until
from xiangyun.box import child

INIT = Path(__file__).parent / "init.sh"
MEMORY = "1536M"
DISK_BYTES = 3 * 1024**3
QUIET_S = 600.0


class PowerFailure(Exception):
    """The machine left, or said nothing for too long, before it said what was waited for."""


def make_disk(file: Path, home: Path) -> None:
    """An ext4 disk that holds one box's home."""
    folder = file.with_suffix(".root")
    folder.mkdir()
    shutil.move(home, folder / "home")
    with file.open("wb") as disk:
        disk.truncate(DISK_BYTES)
    made = subprocess.run(
        [shutil.which("mke2fs") or "/sbin/mke2fs", "-q", "-t", "ext4", "-d", folder, file], check=False
    )
    assert made.returncode == 0
    shutil.rmtree(folder)


def fits_processor(uml: str) -> bool:
    """Whether a machine gets as far as its first program: user-mode Linux 6.1 cannot set the registers of a processor
    with AMX, whose state is larger than the room it has for it."""
    words = ["mem=64M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet", "init=/bin/true"]
    words += ["con=null", "con0=null,fd:1"]
    said = subprocess.run([uml, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    return b"set fp regs failed" not in said.stdout + said.stderr


class Machine:
    """One machine that is on; `lines` are what its console has said."""

    def __init__(self, uml: str, disk: Path, **words: str) -> None:
        told = {"source": str(ROOT), "python": sys.executable, **words}
        self.log = disk.with_suffix(f".{time.monotonic_ns()}.log")
        kernel = [
            uml,
            f"mem={MEMORY}",
            *("root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"),
            f"ubdb={disk}",
            f"uml_dir={disk.parent}",
            f"init={INIT}",
            *("con=null", "con0=null,fd:1", "ssl=null"),
            *(f"power_{name}={word}" for name, word in told.items()),
        ]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                kernel,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                # A group of its own is what is cut; a test that dies leaves no machine behind.
                start_new_session=True,
                preexec_fn=child.birth(),  # noqa: PLW1509 - ctypes alone, no lock is taken
                env={"PATH": os.environ["PATH"], "HOME": str(disk.parent)},
            )
        self.began = time.monotonic()

    def lines(self) -> list[str]:
        """Whole lines alone: the last one may have been cut."""
        whole = self.log.read_bytes().rpartition(b"\n")[0]
        return [line.strip() for line in whole.decode(errors="replace").split("\n")]

    def wait_for(self, word: str, wait_s: float = QUIET_S, *, times: int = 1) -> str:
        """Until so many lines began with `word`; returns the rest of the last one."""
        deadline = time.monotonic() + wait_s
        while True:
            is_on = self.process.poll() is None and not any(self.said("FAILED"))
            said = list(self.said(word))
            if len(said) >= times:
                return " ".join(said[-1])
            if not is_on or time.monotonic() > deadline:
                raise PowerFailure("\n".join(line for line in self.lines() if not line.startswith(("ACK", "FOUND"))))
            time.sleep(0.2)

    def said(self, word: str) -> Iterator[list[str]]:
        """The words behind each line that begins with `word`."""
        for line in self.lines():
            first, *rest = line.split(" ")
            if first == word:
                yield rest

    def cut(self) -> None:
        """The power is gone: nothing inside gets another instruction."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        # The thread that writes the disk is a process of its own: no other machine may have the disk before it is gone.
        until(lambda: not _is_anybody_left(self.process.pid))

    def off(self) -> None:
        """Gone in whatever state it is."""
        if self.process.poll() is None:
            self.cut()


def _is_anybody_left(group: int) -> bool:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
            if int(of) == group and state != "Z":
                return True
    return False
