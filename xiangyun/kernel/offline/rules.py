"""States, order and limits of what phones send: plain values, no database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

SEE_PHONES = "offline.see_phones"
REVOKE = "offline.revoke_phone"
JUDGE = "offline.judge"

# What the audit calls it.
TAKE_PACK = "offline.take_pack"
ACCEPT, PUT_ASIDE, DECIDE = "offline.accept_item", "offline.put_aside_item", "offline.decide_conflict"


class State(StrEnum):
    """Where a written thing stands. What came by no session of its phone waits for a person: quarantined."""

    WAITING = "waiting"
    APPLIED = "applied"
    CONFLICT = "conflict"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    MENDED = "mended"
    GONE = "gone"
    PUT_ASIDE = "put_aside"


# (from, to) -> the ability that may make the move; the house's own where it is empty. A pair not listed cannot happen.
MOVES = {
    (State.WAITING, State.APPLIED): "",
    (State.WAITING, State.CONFLICT): "",
    (State.WAITING, State.REFUSED): "",
    (State.WAITING, State.QUARANTINED): "",
    (State.WAITING, State.GONE): "",
    (State.WAITING, State.PUT_ASIDE): JUDGE,
    (State.REFUSED, State.MENDED): "",
    (State.REFUSED, State.GONE): "",
    (State.QUARANTINED, State.WAITING): "",
    (State.QUARANTINED, State.APPLIED): JUDGE,
    (State.QUARANTINED, State.CONFLICT): JUDGE,
    (State.QUARANTINED, State.REFUSED): JUDGE,
    (State.QUARANTINED, State.PUT_ASIDE): JUDGE,
}

# What went in, with all of it or with what differs left out.
IN = (State.APPLIED, State.CONFLICT)

# What a phone is told of states that are the house's own: the thing is here, and will not be written as it is.
TOLD = {State.MENDED: State.REFUSED, State.PUT_ASIDE: State.REFUSED}


class Why(StrEnum):
    """Why a thing waits for a person."""

    REVOKED = "revoked"
    DROPPED = "dropped"
    MOVED = "moved"
    STUCK = "stuck"
    FAULT = "fault"


class ConflictState(StrEnum):
    """Whom a conflict waits for: those concerned, the office (both were kept), nobody."""

    OPEN = "open"
    OFFICE = "office"
    DECIDED = "decided"


class Choice(StrEnum):
    """Which value stands."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


FORM_VERSIONS = (1,)
"""The `v` of things that are still read; an old phone's outbox is never too old."""

PACK_LASTS = timedelta(days=7)
CLOCK_OFF = timedelta(minutes=10)
WAITED_ENOUGH = timedelta(days=1)
"""Then a person may let in what still waits for something that never came."""

ITEMS_AT_ONCE = 100
SEALED_CHARS = 128 * 1024
FILES_A_PIECE = 60
WHOLE_BYTES = 64 * 1024
"""Of a file that comes in one request; a larger one comes by pieces, which go on where the line broke."""
TEXT = 500

DROP_BYTES = 256 * 1024
DROP_ITEMS = 100
DROPS_AN_HOUR = 20
DROPS_AN_HOUR_BY_ADDRESS = 60
DROPPED_ITEMS = 2000
DROPPED_BYTES = 8 * 1024 * 1024
"""What one phone may have lying in quarantine."""
DROP_TRIES_KEPT = timedelta(days=30)

PICTURES_BYTES = 1536 * 1024
"""Of the small pictures in one pack; the newest come first."""


def may_move(before: State, after: State) -> bool:
    """Whether something may go from one state to another; staying where it is is no move."""
    return before == after or (before, after) in MOVES


def come_in_a_row(upto: int, seqs: Iterable[int]) -> int:
    """The last of a phone's numbers before which none is missing, from the last one known and those that are here."""
    for seq in sorted(set(seqs)):
        if seq > upto + 1:
            break
        upto = max(upto, seq)
    return upto


def clock_off(phone_now: datetime, at: datetime) -> timedelta:
    """How far a phone's clock is ahead of ours (behind: negative)."""
    return phone_now - at


def corrected(made_at: datetime, off: timedelta, at: datetime) -> datetime:
    """When something was written by our clock, as near as can be known; never after it came."""
    try:
        return min(made_at - off, at)
    except OverflowError:
        return at


def is_off(off: timedelta) -> bool:
    """Whether a clock is so wrong that its times are marked."""
    return abs(off) > CLOCK_OFF


def left(announced: int, came: int) -> int:
    """How many things a phone still holds, of those it announced."""
    return max(0, announced - came)
