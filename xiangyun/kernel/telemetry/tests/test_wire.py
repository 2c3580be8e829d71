"""Bodies: every form the contract promises, and what is said of the rest."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import pytest

from xiangyun.base.errors import TooLarge, Unreadable
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.telemetry import wire

STATION = profile_of("weather_station")
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MS = wire.micros(AT) // 1000


def read(body, **changes):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire.read(STATION, raw, **{"received_at": AT, "at": AT, **changes})


def temps(sent):
    return [None if math.isnan(v) else v for v in (row[0] for row in sent.rows)]


@pytest.mark.parametrize(
    "body",
    [
        {"ts": MS, "values": {"air_temp_c": 1.5}},
        [{"ts": MS, "values": {"air_temp_c": 1.5}}],
        {"ts": MS, "air_temp_c": 1.5},
        [{"ts": MS, "seq": 7, "air_temp_c": 1.5}],
        {"ts": "2026-11-24T16:00:00+08:00", "values": {"air_temp_c": 1.5}},
        {"ts": "2026-11-24T08:00:00Z", "seq": 3, "air_temp_c": 1.5},
        {"ts": float(MS), "air_temp_c": 1.5},
        {"values": {"air_temp_c": 1.5}},
        {"air_temp_c": 1.5},
    ],
)
def test_every_form_of_one_record(body):
    sent = read(body)
    assert (sent.count, list(sent.ts), temps(sent), sent.unusable) == (1, [wire.micros(AT)], [1.5], [])


def test_without_ts_the_place_in_the_list_counts_in_milliseconds():
    sent = read([{"air_temp_c": 1}, {"air_temp_c": 2}, {"values": {"air_temp_c": 3}}])
    assert [ts - wire.micros(AT) for ts in sent.ts] == [0, 1000, 2000]


@pytest.mark.parametrize(
    "body", [b"", b"hello", b'{"air_temp_c": NaN}', b'{"air_temp_c": -Infinity}', b"{", b'{"a":"\xff"}', b"[" * 9000]
)
def test_what_is_not_json_is_refused_whole(body):
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize("body", [5, "x", None, True])
def test_json_that_is_no_record_is_refused_whole(body):
    with pytest.raises(Unreadable):
        read(body)


def test_more_than_a_thousand_records_or_256_kilobytes_are_refused_whole():
    with pytest.raises(TooLarge):
        read([{"air_temp_c": 1}] * 1001)
    with pytest.raises(TooLarge):
        read([{"mystery": 1}] * 1001)
    with pytest.raises(TooLarge):
        read(b'{"air_temp_c": 1' + b" " * wire.MOST_BYTES + b"}")
    assert read([{"ts": MS + i, "air_temp_c": 1} for i in range(1000)]).count == 1000


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"air_temp_c": "12.5"}, [(0, "air_temp_c", "not_a_number")]),
        ({"air_temp_c": True}, [(0, "air_temp_c", "not_a_number")]),
        ({"air_temp_c": None}, [(0, "air_temp_c", "not_a_number")]),
        ({"air_temp_c": [1]}, [(0, "air_temp_c", "not_a_number")]),
        ({"mystery": 1}, [(0, "mystery", "unknown_metric")]),
        ({}, [(0, None, "empty")]),
        ({"values": {}}, [(0, None, "empty")]),
        ({"values": 5}, [(0, None, "values_not_an_object")]),
        (5, [(0, None, "not_an_object")]),
        ({"ts": 0, "air_temp_c": 1}, [(0, None, "ts_too_old")]),
        ({"ts": MS // 1000, "air_temp_c": 1}, [(0, None, "ts_too_old")]),
        ({"ts": MS + 601_000, "air_temp_c": 1}, [(0, None, "ts_in_future")]),
        ({"ts": 12345678901234567890, "air_temp_c": 1}, [(0, None, "ts_in_future")]),
        ({"ts": -12345678901234567890123, "air_temp_c": 1}, [(0, None, "ts_too_old")]),
        ({"ts": "yesterday", "air_temp_c": 1}, [(0, None, "ts_unreadable")]),
        ({"ts": "2026-11-24T08:00:00", "air_temp_c": 1}, [(0, None, "ts_unreadable")]),
        ({"ts": True, "air_temp_c": 1}, [(0, None, "ts_unreadable")]),
    ],
)
def test_the_bad_part_is_named_by_its_place_metric_and_reason(record, said):
    sent = read([record])
    assert [(bad.index, bad.metric, bad.reason) for bad in sent.unusable] == said
    assert (sent.count, len(sent.ts)) == (1, 0)


def test_the_good_part_of_a_body_is_kept():
    sent = read([{"air_temp_c": 1, "rain_mm": "wet"}, {"ts": 1, "air_temp_c": 2}, {"air_temp_c": 3}])
    assert (list(sent.index), temps(sent)) == ([0, 2], [1, 3])
    assert [bad.shown() for bad in sent.unusable] == [
        {"index": 0, "metric": "rain_mm", "reason": "not_a_number"},
        {"index": 1, "reason": "ts_too_old"},
    ]


def test_a_number_too_large_for_any_sensor_is_no_number():
    assert read(b'{"air_temp_c": 1e999, "rain_mm": 1}').unusable[0].reason == "not_a_number"
    assert read(b'{"air_temp_c": 1' + b"0" * 400 + b', "rain_mm": 1}').unusable[0].reason == "not_a_number"


def test_two_years_back_to_ten_minutes_ahead():
    edge = wire.micros(AT.replace(year=2024)) // 1000
    sent = read(
        [{"ts": edge, "air_temp_c": 1}, {"ts": edge - 1, "air_temp_c": 1}, {"ts": MS + 600_000, "air_temp_c": 1}]
    )
    assert (list(sent.index), sent.unusable[0].reason) == ([0, 2], "ts_too_old")
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert wire.window(leap)[0] == wire.micros(datetime(2026, 2, 28, tzinfo=UTC))


def test_what_a_database_cannot_hold_is_replaced():
    sent = read(b'{"bad\\u0000name": "\\ud800", "air_temp_c": 1}')
    assert sent.unusable[0].metric == "bad\ufffdname"
    assert "\0" not in wire.shown_line(b"a\0b\xff")


def test_numbers_of_people_are_hidden_in_whatever_is_kept_to_be_shown():
    id_no, phone = "150899195704023113", "15466771482"
    sent = read({"rain_mm": f"我是{id_no}", f"m{phone}": int(phone), "air_temp_c": 1})
    assert [(one.metric, one.value) for one in sent.unusable] == [
        ("rain_mm", f'"我是{"*" * 18}"'),
        (f"m{'*' * 11}", "*" * 11),
    ]
    body = json.dumps({"ts": MS, "note": phone}).encode()
    assert wire.shown_line(body) == json.dumps({"ts": MS, "note": "*" * 11})
    for most in range(20):
        assert wire.shown_line(id_no.encode() + b",1", most) == ("*" * 18 + ",1")[:most], "also where it is cut"


def test_an_empty_list_is_nothing():
    assert (read([]).count, read([]).unusable) == (0, [])


def test_microseconds_survive():
    moment = AT + timedelta(microseconds=123456)
    assert read({"ts": moment.isoformat(), "air_temp_c": 1}).ts == [wire.micros(moment)]
    assert wire.moment_of(wire.micros(moment)) == moment
