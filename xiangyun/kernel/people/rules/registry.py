"""The registry of personal fields: what the product keeps of people, why, on what basis, for how long."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from xiangyun.kernel.people.rules import purposes

FILE = Path(__file__).parent.parent / "data" / "personal_fields.toml"


class Level(StrEnum):
    """How a field is shown to somebody who may see its row."""

    OPEN = "open"
    MASKED = "masked"
    SEALED = "sealed"
    SECRET = "secret"  # noqa: S105 – a level, not a password


class About(StrEnum):
    """What a field says of a person."""

    NAME = "name"
    NUMBER = "number"
    CONTACT = "contact"
    ADDRESS = "address"
    FAMILY = "family"
    HEALTH = "health"
    FINANCE = "finance"
    STATUS = "status"
    WHEREABOUTS = "whereabouts"
    ACCOUNT = "account"
    TRACE = "trace"
    WORDS = "words"


SENSITIVE = frozenset((About.HEALTH, About.FINANCE, About.WHEREABOUTS))
"""PIPL Art. 28."""


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One column that says something of a person; `purpose` in words, `basis` the article of law."""

    table: str
    column: str
    zh: str
    level: Level
    purpose: str
    basis: str
    kept: str
    about: tuple[About, ...]

    @property
    def is_sensitive(self) -> bool:
        """Whether the law calls it sensitive."""
        return not SENSITIVE.isdisjoint(self.about)


@dataclass(frozen=True, slots=True)
class Registry:
    """Both sides: personal fields by (table, column), and the columns of each table that are not."""

    fields: Mapping[tuple[str, str], PersonalField]
    others: Mapping[str, frozenset[str]]
    everywhere: frozenset[str]

    def unnamed(self, columns: Iterable[tuple[str, str]]) -> list[str]:
        """Columns that stand on neither side, as `table.column`."""
        return sorted(f"{table}.{column}" for table, column in columns if not self._names(table, column))

    def stale(self, columns: Iterable[tuple[str, str]]) -> list[str]:
        """What the registry names although it is gone."""
        there = set(columns)
        named = {*self.fields, *((table, column) for table, several in self.others.items() for column in several)}
        return sorted(f"{table}.{column}" for table, column in named - there)

    def _names(self, table: str, column: str) -> bool:
        is_other = column in self.everywhere or column in self.others.get(table, ())
        return is_other or (table, column) in self.fields


@dataclass(frozen=True, slots=True)
class _Reason:
    zh: str
    basis: str
    kept: str


@cache
def registry() -> Registry:
    """The registry as the file has it. Raises ValueError for a line that does not hold."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Registry:
    """A registry from its text (TOML). Raises ValueError."""
    told: dict[str, Any] = tomllib.loads(text)
    reasons = {code: _Reason(one.zh, one.basis, one.kept) for code, one in purposes.purposes().items()}
    for code, one in told.pop("purpose", {}).items():
        if code in reasons:
            raise ValueError(f"the purpose {code} stands in purposes.json")
        reasons[code] = _Reason(**one)
    everywhere = frozenset(told.pop("everywhere", {}).get("not_personal", ()))
    fields: dict[tuple[str, str], PersonalField] = {}
    others: dict[str, frozenset[str]] = {}
    for table, lines in told.items():
        others[table] = frozenset(lines.pop("not_personal", ()))
        for column, line in lines.items():
            if column in others[table] or column in everywhere:
                raise ValueError(f"{table}.{column} stands on both sides")
            fields[table, column] = _field(table, column, line, reasons)
    return Registry(fields, others, everywhere)


def _field(table: str, column: str, line: dict[str, Any], reasons: Mapping[str, _Reason]) -> PersonalField:
    try:
        reason = reasons[line["purpose"]]
        found = PersonalField(
            table,
            column,
            line["zh"],
            Level(line["level"]),
            reason.zh,
            line.get("basis", reason.basis),
            line.get("kept", reason.kept),
            tuple(About(one) for one in line["about"]),
        )
    except (KeyError, ValueError) as wrong:
        raise ValueError(f"{table}.{column}: {wrong}") from wrong
    if not found.about or not all((found.zh, found.basis, found.kept)):
        raise ValueError(f"{table}.{column} says too little")
    return found
