"""Senders that cost little beside what they measure: bare HTTP/1.1 and MQTT 3.1.1 over asyncio."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device and what it may say."""

    id: str
    key: str
    secret: str


def request(device: Device, body: bytes) -> bytes:
    """One POST to the device's own door."""
    head = (
        f"POST /ingest/{device.key} HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {device.secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Sender(asyncio.Protocol):
    """One connection: the next request as soon as the one before was answered with 200."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._requests, self._done = requests, done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, rest = self._answer.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = head.lower()
        place = lowered.find(b"content-length:")
        length = int(lowered[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(rest) < length:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(f"{head.splitlines()[0]!r} {rest[:300]!r}")
            return
        self._answer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost: {exc}")

    def _next(self) -> None:
        body = next(self._requests, None)
        if body is not None:
            self._transport.write(body)  # type: ignore[attr-defined]
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def _fail(self, why: str) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError(why))


def post(door: int | Path, requests: Sequence[bytes], clients: int) -> float:
    """Send all requests over so many connections to a port or a socket; returns the seconds until the last answer."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        waiting = iter(requests)
        began = time.perf_counter()
        ends = [loop.create_future() for _ in range(clients)]
        for end in ends:
            if isinstance(door, Path):
                await loop.create_unix_connection(lambda end=end: _Sender(waiting, end), str(door))  # type: ignore[misc]
            else:
                await loop.create_connection(lambda end=end: _Sender(waiting, end), "127.0.0.1", door)  # type: ignore[misc]
        await asyncio.gather(*ends)
        return time.perf_counter() - began

    return asyncio.run(scenario())


WINDOW = 64
"""Unacknowledged messages a connection may have under way."""


class _Publisher(asyncio.Protocol):
    """One device: QoS 1, a window of messages under way."""

    def __init__(self, device: Device, bodies: Sequence[bytes], done: asyncio.Future[None]) -> None:
        self._device, self._bodies, self._done = device, bodies, done
        self._sent = self._acked = 0
        self._inbox = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        name, secret = (_text(part.encode()) for part in (self._device.key, self._device.secret))
        rest = _text(b"MQTT") + b"\x04\xc2\x00\x3c" + _text(b"bench-" + self._device.key.encode()) + name + secret
        transport.write(b"\x10" + _length(len(rest)) + rest)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._inbox += data
        while len(self._inbox) >= 4:  # CONNACK and PUBACK are four bytes each
            packet, self._inbox = self._inbox[:4], self._inbox[4:]
            if packet[0] == 0x20 and packet[3] != 0:
                self._fail("the broker refused the device")
            elif packet[0] == 0x40:
                self._acked += 1
        if self._acked == len(self._bodies) and not self._done.done():
            self._done.set_result(None)
            self._transport.write(b"\xe0\x00")  # type: ignore[attr-defined]
            self._transport.close()
            return
        self._fill()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost: {exc}")

    def _fill(self) -> None:
        parts = []
        while self._sent < len(self._bodies) and self._sent - self._acked < WINDOW:
            topic = _text(b"up/" + self._device.key.encode())
            rest = topic + struct.pack(">H", self._sent % 65_535 + 1) + self._bodies[self._sent]
            parts.append(b"\x32" + _length(len(rest)) + rest)
            self._sent += 1
        if parts:
            self._transport.write(b"".join(parts))  # type: ignore[attr-defined]

    def _fail(self, why: str) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError(why))


def publish(port: int, bodies: dict[Device, list[bytes]]) -> float:
    """Publish every device's messages; returns the seconds until the last PUBACK."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        ends = []
        for device, own in bodies.items():
            end = loop.create_future()
            ends.append(end)
            await loop.create_connection(
                lambda device=device, own=own, end=end: _Publisher(device, own, end),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
        await asyncio.gather(*ends)
        return time.perf_counter() - began

    return asyncio.run(scenario())


def _text(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _length(length: int) -> bytes:
    """MQTT's variable length."""
    out = bytearray()
    for _ in itertools.count():
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            break
    return bytes(out)
