"""The rules the house knows: plugs declare them while the house starts; their numbers stand in the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xiangyun.kernel.alerts.rules import Kind, Shape, condition


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One rule as code knows it: what it is for, how it reads, what its sentences are called.

    `words` is the stem of its sentences: `<words>.title`, `<words>.reason.<metric>`. `matter` and `work` are what an
    alert opens and who is sent; a tip or a fact opens none. The rest is the first row of its table, planted once: a
    town or the county changes it by adding a row from a day on, never by editing code.
    """

    code: str
    kind: Kind
    shape: Shape
    words: str
    severity: int
    params: Mapping[str, Any]
    valid_from: datetime
    source: str
    basis: str
    profile: str = ""
    matter: str = ""
    work: str = ""


_rules: dict[str, RuleKind] = {}


def declare_rule(kind: RuleKind) -> None:
    """Add a rule. Refuses: a code declared twice, an alert that opens nothing, parameters its shape cannot read."""
    if _rules.get(kind.code, kind) != kind:
        raise ValueError(f"alert rule {kind.code} is declared twice")
    if (kind.kind == Kind.ALERT) != bool(kind.matter and kind.work):
        raise ValueError(f"alert rule {kind.code}: exactly the alerts open a matter and send somebody")
    condition(kind.shape, kind.params)
    _rules[kind.code] = kind


def rule(code: str) -> RuleKind:
    """The rule of this code; an unknown one is a mistake in the code that asks."""
    return _rules[code]


def known(code: str) -> bool:
    """Whether some plug brings this rule."""
    return code in _rules


def rules() -> Iterator[RuleKind]:
    """Every rule, in the order they were declared."""
    yield from _rules.values()
