"""HTTP/1.1 on the door's own socket, as the front door speaks it: parsed by llhttp, one request at a time on a line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import httptools

MOST_HEAD = 32 * 1024
"""So many bytes may come before a body begins; the front door sends a few hundred."""

MOST_DRAINED = 4 * 1024 * 1024
"""So much of a body that is refused is still read: an answer in the middle of it is a broken connection to whoever
sends. The front door lets no more than a megabyte through."""

_REASON = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}

Headers = tuple[tuple[str, str], ...]


class Line(asyncio.Protocol):
    """One connection and the request that is under way on it.

    `take` is called with a whole request: `method`, `path` without its query, `headers` by lower-case name, `body` or
    None where it is longer than `most`. It calls `answer` once, then or later.
    """

    method = path = ""
    body: bytes | None = None
    _transport: asyncio.Transport

    def __init__(self, take: Callable[[Line], None], most: int, lines: set[Line]) -> None:
        self._take, self._most, self._lines = take, most, lines
        self._is_owed = False
        self._goes_on = True
        self._head = self._size = 0
        self._is_in_body = False
        self._url = b""
        self.headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's
        self._parser = httptools.HttpRequestParser(self)
        self._lines.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Nobody is there any more; what was read is stored all the same."""
        self._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.abort()
        if not self._is_in_body:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self._transport.abort()

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer the request."""
        if self._transport.is_closing():
            return
        told = "".join([f"{name}: {value}\r\n" for name, value in headers])
        ending = "" if self._goes_on else "connection: close\r\n"
        head = f"{_REASON[status]}{told}{ending}content-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)
        self._is_owed = False
        if not self._goes_on:
            self._transport.close()

    def hang_up(self) -> None:
        """End after the answer that is owed, or now."""
        self._goes_on = False
        if not self._is_owed:
            self._transport.close()

    # What llhttp calls.

    def on_message_begin(self) -> None:
        """A request begins. Nobody may send the next one before the answer."""
        if self._is_owed:
            self._transport.abort()
        self._head = self._size = 0
        self._is_in_body = False
        self._url = b""
        self.headers, self._parts = {}, []

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The body comes."""
        self._is_in_body = True
        if self.headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self._size += len(part)
        if self._size <= self._most:
            self._parts.append(part)
        elif self._size > MOST_DRAINED:
            self._transport.abort()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._transport.is_closing():
            return
        self.method = self._parser.get_method().decode()
        self.path = self._url.partition(b"?")[0].decode("latin-1")
        self.body = b"".join(self._parts) if self._size <= self._most else None
        self._parts = []
        self._goes_on = self._goes_on and self._parser.should_keep_alive()
        self._is_owed = True
        self._take(self)
