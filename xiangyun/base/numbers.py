"""Numbers of people where none belongs (a line of a log, what a device sent): recognised and hidden, digit by digit."""

from __future__ import annotations

import logging
import re

from typing_extensions import override

HIDDEN = "*"

# An ID number by its birth date (GB 11643), a mobile number, what may be a bank card.
_ID = r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
_MOBILE = r"(?:86)?1[3-9]\d{9}"
_CARD = r"[3-9]\d{15,18}"
# A number begins where no digit stands before it, or behind a character that JSON has escaped (\u8bc1).
_BEGINS = r"(?:(?<!\d)|(?<=\\u[\da-fA-F]{4}))"
_ANY = re.compile(rf"{_BEGINS}(?:({_CARD})|{_ID}|{_MOBILE})(?!\d)")
_ID_OR_MOBILE = re.compile(rf"{_ID}|{_MOBILE}")
_DOUBLED = str.maketrans("0123456789", "0246813579")


def hidden(text: str) -> str:
    """The text with a star for each digit of an ID number, a mobile number, a bank card.

    Other long numbers stay: a moment in milliseconds, a serial number that is no card.
    """
    return _ANY.sub(_stars, text)


def _stars(found: re.Match[str]) -> str:
    word = found[0]
    is_one = found[1] is None or luhn(word) == 0 or _ID_OR_MOBILE.fullmatch(word)
    return HIDDEN * len(word) if is_one else word


def luhn(digits: str) -> int:
    """The remainder a right card number leaves none of."""
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10


class LogLine(logging.Formatter):
    """A line of a log: whoever's number came in an address or a fault does not stand in it."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))
