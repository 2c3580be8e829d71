"""The kinds of matter, work and subject the house knows; plugs declare them while the house starts."""

from __future__ import annotations

from xiangyun.kernel.workflow.rules import Categories, MatterKind, WorkKind

_matters: dict[str, MatterKind] = {}
_categories: dict[str, Categories] = {}
_work: dict[str, WorkKind] = {}
_subjects: set[str] = set()


def declare_matter(kind: MatterKind) -> None:
    """Add a kind of matter. Refuses: a code declared twice."""
    if _matters.get(kind.code, kind) != kind:
        raise ValueError(f"matter {kind.code} is declared twice")
    _matters[kind.code] = kind


def declare_categories(listed: Categories) -> None:
    """Say what a kind of matter is divided into. Refuses: a kind divided twice."""
    if _categories.get(listed.kind, listed) != listed:
        raise ValueError(f"{listed.kind} is divided twice")
    _categories[listed.kind] = listed


def declare_work(kind: WorkKind) -> None:
    """Add a kind of work. Refuses: a code declared twice."""
    if _work.get(kind.code, kind) != kind:
        raise ValueError(f"work {kind.code} is declared twice")
    _work[kind.code] = kind


def declare_subject(kind: str) -> None:
    """Add a kind of thing a matter may be about."""
    _subjects.add(kind)


def matter_kind(code: str) -> MatterKind:
    """The kind of matter of this code; an unknown one is a mistake in the code that asks."""
    return _matters[code]


def find_matter_kind(code: str) -> MatterKind | None:
    """The kind of matter of this code; None where its module is no longer there."""
    return _matters.get(code)


def categories(kind: str) -> Categories | None:
    """What a kind is divided into; None where it is not."""
    return _categories.get(kind)


def work_kind(code: str) -> WorkKind:
    """The kind of work of this code; an unknown one is a mistake in the code that asks."""
    return _work[code]


def matter_kinds() -> list[MatterKind]:
    """All kinds of matter, in the order they were declared."""
    return list(_matters.values())


def subjects() -> frozenset[str]:
    """All kinds of subject."""
    return frozenset(_subjects)
