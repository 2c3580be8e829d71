"""A person's own number or mail address for notices: given, proved by a code that came back, taken away."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, Conflict, NotAllowed, TooMany
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import queries, rules
from xiangyun.kernel.notify.models import Contact, Delivery
from xiangyun.kernel.notify.rules import Channel, ContactKind, Kind, Urgency
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

FIELD = "contact"
MAIL = re.compile(r"[^@\s,;<>\"()\[\]\\]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
CHANNEL_OF = {ContactKind.PHONE: Channel.SMS, ContactKind.MAIL: Channel.MAIL}


class WrongCode(BadInput):
    """What was typed is not what was sent; counted."""


@transaction.atomic
def add_contact(*, kind: ContactKind, value: str, by: Actor, at: datetime) -> Contact:
    """A person gives a number or address; a code goes there, and only with it back is it theirs.

    Refuses: NotAllowed (no person), BadInput, Conflict (nobody carries this channel here), TooMany codes.
    """
    if by.account_id is None:
        raise NotAllowed("base.not_allowed")
    clean = _clean(kind, value)
    person = Account.objects.select_for_update().get(pk=by.account_id)
    if queries.Means((), (person.area_path,), at).gateway(person.area_path, CHANNEL_OF[kind]) is None:
        raise Conflict(f"notify.no_{kind}_channel")
    ring = vault.sealing_ring(person.area_path, at=at)
    contact = Contact(
        account=person,
        area_path=person.area_path,
        kind=kind.value,
        value_index=ring.index(FIELD, clean),
        created_at=at,
        code_until=at + rules.CODE_LASTS,
    )
    _must_be_few(contact, clean, at)
    contact.value_sealed = ring.seal(clean, "notify_contact", "value_sealed", contact.pk)
    code = f"{secrets.randbelow(10**6):06}"
    contact.code_sealed = ring.seal(code, "notify_contact", "code_sealed", contact.pk)
    contact.save(force_insert=True)
    Delivery.objects.create(
        area_path=person.area_path,
        kind=Kind.CODE.value,
        channel=CHANNEL_OF[kind].value,
        urgency=Urgency.NOW.value,
        account=person,
        contact=contact,
        due_at=at,
        created_at=at,
    )
    _written("notify.add_contact", contact, by, at)
    return contact


@transaction.atomic
def confirm_contact(*, contact_id: UUID, code: str, by: Actor, at: datetime) -> Contact:
    """The code came back: from now on the person is told there, and no longer at what they gave before.

    Refuses: NotFound (somebody else's too), Conflict (no code waits any more), WrongCode.
    """
    contact = queries.contacts_of(by).select_for_update().pick(contact_id)
    if contact.confirmed_at is not None:
        return contact
    if contact.code_sealed is None or contact.code_until is None or contact.code_until <= at:
        raise Conflict("notify.code_over")
    if contact.tries >= rules.CODE_TRIES:
        raise Conflict("notify.code_over")
    sent = vault_queries.open_sealed(contact.code_sealed, "notify_contact", "code_sealed", contact.pk)
    if not hmac.compare_digest(sent.encode(), code.strip().encode()):
        raise WrongCode("notify.wrong_code", errors=[{"loc": ["body", "code"], "msg": "notify.wrong_code"}])
    queries.contacts_of(by).filter(kind=contact.kind).exclude(pk=contact.pk).delete()
    contact.confirmed_at, contact.code_sealed, contact.code_until = at, None, None
    contact.save(update_fields=["confirmed_at", "code_sealed", "code_until"])
    _written("notify.confirm_contact", contact, by, at)
    return contact


def note_wrong_code(*, contact_id: UUID, by: Actor) -> None:
    """Count a wrong code; the door calls this after it rolled the request back."""
    with doors.scoped(by.scope):
        for contact in queries.contacts_of(by).select_for_update().filter(pk=contact_id):
            contact.tries += 1
            contact.save(update_fields=["tries"])


@transaction.atomic
def remove_contact(*, contact_id: UUID, by: Actor, at: datetime) -> None:
    """The person wants no more messages there. Refuses: NotFound (somebody else's too)."""
    contact = queries.contacts_of(by).select_for_update().pick(contact_id, confirmed_at__isnull=False)
    _written("notify.remove_contact", contact, by, at)
    contact.delete()


def _clean(kind: ContactKind, value: str) -> str:
    if kind is ContactKind.PHONE:
        digits = re.sub(r"[\s\-]", "", value)
        number = digits.removeprefix("+86").removeprefix("0086")
        if rules.is_mobile(number):
            return number
    else:
        address = value.strip()
        name, _, host = address.rpartition("@")
        address = f"{name}@{host.lower()}"
        if len(address) <= 120 and address.isascii() and MAIL.fullmatch(address):
            return address
    raise BadInput(f"notify.no_{kind}", errors=[{"loc": ["body", "value"], "msg": f"notify.no_{kind}"}])


def _must_be_few(contact: Contact, value: str, at: datetime) -> None:
    """Refuses: TooMany, for one who asks for code after code, and for a number that is rung by many."""
    hour = Delivery.objects.filter(account=contact.account_id, kind=Kind.CODE.value)
    mine = list(hour.filter(created_at__gt=at - timedelta(hours=1)).values_list("created_at", flat=True))
    indexes = vault_queries.ring(contact.area_path).sought(FIELD, value)
    day = Contact.objects.filter(value_index__in=indexes, created_at__gt=at - timedelta(days=1))
    theirs = list(day.values_list("created_at", flat=True))
    if len(mine) >= rules.CODES_AN_HOUR or len(theirs) >= rules.CODES_A_DAY:
        if len(theirs) >= rules.CODES_A_DAY:
            wait = min(theirs) + timedelta(days=1) - at
        else:
            wait = min(mine) + timedelta(hours=1) - at
        wait_s = max(1, int(wait.total_seconds()))
        raise TooMany("notify.too_many_codes", retry_after_s=wait_s, minutes=-(-wait_s // 60))


def _written(act: str, contact: Contact, by: Actor, at: datetime) -> None:
    audit.record(
        act=act, by=by, object=("contact", contact.pk), area=contact.area_path, at=at, detail={"kind": contact.kind}
    )
