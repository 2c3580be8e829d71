"""Channels, nights, limits and templates: no database."""

from datetime import datetime, time, timedelta, timezone

import pytest

from xiangyun.base.outside import Answer
from xiangyun.kernel.notify import rules, templates
from xiangyun.kernel.notify.rules import DEFAULT, Channel, Manners, Urgency

HERE = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        (time(20, 59), False),
        (time(21), True),
        (time(0), True),
        (time(6, 59), True),
        (time(7), False),
        (time(12), False),
    ],
)
def test_the_night_begins_at_nine_and_ends_at_seven(clock, quiet):
    assert rules.is_quiet(clock, DEFAULT) is quiet


def test_a_night_within_one_day_and_none_at_all():
    assert rules.is_quiet(time(13), Manners(quiet_from=time(12), quiet_until=time(14)))
    assert not rules.is_quiet(time(14), Manners(quiet_from=time(12), quiet_until=time(14)))
    assert not rules.is_quiet(time(7), Manners(quiet_from=time(7), quiet_until=time(7)))


@pytest.mark.parametrize(
    ("at", "morning"),
    [
        (datetime(2026, 6, 20, 23, 30, tzinfo=HERE), datetime(2026, 6, 21, 7, tzinfo=HERE)),
        (datetime(2026, 6, 21, 3, tzinfo=HERE), datetime(2026, 6, 21, 7, tzinfo=HERE)),
        (datetime(2026, 6, 21, 7, tzinfo=HERE), datetime(2026, 6, 21, 7, tzinfo=HERE)),
    ],
)
def test_what_can_wait_goes_out_in_the_morning_and_what_cannot_goes_now(at, morning):
    assert rules.speaks_at(at, Urgency.SOON, DEFAULT) == morning
    assert rules.speaks_at(at, Urgency.NOW, DEFAULT) == at


def test_the_next_channel_is_the_first_that_reaches_and_was_not_used():
    ladder = DEFAULT.ladders[Urgency.NOW]
    assert rules.next_channel(ladder, (), rules.OUTSIDE) is Channel.SMS
    assert rules.next_channel(ladder, ("sms",), rules.OUTSIDE) is Channel.VOICE
    assert rules.next_channel(ladder, (), (Channel.MAIL,)) is Channel.MAIL
    assert rules.next_channel(ladder, ("sms", "voice", "mail"), rules.OUTSIDE) is None
    assert rules.next_channel((Channel.INBOX,), (), rules.OUTSIDE) is None


def test_tries_grow_apart_and_end():
    waits = [rules.tried_again_after(n, Urgency.SOON) for n in (1, 2, 3, 4, 5)]
    assert waits == [timedelta(seconds=s) for s in (30, 120, 480, 1920)] + [None]
    assert rules.tried_again_after(2, Urgency.NOW) is None


def test_a_text_fits_one_sms():
    assert rules.fits("麦" * 70) == "麦" * 70
    assert rules.fits("麦" * 71) == "麦" * 69 + "…"


@pytest.mark.parametrize("number", ["1380013800", "138001380001", "23800138000", "12800138000", "1380013800a", ""])
def test_what_is_no_mobile_number(number):
    assert not rules.is_mobile(number)


def test_what_a_gateway_says_of_a_fault_names_no_number():
    assert rules.without_numbers("号码 13800138000 不对 a@b.cn\n") == "号码 *********** 不对 a*b.cn"


def test_every_state_but_the_ended_leads_on_and_nothing_returns_from_delivered():
    sources = {before for before, _ in rules.MOVES}
    assert sources == set(rules.State) - {rules.State.DELIVERED, rules.State.DROPPED}


# ── templates ──

FACTS = {"to": "13800138000", "text": '大雨"}, {"phone": "1', "key": "k1", "ref": "", "time": "1"}


def request(**changes):
    return {
        "method": "POST",
        "url": "https://sms.example.cn/send",
        "headers": {},
        "form": "json",
        "body": {},
        **changes,
    }


def test_what_is_filled_in_is_data_and_breaks_nothing_open():
    body = {"phone": "{to}", "parts": [{"content": "{text}"}], "kind": 1}
    call = templates.call(request(body=body), FACTS, {})
    assert templates.read(call.body) == {"phone": FACTS["to"], "parts": [{"content": FACTS["text"]}], "kind": 1}


def test_a_filled_in_place_is_not_filled_again():
    call = templates.call(request(body={"content": "{text}"}), {**FACTS, "text": "{secret.token}"}, {"token": "t"})
    assert templates.read(call.body) == {"content": "{secret.token}"}


def test_an_address_takes_what_is_filled_in_as_one_word():
    call = templates.call(
        request(method="GET", url="https://a.cn/s?u={to}", body={"m": "{text}"}), {**FACTS, "to": "1&x=2/../"}, {}
    )
    assert call.url.startswith("https://a.cn/s?u=1%26x%3D2%2F..%2F&m=")
    assert call.body is None


def test_a_form_and_a_signature():
    signing = {"header": "X-Sign", "secret": "hmac"}
    call = templates.call(request(form="form", body={"m": "{to}"}, sign=signing), FACTS, {"hmac": "key"})
    assert call.body == b"m=13800138000"
    # printf 'm=13800138000' | openssl dgst -sha256 -hmac key
    assert call.headers["X-Sign"] == "184084a6450f2744060b91ea326b52fd9b148e482ddda3e47f6496d436ab7e91"


def test_nothing_of_a_message_is_printed():
    call = templates.call(request(body={"phone": "{to}"}), FACTS, {"token": "t"})
    assert FACTS["to"] not in repr(call)


def test_places_nobody_fills_are_found_however_deep():
    told = request(body={"a": [{"b": "{to} {nonsense}"}]}, headers={"A": "{secret.token} {secret.other}"})
    assert templates.unknown(told, {"token": "t"}) == ["nonsense", "secret.other"]


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        (b'{"code": 0}', True),
        (b'{"code": "0"}', True),
        (b"code=0", True),
        (b'{"code": 1}', False),
        (b"<html>", None),
        (b'{"code": 0, "data": {"i', None),  # cut off: nobody knows
        (b"", None),
    ],
)
def test_only_the_gateways_own_yes_is_a_yes_and_its_own_no_a_no(body, taken):
    reading = {"good_path": "code", "good": ["0"]}
    assert templates.is_taken(Answer(200, body), reading) is taken
    assert templates.is_taken(Answer(500, body), reading) is None
    assert templates.is_taken(Answer(307, body), reading) is False
    assert templates.is_taken(Answer(303, body), reading) is None
    assert templates.is_taken(Answer(503, body), reading) is None, "whoever stands in between may say so afterwards"
    assert templates.is_taken(Answer(204, body), {}) is True


def test_receipts_are_read_from_lists_and_what_nobody_explained_is_left():
    reading = {"list_path": "a.b", "key_path": "id", "ref_path": "r", "state_path": "s", "states": {"OK": "delivered"}}
    body = b'{"a": {"b": [{"id": "k", "s": "OK"}, {"id": "k2", "s": "?"}, {"s": "OK"}, 7, {"r": "x", "s": "OK"}]}}'
    assert templates.reports(body, reading) == [("k", "", "delivered"), ("", "x", "delivered")]
    assert templates.reports(b"[" * 100_000, reading) == []
    assert templates.reports(b'"a"', reading) == []
