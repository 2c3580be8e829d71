"""The HTTP door, as the ingest role, with everything behind it real: answers, refusals, groups, poison, outages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path

import httpx
import pytest
import uvloop
from django.conf import settings
from django.db import connection

from xiangyun.base import clock
from xiangyun.entry.ingest import door, store
from xiangyun.kernel.access import doors
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.devices.models import Parked, RawLine
from xiangyun.kernel.devices.tests.factories import HOUSE, OTHER_TOWN, a_device_and_secret
from xiangyun.kernel.telemetry import actions, wire
from xiangyun.kernel.telemetry.models import Record


class Request:
    """One request, and the answer it was given."""

    def __init__(self, path, body=b"", *, method="POST", headers=None, chunked=False):
        self.path, self.method = path, method
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self.is_chunked, self.answer = chunked, None

    async def send(self, client):
        content = _chunks(self.body) if self.is_chunked else self.body
        answer = await client.request(self.method, self.path, headers=self.headers, content=content)
        self.answer = (answer.status_code, dict(answer.headers), answer.json())


async def _chunks(body):
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


@contextlib.asynccontextmanager
async def opened():
    """A door on a socket of its own, and somebody who may knock."""
    with tempfile.TemporaryDirectory(prefix="xd-", dir="/tmp") as folder:
        socket = Path(folder) / "s"
        limits = httpx.Limits(max_connections=100)
        transport = httpx.AsyncHTTPTransport(uds=str(socket), limits=limits)
        async with door.serving(socket), httpx.AsyncClient(transport=transport, base_url="http://box") as client:
            yield client


def knock(*requests):
    """Send requests at once to one door; their statuses and bodies, in order."""

    async def scenario():
        async with opened() as client:
            await asyncio.gather(*(request.send(client) for request in requests))

    uvloop.run(scenario())
    return [(request.answer[0], request.answer[2]) for request in requests]


@pytest.fixture
def station(credential, as_ingest):
    """A committed device and its secret; the doors' connections belong to the ingest role."""
    return credential


def own(station, body, **more):
    device, secret = station
    headers = {"Authorization": f"Bearer {secret}", **more.pop("headers", {})}
    return Request(f"/ingest/{device.key}", body, headers=headers, **more)


def now(minus_s=0):
    return wire.micros(clock.now()) // 1000 - minus_s * 1000


def records():
    with doors.scoped("15.08"):
        return Record.objects.count()


def test_a_record_is_stored_before_it_is_answered(station):
    body = {"ts": now(), "values": {"air_temp_c": 21.5}}
    assert knock(own(station, body)) == [(200, {"stored": 1, "duplicate": 0, "rejected": []})]
    assert records() == 1
    assert knock(own(station, body)) == [(200, {"stored": 0, "duplicate": 1, "rejected": []})]


def test_the_thingsboard_door_takes_the_same(station):
    _, secret = station
    body = [{"ts": now(), "values": {"air_temp_c": 21.5}}]
    assert knock(Request(f"/api/v1/{secret}/telemetry", body))[0] == (
        200,
        {"stored": 1, "duplicate": 0, "rejected": []},
    )
    assert knock(own(station, body))[0][1]["duplicate"] == 1


def test_all_that_wait_are_one_transaction(station, monkeypatch):
    groups = []
    together = actions.take_in
    monkeypatch.setattr(
        actions, "take_in", lambda deliveries, **k: (groups.append(len(deliveries)), together(deliveries, **k))[1]
    )
    answers = knock(*(own(station, {"ts": now(i), "air_temp_c": 10}) for i in range(40)))
    assert {status for status, _ in answers} == {200}
    assert (sum(groups), len(groups) < 10) == (40, True)
    assert records() == 40


@pytest.mark.parametrize("body", [b"", b"hello", b'{"air_temp_c": NaN}', b"[1", b"5"])
def test_what_cannot_be_read_is_refused_whole(station, body):
    ((status, told),) = knock(own(station, body))
    assert (status, told["status"]) == (400, 400)
    assert told["detail"].endswith("。")
    assert records() == 0


def test_too_many_records_or_bytes(station):
    many = [{"ts": now(i), "air_temp_c": 1} for i in range(1001)]
    large = b'{"air_temp_c": 1' + b" " * wire.MOST_BYTES + b"}"
    answers = knock(own(station, many), own(station, large), own(station, large, chunked=True))
    assert [status for status, _ in answers] == [413, 413, 413]
    assert records() == 0


def test_chunked_bodies_are_read(station):
    assert knock(own(station, {"air_temp_c": 1}, chunked=True))[0][0] == 200


@pytest.fixture
def other(transactional_db):
    """A device of the next town; asked for before `station`, while the connection is still the application's."""
    with doors.scoped("15.08"):
        return a_device_and_secret(area=OTHER_TOWN)[0]


def test_wrong_credentials_doors_and_methods(other, station):
    device, secret = station
    bearer = {"Authorization": f"Bearer {secret}"}
    answers = knock(
        Request(f"/ingest/{device.key}", {}),
        Request(f"/ingest/{device.key}", {}, headers={"Authorization": "Bearer wrong"}),
        Request(f"/ingest/{device.key}", {}, headers={"Authorization": f"Basic {secret}"}),
        Request("/ingest/nobody", {}, headers=bearer),
        Request(f"/ingest/{other.key}", {}, headers=bearer),
        Request("/api/v1/wrong/telemetry", {}),
        Request(f"/api/v1/{secret}/attributes", {}),
        Request("/ingest/", {}, headers=bearer),
        own(station, b"", method="GET"),
    )
    assert [status for status, _ in answers] == [401, 401, 401, 401, 401, 401, 404, 404, 405]
    assert records() == 0


def test_refusals_speak_the_senders_language(station):
    request = own(station, b"?", headers={"Accept-Language": "en"})
    knock(request)
    status, headers, told = request.answer
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert told["detail"].startswith("The body is not readable JSON")


def test_a_revoked_device_is_refused_though_it_was_let_in_before(station):
    device, _ = station

    requests = [own(station, {"ts": now(i), "air_temp_c": 1}) for i in range(3)]

    async def scenario():
        async with opened() as client:
            await requests[0].send(client)
            await asyncio.get_running_loop().run_in_executor(None, revoke, device)
            for request in requests[1:]:
                await request.send(client)

    uvloop.run(scenario())
    assert [request.answer[0] for request in requests] == [200, 401, 401]


def revoke(device):
    mine = dict(connection.settings_dict)
    dsn = settings.CONFIG.dsn("xy_app")
    connection.settings_dict.update(USER=dsn["user"], PASSWORD=dsn["password"])
    try:
        with doors.scoped("15.08"):
            devices.revoke_device(device_id=device.pk, by=HOUSE, at=clock.now())
    finally:
        connection.close()
        connection.settings_dict.update(mine)


def test_a_retry_without_ts_needs_its_key(station):
    keyed = {"headers": {"Idempotency-Key": "abc-1"}}
    first = knock(own(station, {"air_temp_c": 1}, **keyed))
    again = knock(own(station, {"air_temp_c": 1}, headers={"Idempotency-Key": "abc-1"}))
    assert first == again == [(200, {"stored": 1, "duplicate": 0, "rejected": []})]
    other = knock(own(station, {"air_temp_c": 2}, headers={"Idempotency-Key": "abc-1"}))
    assert other[0][0] == 409
    assert knock(own(station, {"air_temp_c": 2}, headers={"Idempotency-Key": "ä" * 3}))[0][0] == 422
    assert records() == 1


def test_a_keyed_request_twice_at_once_gets_one_answer_twice(station):
    twice = knock(*(own(station, {"air_temp_c": 1}, headers={"Idempotency-Key": "k"}) for _ in range(4)))
    assert twice == [(200, {"stored": 1, "duplicate": 0, "rejected": []})] * 4
    assert records() == 1


def test_one_body_that_breaks_something_spoils_no_other(station, monkeypatch):
    judge = alerts.judge

    def picky(batch, asked):
        if (batch.values["air_temp_c"] == 13).any():
            raise ZeroDivisionError
        judge(batch, asked)

    monkeypatch.setattr(alerts, "judge", picky)
    answers = knock(*(own(station, {"ts": now(i), "air_temp_c": 10 + i}) for i in range(6)))
    assert sorted(status for status, _ in answers) == [200] * 5 + [500]
    assert records() == 5


def test_the_bad_part_is_parked_and_a_line_is_kept(station):
    body = [{"ts": now(), "air_temp_c": "?"}, {"ts": 1, "air_temp_c": 2}, {"ts": now(1), "air_temp_c": 3}]
    ((status, told),) = knock(own(station, body))
    assert (status, told["stored"], [bad["reason"] for bad in told["rejected"]]) == (
        200,
        1,
        ["not_a_number", "ts_too_old"],
    )
    with doors.scoped("15.08"):
        assert Parked.objects.count() == 2
        assert RawLine.objects.get().rejected == 2


def test_a_database_that_is_away_is_waited_for_then_said(station, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE_S", 0.3)
    request = own(station, {"ts": now(), "air_temp_c": 1})
    assert knock(own(station, {"ts": now(5), "air_temp_c": 1}))[0][0] == 200
    mine = dict(connection.settings_dict)
    connection.settings_dict.update(HOST="/nowhere")
    try:
        assert knock(request)[0][0] == 503
    finally:
        connection.settings_dict.update(mine)
    assert request.answer[1]["retry-after"] == "5"
    assert knock(own(station, {"ts": now(), "air_temp_c": 1}))[0][0] == 200
