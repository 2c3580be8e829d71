"""The rules the house knows: plugs declare them while the house starts; their numbers stand in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xiangyun.kernel.alerts.rules import Kind, Shape, condition
from xiangyun.kernel.devices.registry import profile_of


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One rule as code knows it: what it is for, how it reads, what its sentences are called.

    `words` is the stem of its sentences: `<words>.title`, `<words>.reason.<metric>`. `matter` and `work` are what an
    alert opens and who is sent; a tip or a fact opens none. `check` reads the numbers of a rule that its module judges.
    The rest is the first row of its table, planted once: a
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
    check: Callable[[Mapping[str, Any]], object] | None = None
    matter: str = ""
    work: str = ""

    @property
    def module(self) -> str:
        """Whose rule it is: where a town has switched that module off, it judges nothing."""
        return self.words.partition(".")[0]


_rules: dict[str, RuleKind] = {}


def declare_rule(kind: RuleKind) -> None:
    """Add a rule. Refuses: a code declared twice, an alert that opens nothing, parameters its shape cannot read."""
    if _rules.get(kind.code, kind) != kind:
        raise ValueError(f"alert rule {kind.code} is declared twice")
    if (kind.kind == Kind.ALERT) != bool(kind.matter and kind.work):
        raise ValueError(f"alert rule {kind.code}: exactly the alerts open a matter and send somebody")
    check_params(kind, kind.params)
    _rules[kind.code] = kind


def check_params(kind: RuleKind, params: Mapping[str, Any]) -> None:
    """Whether numbers can be a rule's. Refuses: KeyError, TypeError, ValueError."""
    described = condition(kind.shape, params)
    if described is None and kind.check is not None:
        kind.check(params)
    profile = profile_of(kind.profile)
    if described is not None and (profile is None or not all(profile.metric(name) for name in described.metrics)):
        raise ValueError(f"{kind.profile} does not measure {described.metrics}")


def rule(code: str) -> RuleKind:
    """The rule of this code; an unknown one is a mistake in the code that asks."""
    return _rules[code]


def known(code: str) -> bool:
    """Whether some plug brings this rule."""
    return code in _rules


def rules() -> Iterator[RuleKind]:
    """Every rule, in the order they were declared."""
    yield from _rules.values()
