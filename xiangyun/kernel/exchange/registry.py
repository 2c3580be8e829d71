"""What can come in, go out and be filled in; plugs declare it while the house starts."""

from __future__ import annotations

from typing import Protocol, TypeVar

from xiangyun.base.errors import NotFound
from xiangyun.base.sheets import ExportKind, Fact, ImportKind, Roll


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


T = TypeVar("T", bound=_Coded)

_imports: dict[str, ImportKind] = {}
_exports: dict[str, ExportKind] = {}
_facts: dict[str, Fact] = {}
_rolls: dict[str, Roll] = {}


def declare_import(kind: ImportKind) -> None:
    """Add a table that can come in. Refuses: a code declared twice."""
    _declare(_imports, kind)


def declare_export(kind: ExportKind) -> None:
    """Add a table that can go out. Refuses: a code declared twice."""
    _declare(_exports, kind)


def declare_fact(fact: Fact) -> None:
    """Add a fact for forms. Refuses: a code declared twice."""
    _declare(_facts, fact)


def declare_roll(roll: Roll) -> None:
    """Add a list for forms. Refuses: a code declared twice."""
    _declare(_rolls, roll)


def import_kind(code: str) -> ImportKind:
    """Refuses: NotFound."""
    return _pick(_imports, code)


def export_kind(code: str) -> ExportKind:
    """Refuses: NotFound."""
    return _pick(_exports, code)


def fact(code: str) -> Fact:
    """Refuses: NotFound."""
    return _pick(_facts, code)


def roll(code: str) -> Roll:
    """Refuses: NotFound."""
    return _pick(_rolls, code)


def import_kinds() -> list[ImportKind]:
    """All, in the order they were declared."""
    return list(_imports.values())


def export_kinds() -> list[ExportKind]:
    """All, in the order they were declared."""
    return list(_exports.values())


def facts() -> list[Fact]:
    """All, in the order they were declared."""
    return list(_facts.values())


def rolls() -> list[Roll]:
    """All, in the order they were declared."""
    return list(_rolls.values())


def _declare(known: dict[str, T], one: T) -> None:
    if known.get(one.code, one) != one:
        raise ValueError(f"{one.code} is declared twice")
    known[one.code] = one


def _pick(known: dict[str, T], code: str) -> T:
    try:
        return known[code]
    except KeyError as missing:
        raise NotFound from missing
