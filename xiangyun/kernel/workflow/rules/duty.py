"""The line of people to ask about a place: the roster first, then the posts that stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from xiangyun.base import paths


class ShiftKind(StrEnum):
    """What somebody on duty is there for: leading, dispatching, or looking after one place."""

    LEADER = "leader"
    OFFICER = "officer"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody on the roster at the moment in question."""

    account: UUID
    area: str
    kind: str
    rank: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post at the moment in question."""

    account: UUID
    area: str
    role: str


# Whom to ask where nobody is on the roster, in this order; the leader is asked last in any case.
STAND_INS = ("duty_officer", "village_secretary", "town_admin")
LAST = "town_leader"
ROSTER_ROLES = (*STAND_INS, LAST)


def line_up(area: str, roster: Iterable[OnDuty], holders: Iterable[Holder]) -> list[UUID]:
    """Everybody to ask about something in `area`, in order.

    First the roster of the nearest place up the tree, by rank; without a roster the holders of the stand-in posts; in
    the end the leader on duty and the town leaders.
    """
    near = [entry for entry in roster if paths.within(area, entry.area)]
    near.sort(key=lambda entry: (-len(entry.area), entry.rank, str(entry.account)))
    held = [holder for holder in holders if paths.within(area, holder.area)]
    held.sort(key=lambda holder: (-len(holder.area), str(holder.account)))

    first = [entry.account for entry in near if entry.kind != ShiftKind.LEADER]
    if not first:
        first = [holder.account for role in STAND_INS for holder in held if holder.role == role]
    last = [entry.account for entry in near if entry.kind == ShiftKind.LEADER]
    last += [holder.account for holder in held if holder.role == LAST]
    return list(dict.fromkeys(first + last))


def next_after(line: Sequence[UUID], asked: Iterable[UUID]) -> UUID | None:
    """The first in line who was not asked yet; None when everybody was."""
    known = set(asked)
    return next((account for account in line if account not in known), None)


def covers(place: str, area: str) -> bool:
    """Whether somebody on duty for `place` is on duty for `area`."""
    return paths.within(area, place)
