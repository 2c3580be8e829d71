"""What can be reported: the list that ships, and a town's own rows that stand instead of its lines or beside them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "categories.toml"


class Group(StrEnum):
    """Kinds of category: what it means that something is reported under one."""

    HAZARD = "hazard"
    DISPUTE = "dispute"
    PROTECTION = "protection"


@dataclass(frozen=True, slots=True)
class Category:
    """One thing that can be reported, from a day on. `level` is who settles it unless somebody says otherwise."""

    code: str
    group: str
    zh: str
    en: str
    level: str
    severity: int
    source: str
    valid_from: date
    valid_until: date | None = None

    @property
    def is_sensitive(self) -> bool:
        """What is told, of whom and where stands sealed."""
        return self.group == Group.PROTECTION

    @property
    def is_public(self) -> bool:
        """Whether the village reads of it: a quarrel has parties, a road has none."""
        return self.group == Group.HAZARD

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@cache
def shipped() -> tuple[Category, ...]:
    """The list that comes with the product, in its order."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Category(
            code=code,
            group=group.value,
            **facts,
            source=told["source"][group]["zh"],
            valid_from=told["source"][group]["valid_from"],
        )
        for group in Group
        for code, facts in told[group].items()
    )


def in_force(own: Iterable[Category], on: date) -> dict[str, Category]:
    """Code → category on a day. Of a town's `own` rows the latest that has begun decides for its code, whether it
    holds or has ended; a code of nobody's own stands as it ships."""
    latest: dict[str, Category] = {}
    for one in sorted(own, key=lambda one: one.valid_from):
        if one.valid_from <= on:
            latest[one.code] = one
    listed = {one.code: one for one in shipped()} | latest
    return {code: one for code, one in listed.items() if one.holds(on)}
