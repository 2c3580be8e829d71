"""The MQTT door behind the broker: stamps, poison, redelivery, what may be acknowledged."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from psycopg import errors

from xiangyun.base import clock
from xiangyun.entry.ingest import mqtt, store
from xiangyun.entry.ingest.mqtt import Message, Puller, _groups, poison
from xiangyun.entry.tests.test_ingest_door import revoke
from xiangyun.kernel.access import doors
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.devices.models import Parked, RawLine
from xiangyun.kernel.devices.tests.factories import known
from xiangyun.kernel.telemetry import ledger, wire
from xiangyun.kernel.telemetry.models import Letter, Record

pytestmark = pytest.mark.usefixtures("as_ingest")


def message(device, body, *, ago_s=1):
    return Message(device.key, body, clock.now() - timedelta(seconds=ago_s), None)


@pytest.fixture
def door():
    return Puller()


def counts():
    with doors.scoped("15.08"):
        return Record.objects.count(), Parked.objects.count()


def test_a_message_without_ts_is_stamped_by_the_broker_so_a_redelivery_does_not_double(station, door):
    one = message(station, b'{"air_temp_c": 1}')
    assert door.take_in([one])
    assert door.take_in([one])
    assert counts() == (1, 0)
    with doors.scoped("15.08"):
        assert Record.objects.get().ts == one.at


def test_poison_is_parked_once_with_its_reason_and_the_rest_is_stored(station, door):
    batch = [
        message(station, b"hello", ago_s=4),
        message(station, b'{"air_temp_c": NaN}', ago_s=3),
        message(station, b"[" + b",".join([b'{"air_temp_c":1}'] * 1001) + b"]", ago_s=2),
        message(station, b'[{"air_temp_c": "?", "rain_mm": 1}]', ago_s=1),
    ]
    assert door.take_in(batch)
    assert door.take_in(batch)
    with doors.scoped("15.08"):
        reasons = sorted(Parked.objects.values_list("reason", flat=True))
        assert reasons == ["not_a_number", "too_large", "unreadable", "unreadable"]
        assert Parked.objects.get(value="hello").reason == "unreadable"
        assert Record.objects.count() == 1
        assert RawLine.objects.count() == 1


def test_what_breaks_the_house_is_parked_and_not_asked_for_again(station, door, monkeypatch):
    def picky(batch):
        raise ZeroDivisionError

    monkeypatch.setattr(alerts, "judge", picky)
    assert door.take_in([message(station, b'{"air_temp_c": 1}')])
    assert counts() == (0, 1)
    with doors.scoped("15.08"):
        assert Parked.objects.values_list("reason", "value").get() == ("broken", '{"air_temp_c": 1}')


def test_nothing_is_acknowledged_while_the_database_is_away(station, door):
    one = message(station, b'{"air_temp_c": 1}')
    assert door.take_in([message(station, b'{"air_temp_c": 2}', ago_s=60)])
    mine = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(HOST="/nowhere")
    try:
        assert not door.take_in([one])
    finally:
        connection.close()
        connection.settings_dict.update(mine)
    assert door.take_in([one])
    assert counts() == (2, 0)


def test_what_was_acknowledged_before_a_revocation_is_kept_though_it_is_read_after(station, door):
    revoke(station)
    assert door.take_in([message(station, b'{"air_temp_c": 1}', ago_s=ago) for ago in (50, 40, -5)])
    assert door.take_in([message(station, b'{"air_temp_c": 1}', ago_s=30)])
    assert counts() == (3, 0)


@pytest.mark.parametrize(
    "fault", [errors.DiskFull, errors.AdminShutdown, errors.LockNotAvailable, errors.DeadlockDetected]
)
def test_what_postgresql_cannot_do_just_now_is_neither_parked_nor_acknowledged(station, door, monkeypatch, fault):
    def fail(*_):
        raise fault("no")

    one = message(station, b'{"air_temp_c": 1}')
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "lock", fail)
        assert not door.take_in([one])
    assert counts() == (0, 0)
    assert door.take_in([one])
    assert counts() == (1, 0)


def test_a_deadlock_is_tried_again_at_once(station, door, monkeypatch):
    lock, met = ledger.lock, []

    def meet_once(*told):
        if not met:
            met.append(told)
            raise errors.DeadlockDetected
        return lock(*told)

    monkeypatch.setattr(ledger, "lock", meet_once)
    assert door.take_in([message(station, b'{"air_temp_c": 1}')])
    assert counts() == (1, 0)
    assert met


def letters():
    return [(one.key, one.reason, bytes(one.body)) for one in Letter.objects.order_by("sent_at")]


def test_a_message_of_nobody_is_kept_as_a_letter(door):
    stray = Message("stranger", b"{}", clock.now(), None)
    assert door.take_in([stray])
    assert door.take_in([stray])
    assert counts() == (0, 0)
    assert letters() == [("stranger", "nobody", b"{}")]


def test_of_a_letter_numbers_of_people_are_hidden_and_the_rest_is_kept_byte_by_byte(door):
    body = b'{"a": "150899195704023113", "b": "\xe6\xb2\x99", "c": 15466771482, "ts": 1764345678901}\xff'
    assert door.take_in([Message("stranger", body, clock.now(), None)])
    kept = body.replace(b"150899195704023113", b"*" * 18).replace(b"15466771482", b"*" * 11)
    assert letters() == [("stranger", "nobody", kept)]


def test_a_device_whose_profile_file_is_gone_is_parked_whole(station, door, monkeypatch):
    monkeypatch.setattr(mqtt, "profile_of", lambda code: None)
    assert door.take_in([message(station, b'{"air_temp_c": 1}')])
    with doors.scoped("15.08"):
        assert Parked.objects.values_list("reason", "value").get() == ("no_profile", '{"air_temp_c": 1}')


def test_what_the_reader_stumbles_over_is_parked_whole(station, door, monkeypatch):
    monkeypatch.setattr(wire, "read", lambda *_, **__: 1 // 0)
    assert door.take_in([message(station, b'{"air_temp_c": 1}')])
    with doors.scoped("15.08"):
        assert Parked.objects.values_list("reason", "value").get() == ("broken", '{"air_temp_c": 1}')


def test_what_cannot_even_be_parked_is_kept_as_a_letter(station, door, monkeypatch):
    monkeypatch.setattr(ledger, "lock", lambda *_: 1 // 0)
    one = message(station, b'{"air_temp_c": 1}')
    assert door.take_in([one])
    assert letters() == [(station.key, "broken", one.body)]
    assert not one.is_held


def test_what_cannot_be_kept_at_all_stays_with_the_broker(station, door, monkeypatch):
    def handed_out(times):
        return mqtt._later(
            Message("d", b"", clock.now(), SimpleNamespace(metadata=SimpleNamespace(num_delivered=times)))
        )

    monkeypatch.setattr(ledger, "lock", lambda *_: 1 // 0)
    monkeypatch.setattr(store, "Letter", lambda **_: 1 // 0)
    one = message(station, b'{"air_temp_c": 1}')
    assert door.take_in([one])
    assert one.is_held
    assert [handed_out(times) for times in (1, 2, 9)] == [
        b'-NAK {"delay": 30000000000}',
        b'-NAK {"delay": 60000000000}',
        b'-NAK {"delay": 3600000000000}',
    ]


def test_transactions_stay_of_a_bearable_size(station):
    with doors.scoped("15.08"):
        one = poison(known(station), "unreadable", message(station, b""))
    one.sent.count = 2_000
    assert [len(group) for group in _groups([(one, None)] * 5)] == [2, 2, 1]
    assert _groups([]) == []
