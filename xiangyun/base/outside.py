"""The way out: one line to a host that somebody typed in, and what came back.

Only public hosts over TLS, and the few `host:port` the owner of the box named as its own (`XIANGYUN_PRIVATE_HOSTS`),
which may be private and plain. A name is looked up once and the line goes to the address that was judged, so a name
that answers differently the second time leads nowhere. Nothing is redirected, nothing lasts longer than it was given.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, urlsplit

MOST_BYTES = 64 * 1024
"""More than this is read of no answer."""


class Unreached(Exception):
    """Nothing was sent: the host is away, or is none we may speak to. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unanswered(Exception):
    """Something was sent, and no whole answer came: the other side may have done it, or not."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; what it carries is shown in no log."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, at most `MOST_BYTES` of it."""

    status: int
    body: bytes = field(repr=False)


def is_named(host: str, port: int, private: Collection[str]) -> bool:
    """Whether the owner of the box named this host as one of its own."""
    shown = f"[{host}]" if ":" in host else host
    return bool({shown, f"{shown}:{port}"} & {one.lower() for one in private})


def taken_apart(url: str, private: Collection[str]) -> tuple[SplitResult, str, int]:
    """The parts of an address we may call, its host and its port. Raises Unreached."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        raise Unreached("no_address") from None
    if not host or "@" in parts.netloc or parts.scheme not in ("http", "https"):
        raise Unreached("no_address")
    if parts.scheme == "http" and not is_named(host, port, private):
        raise Unreached("not_https")
    return parts, host, port


def is_public(address: str) -> bool:
    """Whether an address belongs to the open network."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def addresses(host: str, port: int, private: Collection[str]) -> list[str]:
    """Every address of a host, all of them ones we may call. Raises Unreached."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise Unreached("no_such_host") from None
    if not is_named(host, port, private) and not all(is_public(one) for one in found):
        raise Unreached("private_host")
    return list(dict.fromkeys(found))


def line_to(host: str, port: int, *, private: Collection[str], patience_s: float) -> socket.socket:
    """An open line to a host we may call. Raises Unreached."""
    until = time.monotonic() + patience_s
    for address in addresses(host, port, private):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), left)
        except OSError:
            continue
    raise Unreached("no_line")


def wrapped(line: socket.socket, host: str) -> ssl.SSLSocket:
    """TLS on a line, the other side's name checked. Raises Unreached."""
    try:
        return ssl.create_default_context().wrap_socket(line, server_hostname=host)
    except OSError:
        line.close()
        raise Unreached("no_tls") from None


class Fuse:
    """Cuts a line when its time is over, however slowly the other side drips."""

    def __init__(self, line: socket.socket, patience_s: float) -> None:
        # A handle of its own: TLS takes the line's away.
        self._line = line.dup()
        self.is_blown = False
        self._timer = threading.Timer(patience_s, self._cut)
        self._timer.daemon = True

    def _cut(self) -> None:
        self.is_blown = True
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._line.close()


def ask(call: Call, *, private: Collection[str] = (), patience_s: float = 15) -> Answer:
    """Send one request and read its answer; a redirection is an answer like any other.

    Raises Unreached before anything was sent, Unanswered after.
    """
    until = time.monotonic() + patience_s
    parts, host, port = taken_apart(call.url, private)
    line = line_to(host, port, private=private, patience_s=patience_s)
    with Fuse(line, max(0.1, until - time.monotonic())) as fuse:
        if parts.scheme == "https":
            line = wrapped(line, host)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        link = kind(host, port)
        link.sock = line
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            _put(link, call, path)
            answer = link.getresponse()
            found = Answer(answer.status, answer.read(MOST_BYTES))
        except (OSError, ValueError, http.client.HTTPException):
            raise Unanswered("no_answer") from None
        finally:
            link.close()
        if fuse.is_blown:
            # http.client takes the end of a line for the end of an answer.
            raise Unanswered("no_answer")
        return found


def _put(link: http.client.HTTPConnection, call: Call, path: str) -> None:
    """The request on the line. Raises Unreached for one that http.client refuses before it sends anything."""
    try:
        link.putrequest(call.method, path, skip_accept_encoding=True)
        for name, value in call.headers.items():
            link.putheader(name, value)
        if call.body is not None:
            link.putheader("Content-Length", str(len(call.body)))
    except (ValueError, http.client.HTTPException):
        raise Unreached("unfit_request") from None
    link.endheaders(call.body)
