"""Where a work item stands, and what a person may do with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class WorkState(StrEnum):
    """Where a work item stands. `dropped`: its matter ended without it, or it went another way."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    DROPPED = "dropped"


WAITING = (WorkState.OPEN.value, WorkState.TAKEN.value)
OVER = (WorkState.DONE.value, WorkState.DROPPED.value)


class Outcome(StrEnum):
    """How a work item, and with it its matter, ended."""

    DONE = "done"
    FALSE_ALARM = "false_alarm"


class How(StrEnum):
    """In which way somebody has to do with a matter."""

    REPORTER = "reporter"
    OWNER = "owner"
    HELPER = "helper"
    WATCHER = "watcher"


# Ways that let somebody read it, wherever it went.
INVOLVED = (How.REPORTER.value, How.OWNER.value, How.HELPER.value)

# How a matter ends that became part of another.
MERGED = "merged"

# Until a town writes a limit of its own: how long one person may leave an offered item before the next is asked.
TAKE_WITHIN = timedelta(minutes=10)


def moves_open(*, state: str, is_mine: bool, may_take: bool, may_reassign: bool) -> list[str]:
    """What this person may do with a work item now, as the UI offers it."""
    moves: list[str] = []
    if state == WorkState.OPEN and may_take:
        moves.append("take")
    if state == WorkState.TAKEN and is_mine:
        moves += ["done", "false_alarm", "return"]
    if state in WAITING and may_reassign:
        moves.append("reassign")
    return moves


def is_late(*, state: str, due_at: datetime, at: datetime) -> bool:
    """Whether something that is not done should have been."""
    return state in WAITING and due_at < at


def is_unaccepted(*, state: str, asked: int, take_by_at: datetime | None) -> bool:
    """Whether nobody has it although somebody was asked and let the time pass, or nobody is left to ask."""
    return state == WorkState.OPEN and (asked != 1 or take_by_at is None)
