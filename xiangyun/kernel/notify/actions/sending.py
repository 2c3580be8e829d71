"""A delivery on its way out: claimed and committed before anything leaves, noted after, and never sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from xiangyun.base import paths, words
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.notify import queries, rules
from xiangyun.kernel.notify.actions.planning import queue_digest
from xiangyun.kernel.notify.models import Delivery, Notice
from xiangyun.kernel.notify.queries import Destination, Means
from xiangyun.kernel.notify.rules import NEVER_BLINDLY_AGAIN, Channel, Kind, State, Urgency
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.vault import queries as vault

AT_ONCE = 8
HURRY = Case(When(urgency=Urgency.NOW.value, then=Value(0)), When(urgency=Urgency.SOON.value, then=Value(1)), default=2)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One try of one delivery, in the hands of whoever sends it; nothing personal of it is ever printed."""

    delivery_id: UUID
    area: str
    channel: Channel
    attempt: int
    ref: str
    settings: Mapping[str, Any] = field(repr=False)
    to: str = field(repr=False, default="")
    text: str = field(repr=False, default="")
    title: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try, or the question what became of one, brought: a state, or "unreached" (surely not sent), "unknown"
    (the gateway never had it), "silent" (it did not say), "heard" (a human said so)."""

    state: str
    ref: str = ""
    fault: str = ""


UNREACHED, UNKNOWN, SILENT, HEARD = "unreached", "unknown", "silent", "heard"


@transaction.atomic
def claim(*, at: datetime) -> list[Parcel]:
    """Take the most urgent deliveries that are due; once this is committed nobody else sends them."""
    due = Delivery.objects.filter(state=State.QUEUED.value, due_at__lte=at).order_by(HURRY, "due_at", "id")
    rows = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    if not rows:
        return []
    notices = Notice.objects.in_bulk({row.notice_id for row in rows})
    people = Account.objects.in_bulk({row.account_id for row in rows})
    places = queries.place_names(notices.values()) | org.names(paths.town_of(row.area_path) or "" for row in rows)
    means = Means(people, {row.area_path for row in rows}, at)
    book = _Book(at, means, places)
    return [parcel for row in rows if (parcel := book.taken(row, people[row.account_id], notices.get(row.notice_id)))]


class _Book:
    """One look at what is due: what is not needed is dropped, what is too much waits, the rest is claimed."""

    def __init__(self, at: datetime, means: Means, places: Mapping[str, str]) -> None:
        self._at = at
        self._means = means
        self._places = places
        self._hour = timezone.localtime(at).timetz().replace(tzinfo=None)
        self._of_town: dict[str, int] = {}

    def taken(self, row: Delivery, person: Account, notice: Notice | None) -> Parcel | None:
        """The parcel of a delivery that goes out now; None for one that does not."""
        manners = self._means.manners(row.area_path)
        if self._is_held_back(row, notice, manners):
            return None
        gateway = self._means.gateway(row.area_path, row.channel)
        to = self._to(row)
        if gateway is None or not to:
            self._end(row, State.FAILED, "no_gateway" if gateway is None else "no_number")
            return None
        settings = queries.opened(gateway)
        row.is_loud = row.kind != Kind.CODE and rules.is_quiet(self._hour, manners)
        text = self._text(row, person, notice, settings.get("sign") or "")
        if not text:
            self._end(row, State.DROPPED, "")
            return None
        _move(row, State.SENDING)
        row.gateway, row.claimed_at, row.due_at, row.to_sealed = gateway, self._at, None, None
        row.attempts += 1
        row.save(update_fields=["state", "gateway", "claimed_at", "due_at", "to_sealed", "attempts", "is_loud"])
        self._of_town[self._town(row)] = self._sent_today(row) + 1
        title = words.say("notify.mail_title", person.lang, place=self._places.get(self._town(row), ""))
        return Parcel(
            row.pk, row.area_path, Channel(row.channel), row.attempts, "", settings, to=to, text=text, title=title
        )

    def _is_held_back(self, row: Delivery, notice: Notice | None, manners: rules.Manners) -> bool:
        """Whether it does not go out now: not needed any more, at night, too much for a person or for the town."""
        local = timezone.localtime(self._at)
        speaks_at = local if row.kind == Kind.CODE else rules.speaks_at(local, Urgency(row.urgency), manners)
        if notice is not None and (notice.seen_at or notice.settled_at):
            self._end(row, State.DROPPED, "")
        elif speaks_at > self._at:
            self._wait(row, speaks_at)
        elif row.kind != Kind.CODE and (free_at := self._free_at(row, manners)) > self._at:
            self._too_many(row, free_at)
        elif row.channel in NEVER_BLINDLY_AGAIN and self._sent_today(row) >= manners.town_day:
            self._end(row, State.FAILED, "town_limit")
        else:
            return False
        return True

    def _to(self, row: Delivery) -> str:
        if row.to_sealed is not None:
            return vault.open_sealed(row.to_sealed, "notify_delivery", "to_sealed", row.pk)
        if row.kind == Kind.CODE:
            return Destination(row.contact).value() if row.contact else ""
        found = self._means.destination(row.account_id, row.area_path, row.channel)
        return found.value() if found else ""

    def _text(self, row: Delivery, person: Account, notice: Notice | None, sign: str) -> str:
        """What it says, ready to go; empty where there is nothing to say any more."""
        said = self._code_text(row, person) if row.kind == Kind.CODE else self._said(row, person, notice)
        if said and row.is_loud:
            said = words.say("notify.loud_text", person.lang, text=said)
        if said and row.channel == Channel.SMS:
            return sign + rules.fits(said, rules.SMS_MOST - len(sign))
        return said

    def _said(self, row: Delivery, person: Account, notice: Notice | None) -> str:
        if row.kind == Kind.TRIAL:
            return words.say("notify.trial_text", person.lang)
        if row.kind == Kind.DIGEST:
            n = Notice.objects.filter(account=person.pk, seen_at=None).count()
            return words.counted("notify.digest_text", n, person.lang) if n else ""
        if notice is None:
            return ""
        if row.channel == Channel.SMS:
            return queries.short_sentence(notice, person.lang, self._places)
        return queries.sentence(notice, person.lang, self._places)

    def _code_text(self, row: Delivery, person: Account) -> str:
        contact = row.contact
        if contact is None or contact.code_sealed is None:
            return ""
        code = vault.open_sealed(contact.code_sealed, "notify_contact", "code_sealed", contact.pk)
        minutes = int(rules.CODE_LASTS.total_seconds() // 60)
        return words.say("notify.code_text", person.lang, code=code, minutes=minutes)

    def _free_at(self, row: Delivery, manners: rules.Manners) -> datetime:
        """When this person may be told something more on this channel."""
        since = self._at - timedelta(hours=1)
        lately = Delivery.objects.filter(account=row.account_id, channel=row.channel, claimed_at__gt=since)
        times = list(lately.exclude(pk=row.pk).order_by("-claimed_at").values_list("claimed_at", flat=True))
        if len(times) < manners.person_hour:
            return self._at
        oldest = times[manners.person_hour - 1]
        return (oldest or self._at) + timedelta(hours=1)

    def _too_many(self, row: Delivery, free_at: datetime) -> None:
        """A storm: what is too much for one person becomes one word that several wait."""
        if row.kind != Kind.NOTICE:
            self._wait(row, free_at)
            return
        queue_digest(row.account_id, row.area_path, row.channel, Urgency(row.urgency), due_at=free_at, at=self._at)
        self._end(row, State.FAILED, "person_limit")

    def _sent_today(self, row: Delivery) -> int:
        town = self._town(row)
        if town not in self._of_town:
            midnight = timezone.localtime(self._at).replace(hour=0, minute=0, second=0, microsecond=0)
            rows = Delivery.objects.in_area(town).filter(channel__in=NEVER_BLINDLY_AGAIN, claimed_at__gte=midnight)
            self._of_town[town] = rows.count()
        return self._of_town[town]

    def _town(self, row: Delivery) -> str:
        return paths.town_of(row.area_path) or row.area_path

    def _wait(self, row: Delivery, until: datetime) -> None:
        row.due_at = until
        row.save(update_fields=["due_at"])

    def _end(self, row: Delivery, state: State, fault: str) -> None:
        _move(row, state)
        row.fault, row.due_at, row.ended_at = fault, None, self._at
        row.save(update_fields=["state", "fault", "due_at", "ended_at"])
        if state is State.FAILED:
            _wake(row, self._at)


@transaction.atomic
def note(*, parcel: Parcel, outcome: Outcome, at: datetime) -> None:
    """Write down what came of a try. Whoever held it too long finds it `unsure`, and what they know still counts."""
    row = Delivery.objects.select_for_update(of=("self",)).get(pk=parcel.delivery_id)
    is_mine = row.state == State.SENDING and row.attempts == parcel.attempt
    is_late = row.state == State.UNSURE and row.attempts == parcel.attempt and outcome.state == State.SENT
    if not (is_mine or is_late):
        return
    row.fault = outcome.fault
    if outcome.state == State.SENT:
        _sent(row, outcome.ref, at, can_ask=_can_ask(parcel.settings))
    elif outcome.state == UNREACHED:
        _try_again(row, at)
    else:
        _unsure(row, at, can_ask=_can_ask(parcel.settings))


@transaction.atomic
def find_lost(*, at: datetime) -> int:
    """What somebody claimed and never noted: they died with it, and nobody knows whether it went; returns how many."""
    held = Delivery.objects.filter(state=State.SENDING.value, claimed_at__lte=at - rules.LEASE)
    rows = list(held.select_for_update(skip_locked=True, of=("self",)).select_related("gateway"))
    for row in rows:
        row.fault = "lost_in_hand"
        _unsure(row, at, can_ask=row.gateway is not None and _can_ask(queries.opened(row.gateway)))
    return len(rows)


@transaction.atomic
def to_ask(*, at: datetime) -> list[Parcel]:
    """The deliveries whose gateway is to be asked now what became of them."""
    states = (State.UNSURE.value, State.SENT.value)
    rows = Delivery.objects.filter(state__in=states, due_at__lte=at).order_by("due_at", "id")
    found = list(rows.select_for_update(skip_locked=True, of=("self",)).select_related("gateway")[:AT_ONCE])
    parcels = []
    for row in found:
        after = rules.asked_after(row.asks)
        row.asks += 1
        row.due_at = at + after if after else None
        row.save(update_fields=["asks", "due_at"])
        if row.gateway is not None:
            settings = queries.opened(row.gateway)
            parcels.append(Parcel(row.pk, row.area_path, Channel(row.channel), row.attempts, row.ref, settings))
    return parcels


@transaction.atomic
def note_asked(*, parcel: Parcel, outcome: Outcome, at: datetime) -> None:
    """Write down what a gateway says became of a delivery."""
    row = Delivery.objects.select_for_update(of=("self",)).get(pk=parcel.delivery_id)
    if row.attempts != parcel.attempt or row.state not in (State.UNSURE, State.SENT):
        return
    if outcome.state == UNKNOWN and row.state == State.UNSURE:
        # It never had it: this is the one way back to sending.
        _try_again(row, at, now=True)
    elif outcome.state in (State.SENT, State.DELIVERED, State.FAILED, HEARD):
        _told(row, outcome, at)
    elif row.due_at is None and row.state == State.UNSURE:
        # Asked often enough: a person is shown it, and the next channel does not wait for them.
        _wake(row, at)


@transaction.atomic
def receive(*, area: str, channel: str, key: UUID | None, ref: str, outcome: Outcome, at: datetime) -> bool:
    """A gateway says by itself what became of a delivery; false for one nobody knows here."""
    rows = Delivery.objects.in_area(area).filter(channel=channel)
    rows = rows.exclude(state__in=(State.QUEUED.value, State.DROPPED.value))
    rows = rows.filter(pk=key) if key else rows.filter(ref=ref)
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        return False
    _told(row, outcome, at)
    return True


def _told(row: Delivery, outcome: Outcome, at: datetime) -> None:
    """What the gateway knows is the truth; the same word again changes nothing."""
    to = State.DELIVERED if outcome.state == HEARD else State(outcome.state)
    if outcome.state == HEARD and row.notice_id is not None:
        Notice.objects.filter(pk=row.notice_id, seen_at=None).update(seen_at=at, next_at=None)
    if to == row.state or (State(row.state), to) not in rules.MOVES:
        return
    if to is State.SENT:
        _sent(row, outcome.ref, at, can_ask=row.due_at is not None)
        return
    was = row.state
    _move(row, to)
    row.ref, row.fault = outcome.ref or row.ref, outcome.fault
    row.ended_at, row.due_at = at, None
    row.sent_at = row.sent_at or (at if to is State.DELIVERED else None)
    row.save(update_fields=["state", "ref", "fault", "ended_at", "due_at", "sent_at"])
    if to is State.FAILED:
        _wake(row, at)
    elif was in (State.UNSURE, State.SENDING):
        _wait_for_somebody(row, at)


def _sent(row: Delivery, ref: str, at: datetime, *, can_ask: bool) -> None:
    _move(row, State.SENT)
    row.ref, row.fault, row.sent_at = ref[:120], "", at
    after = rules.asked_after(1)
    row.due_at = at + after if can_ask and after else None
    row.asks = 1
    row.save(update_fields=["state", "ref", "fault", "sent_at", "due_at", "asks"])
    _wait_for_somebody(row, at)


def _unsure(row: Delivery, at: datetime, *, can_ask: bool) -> None:
    """Nobody knows whether it went. A mail goes again under the same Message-ID; the rest is asked about or shown."""
    _move(row, State.UNSURE)
    if row.channel not in NEVER_BLINDLY_AGAIN:
        _try_again(row, at)
        return
    after = rules.asked_after(0)
    row.asks, row.due_at = 0, at + after if can_ask and after else None
    row.save(update_fields=["state", "fault", "asks", "due_at"])
    if row.due_at is None:
        _wake(row, at)
    else:
        _wait_for_somebody(row, at)


def _try_again(row: Delivery, at: datetime, *, now: bool = False) -> None:
    """It surely did not go: again later, or on to the next channel."""
    after = rules.tried_again_after(row.attempts, Urgency(row.urgency))
    if after is None or row.kind == Kind.TRIAL:
        _move(row, State.FAILED)
        row.ended_at, row.due_at = at, None
        row.save(update_fields=["state", "fault", "ended_at", "due_at"])
        _wake(row, at)
        return
    _move(row, State.QUEUED)
    row.due_at = at if now else at + after
    row.save(update_fields=["state", "fault", "due_at"])


def _move(row: Delivery, to: State) -> None:
    """A state that does not follow from the one before is a mistake of ours."""
    if (State(row.state), to) not in rules.MOVES:
        raise ValueError(f"a delivery does not go from {row.state} to {to}")
    row.state = to.value


def _wake(row: Delivery, at: datetime) -> None:
    """Have the house look for the next channel of the notice."""
    if row.notice_id is not None:
        Notice.objects.filter(pk=row.notice_id, seen_at=None, settled_at=None).update(next_at=at)


def _wait_for_somebody(row: Delivery, at: datetime) -> None:
    """It is out: a notice that waits until somebody takes it gives them their minutes."""
    if row.notice_id is not None:
        wait = queries.manners_of(row.area_path, at).wait
        waiting = Notice.objects.filter(pk=row.notice_id, until_taken=True, seen_at=None, settled_at=None)
        waiting.update(next_at=at + wait)


def _can_ask(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("status"))
