"""States of a device, and how long it may say nothing; plain Python."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

SEE = "devices.see_device"
REGISTER = "devices.register_device"
TEND = "devices.tend_device"
REVOKE = "devices.revoke_device"


class Standing(StrEnum):
    """What people decided about a device."""

    REGISTERED = "registered"
    MAINTENANCE = "maintenance"
    REVOKED = "revoked"


class State(StrEnum):
    """What a device is, seen from outside."""

    NEVER_HEARD = "never_heard"
    REPORTING = "reporting"
    SILENT = "silent"
    MAINTENANCE = "maintenance"
    REVOKED = "revoked"


# (from, to) -> the ability that may make the move. Revoked is for ever: a device that comes back gets a new credential.
MOVES = {
    (Standing.REGISTERED, Standing.MAINTENANCE): TEND,
    (Standing.MAINTENANCE, Standing.REGISTERED): TEND,
    (Standing.REGISTERED, Standing.REVOKED): REVOKE,
    (Standing.MAINTENANCE, Standing.REVOKED): REVOKE,
}

MISSED = 3
"""So many intervals without a word, and a device counts as silent: one may be lost on the way, three are not chance."""

SHORTEST_EVERY_S, LONGEST_EVERY_S = 1, 7 * 86_400

LOW_BATTERY_OF_USUAL = 0.85
"""A battery this far below what the device usually reads is named as the likely cause of its silence."""

CUT_FOR = timedelta(minutes=10)
"""How long a device that was cut off is not listened to."""

RAW_KEPT = timedelta(days=3)
TROUBLE_KEPT = timedelta(days=90)
"""How long raw lines, and quarantined and parked readings, stay to be looked at."""

LONGEST_RHYTHM_HOURS = 24 * 7
RHYTHM_STEP_S = 600


def silent_after(every_s: int) -> timedelta:
    """How long a device may say nothing."""
    return timedelta(seconds=MISSED * every_s)


def state_of(standing: str, last_heard_at: datetime | None, every_s: int, at: datetime) -> State:
    """What a device is at a moment; computed, never stored, so that it cannot go stale."""
    if standing == Standing.REVOKED:
        return State.REVOKED
    if standing == Standing.MAINTENANCE:
        return State.MAINTENANCE
    if last_heard_at is None:
        return State.NEVER_HEARD
    return State.SILENT if last_heard_at + silent_after(every_s) < at else State.REPORTING


def cut_until(cut_at: datetime | None, at: datetime) -> datetime | None:
    """Until when a door does not listen to a device; None if it does."""
    until = cut_at and cut_at + CUT_FOR
    return until if until and until > at else None


def likely_cause(*, battery_v: float | None, usual_v: float | None, others_silent: int, others: int) -> str:
    """The code of the likeliest reason for a silence.

    `others` are the devices of the same village that ever reported; when half of them and at least two went silent with
    this one, the village's power or line is the likelier culprit.
    """
    if others_silent >= 2 and others_silent * 2 >= others:
        return "village_line"
    if battery_v is not None and usual_v and battery_v < usual_v * LOW_BATTERY_OF_USUAL:
        return "battery"
    return "device"
