"""Code lists of the register as they were in force on a day, and what clerks write for each code.

A list is one file of `data/codes/`; a new edition of a standard is a new version in it, and the old one stays.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from xiangyun.base.sheets import Unfit
from xiangyun.kernel.people.rules.facts import levelled

FOLDER = Path(__file__).parent.parent / "data" / "codes"

# 01汉族, 1-男, 10.0: a clerk's cell with the number before the word, or a number a spreadsheet made longer.
_NUMBERED = re.compile(r"([0-9A-Za-z_]+)[.、:：\-—]?(\D.*)")
_FRACTION = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True, slots=True)
class Code:
    """One entry; `level` is who may know of it (list `care`: 0 village staff, 1 welfare staff, 2 sealed)."""

    code: str
    zh: str
    en: str
    also: tuple[str, ...]
    level: int | None
    valid_from: date
    valid_until: date | None
    basis: str


@dataclass(frozen=True, slots=True)
class Version:
    """A list as it stands from one day to another (None: until today)."""

    valid_from: date
    valid_until: date | None
    codes: MappingProxyType[str, Code]
    words: MappingProxyType[str, str]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list with its title and its versions, the oldest first."""

    name: str
    zh: str
    en: str
    versions: tuple[Version, ...]


@cache
def lists() -> dict[str, CodeList]:
    """Every list by its name."""
    return {path.stem: _list(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.json"))}


@lru_cache(maxsize=1_024)
def in_force(list_name: str, on: date) -> Version:
    """The version of a list in force on a day; the oldest also for days before it. Raises KeyError: no such list."""
    versions = lists()[list_name].versions
    return next((one for one in reversed(versions) if one.valid_from <= on), versions[0])


def codes(list_name: str, on: date) -> dict[str, Code]:
    """The entries of a list in force on a day, in the order of the list. Raises KeyError for no such list."""
    return dict(in_force(list_name, on).codes)


def knows(list_name: str, code: str, on: date) -> bool:
    """Whether a code stands in the list on a day."""
    return code in in_force(list_name, on).codes


def parse(list_name: str, text: str, on: date) -> str:
    """The code of what somebody wrote: the code, its name or what clerks write for it, with or without its number.

    Refuses: Unfit people.unknown_code.
    """
    version = in_force(list_name, on)
    written = _plain(text)
    found = version.words.get(written)
    if found is None:
        found = _numbered(written, version)
    if found is None:
        raise Unfit("people.unknown_code", list=list_name)
    return found


def _numbered(written: str, version: Version) -> str | None:
    """A number and a word that say the same."""
    parts = _NUMBERED.fullmatch(written)
    if parts is None:
        return None
    by_number, by_word = version.words.get(parts[1]), version.words.get(parts[2])
    return by_word if by_word is not None and by_number == by_word else None


def _plain(text: str) -> str:
    written = levelled(text).casefold()
    whole = _FRACTION.fullmatch(written)
    return whole[1] if whole else written


def _list(told: dict[str, Any]) -> CodeList:
    versions = sorted((_version(one) for one in told["versions"]), key=lambda one: one.valid_from)
    for one, later in itertools.pairwise(versions):
        if one.valid_until != later.valid_from:
            raise ValueError(f"{told['list']}: a version ends where the next begins")
    return CodeList(told["list"], told["zh"], told["en"], tuple(versions))


def _version(told: dict[str, Any]) -> Version:
    valid_from = date.fromisoformat(told["valid_from"])
    valid_until = date.fromisoformat(told["valid_until"]) if told["valid_until"] else None
    entries = {}
    words: dict[str, str] = {}
    for one in told["codes"]:
        also = tuple(one.get("also", ()))
        entry = Code(one["code"], one["zh"], one["en"], also, one.get("level"), valid_from, valid_until, told["basis"])
        if entry.code in entries:
            raise ValueError(f"{entry.code} stands twice in a list")
        entries[entry.code] = entry
        for word in _words_of(entry):
            if words.setdefault(word, entry.code) != entry.code:
                raise ValueError(f"{word} means {words[word]} and {entry.code}")
    for code in entries:
        # A spreadsheet drops the zero in front; only where nothing else is called so.
        words.setdefault(code.lstrip("0") or "0", code)
    return Version(valid_from, valid_until, MappingProxyType(entries), MappingProxyType(words))


def _words_of(entry: Code) -> Iterator[str]:
    for word in (entry.code, entry.zh, entry.en, *entry.also):
        yield _plain(word)
