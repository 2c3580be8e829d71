"""The thin line is what it says: bytes arrive whole, late, at the rate, and packets are really lost on it."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.thin_line import Forbidden, Shape, thin_line

SIZE = 60_000


def echo(door: socket.socket) -> None:
    while True:
        came, _ = door.accept()
        with came:
            seen = 0
            while seen < SIZE and (piece := came.recv(65_536)):
                seen += len(piece)
                came.sendall(piece[:1])


def crossing(shape: Shape, size: int = SIZE) -> tuple[float, float, dict[str, int]]:
    """Seconds until the first byte is answered, until all is there, and the packets."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=echo, args=(door,), daemon=True).start()
        try:
            with thin_line(door.getsockname()[1], shape, seed=1) as line:
                with socket.create_connection(("127.0.0.1", line.port)) as near:
                    near.settimeout(60)
                    began = time.monotonic()
                    near.sendall(b"x" * size)
                    near.recv(1)
                    first = time.monotonic() - began
                    near.shutdown(socket.SHUT_WR)
                    while near.recv(65_536):
                        pass
                    whole = time.monotonic() - began
                return first, whole, line.stop()
        except Forbidden as why:
            pytest.skip(f"this machine makes no thin line: {why}")


def test_nothing_is_there_before_the_delay_or_faster_than_the_rate() -> None:
    shape = Shape(bits_a_second=400_000, delay_s=0.15, loss=0)
    first, whole, told = crossing(shape)
    # a connection is opened by a packet there and one back, then the first byte goes there and its answer back
    assert first >= 4 * shape.delay_s
    assert whole >= SIZE * 8 / shape.bits_a_second
    assert whole < 5 * SIZE * 8 / shape.bits_a_second
    assert told["packets"] > SIZE / 1500


def test_what_is_lost_is_sent_again_by_the_kernel() -> None:
    _, whole, told = crossing(Shape(bits_a_second=2_000_000, delay_s=0.01, loss=0.1))
    assert told["dropped"] > 0
    assert whole < 60
