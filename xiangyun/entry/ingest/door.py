"""The HTTP door: `POST /ingest/<key>` and `POST /api/v1/<secret>/telemetry`, answered after the commit."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import math
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from django.db import connection

from xiangyun.base import clock, disk, words
from xiangyun.base.errors import BadInput, NoRoom, NotFound, NotSignedIn, Refusal, TooLarge, TooMany, Unreadable
from xiangyun.entry.ingest import store
from xiangyun.entry.ingest.beat import Beat
from xiangyun.entry.ingest.book import Book, fits
from xiangyun.entry.ingest.lines import Headers, Line
from xiangyun.entry.ingest.meter import METER
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.devices.actions import secret_hash
from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.telemetry import wire
from xiangyun.kernel.telemetry.actions import Delivery
from xiangyun.kernel.telemetry.rules.flooding import NEW_DAYS

log = logging.getLogger("xiangyun.ingest")

LEAVE_WITHIN_S = 2.0

_OWN = re.compile(r"/ingest/([A-Za-z0-9_-]{1,64})/?")
_THINGSBOARD = re.compile(r"/api/v1/([A-Za-z0-9_-]{1,128})/telemetry/?")
_OP_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_JSON = (("content-type", "application/json"), ("cache-control", "no-store"))
_encode = msgspec.json.Encoder().encode


class Away(Refusal):
    """The ledger cannot be written just now; the same again later."""

    status = 503


class WrongMethod(Refusal):
    """Records are posted."""

    status = 405


class Failed(Refusal):
    """A fault of ours; the body was not stored."""

    status = 500


class OpReused(Refusal):
    """An Idempotency-Key came back with another body."""

    status = 409


_REFUSED: dict[str, Callable[[], Refusal]] = {
    "revoked": lambda: NotSignedIn("telemetry.wrong_credential"),
    store.FAR_APART: lambda: TooLarge("telemetry.days_far_apart", most=int(NEW_DAYS.burst)),
    store.MANY_DAYS: lambda: TooMany("telemetry.too_many_days", retry_after_s=3600),
    "op_id_reused": lambda: OpReused("base.op_id_reused"),
    store.AWAY: lambda: Away("telemetry.cannot_store"),
    store.BROKEN: lambda: Failed("telemetry.cannot_store"),
}


def run(socket: Path) -> None:
    """Serve on this unix socket until told to stop."""
    os.umask(0o177)
    uvloop.run(_serve(socket))


async def _serve(socket: Path) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    async with serving(socket):
        await stopping.wait()


@contextlib.asynccontextmanager
async def serving(socket: Path) -> AsyncIterator[None]:
    """An open door. At the end what was read is committed and answered; who is late asks again."""
    door, lines = Door(), set[Line]()
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: Line(door.take, wire.MOST_BYTES, lines), socket, backlog=1024)
    try:
        yield
    finally:
        server.close()
        for line in tuple(lines):
            line.hang_up()
        await loop.run_in_executor(None, door.close)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN_S):
                while lines:  # noqa: ASYNC110 -- a line says nothing when it ends
                    await asyncio.sleep(0.001)


class Door:
    """An event loop that reads and decodes, one thread that looks devices up, one that commits."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._book, self._raw = Book(), store.RawKeeper()
        self._lookups = ThreadPoolExecutor(1, "ingest-lookup")
        self._group = store.Group(lambda answers: loop.call_soon_threadsafe(_tell_all, answers))
        self._beat = Beat("ingest_http", self._group.is_alive)
        self._looking: set[asyncio.Task[None]] = set()
        self._group.start()
        self._beat.start()

    def close(self) -> None:
        """Commit what was read."""
        self._beat.stop()
        self._group.stop()
        self._lookups.submit(_close)
        self._lookups.shutdown()
        self._group.join(LEAVE_WITHIN_S)
        self._beat.join(LEAVE_WITHIN_S)

    def take(self, line: Line) -> None:
        """Answer one request, at once or after the commit."""
        with _Refusing(line):
            key, secret = _named(line)
            device = self._book.remembered(key)
            if device is not None or self._book.is_stranger(key):
                self._receive(line, device, secret)
                return
            looking = asyncio.create_task(self._look_up(line, key, secret))
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)

    async def _look_up(self, line: Line, key: str | bytes, secret: str | None) -> None:
        """The same for a device that was not met before."""
        ask: Callable[[Any], Known | None] = self._book.by_hash if isinstance(key, bytes) else self._book.by_key
        loop = asyncio.get_running_loop()
        with _Refusing(line):
            try:
                device = await loop.run_in_executor(self._lookups, store.with_database, ask, key)
            except store.DatabaseAway:
                raise Away("telemetry.cannot_store") from None
            self._receive(line, device, secret)

    def _receive(self, line: Line, device: Known | None, secret: str | None) -> None:
        """Read a body of whoever proves to be a device and have it stored. Refuses: Refusal of many kinds."""
        if device is None or device.is_revoked or (secret is not None and not fits(device, secret)):
            raise NotSignedIn("telemetry.wrong_credential")
        _refuse_while_cut(device)
        if disk.is_short(CONFIG.home):
            raise NoRoom("base.disk_full")
        op_key = line.headers.get(b"idempotency-key", b"").decode("latin-1") or None
        if op_key is not None and not _OP_KEY.fullmatch(op_key):
            raise BadInput("telemetry.bad_op_key", errors=[{"loc": ["header", "Idempotency-Key"], "msg": "ASCII"}])
        body = line.body
        if body is None:
            self._count_broken(device)
            raise TooLarge("telemetry.too_many_bytes", most=wire.MOST_BYTES // 1024)
        profile = profile_of(device.profile)
        if profile is None:
            log.error("%s has the profile %s, which no file describes", device.key, device.profile)
            raise Failed("base.server_error")
        at = clock.now()
        try:
            sent = wire.read(profile, body, received_at=at, at=at)
        except (Unreadable, TooLarge):
            self._count_broken(device)
            raise
        delivery = Delivery(
            device=device,
            sent=sent,
            door="http",
            line=self._raw.line(device.num, body),
            op_key=op_key,
            body_hash=hashlib.sha256(body).digest() if op_key else b"",
        )
        self._group.put(delivery, partial(self._tell, line, device))

    def _count_broken(self, device: Known) -> None:
        """Count a body nobody can read; nothing of it is kept."""
        reason = METER.count(device.num, broken=1)
        if reason is not None:
            self._lookups.submit(store.cut_off, device, reason)

    def _tell(self, line: Line, device: Known, told: store.Told) -> None:
        """Answer a request whose body went through the store."""
        if told.answer is not None:
            line.answer(200, _JSON, _encode(told.answer))
            return
        with _Refusing(line):
            if told.refused == "revoked":
                self._book.forget(device)
            if told.cut_until is not None:
                METER.cut(device.num, (told.cut_until - clock.now()).total_seconds())
                _refuse_while_cut(device)
            refusal = _REFUSED[told.refused or store.BROKEN]
            raise refusal()


def _named(line: Line) -> tuple[str | bytes, str | None]:
    """Who it says it is: a key and the secret to prove it, or the hash of a secret that proves itself.

    Refuses: NotFound (no such door), WrongMethod, NotSignedIn (no credential).
    """
    own = _OWN.fullmatch(line.path)
    board = None if own else _THINGSBOARD.fullmatch(line.path)
    if own is None and board is None:
        raise NotFound("telemetry.no_such_door")
    if line.method != "POST":
        raise WrongMethod("telemetry.only_post")
    if board is not None:
        return secret_hash(board[1]), None
    scheme, _, secret = line.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if own is None or scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn("telemetry.wrong_credential")
    return own[1], secret.strip()


def _close() -> None:
    """Close this thread's own connection."""
    connection.close()


def _refuse_while_cut(device: Known) -> None:
    """Refuses: TooMany, while the device is cut off."""
    left = METER.cut_for(device.num)
    if left > 0:
        wait_s = math.ceil(left)
        raise TooMany("telemetry.cut_off", retry_after_s=wait_s, minutes=math.ceil(wait_s / 60))


def _tell_all(answers: list[tuple[Callable[[store.Told], None], store.Told]]) -> None:
    for tell, told in answers:
        tell(told)


class _Refusing:
    """Whatever goes wrong in this block is said to the sender, in the sender's language."""

    __slots__ = ("_line",)

    def __init__(self, line: Line) -> None:
        self._line = line

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> bool:
        if not isinstance(fault, Exception):
            return False
        lang = words.choose(self._line.headers.get(b"accept-language", b"").decode("latin-1"))
        if not isinstance(fault, Refusal):
            # Never the path: it may hold a secret.
            log.error("a request failed", exc_info=fault)
            fault = Failed("base.server_error")
        self._line.answer(*_problem(fault, lang))
        return True


def _problem(refusal: Refusal, lang: str) -> tuple[int, Headers, bytes]:
    """A refusal on the wire (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"urn:xiangyun:{refusal.code}",
        "title": refusal.code,
        "status": refusal.status,
        "detail": words.say(refusal.code, lang, **refusal.params),
    }
    if refusal.errors:
        body["errors"] = refusal.errors
    headers = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
    if refusal.status == 401:
        headers.append(("www-authenticate", 'Bearer realm="xiangyun"'))
    if refusal.status == 503:
        headers.append(("retry-after", "5"))
    if isinstance(refusal, TooMany):
        headers.append(("retry-after", str(refusal.retry_after_s)))
    if refusal.status == 405:
        headers.append(("allow", "POST"))
    return refusal.status, tuple(headers), _encode(body)
