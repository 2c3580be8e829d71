"""Taking in: counts, merges, duplicates, conflicts, late records, grades that late neighbours change."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from psycopg.errors import UniqueViolation

from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.devices import queries as devices_queries
from xiangyun.kernel.devices.models import Parked, Presence, Quarantine, RawLine
from xiangyun.kernel.devices.tests.factories import AT, HOUSE, a_device
from xiangyun.kernel.telemetry import queries
from xiangyun.kernel.telemetry.batch import BAD, OK, SUSPECT
from xiangyun.kernel.telemetry.models import Dirty
from xiangyun.kernel.telemetry.tests.conftest import delivery, send, stamp, stored, take

pytestmark = pytest.mark.usefixtures("days")


def told(stored=0, duplicate=0, *rejected):
    return {"stored": stored, "duplicate": duplicate, "rejected": list(rejected)}


def test_what_is_new_is_stored_and_what_comes_again_changes_nothing():
    device = a_device()
    body = [{"ts": stamp(20 - i), "air_temp_c": 10 + i, "rain_mm": 0} for i in range(3)]
    assert send(device, body) == told(3)
    before = stored(device)
    assert send(device, body) == told(0, 3)
    assert stored(device) == before
    assert before[stamp(20)] == {0: (10.0, OK), 3: (0.0, OK)}


def test_further_metrics_of_a_moment_are_merged():
    device = a_device()
    assert send(device, {"ts": stamp(5), "air_temp_c": 10}) == told(1)
    assert send(device, {"ts": stamp(5), "rel_humidity_pct": 60, "air_temp_c": 10}) == told(1)
    assert stored(device) == {stamp(5): {0: (10.0, OK), 1: (60.0, OK)}}
    assert send(device, {"ts": stamp(5), "rel_humidity_pct": 60}) == told(0, 1)


def test_another_value_for_a_known_reading_is_parked_and_the_first_stays():
    device = a_device()
    send(device, {"ts": stamp(5), "air_temp_c": 10})
    conflict = {"index": 0, "metric": "air_temp_c", "reason": "conflict"}
    assert send(device, {"ts": stamp(5), "air_temp_c": 11}) == told(0, 0, conflict)
    assert send(device, {"ts": stamp(5), "air_temp_c": 11}) == told(0, 0, conflict)
    assert send(device, {"ts": stamp(5), "air_temp_c": 11, "rain_mm": 1}) == told(1, 0, conflict)
    assert stored(device) == {stamp(5): {0: (10.0, OK), 3: (1.0, OK)}}
    assert list(Parked.objects.values_list("reason", "metric", "value")) == [("conflict", "air_temp_c", "11.0")]


def test_one_body_may_tell_a_moment_in_pieces():
    device = a_device()
    pieces = [
        {"ts": stamp(5), "air_temp_c": 10},
        {"ts": stamp(5), "rain_mm": 2},
        {"ts": stamp(5), "air_temp_c": 10},
        {"ts": stamp(5), "air_temp_c": 12},
        {"ts": stamp(4), "air_temp_c": 11},
    ]
    conflict = {"index": 3, "metric": "air_temp_c", "reason": "conflict"}
    assert send(device, pieces) == told(3, 1, conflict)
    assert stored(device) == {stamp(5): {0: (10.0, OK), 3: (2.0, OK)}, stamp(4): {0: (11.0, OK)}}
    assert send(device, pieces) == told(0, 4, conflict)


def test_the_good_part_is_stored_and_the_bad_part_is_shown():
    device = a_device()
    body = [
        {"ts": stamp(5), "air_temp_c": "warm", "rain_mm": 1},
        {"ts": 5, "rain_mm": 1},
        {"ts": stamp(4), "mystery": 7},
    ]
    assert send(device, body) == told(
        1,
        0,
        {"index": 0, "metric": "air_temp_c", "reason": "not_a_number"},
        {"index": 1, "reason": "ts_too_old"},
        {"index": 2, "metric": "mystery", "reason": "unknown_metric"},
    )
    send(device, body)
    assert sorted(Parked.objects.values_list("reason", flat=True)) == ["not_a_number", "ts_too_old"]
    assert list(Quarantine.objects.values_list("metric", "value")) == [("mystery", "7")]
    assert devices_queries.parked_counts([device.pk]) == {device.pk: 2}


def test_a_body_of_nothing_usable_is_heard_all_the_same():
    device = a_device()
    assert send(device, {"air_temp_c": "?"}) == told(
        0, 0, {"index": 0, "metric": "air_temp_c", "reason": "not_a_number"}
    )
    presence = Presence.objects.get(num=device.num)
    assert (presence.last_heard_at, presence.last_ts) == (AT, None)
    assert send(device, {"ts": stamp(), "air_temp_c": 1}) == told(1)


def test_what_is_physically_impossible_is_stored_as_bad():
    device = a_device()
    assert send(device, {"ts": stamp(5), "air_temp_c": 327.67, "radiation_wm2": -4.5}) == told(1)
    assert stored(device) == {stamp(5): {0: (327.67, BAD), 7: (-4.5, SUSPECT)}}


def test_a_late_record_grades_its_neighbours_again():
    device = a_device()
    send(device, {"ts": stamp(20), "air_temp_c": 10})
    send(device, {"ts": stamp(10), "air_temp_c": 19})
    assert stored(device)[stamp(10)] == {0: (19.0, SUSPECT)}
    taken = take(delivery(device, {"ts": stamp(15), "air_temp_c": 15}))
    assert stored(device)[stamp(10)] == {0: (19.0, OK)}
    (batch,) = taken.batches
    assert batch.values["air_temp_c"].tolist() == [15.0, 19.0]
    assert batch.quality["air_temp_c"].tolist() == [OK, OK]
    assert batch.new.tolist() == [True, True]
    assert queries.latest([reloaded(device)])[device.pk]["air_temp_c"].quality == "ok"


def reloaded(device):
    return type(device).objects.select_related("presence").get(pk=device.pk)


def test_the_newest_reading_of_each_metric_is_remembered():
    device = a_device()
    send(device, {"ts": stamp(10), "air_temp_c": 10, "rain_mm": 1})
    send(device, {"ts": stamp(5), "air_temp_c": 11})
    send(device, {"ts": stamp(7), "rain_mm": 2})
    found = queries.latest([reloaded(device)])[device.pk]
    assert {code: reading.value for code, reading in found.items()} == {"air_temp_c": 11.0, "rain_mm": 2.0}
    assert found["air_temp_c"].ts == AT - timedelta(minutes=5)


def test_many_devices_and_profiles_in_one_transaction():
    station, probe = a_device(), a_device(profile="soil_probe", area="15.08.02.101")
    taken = take(
        delivery(probe, [{"ts": stamp(60), "soil_vwc_pct_10": 21}, {"ts": stamp(), "soil_vwc_pct_10": 22}]),
        delivery(station, {"ts": stamp(), "air_temp_c": 3}),
        delivery(station, {"ts": stamp(5), "air_temp_c": 2}),
        delivery(station, {"ts": stamp(5), "air_temp_c": 2}),
    )
    assert [receipt.shown() for receipt in taken.receipts] == [told(2), told(1), told(1), told(0, 1)]
    assert sorted((batch.profile.code, len(batch)) for batch in taken.batches) == [
        ("soil_probe", 2),
        ("weather_station", 2),
    ]
    assert stored(station) == {stamp(5): {0: (2.0, OK)}, stamp(): {0: (3.0, OK)}}


def test_a_repeat_is_judged_again_but_marked_as_nothing_new():
    device = a_device()
    send(device, {"ts": stamp(), "air_temp_c": 3})
    (batch,) = take(delivery(device, {"ts": stamp(), "air_temp_c": 3})).batches
    assert batch.new.tolist() == [False]
    assert batch.quality["air_temp_c"].tolist() == [OK]


def test_a_key_gets_the_first_answer_again_and_another_body_under_it_a_refusal():
    device = a_device()
    first = delivery(device, {"air_temp_c": 3}, op_key="k1", body_hash=b"one")
    assert take(first).receipts[0].shown() == told(1)
    later = AT + timedelta(minutes=1)
    again = take(delivery(device, {"air_temp_c": 3}, at=later, op_key="k1", body_hash=b"one"), at=later)
    assert again.answers == {0: told(1)}
    other = take(delivery(device, {"air_temp_c": 4}, at=later, op_key="k1", body_hash=b"two"), at=later)
    assert other.receipts[0].refused == "op_id_reused"
    assert len(stored(device)) == 1


def test_the_same_key_twice_at_once_is_carried_out_once():
    device = a_device()
    twice = [delivery(device, {"air_temp_c": 3}, op_key="k", body_hash=b"one") for _ in range(2)]
    assert sorted(receipt.refused or "" for receipt in take(*twice).receipts) == ["", "again"]


def test_a_revoked_device_is_refused_in_the_transaction_itself():
    device = a_device()
    stale = delivery(device, {"ts": stamp(), "air_temp_c": 3})
    accepted = delivery(device, {"ts": stamp(1), "air_temp_c": 2}, sent_at=AT - timedelta(seconds=1))
    devices.revoke_device(device_id=device.pk, by=HOUSE, at=AT)
    taken = take(stale, accepted)
    assert [receipt.refused for receipt in taken.receipts] == ["revoked", None]
    assert list(stored(device)) == [stamp(1)]


def test_raw_lines_are_kept_when_asked_for():
    device = a_device()
    send(device, {"ts": stamp(), "air_temp_c": 3, "rain_mm": "x"}, line="{…}")
    assert list(RawLine.objects.values_list("line", "stored", "duplicate", "rejected")) == [("{…}", 1, 0, 0)]


def test_touched_hours_are_dirty():
    device = a_device()
    send(device, [{"ts": stamp(90), "air_temp_c": 3}, {"ts": stamp(), "air_temp_c": 4}])
    assert Dirty.objects.filter(device_num=device.num).count() == 2


def test_a_ledger_that_knows_more_than_the_presence_is_believed():
    device = a_device()
    send(device, {"ts": stamp(), "air_temp_c": 3})
    Presence.objects.filter(num=device.num).update(last_ts=None, memory=None)
    with pytest.raises(UniqueViolation), transaction_point():
        send(device, {"ts": stamp(), "air_temp_c": 3})
    assert send(device, {"ts": stamp(), "air_temp_c": 3}, careful=True) == told(0, 1)


def transaction_point():
    from django.db import transaction

    return transaction.atomic()


def test_the_cost_in_statements_does_not_grow_with_bodies():
    device, other = a_device(), a_device()
    few = [delivery(device, {"ts": stamp(30), "air_temp_c": 1})]
    many = [delivery(d, {"ts": stamp(20 - i), "air_temp_c": 1 + i}) for i in range(10) for d in (device, other)]
    assert statements(few) == statements(many)


def statements(deliveries):
    """How many statements one transaction sends."""
    import psycopg

    sent = []
    original = psycopg.Cursor.execute
    psycopg.Cursor.execute = lambda self, *a, **k: (sent.append(a[0]), original(self, *a, **k))[1]
    try:
        take(*deliveries)
    finally:
        psycopg.Cursor.execute = original
    return len(sent)


def test_numbers_survive_the_binary_way():
    device = a_device()
    values = [-0.0, 1e-300, 21.300000000000001, -39.999999, 44.5]
    send(device, [{"ts": stamp(5 - i), "air_temp_c": v} for i, v in enumerate(values)])
    assert [row[0][0] for row in stored(device).values()] == values
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telemetry_record WHERE v01 = 'NaN'")
        assert cursor.fetchone() == (0,)
    assert np.isnan(np.nan)
