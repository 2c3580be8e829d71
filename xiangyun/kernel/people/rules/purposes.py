"""The register of purposes and their notices; who may consent, and how long an answer may take: plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "data" / "purposes.json"

CONSENTS_ALONE_FROM = 14
"""PIPL Art. 31: for a child under 14 a parent or guardian consents."""

ADULT_FROM = 18

ANSWER_WITHIN = timedelta(days=30)
"""GB/T 35273-2020 8.7: a person's request is answered within 30 days (the PIPL, Art. 50, says only: in good time)."""


COPY_KEPT = timedelta(days=30)
"""How long the copy somebody asked for can be taken; they may ask again."""

COPIES_TO = ("self", "guardian")
"""Whose phone gives the copy out: whoever looks after somebody else's record asks at the window, with papers."""


class RequestKind(StrEnum):
    """What a person may ask (PIPL Art. 45–47)."""

    COPY = "copy"
    CORRECT = "correct"
    ERASE = "erase"


class RequestState(StrEnum):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


ANSWER = "people.answer_request"

# (from, to) -> the ability that may make the move.
MOVES = {
    (RequestState.OPEN, RequestState.DONE): ANSWER,
    (RequestState.OPEN, RequestState.REFUSED): ANSWER,
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told before their data is used for a purpose."""

    version: str
    valid_from: date
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data is used for, on what basis, which fields, how long."""

    code: str
    zh: str
    en: str
    basis: str
    basis_en: str
    needs_consent: bool
    fields: tuple[str, ...]
    kept: str
    kept_en: str
    notices: tuple[Notice, ...]

    def notice(self, on: date) -> Notice:
        """The notice in force on a day."""
        return max((one for one in self.notices if one.valid_from <= on), key=lambda one: one.valid_from)


@cache
def purposes() -> dict[str, Purpose]:
    """Every purpose by its code, in the order of the register."""
    return {one["code"]: _purpose(one) for one in json.loads(FILE.read_text(encoding="utf-8"))}


def age(born_on: date, on: date) -> int:
    """Whole years on a day; who was born on 29 February turns on 1 March."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def grown_up_born(on: date) -> date:
    """The latest day of birth of who is of age on a day."""
    try:
        return on.replace(year=on.year - ADULT_FROM)
    except ValueError:  # 29 February
        return date(on.year - ADULT_FROM, 2, 28)


def _purpose(told: dict[str, Any]) -> Purpose:
    notices = tuple(
        Notice(one["version"], date.fromisoformat(one["valid_from"]), one["zh"], one["en"]) for one in told["notices"]
    )
    return Purpose(**{**told, "fields": tuple(told["fields"]), "notices": notices})
