"""Who floods or forges is cut off at every door and reported; honest backlogs pass."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from xiangyun.base import clock
from xiangyun.entry.ingest.meter import METER, Meter
from xiangyun.entry.ingest.mqtt import Message, Puller
from xiangyun.entry.tests.test_ingest_door import Request, knock, now
from xiangyun.kernel.access import doors
from xiangyun.kernel.devices.models import Parked, Presence
from xiangyun.kernel.telemetry.models import Record
from xiangyun.kernel.telemetry.rules import flooding
from xiangyun.kernel.telemetry.rules.flooding import Limit


@pytest.fixture(autouse=True)
def _anew():
    METER.forget()
    yield
    METER.forget()


@pytest.fixture
def device(credential, as_ingest):
    return credential


def own(device, body, **more):
    thing, secret = device
    return Request(f"/ingest/{thing.key}", body, headers={"Authorization": f"Bearer {secret}"}, **more)


def users():
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM xy_door.mqtt_users()")
        return [key for (key,) in cursor.fetchall()]


def counts():
    with doors.scoped("15.08"):
        return Record.objects.count(), Parked.objects.count()


def test_a_backlog_of_a_month_at_one_a_second_passes_a_flood_does_not():
    at = [0.0]
    meter = Meter(lambda: at[0])
    for _ in range(2_600):
        at[0] += 0.005
        assert meter.count(1, records=1000) is None
    assert [meter.count(1, records=1000) for _ in range(700)].count(flooding.TOO_MANY_RECORDS) == 1
    assert 0 < meter.cut_for(1) <= 600
    assert meter.cut_for(2) == 0
    at[0] += 601
    assert meter.cut_for(1) == 0
    assert meter.count(1, records=1000) is None


def test_three_thousand_broken_values_an_hour_pass_for_ever():
    at = [0.0]
    meter = Meter(lambda: at[0])
    for _ in range(48):
        at[0] += 3600
        assert meter.count(1, records=3000, broken=3000) is None
    assert meter.count(1, broken=12_001) == flooding.TOO_MUCH_BROKEN


def test_who_floods_is_refused_for_a_while_and_not_among_the_brokers_users(device, monkeypatch):
    monkeypatch.setattr(flooding, "RECORDS", Limit(5, 0))
    thing, _ = device
    assert thing.key in users()
    body = [{"ts": now(i), "air_temp_c": 10} for i in range(6)]
    assert knock(own(device, body))[0][0] == 200
    assert thing.key not in users()
    request = own(device, {"ts": now(9), "air_temp_c": 10})
    assert knock(request)[0][0] == 429
    assert 0 < int(request.answer[1]["retry-after"]) <= 600
    METER.forget()  # as another worker, or this one after a restart
    assert knock(own(device, {"ts": now(9), "air_temp_c": 10}))[0][0] == 429
    assert METER.cut_for(thing.num) > 0
    assert counts() == (6, 0)


def test_what_the_broker_acknowledged_of_a_flooder_is_stored_all_the_same(device, monkeypatch):
    monkeypatch.setattr(flooding, "BODIES", Limit(2, 0))
    thing, _ = device
    at = clock.now()
    batch = [Message(thing.key, b'{"air_temp_c": 1}', at - timedelta(seconds=i), None) for i in range(5)]
    assert Puller().take_in(batch)
    assert Puller().take_in([Message(thing.key, b'{"air_temp_c": 1}', at - timedelta(seconds=9), None)])
    assert counts() == (6, 0)
    assert thing.key not in users()


@pytest.mark.parametrize("body", [b"no json", b'{"air_temp_c": "?"}'])
def test_who_sends_rubbish_is_cut_off_too(device, monkeypatch, body):
    monkeypatch.setattr(flooding, "BROKEN", Limit(2, 0))
    for _ in range(3):
        assert knock(own(device, body))[0][0] in (200, 400)
    assert knock(own(device, body))[0][0] == 429
    with doors.scoped("15.08"):
        assert Presence.objects.get().cut_reason == flooding.TOO_MUCH_BROKEN


def test_a_strange_metric_in_every_record_of_a_backlog_is_no_forgery(device, monkeypatch):
    monkeypatch.setattr(flooding, "BROKEN", Limit(2, 0))
    body = [{"ts": now(i), "air_temp_c": 10, "lux": 5} for i in range(50)]
    assert knock(own(device, body), own(device, body))[1][0] == 200


def test_a_wrong_secret_cuts_nobody_off(device, monkeypatch):
    monkeypatch.setattr(flooding, "BODIES", Limit(1, 0))
    thing, _ = device
    wrong = {"Authorization": "Bearer wrong"}
    assert {knock(Request(f"/ingest/{thing.key}", b"?", headers=wrong))[0][0] for _ in range(4)} == {401}
    assert knock(own(device, {"air_temp_c": 1}))[0][0] == 200


def days_ago(*days):
    return [{"ts": now(86_400 * day), "air_temp_c": 10} for day in days]


def test_one_device_makes_only_so_many_days(device, monkeypatch):
    monkeypatch.setattr(flooding, "NEW_DAYS", Limit(4, 0))
    far = own(device, days_ago(*range(400, 405)))
    assert knock(far)[0][0] == 413
    assert knock(own(device, days_ago(410, 411, 412)))[0][0] == 200
    more = own(device, days_ago(413, 414))
    assert knock(more)[0][0] == 429
    assert more.answer[1]["retry-after"] == "3600"
    assert knock(own(device, days_ago(410.001, 413)))[0][0] == 200
    assert knock(own(device, days_ago(410.002, 411.002, 412.002, 413.002)))[0][0] == 200
    assert counts()[1] == 0


def test_too_many_days_at_once_by_mqtt_are_parked_whole_and_the_rest_is_stored(device, monkeypatch):
    monkeypatch.setattr(flooding, "NEW_DAYS", Limit(2, 0))
    thing, _ = device
    body = b"[" + b",".join(b'{"ts": %d, "air_temp_c": 1}' % one["ts"] for one in days_ago(500, 501, 502)) + b"]"
    at = clock.now()
    assert Puller().take_in(
        [Message(thing.key, body, at, None), Message(thing.key, b'{"air_temp_c": 1}', at - timedelta(seconds=3), None)]
    )
    assert counts() == (1, 1)
    with doors.scoped("15.08"):
        assert Parked.objects.values_list("reason", "value").get() == ("days_far_apart", body.decode())


def test_all_the_days_a_device_may_speak_of_pass_at_once():
    # From two years back to today: a season or a long backlog is replayed whole by the first device of a box.
    meter = Meter(lambda: 0.0)
    assert all(meter.may_open(1, 21) for _ in range(732 // 21))
