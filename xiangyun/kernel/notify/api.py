"""The inbox, one's own contacts, a town's channels, and what became of its messages, over HTTP."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from xiangyun.base import clock, words
from xiangyun.base.errors import NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.needs import actor_of, needs, public, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.notify import actions, adapters, queries, rules
from xiangyun.kernel.notify.actions import contacts, gateways, sending
from xiangyun.kernel.notify.models import Contact, Delivery, Gateway, Manners, Notice
from xiangyun.kernel.notify.rules import OUTSIDE, Channel, ContactKind, State, Urgency
from xiangyun.kernel.notify.schemas import (
    Became,
    ChannelsOut,
    ContactCodeIn,
    ContactIn,
    ContactRemoveIn,
    ContactsOut,
    DeliveryOut,
    GatewayIn,
    JudgeIn,
    MailIn,
    MannersIn,
    MannersOut,
    NoticeOut,
    Outside,
    SeenIn,
    TakenOut,
    TrialIn,
)
from xiangyun.kernel.people.rules import masking
from xiangyun.kernel.vault import queries as vault

router = Router(tags=["notify"])

LAST_FAULTS = 5
MOST_REPORTED = 256 * 1024
# Deliveries that did not go as they should, or of which nobody knows.
BAD = (State.FAILED.value, State.UNSURE.value)


@router.get("/notices", response=Page[NoticeOut], operation_id="notify_list_notices")
@signed_in
def list_notices(request: HttpRequest, paging: Query[Paging], unseen: bool | None = None) -> dict[str, Any]:
    """My notices, newest first; `unseen=true` only those I have not opened."""
    rows = queries.inbox(actor_of(request))
    if unseen is not None:
        rows = rows.filter(seen_at__isnull=unseen)
    found = page(rows, paging=paging)
    return {**found, "items": _shown(found["items"], _lang(request))}


@router.post("/notices/{notice_id}/seen", response=NoticeOut, operation_id="notify_see_notice")
@signed_in
def see_notice(request: HttpRequest, notice_id: UUID, body: SeenIn | None = None) -> dict[str, Any]:
    """I have read this one."""
    notice = actions.see(notice_id=notice_id, by=actor_of(request), at=clock.now())
    return _shown([notice], _lang(request))[0]


@router.get("/notices/contacts", response=ContactsOut, operation_id="notify_list_contacts")
@signed_in
def list_contacts(request: HttpRequest) -> dict[str, Any]:
    """Where I am told beyond the inbox; masked."""
    return _own(actor_of(request))


@router.post("/notices/contacts", response=ContactsOut, operation_id="notify_add_contact")
@signed_in
def add_contact(request: HttpRequest, body: ContactIn) -> dict[str, Any]:
    """Give my number or mail address: a code goes there."""
    by = actor_of(request)
    contacts.add_contact(kind=body.kind, value=body.value, by=by, at=clock.now())
    return _own(by)


@router.post("/notices/contacts/{contact_id}/confirm", response=ContactsOut, operation_id="notify_confirm_contact")
@signed_in
def confirm_contact(request: HttpRequest, contact_id: UUID, body: ContactCodeIn) -> dict[str, Any]:
    """The code that came: from now on I am told there."""
    by = actor_of(request)
    try:
        contacts.confirm_contact(contact_id=contact_id, code=body.code, by=by, at=clock.now())
    except contacts.WrongCode:
        request.kept.append(partial(contacts.note_wrong_code, contact_id=contact_id, by=by))  # type: ignore[attr-defined]
        raise
    return _own(by)


@router.post("/notices/contacts/{contact_id}/remove", response=ContactsOut, operation_id="notify_remove_contact")
@signed_in
def remove_contact(request: HttpRequest, contact_id: UUID, body: ContactRemoveIn | None = None) -> dict[str, Any]:
    """Tell me nothing there any more."""
    by = actor_of(request)
    contacts.remove_contact(contact_id=contact_id, by=by, at=clock.now())
    return _own(by)


@router.get("/notices/channels", response=ChannelsOut, operation_id="notify_list_channels")
@needs(rules.SEE_CHANNEL)
def list_channels(request: HttpRequest) -> dict[str, Any]:
    """Who carries the town's SMS, mail and calls, and how it goes; secrets by name alone."""
    return _channels(request)


@router.post("/notices/channels/http", response=ChannelsOut, operation_id="notify_set_gateway")
@needs(rules.SET_CHANNEL)
def set_gateway(request: HttpRequest, body: GatewayIn) -> dict[str, Any]:
    """Say who carries the town's SMS or calls from now on."""
    told = body.model_dump(exclude={"channel", "is_on", "op_id"})
    channel = Channel(body.channel)
    gateways.set_gateway(channel=channel, told=told, is_on=body.is_on, by=actor_of(request), at=clock.now())
    return _channels(request)


@router.post("/notices/channels/mail", response=ChannelsOut, operation_id="notify_set_mail")
@needs(rules.SET_CHANNEL)
def set_mail(request: HttpRequest, body: MailIn) -> dict[str, Any]:
    """Say who carries the town's mail from now on."""
    told = body.model_dump(exclude={"is_on", "op_id"})
    gateways.set_gateway(channel=Channel.MAIL, told=told, is_on=body.is_on, by=actor_of(request), at=clock.now())
    return _channels(request)


@router.post("/notices/channels/try", response=DeliveryOut, operation_id="notify_try_channel")
@needs(rules.SET_CHANNEL)
def try_channel(request: HttpRequest, body: TrialIn) -> dict[str, Any]:
    """Send one message to see that a channel works."""
    by = actor_of(request)
    trial = gateways.try_channel(channel=Channel(body.channel), to=body.to, by=by, at=clock.now())
    return _deliveries([trial], by, _lang(request))[0]


@router.get("/notices/manners", response=MannersOut, operation_id="notify_get_manners")
@needs(rules.SEE_CHANNEL)
def get_manners(request: HttpRequest) -> dict[str, Any]:
    """How the town speaks to people: ladders of channels, quiet hours, limits."""
    return _manners(actor_of(request))


@router.post("/notices/manners", response=MannersOut, operation_id="notify_set_manners")
@needs(rules.SET_CHANNEL)
def set_manners(request: HttpRequest, body: MannersIn) -> dict[str, Any]:
    """Say how the town speaks to people from now on."""
    by = actor_of(request)
    told = rules.Manners(
        ladders={urgency: [Channel(one) for one in getattr(body, urgency.value)] for urgency in Urgency},
        quiet_from=body.quiet_from,
        quiet_until=body.quiet_until,
        wait=timedelta(minutes=body.wait_minutes),
        person_hour=body.person_hour,
        town_day=body.town_day,
    )
    gateways.set_manners(told=told, basis=body.basis, by=by, at=clock.now())
    return _manners(by)


@router.get("/notices/deliveries", response=Page[DeliveryOut], operation_id="notify_list_deliveries")
@needs(rules.SEE_CHANNEL)
def list_deliveries(
    request: HttpRequest,
    paging: Query[Paging],
    state: Became | None = None,
    channel: Outside | None = None,
) -> dict[str, Any]:
    """What went out in my places and what became of it, newest first."""
    by = actor_of(request)
    rows = Delivery.objects.visible_to(by, rules.SEE_CHANNEL)
    if state is not None:
        rows = rows.filter(state=state)
    if channel is not None:
        rows = rows.filter(channel=channel)
    found = page(rows, paging=paging)
    return {**found, "items": _deliveries(found["items"], by, _lang(request))}


@router.post("/notices/deliveries/{delivery_id}/again", response=DeliveryOut, operation_id="notify_send_again")
@needs(rules.JUDGE)
def send_again(request: HttpRequest, delivery_id: UUID, body: JudgeIn | None = None) -> dict[str, Any]:
    """Nobody knows whether it went: send it once more."""
    by = actor_of(request)
    return _deliveries(
        [gateways.judge(delivery_id=delivery_id, again=True, by=by, at=clock.now())], by, _lang(request)
    )[0]


@router.post("/notices/deliveries/{delivery_id}/leave", response=DeliveryOut, operation_id="notify_leave_delivery")
@needs(rules.JUDGE)
def leave_delivery(request: HttpRequest, delivery_id: UUID, body: JudgeIn | None = None) -> dict[str, Any]:
    """Nobody knows whether it went: leave it at that."""
    by = actor_of(request)
    return _deliveries(
        [gateways.judge(delivery_id=delivery_id, again=False, by=by, at=clock.now())], by, _lang(request)
    )[0]


@router.post("/notices/receipts/{receipt_key}", response=TakenOut, operation_id="notify_take_receipts")
@public
def take_receipts(request: HttpRequest, receipt_key: str) -> dict[str, Any]:
    """A gateway reports what became of messages. The key is a machine's (`notify.report_receipt`), made for it alone;
    it stands in the address because gateways can send nothing else."""
    at = clock.now()
    machine = accounts.actor_of_key(receipt_key, at)
    if machine is None or machine.town is None or not machine.may(rules.REPORT):
        raise NotFound
    reported = request.body[:MOST_REPORTED]
    with doors.scoped(machine.scope):
        taken = 0
        for gateway in Gateway.objects.filter(area_path=machine.town):
            reading = queries.opened(gateway).get("receipt")
            for key, ref, outcome in adapters.heard(reported, reading) if reading else ():
                taken += sending.receive(
                    area=machine.town, channel=gateway.channel, key=key, ref=ref, outcome=outcome, at=at
                )
    return {"taken": taken}


def _lang(request: HttpRequest) -> str:
    return str(getattr(request, "lang", words.DEFAULT))


def _shown(found: list[Notice], lang: str) -> list[dict[str, Any]]:
    places, tried = queries.place_names(found), queries.tried(found)
    return [
        {
            "id": notice.pk,
            "code": notice.code,
            "text": queries.sentence(notice, lang, places),
            "subject": {"kind": notice.subject_kind, "id": notice.subject_id} if notice.subject_kind else None,
            "area": notice.area_path,
            "urgency": notice.urgency,
            "created_at": notice.created_at,
            "seen_at": notice.seen_at,
            "tried": [
                {"channel": one.channel, "state": one.state, "at": one.ended_at or one.sent_at or one.created_at}
                for one in tried[notice.pk]
            ],
        }
        for notice in found
    ]


def _own(by: Actor) -> dict[str, Any]:
    """One's own contacts: the confirmed ones, and of each kind the latest that waits for its code."""
    at = clock.now()
    rows: dict[tuple[str, bool], Contact] = {}
    for one in queries.contacts_of(by).order_by("created_at", "id"):
        if one.confirmed_at or (one.code_until and one.code_until > at):
            rows[one.kind, one.confirmed_at is not None] = one
    places = tuple(dict.fromkeys(post.area for post in by.posts))
    means = queries.Means((), places, at)
    possible = [
        kind
        for kind, channel in contacts.CHANNEL_OF.items()
        if any(means.gateway(place, channel) is not None for place in places)
    ]
    return {"items": [_contact(one) for one in rows.values()], "possible": possible}


def _contact(row: Contact) -> dict[str, Any]:
    value = vault.open_sealed(row.value_sealed, "notify_contact", "value_sealed", row.pk)
    name, _, host = value.rpartition("@")
    masked = f"{name[:1]}***@{host}" if row.kind == ContactKind.MAIL else masking.mask_phone(value)
    return {
        "id": row.pk,
        "kind": row.kind,
        "masked": masked,
        "is_confirmed": row.confirmed_at is not None,
        "code_until": row.code_until,
        "created_at": row.created_at,
    }


def _channels(request: HttpRequest) -> dict[str, Any]:
    by, at, lang = actor_of(request), clock.now(), _lang(request)
    area = by.town or by.scope
    means = queries.Means((), (area,), at)
    own = {row.channel: row for row in Gateway.objects.filter(area_path=area)}
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    today: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = Delivery.objects.visible_to(by, rules.SEE_CHANNEL)
    for channel, state in rows.filter(created_at__gte=midnight).values_list("channel", "state"):
        today[channel][state] += 1
    bad: dict[str, list[Delivery]] = defaultdict(list)
    for one in rows.filter(state__in=BAD).exclude(fault="").order_by("-created_at", "-id")[: LAST_FAULTS * 10]:
        bad[one.channel].append(one)
    return {
        "items": [_channel(one, own.get(one), means.gateway(area, one), today[one], bad[one], lang) for one in OUTSIDE],
        "may": ["set", "try"] if by.may(rules.SET_CHANNEL, area) and by.town else [],
    }


def _channel(
    channel: Channel,
    own: Gateway | None,
    used: Gateway | None,
    today: dict[str, int],
    bad: list[Delivery],
    lang: str,
) -> dict[str, Any]:
    settings = queries.opened(own) if own else None
    secrets = sorted(settings.pop("secrets", {})) if settings else []
    return {
        "channel": channel,
        "is_set": (own or used) is not None,
        "is_on": used is not None,
        "is_of_town": own is not None,
        "set_at": own.set_at if own else None,
        "settings": settings,
        "secrets": secrets,
        "today": dict(today),
        "faults": [
            {"at": one.claimed_at or one.created_at, "fault": one.fault, "text": _fault_text(one.fault, lang)}
            for one in bad[:LAST_FAULTS]
        ],
    }


def _manners(by: Actor) -> dict[str, Any]:
    area, at = by.town or by.scope, clock.now()
    row = Manners.objects.filter(area_path=area, starts_at__lte=at).order_by("-starts_at", "-id").first()
    told = queries.manners_of(area, at)
    return {
        **{urgency.value: list(told.ladders[urgency]) for urgency in Urgency},
        "quiet_from": told.quiet_from,
        "quiet_until": told.quiet_until,
        "wait_minutes": int(told.wait.total_seconds() // 60),
        "person_hour": told.person_hour,
        "town_day": told.town_day,
        "basis": row.basis if row else "",
        "starts_at": row.starts_at if row else None,
    }


def _deliveries(rows: list[Delivery], by: Actor, lang: str) -> list[dict[str, Any]]:
    people = accounts.names(row.account_id for row in rows)
    return [
        {
            "id": row.pk,
            "kind": row.kind,
            "channel": row.channel,
            "urgency": row.urgency,
            "state": row.state,
            "fault": row.fault,
            "fault_text": _fault_text(row.fault, lang),
            "name": people[row.account_id].name if row.account_id in people else "—",
            "area": row.area_path,
            "attempts": row.attempts,
            "is_loud": row.is_loud,
            "created_at": row.created_at,
            "sent_at": row.sent_at,
            "ended_at": row.ended_at,
            "may": ["again", "leave"] if row.state == State.UNSURE and by.may(rules.JUDGE, row.area_path) else [],
        }
        for row in rows
    ]


def _fault_text(fault: str, lang: str) -> str:
    """A fault of ours in words; what a gateway said stays as it said it."""
    code = f"notify.fault.{fault}"
    return words.say(code, lang) if code in words.catalogue(lang) else fault
