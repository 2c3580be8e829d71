"""What follows from spells for the alerts that stand, and for the people who might be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xiangyun.kernel.alerts.rules.values import HOUR, SECOND, Spell

# An alert whose condition was complete this long before we heard of it is late.
LATE_AFTER = 10 * 60 * SECOND
# A late alert that is already over sends nobody out once its event lies this far back (µs).
WORTH_A_VISIT = 24 * HOUR


def meet(left: Iterable[tuple[int, int]], right: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches `[from, to)` that lie in one of `left` and one of `right`."""
    right = list(right)
    both = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return sorted({(start, end) for start, end in both if start < end})


def is_late(event_at: int, raised_at: int) -> bool:
    """Whether the condition was complete long before it could be told."""
    return raised_at - event_at > LATE_AFTER


class Errand(StrEnum):
    """What becomes of the work an alert calls for."""

    SEND = "send"
    WAIT = "wait"
    LEAVE = "leave"


def errand(spell: Spell, heard: int, at: int) -> Errand:
    """Somebody is sent to what holds now or was recent; nobody to what was long over when we heard of it.

    In a backlog (`heard`, the newest record, lies far back) an open spell waits until the backlog has caught up: it may
    be over by then.
    """
    if at - spell.event_at <= WORTH_A_VISIT:
        return Errand.SEND
    if spell.cleared_at is not None:
        return Errand.LEAVE
    return Errand.SEND if at - heard <= WORTH_A_VISIT else Errand.WAIT


@dataclass(frozen=True, slots=True)
class Plan:
    """What turns the stored alerts of one rule and subject into the spells that hold: by index into the stored ones."""

    withdrawn: tuple[int, ...]
    kept: tuple[tuple[int, Spell], ...]
    added: tuple[Spell, ...]


def reconcile(stored: Sequence[Spell], found: Sequence[Spell]) -> Plan:
    """Match stored alerts to the spells found in the same stretch of time: the earliest that overlap are the same."""
    free = sorted(range(len(stored)), key=lambda n: stored[n].starts_at)
    kept: list[tuple[int, Spell]] = []
    added: list[Spell] = []
    for spell in sorted(found, key=lambda one: one.starts_at):
        match = next((n for n in free if stored[n].starts_at <= spell.end and spell.starts_at <= stored[n].end), None)
        if match is None:
            added.append(spell)
        else:
            free.remove(match)
            kept.append((match, spell))
    return Plan(tuple(free), tuple(kept), tuple(added))
