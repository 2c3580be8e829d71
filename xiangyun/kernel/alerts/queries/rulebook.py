"""The rules' numbers, kept for some seconds: no batch pays for reading them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from xiangyun.kernel.alerts import registry, rules
from xiangyun.kernel.alerts.models import AlertRule
from xiangyun.kernel.alerts.rules import FOREVER, Condition
from xiangyun.kernel.org import queries as org

# A changed rule takes effect within this time in every process; it is dated, so nothing is judged wrongly before.
RULES_KEPT_S = 5.0

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """A moment as telemetry counts it."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """The moment of so many microseconds."""
    return EPOCH + timedelta(microseconds=us)


@dataclass(frozen=True, slots=True)
class Version:
    """A rule's numbers for one stretch of event time."""

    row: UUID
    condition: Condition | None
    params: Mapping[str, object]
    severity: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class _Table:
    read_at: float
    by_code: dict[str, dict[str, tuple[Version, ...]]]  # code → town ("" is every town) → versions, oldest first
    off: dict[str, frozenset[str]]  # town → modules it has switched off


_kept: list[_Table] = []


def forget() -> None:
    """Read the rules afresh the next time."""
    _kept.clear()


def _table() -> _Table:
    if not _kept or time.monotonic() - _kept[0].read_at > RULES_KEPT_S:
        found: dict[str, dict[str, list[Version]]] = defaultdict(lambda: defaultdict(list))
        for row in AlertRule.objects.order_by("code", "town", "valid_from"):
            if registry.known(row.code):
                found[row.code][row.town].append(_version(row))
        frozen = {code: {town: tuple(each) for town, each in towns.items()} for code, towns in found.items()}
        _kept[:] = [_Table(time.monotonic(), frozen, org.modules_off_by_town())]
    return _kept[0]


def _version(row: AlertRule) -> Version:
    return Version(
        row=row.pk,
        condition=rules.condition(registry.rule(row.code).shape, row.params),
        params=row.params,
        severity=row.severity,
        since=micros(row.valid_from),
        until=FOREVER if row.valid_until is None else micros(row.valid_until),
    )


def versions(code: str, town: str) -> tuple[Version, ...]:
    """A rule's numbers through the years, as they stand for a town: its own rows, or those of every town.

    None while the town has switched the rule's module off.
    """
    table = _table()
    towns = table.by_code.get(code, {})
    if towns and registry.rule(code).module in table.off.get(town, ()):
        return ()
    return towns.get(town) or towns.get("", ())


def version_at(code: str, town: str, at: datetime) -> Version | None:
    """A rule's numbers for a town at a moment; None where the rule was not in force."""
    us = micros(at)
    return next((one for one in versions(code, town) if one.since <= us < one.until), None)


def conditions(profile: str) -> dict[str, list[Condition]]:
    """Rule code → every condition any town or year has for it, for the rules on a kind of device."""
    return {
        code: [one.condition for each in towns.values() for one in each if one.condition is not None]
        for code, towns in _table().by_code.items()
        if registry.rule(code).profile == profile
    }
