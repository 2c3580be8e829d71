"""Numbers of people are hidden wherever they stand; other numbers stay."""

import logging

import pytest

from xiangyun.base import numbers

ID_NO, PHONE, CARD = "150899195704023113", "15466771482", "6222021234567890128"


@pytest.mark.parametrize("number", [ID_NO, ID_NO[:-1] + "X", PHONE, "86" + PHONE, CARD, "4111111111111111"])
@pytest.mark.parametrize(
    "around", ["{}", "我的号码{}，急", '{{"m": {}}}', '{{"m{}x": 1}}', "/api/people/{}?q=1", "+{}\n", r"\u8bc1{}"]
)
def test_a_persons_number_is_hidden(number: str, around: str) -> None:
    assert numbers.hidden(around.format(number)) == around.format("*" * len(number))


@pytest.mark.parametrize(
    "number",
    [
        "1764345678901",  # a moment in milliseconds
        "1764345678901234",  # in microseconds
        "1764345678901234567",  # in nanoseconds
        "2026-11-28T17:02:14.123456Z",
        "12345678901",
        "6222021234567890123",  # no card: its last digit is wrong
        "150899195713023113",  # no birth date
        "01a22322-a511-776e-afda-cf0ab38654e6",
        "1" * 30,
    ],
)
def test_other_numbers_stay(number: str) -> None:
    assert numbers.hidden(f"({number})") == f"({number})"


def test_two_beside_each_other() -> None:
    assert numbers.hidden(f"{ID_NO},{PHONE}") == f"{'*' * 18},{'*' * 11}"


def test_a_log_says_no_number_not_even_in_a_traceback() -> None:
    line = numbers.LogLine("%(message)s")
    try:
        int(f"?{PHONE}")
    except ValueError as fault:
        record = logging.LogRecord(
            "x", logging.ERROR, "", 0, "Not Found: %s", (f"/{ID_NO}",), (ValueError, fault, None)
        )
    said = line.format(record)
    assert "Not Found: /****" in said
    assert ID_NO not in said
    assert PHONE not in said
