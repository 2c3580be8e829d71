"""The live door with a real PostgreSQL behind it; only the socket is left out."""

import asyncio
import json
from contextlib import asynccontextmanager

import psycopg
import pytest

from xiangyun.base import clock, live
from xiangyun.entry.live import Live, credential_of
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import csrf, doors
from xiangyun.kernel.accounts.models import Session
from xiangyun.kernel.workflow.tests.factories import OTHER_TOWN, TOWN, VILLAGE, a_browser_of, a_person

CITY = "15.08"
WORK = {"k": "work", "a": VILLAGE, "id": "w1", "n": "workflow.see_work"}


class Browser:
    """Somebody who looks: what they sent and what they got."""

    def __init__(self, app, token="", **headers):
        self.app, self.status, self.raw, self.over = app, 0, b"", asyncio.Event()
        self._gone, self._asked = asyncio.Event(), False
        self._headers = [(b"cookie", f"{csrf.SESSION_COOKIE}={token}".encode())] if token else []
        self._headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def __aenter__(self):
        scope = {"type": "http", "path": "/api/live", "method": "GET", "headers": self._headers}
        self._task = asyncio.create_task(self.app(scope, self._receive, self._send))
        await self.until(lambda: self.status)
        return self

    async def __aexit__(self, *_):
        self._gone.set()
        await asyncio.wait_for(self._task, 3)

    async def _receive(self):
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])
        else:
            self.raw += message["body"]
            if not message.get("more_body"):
                self.over.set()

    async def until(self, true, patience_s=5.0):
        async with asyncio.timeout(patience_s):
            while not true():  # noqa: ASYNC110 -- what is waited for has no event of its own
                await asyncio.sleep(0.01)

    @property
    def events(self):
        """(kind, data, id) of everything that came."""
        found = []
        for block in self.raw.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
            if "event" in lines:
                found.append((lines["event"], json.loads(lines["data"]), lines["id"]))
        return found

    @property
    def last_id(self):
        return [line[4:] for line in self.raw.decode().split("\n") if line.startswith("id: ")][-1]


@asynccontextmanager
async def running():
    app = Live()
    app.hub.start()
    async with asyncio.timeout(5):
        while not app.hub.is_hearing:  # noqa: ASYNC110 -- the door has no event for it
            await asyncio.sleep(0.01)
    try:
        yield app
    finally:
        await app.hub.stop()


async def say(*events, channel=live.CHANNEL):
    async with await psycopg.AsyncConnection.connect(**CONFIG.dsn("xy_app"), autocommit=True) as saying:
        payload = events[0] if channel != live.CHANNEL else json.dumps(events)
        await saying.execute("SELECT pg_notify(%s, %s)", (channel, payload))


@pytest.fixture
def people(transactional_db):
    """Tokens of signed-in people, committed."""

    def token(role="duty_officer", area=TOWN):
        with doors.scoped(CITY):
            return a_browser_of(a_person(role, area)).cookies[csrf.SESSION_COOKIE].value

    return token


def test_nobody_is_refused_and_told_so(transactional_db):
    async def look():
        async with (
            running() as app,
            Browser(app) as nobody,
            Browser(app, "made-up", accept_language="en") as guest,
        ):
            return nobody, guest

    nobody, guest = asyncio.run(look())
    assert (nobody.status, guest.status) == (401, 401)
    assert nobody.headers[b"content-type"] == b"application/problem+json"
    assert json.loads(nobody.raw)["detail"] != json.loads(guest.raw)["detail"]


def test_each_hears_what_they_may_see(people):
    officer, stranger, villager = people(), people("duty_officer", OTHER_TOWN), people("villager", VILLAGE)

    async def look():
        async with (
            running() as app,
            Browser(app, officer) as one,
            Browser(app, stranger) as two,
            Browser(app, villager) as three,
        ):
            await say(WORK, {"k": "record", "a": VILLAGE, "d": "d1", "ts": "t"})
            await one.until(lambda: len(one.events) == 2)
            await say({**WORK, "a": OTHER_TOWN, "id": "w2"})
            await two.until(lambda: two.events)
            return one.events, two.events, three.events

    one, two, three = asyncio.run(look())
    assert [(kind, data) for kind, data, _ in one] == [
        ("work", {"id": "w1"}),
        ("record", {"device": "d1", "ts": "t"}),
    ]
    assert [data for _, data, _ in two] == [{"id": "w2"}]
    assert three == []


def test_a_lost_stream_goes_on_where_it_ended_and_an_unknown_id_is_reset(people):
    officer = people()

    async def look():
        async with running() as app:
            async with Browser(app, officer) as first:
                await say(WORK)
                await first.until(lambda: first.events)
            await say({**WORK, "id": "w2"})
            async with Browser(app, officer, last_event_id=first.last_id) as again:
                await again.until(lambda: again.events)
            async with Browser(app, officer, last_event_id="nonsense-7") as lost:
                await lost.until(lambda: lost.events)
            return again.events, lost.events

    again, lost = asyncio.run(look())
    assert [(kind, data) for kind, data, _ in again] == [("work", {"id": "w2"})]
    assert [(kind, data) for kind, data, _ in lost] == [("reset", {})]


def test_a_first_stream_knows_where_it_stands_before_anything_happened(people):
    officer = people()

    async def look():
        async with running() as app:
            async with Browser(app, officer) as first:
                await first.until(lambda: b"id: " in first.raw)
            await say(WORK)
            async with Browser(app, officer, last_event_id=first.last_id) as again:
                await again.until(lambda: again.events)
                return again.events

    assert [data for _, data, _ in asyncio.run(look())] == [{"id": "w1"}]


def test_a_revoked_session_ends_its_stream_at_once(people):
    officer = people()

    async def revoke(app):
        def end():
            with doors.scoped(CITY):
                Session.objects.update(revoked_at=clock.now())

        await asyncio.get_running_loop().run_in_executor(app.hub.door, end)

    async def look():
        async with running() as app, Browser(app, officer) as one:
            account = str(next(iter(app.hub.viewers)).actor.account_id)
            await revoke(app)
            await say(account, channel="xy_sessions")
            await asyncio.wait_for(one.over.wait(), 2)
            async with Browser(app, officer) as again:
                return again.status

    assert asyncio.run(look()) == 401


def test_a_lost_database_means_a_new_epoch_and_a_reset(people):
    officer = people()

    async def cut():
        async with await psycopg.AsyncConnection.connect(**CONFIG.dsn("xy_app"), autocommit=True) as cutting:
            await cutting.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'xy_app' AND pid <> pg_backend_pid()"
            )

    async def look():
        async with running() as app, Browser(app, officer) as one:
            before = app.hub.tape.epoch
            await cut()
            await one.until(lambda: one.events)
            await say(WORK)
            await one.until(lambda: len(one.events) == 2)
            async with Browser(app, officer) as another:
                return before, app.hub.tape.epoch, one.events, another.status

    before, after, events, status = asyncio.run(look())
    assert before != after
    assert [kind for kind, _, _ in events] == ["reset", "work"]
    assert status == 200
    from django.db import connection

    connection.close()


def test_what_is_not_the_stream_is_not_there(transactional_db):
    async def ask(path, method):
        sent = []

        async def send(message):
            sent.append(message)

        await Live()({"type": "http", "path": path, "method": method, "headers": []}, None, send)
        return sent[0]["status"]

    assert asyncio.run(ask("/api/other", "GET")) == 404
    assert asyncio.run(ask("/api/live", "POST")) == 405


def test_a_broken_cookie_is_nobody():
    assert credential_of({"cookie": "xy_session"}) is None
    assert credential_of({"cookie": "a=b"}) is None
    assert credential_of({"authorization": "Bearer k"}) == ("key", "k")
    assert credential_of({"cookie": "a=b; xy_session=t"}) == ("session", "t")
