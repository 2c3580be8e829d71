"""How people are told: channels, how urgent, when it is night, what a message may become, how it fits an SMS."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

SEE_CHANNEL = "notify.see_channel"
SET_CHANNEL = "notify.set_channel"
JUDGE = "notify.judge_delivery"
REPORT = "notify.report_receipt"


class Urgency(StrEnum):
    """How much hurry: it can wait for the reader, it should be read today, it must be heard now."""

    PLAIN = "plain"
    SOON = "soon"
    NOW = "now"


class Channel(StrEnum):
    """How a message reaches somebody; the inbox is where each one stands in any case."""

    INBOX = "inbox"
    SMS = "sms"
    MAIL = "mail"
    VOICE = "voice"


OUTSIDE = (Channel.SMS, Channel.MAIL, Channel.VOICE)
# A second one of these is a second ring in the night; a second mail with the same Message-ID is shown once.
NEVER_BLINDLY_AGAIN = (Channel.SMS, Channel.VOICE)


class ContactKind(StrEnum):
    """What somebody gave to be told by."""

    PHONE = "phone"
    MAIL = "mail"


CONTACT_OF = {Channel.SMS: ContactKind.PHONE, Channel.VOICE: ContactKind.PHONE, Channel.MAIL: ContactKind.MAIL}


class Kind(StrEnum):
    """What a delivery carries: one notice, the word that several wait, a code, a trial of the channel."""

    NOTICE = "notice"
    DIGEST = "digest"
    CODE = "code"
    TRIAL = "trial"


class State(StrEnum):
    """Where a delivery stands. `unsure`: it may have gone out, and nobody knows; `dropped`: not needed any more."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNSURE = "unsure"
    DROPPED = "dropped"


# What may become of a delivery. A pair not listed cannot happen.
MOVES = frozenset(
    {
        (State.QUEUED, State.SENDING),
        (State.QUEUED, State.FAILED),
        (State.QUEUED, State.DROPPED),
        (State.SENDING, State.SENT),
        (State.SENDING, State.QUEUED),
        (State.SENDING, State.FAILED),
        (State.SENDING, State.UNSURE),
        (State.SENDING, State.DELIVERED),  # the receipt was quicker than the answer
        (State.SENT, State.DELIVERED),
        (State.SENT, State.FAILED),
        (State.UNSURE, State.SENT),
        (State.UNSURE, State.DELIVERED),
        (State.UNSURE, State.FAILED),
        (State.UNSURE, State.QUEUED),
        (State.UNSURE, State.DROPPED),
        (State.FAILED, State.DELIVERED),  # a late receipt is the truth
    }
)
ENDED = (State.DELIVERED, State.FAILED, State.DROPPED)

# One try takes at most this long, and whoever holds it longer is dead.
PATIENCE_S = 20.0
LEASE = timedelta(seconds=120)
# How often a delivery is tried before the next channel; what is urgent does not wait for a channel that stutters.
TRIES = {Urgency.NOW: 2, Urgency.SOON: 5, Urgency.PLAIN: 5}
# When the gateway is asked what became of a message, if it can be asked.
ASKED_AFTER = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 28_800))

SMS_MOST = 70
DIGEST_WAITS = timedelta(minutes=30)
CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5
CODES_AN_HOUR = 3
CODES_A_DAY = 5
"""Codes to one number, whoever asks: nobody's phone is rung by strangers."""
KEPT = timedelta(days=365)
"""How long a notice stays after it was read, and a delivery after it was made; an unread notice stays."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a place speaks to people: in which order the channels are tried for each urgency, when it is night, how
    long a message waits for a human before the next channel, and how much is too much."""

    ladders: Mapping[Urgency, Sequence[Channel]] = field(
        default_factory=lambda: {
            Urgency.PLAIN: (Channel.INBOX,),
            Urgency.SOON: (Channel.INBOX, Channel.SMS, Channel.MAIL),
            Urgency.NOW: (Channel.INBOX, Channel.SMS, Channel.VOICE, Channel.MAIL),
        }
    )
    quiet_from: time = time(21)
    quiet_until: time = time(7)
    wait: timedelta = timedelta(minutes=5)
    person_hour: int = 6
    town_day: int = 500


DEFAULT = Manners()


def is_quiet(local: time, manners: Manners) -> bool:
    """Whether a moment of the town's day lies in its night; a night that ends where it begins is none."""
    start, end = manners.quiet_from, manners.quiet_until
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def speaks_at(at: datetime, urgency: Urgency, manners: Manners) -> datetime:
    """When a message may go out: now, or at the end of the night; `at` in the town's own time."""
    if urgency is Urgency.NOW or not is_quiet(at.timetz().replace(tzinfo=None), manners):
        return at
    morning = at.replace(hour=manners.quiet_until.hour, minute=manners.quiet_until.minute, second=0, microsecond=0)
    return morning if morning > at else morning + timedelta(days=1)


def next_channel(ladder: Sequence[Channel], used: Collection[str], reachable: Collection[Channel]) -> Channel | None:
    """The first channel beyond the inbox that was not used and reaches this person."""
    return next((one for one in ladder if one is not Channel.INBOX and one not in used and one in reachable), None)


def tried_again_after(attempts: int, urgency: Urgency) -> timedelta | None:
    """How long after a try that surely did not go out the next one comes; None: no more on this channel."""
    if attempts >= TRIES[urgency]:
        return None
    first = 15 if urgency is Urgency.NOW else 30
    return timedelta(seconds=min(3600, first * 4 ** (attempts - 1)))


def asked_after(asks: int) -> timedelta | None:
    """How long until the gateway is asked again; None: no more."""
    return ASKED_AFTER[asks] if asks < len(ASKED_AFTER) else None


def fits(text: str, most: int = SMS_MOST) -> str:
    """The text in one SMS: what is too long ends in …"""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def is_mobile(number: str) -> bool:
    """Whether an SMS can reach this number (mainland China)."""
    return len(number) == 11 and number.isascii() and number.isdigit() and number[0] == "1" and number[1] in "3456789"


def without_numbers(text: str, most: int = 120) -> str:
    """What a gateway said of a fault, with nothing in it that could be a phone number or an address."""
    kept = "".join("*" if one.isdigit() or one == "@" else one for one in text if one.isprintable())
    return kept[:most]
