"""States, moves and the line of people on duty: plain values, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from xiangyun.base import paths

Moves = Mapping[tuple[str, str], str]

TAKE = "workflow.take_work"
SEE = "workflow.see_work"
REASSIGN = "workflow.reassign_work"
SET_DUTY = "workflow.set_duty"
SEE_DUTY = "workflow.see_duty"

# Until a town writes a limit of its own: how long one person may leave an offered item before the next is asked.
TAKE_WITHIN = timedelta(minutes=10)
# A box on the wire that says nothing for this long is not well.
HEARTBEAT_LATE = timedelta(seconds=15)
# Phones are allowed to stay offline for seven days; after that nobody repeats a request.
OP_KEPT = timedelta(days=30)


# What `access.system` is called; a step by it reads as the house's own.
HOUSE = "system"


class WorkState(StrEnum):
    """Where a work item stands."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"


class Outcome(StrEnum):
    """How a work item, and with it its matter, ended."""

    DONE = "done"
    FALSE_ALARM = "false_alarm"


class ShiftKind(StrEnum):
    """What somebody on duty is there for: leading, dispatching, or looking after one place."""

    LEADER = "leader"
    OFFICER = "officer"
    PLACE = "place"


class MatterState(StrEnum):
    """The states every plain matter shares; a kind may have others."""

    OPEN = "open"
    IN_HAND = "in_hand"
    CLOSED = "closed"


# (from, to) -> the ability that may make the move. A pair not listed cannot happen.
PLAIN_MOVES: Moves = {
    (MatterState.OPEN, MatterState.IN_HAND): TAKE,
    (MatterState.IN_HAND, MatterState.OPEN): TAKE,
    (MatterState.IN_HAND, MatterState.CLOSED): TAKE,
    (MatterState.OPEN, MatterState.CLOSED): REASSIGN,
}


@dataclass(frozen=True, slots=True)
class MatterKind:
    """A kind of matter: what its numbers begin with, its moves, and where work moves it.

    `on` maps what happened to the work (take, return, done, false_alarm) to the state the matter goes to.
    """

    code: str
    prefix: str
    moves: Moves = field(default_factory=lambda: dict(PLAIN_MOVES))
    first: str = MatterState.OPEN
    closed: frozenset[str] = frozenset({MatterState.CLOSED})
    on: Mapping[str, str] = field(
        default_factory=lambda: {
            "take": MatterState.IN_HAND,
            "return": MatterState.OPEN,
            "done": MatterState.CLOSED,
            "false_alarm": MatterState.CLOSED,
        }
    )


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of task, `room.verb_noun`: how long it may take once offered, and how long nobody may take it."""

    code: str
    due_within: timedelta = timedelta(hours=24)
    take_within: timedelta | None = None


def incident(code: str, *, prefix: str) -> MatterKind:
    """A kind of matter with the usual states: open, in hand, closed."""
    return MatterKind(code=code, prefix=prefix)


def number(prefix: str, month: int, day: int, serial: int) -> str:
    """What people say on the phone: 农业-1124-01."""
    return f"{prefix}-{month:02}{day:02}-{serial:02}"


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


def moves_open(*, state: str, is_mine: bool, may_take: bool, may_reassign: bool) -> list[str]:
    """What this person may do with a work item now, as the UI offers it."""
    moves: list[str] = []
    if state == WorkState.OPEN and may_take:
        moves.append("take")
    if state == WorkState.TAKEN and is_mine:
        moves += ["done", "false_alarm", "return"]
    if state != WorkState.DONE and may_reassign:
        moves.append("reassign")
    return moves


def is_late(*, state: str, due_at: datetime, at: datetime) -> bool:
    """Whether something that is not done should have been."""
    return state != WorkState.DONE and due_at < at


def is_unaccepted(*, state: str, asked: int, take_by_at: datetime | None) -> bool:
    """Whether nobody has it although somebody was asked and let the time pass, or nobody is left to ask."""
    return state == WorkState.OPEN and (asked != 1 or take_by_at is None)


def covers(place: str, area: str) -> bool:
    """Whether somebody on duty for `place` is on duty for `area`."""
    return paths.within(area, place)
