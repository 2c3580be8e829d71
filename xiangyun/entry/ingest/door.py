"""The HTTP door: `POST /ingest/<key>` and `POST /api/v1/<secret>/telemetry`, answered after the commit."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from xiangyun.base import clock, words
from xiangyun.base.errors import BadInput, NotFound, NotSignedIn, Refusal, TooLarge, TooMany, Unreadable
from xiangyun.entry.ingest import store
from xiangyun.entry.ingest.beat import Beat
from xiangyun.entry.ingest.book import Book, fits
from xiangyun.entry.ingest.meter import METER
from xiangyun.kernel.devices.actions import secret_hash
from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.devices.registry import Profile, profile_of
from xiangyun.kernel.telemetry import wire
from xiangyun.kernel.telemetry.actions import Delivery
from xiangyun.kernel.telemetry.rules.flooding import NEW_DAYS
from xiangyun.kernel.telemetry.wire import Sent

log = logging.getLogger("xiangyun.ingest")

LEAVE_WITHIN_S = 2.0

MOST_DRAINED = 4 * 1024 * 1024
"""So much of a body that is refused is still read; Caddy lets no more than a megabyte through."""

_OWN = re.compile(r"/ingest/([A-Za-z0-9_-]{1,64})/?")
_THINGSBOARD = re.compile(r"/api/v1/([A-Za-z0-9_-]{1,128})/telemetry/?")
_OP_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_JSON = [("content-type", "application/json"), ("cache-control", "no-store")]
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


class Application:
    """One worker's door: an event loop that reads and decodes, one thread that looks devices up, one that commits."""

    _loop: asyncio.AbstractEventLoop

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """A worker starts. All is made here: a thread made before the fork counts as ended after it."""
        sys.setswitchinterval(store.SWITCH_S)
        self._loop = loop
        self._book, self._raw = Book(), store.RawKeeper()
        self._lookups = ThreadPoolExecutor(1, "ingest-lookup")

        def deliver(answers: list[tuple[Callable[[store.Told], None], store.Told]]) -> None:
            loop.call_soon_threadsafe(_tell_all, answers)

        self._group = store.Group(deliver)
        self._beat = Beat("ingest_http", self._group.is_alive)
        self._group.start()
        self._beat.start()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """A worker ends: what was read is committed, its senders will ask again for the answer."""
        self._beat.stop()
        self._group.stop()
        self._lookups.submit(_close)
        self._lookups.shutdown()
        self._group.join(LEAVE_WITHIN_S)
        self._beat.join(LEAVE_WITHIN_S)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        try:
            answer = await self._taken_in(scope, protocol)
        except Refusal as refusal:
            status, headers, body = _problem(refusal, words.choose(scope.headers.get("accept-language")))
            protocol.response_bytes(status, headers, body)
        except Exception:
            # Never the path: it may hold a secret.
            log.exception("a request failed")
            status, headers, body = _problem(Failed("base.server_error"), words.DEFAULT)
            protocol.response_bytes(status, headers, body)
        else:
            protocol.response_bytes(200, _JSON, _encode(answer))

    async def _taken_in(self, scope: Any, protocol: Any) -> dict[str, Any]:
        if scope.proto != "http":
            raise NotFound("telemetry.no_such_door")
        headers = scope.headers
        # Read before anything is refused: an answer in the middle of a body is a broken connection to whoever sends it.
        body = await _body(headers.get("content-length") or "", protocol)
        device = await self._device(scope.method, scope.path, headers.get("authorization") or "")
        _refuse_while_cut(device)
        op_key = headers.get("idempotency-key")
        if op_key is not None and not _OP_KEY.fullmatch(op_key):
            raise BadInput("telemetry.bad_op_key", errors=[{"loc": ["header", "Idempotency-Key"], "msg": "ASCII"}])
        if body is None:
            await self._count_broken(device)
            raise TooLarge("telemetry.too_many_bytes", most=wire.MOST_BYTES // 1024)
        profile = profile_of(device.profile)
        if profile is None:
            log.error("%s has the profile %s, which no file describes", device.key, device.profile)
            raise Failed("base.server_error")
        at = clock.now()
        delivery = Delivery(
            device=device,
            sent=await self._read(device, profile, body, at),
            door="http",
            line=self._raw.line(device.num, body),
            op_key=op_key,
            body_hash=hashlib.sha256(body).digest() if op_key else b"",
        )
        told = await self._stored(delivery)
        if told.answer is None:
            if told.refused == "revoked":
                self._book.forget(device)
            if told.cut_until is not None:
                METER.cut(device.num, (told.cut_until - at).total_seconds())
                _refuse_while_cut(device)
            refusal = _REFUSED[told.refused or store.BROKEN]
            raise refusal()
        return told.answer

    async def _read(self, device: Known, profile: Profile, body: bytes, at: datetime) -> Sent:
        try:
            return wire.read(profile, body, received_at=at, at=at)
        except (Unreadable, TooLarge):
            await self._count_broken(device)
            raise

    async def _count_broken(self, device: Known) -> None:
        """Count a body nobody can read; nothing of it is kept."""
        reason = METER.count(device.num, broken=1)
        if reason is not None:
            await self._loop.run_in_executor(self._lookups, store.cut_off, device, reason)

    async def _stored(self, delivery: Delivery) -> store.Told:
        told: asyncio.Future[store.Told] = self._loop.create_future()
        self._group.put(delivery, lambda one: None if told.done() else told.set_result(one))
        return await told

    async def _device(self, method: str, path: str, authorization: str) -> Known:
        """Who sends. Refuses: NotFound (no such door), WrongMethod, NotSignedIn."""
        own, board = _OWN.fullmatch(path), _THINGSBOARD.fullmatch(path)
        if own is None and board is None:
            raise NotFound("telemetry.no_such_door")
        if method != "POST":
            raise WrongMethod("telemetry.only_post")
        if own is not None:
            scheme, _, secret = authorization.partition(" ")
            if scheme.lower() != "bearer" or not secret.strip():
                raise NotSignedIn("telemetry.wrong_credential")
            device = await self._known(own[1], self._book.by_key)
            if device is not None and not fits(device, secret.strip()):
                device = None
        else:
            device = await self._known(secret_hash(board[1] if board else ""), self._book.by_hash)
        if device is None or device.is_revoked:
            raise NotSignedIn("telemetry.wrong_credential")
        return device

    async def _known(self, key: Any, look_up: Callable[[Any], Known | None]) -> Known | None:
        device = self._book.remembered(key)
        if device is not None or self._book.is_stranger(key):
            return device
        try:
            return await self._loop.run_in_executor(self._lookups, store.with_database, look_up, key)
        except store.DatabaseAway:
            raise Away("telemetry.cannot_store") from None


async def _body(length: str, protocol: Any) -> bytes | None:
    """The whole body; None where it is longer than the limit, of which nothing is kept."""
    if length.isdigit() and int(length) <= wire.MOST_BYTES:
        return bytes(await protocol())
    parts: list[bytes] = []
    size = 0
    async for part in protocol:
        size += len(part)
        if size <= wire.MOST_BYTES:
            parts.append(part)
        elif size > MOST_DRAINED:
            break
    return b"".join(parts) if size <= wire.MOST_BYTES else None


def _refuse_while_cut(device: Known) -> None:
    """Refuses: TooMany, while the device is cut off."""
    left = METER.cut_for(device.num)
    if left > 0:
        wait_s = math.ceil(left)
        raise TooMany("telemetry.cut_off", retry_after_s=wait_s, minutes=math.ceil(wait_s / 60))


def _close() -> None:
    """Close this thread's own connection."""
    connection.close()


def _tell_all(answers: list[tuple[Callable[[store.Told], None], store.Told]]) -> None:
    for tell, told in answers:
        tell(told)


def _problem(refusal: Refusal, lang: str) -> tuple[int, list[tuple[str, str]], bytes]:
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
    return refusal.status, headers, _encode(body)
