"""The live door: `GET /api/live`, server-sent events of what changed, only what the viewer may see.

One process, one connection that LISTENs. It hears `xy_live` after each commit, keeps five minutes, and sends ids;
clients refetch. When PostgreSQL restarts, something may have been missed: a new epoch begins, all get `reset`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.cookies import CookieError, SimpleCookie
from typing import Any

import django
import psycopg
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
if not apps.ready:
    django.setup(set_prefix=False)

from django.db import DatabaseError, InterfaceError, connection

from xiangyun.base import clock, live, words
from xiangyun.entry.settings import CONFIG
from xiangyun.entry.stream import Calmer, Sent, Sight, Tape, frame
from xiangyun.kernel.access import csrf
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts

log = logging.getLogger("xiangyun.live")

SESSIONS = "xy_sessions"
# A revoked session is refused within five seconds, even where no notify came.
RECHECK_S = 4.0
PING_S = 15.0
TICK_S = 0.05
RETRY_S = 0.2
# A viewer this far behind is told to start again rather than fed old news.
MOST_WAITING = 2_000

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Viewer:
    """One open stream: who looks, and what waits to be sent."""

    def __init__(self, credential: tuple[str, str], actor: Actor) -> None:
        self.credential = credential
        self.become(actor)
        self.frames: list[bytes] = []
        self.wake = asyncio.Event()
        self.is_over = False

    def become(self, actor: Actor) -> None:
        """Take on what the actor may see now: posts begin and end while somebody looks."""
        self.actor = actor
        self.sight = Sight(actor)

    def offer(self, sent: Sent, tape: Tape) -> None:
        """Queue an event if it is for this viewer."""
        if not self.sight.sees(sent):
            return
        if len(self.frames) >= MOST_WAITING:
            self.frames = [frame("reset", {}, tape.here)]
        else:
            self.frames.append(sent.frame)
        self.wake.set()

    def say(self, raw: bytes) -> None:
        """Queue bytes for this viewer whatever they may see."""
        self.frames.append(raw)
        self.wake.set()

    def end(self) -> None:
        """Close the stream."""
        self.is_over = True
        self.wake.set()


class Hub:
    """Everything that is heard, and everybody who listens."""

    def __init__(self) -> None:
        self.tape = Tape(epoch=_new_epoch())
        self.calmer = Calmer()
        self.viewers: set[Viewer] = set()
        self.is_hearing = False
        self.tasks: list[asyncio.Task[None]] = []
        # One thread, so one database connection, for looking up who somebody is.
        self.door = ThreadPoolExecutor(max_workers=1, thread_name_prefix="who")

    def start(self) -> None:
        """Begin to hear; safe to call again."""
        if not self.tasks:
            self.tasks = [asyncio.create_task(work()) for work in (self._hear, self._tick, self._recheck)]

    async def stop(self) -> None:
        """Close every stream and stop hearing."""
        for viewer in self.viewers:
            viewer.end()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks = []
        await asyncio.get_running_loop().run_in_executor(self.door, _leave)

    async def who(self, credential: tuple[str, str]) -> Actor | None:
        """The actor behind a session cookie or a key; None for nobody."""
        return await asyncio.get_running_loop().run_in_executor(self.door, _who, credential)

    def _publish(self, event: live.LiveEvent) -> None:
        sent = self.tape.add(event, time.monotonic())
        for viewer in self.viewers:
            viewer.offer(sent, self.tape)

    async def _hear(self) -> None:
        """Listen for ever; after each loss of the connection everything begins anew."""
        is_first = True
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_dsn(), autocommit=True) as heard:
                    await heard.execute(f"LISTEN {live.CHANNEL}")
                    await heard.execute(f"LISTEN {SESSIONS}")
                    if self.viewers or not is_first:
                        self._begin_anew()
                    is_first, self.is_hearing = False, True
                    async for notify in heard.notifies():
                        self._heard(notify.channel, notify.payload)
            except psycopg.Error as fault:
                log.warning("PostgreSQL is away: %s", fault)
            self.is_hearing = False
            await asyncio.sleep(RETRY_S)

    def _begin_anew(self) -> None:
        self.tape, self.calmer = Tape(epoch=_new_epoch()), Calmer()
        for viewer in self.viewers:
            viewer.say(frame("reset", {}, self.tape.here))

    def _heard(self, channel: str, payload: str) -> None:
        if channel == SESSIONS:
            self._look_again(payload)
            return
        try:
            events = json.loads(payload)
            at = time.monotonic()
            for event in events:
                if self.calmer.pass_on(event, at):
                    self._publish(event)
        except (ValueError, KeyError, TypeError):
            log.exception("a notify that cannot be read")

    def _look_again(self, account_id: str) -> None:
        """Somebody's sessions or posts changed: see at once whether their streams may go on."""
        theirs = [viewer for viewer in self.viewers if str(viewer.actor.account_id) == account_id]
        if theirs:
            task = asyncio.create_task(self._check(theirs))
            task.add_done_callback(lambda done: done.exception())

    async def _tick(self) -> None:
        """Send what had to wait a moment."""
        while True:
            await asyncio.sleep(TICK_S)
            if self.calmer.waiting:
                for event in self.calmer.due(time.monotonic()):
                    self._publish(event)

    async def _recheck(self) -> None:
        """Every few seconds: is each viewer still somebody, and who are they now?"""
        while True:
            await asyncio.sleep(RECHECK_S)
            await self._check(list(self.viewers))

    async def _check(self, viewers: list[Viewer]) -> None:
        by_credential: dict[tuple[str, str], list[Viewer]] = {}
        for viewer in viewers:
            by_credential.setdefault(viewer.credential, []).append(viewer)
        for credential, theirs in by_credential.items():
            try:
                actor = await self.who(credential)
            except (DatabaseError, InterfaceError):
                return  # nothing is heard either while PostgreSQL is away; the next round asks again
            for viewer in theirs:
                if actor is None:
                    viewer.end()
                elif actor != viewer.actor:
                    viewer.become(actor)

    def join(self, viewer: Viewer, last_event_id: str) -> None:
        """Let somebody listen, from where they left off if that is known."""
        viewer.say(b"retry: 1000\n\n" if last_event_id else f"retry: 1000\nid: {self.tape.here}\n\n".encode())
        if last_event_id:
            missed = self.tape.since(last_event_id)
            if missed is None:
                viewer.say(frame("reset", {}, self.tape.here))
            else:
                for sent in missed:
                    viewer.offer(sent, self.tape)
        self.viewers.add(viewer)


def _new_epoch() -> str:
    return secrets.token_hex(4)


def _dsn() -> dict[str, Any]:
    return {**CONFIG.dsn("xy_app"), "application_name": "live", "connect_timeout": 3}


def _leave() -> None:
    """In the door's own thread: give its connection back."""
    connection.close()


def _who(credential: tuple[str, str]) -> Actor | None:
    """In the door's own thread: one more try on a connection that a restart of PostgreSQL left behind."""
    try:
        return _looked_up(*credential)
    except (DatabaseError, InterfaceError):
        connection.close()
        return _looked_up(*credential)


def _looked_up(kind: str, secret: str) -> Actor | None:
    """An open stream alone does not keep a session from ending."""
    if kind == "key":
        return accounts.actor_of_key(secret, clock.now())
    return accounts.actor_of_session(secret, clock.now(), notes=False)


def credential_of(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """What somebody shows: a key, or a session cookie."""
    bearer = headers.get("authorization", "")
    if bearer.startswith("Bearer "):
        return "key", bearer.removeprefix("Bearer ").strip()
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(csrf.SESSION_COOKIE)
    except CookieError:
        return None
    return ("session", morsel.value) if morsel and morsel.value else None


async def _refuse(send: Send, status: int, code: str, lang: str) -> None:
    """A refusal, as everywhere else in the house."""
    detail = words.say(code, lang)
    body = {"type": f"urn:xiangyun:{code}", "title": code, "status": status, "detail": detail}
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body, ensure_ascii=False).encode()})


async def _left(receive: Receive) -> None:
    """Return when the other side has gone; the (empty) request body comes first."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stream(viewer: Viewer, receive: Receive, send: Send) -> None:
    """Send what waits until the viewer leaves or may no longer look."""
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    # Granian closes the stream when a pending receive() is cancelled, so one is kept for the whole stream.
    gone = asyncio.ensure_future(_left(receive))
    while not gone.done():
        waking = asyncio.ensure_future(viewer.wake.wait())
        await asyncio.wait({gone, waking}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()
        viewer.wake.clear()
        frames, viewer.frames = viewer.frames, []
        if viewer.is_over:
            await send({"type": "http.response.body", "body": b"".join(frames), "more_body": False})
            return
        await send({"type": "http.response.body", "body": b"".join(frames) or b": ping\n\n", "more_body": True})


class Live:
    """The ASGI application."""

    def __init__(self) -> None:
        self.hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        lang = words.choose(headers.get("accept-language"))
        if scope["path"] != "/api/live":
            await _refuse(send, 404, "base.not_found", lang)
        elif scope["method"] != "GET":
            await _refuse(send, 405, "base.method_not_allowed", lang)
        else:
            await self._live(headers, lang, receive, send)

    async def _live(self, headers: Mapping[str, str], lang: str, receive: Receive, send: Send) -> None:
        self.hub.start()
        credential = credential_of(headers)
        try:
            actor = await self.hub.who(credential) if credential else None
        except (DatabaseError, InterfaceError):
            await _refuse(send, 503, "entry.database_away", lang)
            return
        if credential is None or actor is None:
            await _refuse(send, 401, "base.not_signed_in", lang)
            return
        viewer = Viewer(credential, actor)
        self.hub.join(viewer, headers.get("last-event-id", ""))
        try:
            await _stream(viewer, receive, send)
        finally:
            self.hub.viewers.discard(viewer)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.hub.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.hub.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Live()
