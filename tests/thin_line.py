"""A thin and lossy line to a port of this machine, with the kernel's own TCP on both ends of it.

Bytes go through a network namespace whose only way is a tun device: every IP packet waits for its turn at the rate, is
late by the delay, and is dropped by chance. What comes out goes back into the same device with its two addresses
swapped (which leaves every checksum right), so that one namespace is both ends. Needs no netem, no `ip`, no root; where
namespaces or /dev/net/tun are not allowed `Forbidden` says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import json
import os
import random
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

NEAR, FAR, DOOR = "10.9.0.1", "10.9.0.2", 80
PACKET = 1500
QUEUE_BYTES = 32_000
"""As much as a small mast keeps for one phone; what finds no room is dropped."""


class Forbidden(Exception):
    """This machine does not let us make such a line."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a line is like, each way."""

    bits_a_second: float = 256_000
    delay_s: float = 0.2
    loss: float = 0.05


@dataclass(slots=True)
class Line:
    """`port` is where it begins; `stop` tells how many packets came and how many were dropped."""

    port: int
    _inside: subprocess.Popen[str]

    def stop(self) -> dict[str, int]:
        assert self._inside.stdin is not None
        assert self._inside.stdout is not None
        self._inside.stdin.close()
        told = self._inside.stdout.readline()
        self._inside.wait(10)
        return dict(json.loads(told))


@contextlib.contextmanager
def thin_line(to: int, shape: Shape, seed: int) -> Iterator[Line]:
    """A line to a port of this machine. Raises Forbidden."""
    with contextlib.ExitStack() as left:
        folder = Path(tempfile.mkdtemp(prefix="xl-", dir="/tmp"))
        left.callback(shutil.rmtree, folder, True)
        inside = left.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.thin_line", str(folder), str(seed), json.dumps(asdict(shape))],
                cwd=Path(__file__).resolve().parent.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        left.callback(inside.kill)
        out = socket.socket(socket.AF_UNIX)
        left.callback(out.close)
        out.bind(str(folder / "out"))
        out.listen()
        assert inside.stdout is not None
        said = inside.stdout.readline().strip()
        if said != "ready":
            raise Forbidden(said)
        near = socket.create_server(("127.0.0.1", 0))
        left.callback(near.close)
        _carry(near, lambda: _unix(folder / "in"))
        _carry(out, lambda: socket.create_connection(("127.0.0.1", to)))
        yield Line(int(near.getsockname()[1]), inside)


def _unix(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.connect(str(path))
    return made


def _carry(door: socket.socket, onward: object) -> None:
    """Whoever comes to a door is carried on, in threads of their own."""

    def pump(begin: socket.socket, end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := begin.recv(16_384):
                end.sendall(piece)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_WR)

    def both(came: socket.socket) -> None:
        with contextlib.suppress(OSError), came, onward() as went:  # type: ignore[operator]
            back = threading.Thread(target=pump, args=(went, came), daemon=True)
            back.start()
            pump(came, went)
            back.join()

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                came, _ = door.accept()
                threading.Thread(target=both, args=(came,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()


def _tun() -> int:
    """In a network namespace of our own: a tun device that is up, and its handle."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_user, new_net = 0x10000000, 0x40000000
    if libc.unshare(new_user | new_net):
        raise Forbidden(f"no network namespace for us: {os.strerror(ctypes.get_errno())}")
    name = b"line0"
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, 0x400454CA, struct.pack("16sH14x", name, 0x0001 | 0x1000))  # TUNSETIFF: packets, no header
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as setting:

        def at(address: str) -> bytes:
            return struct.pack("16sH2s4s8x", name, socket.AF_INET, b"", socket.inet_aton(address))

        fcntl.ioctl(setting, 0x8916, at(NEAR))  # SIOCSIFADDR
        fcntl.ioctl(setting, 0x891C, at("255.255.255.0"))  # SIOCSIFNETMASK
        fcntl.ioctl(setting, 0x8914, struct.pack("16sH14x", name, 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
    return handle


class _Way:
    """One direction: packets go one after the other at the rate, and arrive after the delay; some never do."""

    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self._shape, self._chance = shape, chance
        self._free_at = 0.0
        self.came = self.dropped = 0

    def arrives_at(self, size: int, now: float) -> float | None:
        """When a packet that is put in now comes out, or None where it is lost."""
        self.came += 1
        waiting = max(0.0, self._free_at - now) * self._shape.bits_a_second / 8
        if self._chance.random() < self._shape.loss or waiting + size > QUEUE_BYTES:
            self.dropped += 1
            return None
        self._free_at = max(self._free_at, now) + size * 8 / self._shape.bits_a_second
        return self._free_at + self._shape.delay_s


def _reflect(handle: int, shape: Shape, seed: int, stopped: socket.socket) -> dict[str, int]:
    """Carry packets until somebody says stop; what was dropped is counted."""
    ways = {end: _Way(shape, random.Random(f"{seed} {end}")) for end in ("there", "back")}
    due: list[tuple[float, int, bytes]] = []
    order = itertools.count()
    with selectors.DefaultSelector() as waiting:
        waiting.register(handle, selectors.EVENT_READ)
        waiting.register(stopped, selectors.EVENT_READ)
        while True:
            wait = max(0.0, due[0][0] - time.monotonic()) if due else None
            ready = {key.fileobj for key, _ in waiting.select(wait)}
            if stopped in ready:
                return {
                    "packets": sum(way.came for way in ways.values()),
                    "dropped": sum(way.dropped for way in ways.values()),
                }
            if handle in ready:
                with contextlib.suppress(BlockingIOError):
                    while packet := os.read(handle, PACKET + 64):
                        _put(packet, ways, due, order)
            while due and due[0][0] <= time.monotonic():
                with contextlib.suppress(BlockingIOError):
                    os.write(handle, heapq.heappop(due)[2])


def _put(packet: bytes, ways: dict[str, _Way], due: list[tuple[float, int, bytes]], order: Iterator[int]) -> None:
    if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return
    header = (packet[0] & 0x0F) * 4
    is_back = int.from_bytes(packet[header : header + 2]) == DOOR
    now = time.monotonic()
    arrives = ways["back" if is_back else "there"].arrives_at(len(packet), now)
    if arrives is not None:
        turned = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
        heapq.heappush(due, (arrives, next(order), turned))


def _main(folder: Path, seed: int, shape: Shape) -> None:
    try:
        handle = _tun()
    except (OSError, Forbidden) as why:
        print(str(why).replace("\n", " "), flush=True)
        return
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(folder / "in"))
    door.listen()
    far = socket.create_server((NEAR, DOOR))
    _carry(door, lambda: socket.create_connection((FAR, DOOR)))
    _carry(far, lambda: _unix(folder / "out"))
    mine, theirs = socket.socketpair()
    threading.Thread(target=lambda: (sys.stdin.read(), theirs.send(b"!")), daemon=True).start()
    print("ready", flush=True)
    print(json.dumps(_reflect(handle, shape, seed, mine)), flush=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), Shape(**json.loads(sys.argv[3])))
