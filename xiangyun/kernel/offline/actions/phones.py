"""A phone says who it is and how it stands; a lost one is revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import Conflict, NotAllowed
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.actions import sessions
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.offline import envelopes, rules
from xiangyun.kernel.offline.models import Item, Phone
from xiangyun.kernel.offline.rules import State, Why

MOST_PHONES = 20


@dataclass(frozen=True, slots=True)
class Holds:
    """What a phone says it still holds."""

    items: int = 0
    photos: int = 0
    bytes: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Says:
    """What an app says of itself."""

    public: bytes
    label: str = ""
    app_version: str = ""
    is_persisted: bool = False
    evicted: int = 0


@transaction.atomic
def register_phone(*, phone_id: UUID, says: Says, holds: Holds, by: Actor, at: datetime) -> Phone:
    """A phone comes for the first time, or again; a revoked one is told so.

    Refuses: NotAllowed (a machine), NotFound (another account's), Conflict (another key; too many phones), BadInput.
    """
    if by.account_id is None:
        raise NotAllowed("base.not_allowed")
    person = Account.objects.get(pk=by.account_id)
    phone = Phone.objects.select_for_update().filter(pk=phone_id, account=person).first()
    if phone is None:
        if not envelopes.is_point(says.public):
            raise Conflict("offline.other_key")
        if Phone.objects.filter(account=person, revoked_at=None).count() >= MOST_PHONES:
            raise Conflict("offline.too_many_phones", most=MOST_PHONES)
        drafted = Phone(
            pk=phone_id,
            area_path=person.area_path,
            account=person,
            public_key=says.public,
            registered_at=at,
            seen_at=at,
        )
        # An id that is already another's is not told from one that never was.
        Phone.objects.bulk_create([drafted], ignore_conflicts=True)
        phone = Phone.objects.select_for_update().filter(account=person).pick(phone_id)
    if bytes(phone.public_key) != says.public:
        raise Conflict("offline.other_key")
    phone.area_path = person.area_path
    phone.label, phone.app_version = says.label, says.app_version
    phone.is_persisted = says.is_persisted
    # A phone that lost what it kept is a new one, and tells it once; a repeat counts once, and 0 takes nothing back.
    phone.evicted = max(phone.evicted, says.evicted)
    phone.session_id, phone.seen_at = by.session_id, at
    put_holds(phone, holds, came=0)
    phone.save()
    return phone


def must_not_be_revoked(by: Actor) -> None:
    """Refuses: NotAllowed, where the phone that was last heard in this session is revoked."""
    if by.session_id is None:
        return
    heard = Phone.objects.filter(account=by.account_id, session_id=by.session_id)
    if heard.filter(revoked_at__isnull=False).exists():
        raise NotAllowed("offline.phone_revoked")


def put_holds(phone: Phone, holds: Holds, *, came: int) -> None:
    """Write down what a phone still holds after `came` of it were taken in; the caller saves."""
    phone.holds_items = rules.left(holds.items, came)
    phone.holds_photos, phone.holds_bytes = holds.photos, holds.bytes
    phone.holds_oldest_at = holds.oldest_at if phone.holds_items else None


@transaction.atomic
def revoke_phone(*, phone_id: UUID, by: Actor, at: datetime) -> Phone:
    """A phone is lost: its session ends, its pack dies when it is next heard, what it still sends waits for a person.
    Again changes nothing. Refuses: NotFound."""
    phone: Phone = Phone.objects.select_for_update().visible_to(by, rules.REVOKE).pick(phone_id)
    if phone.revoked_at:
        return phone
    phone.revoked_at, phone.revoked_by = at, by.account_id
    phone.save(update_fields=["revoked_at", "revoked_by"])
    waiting = Item.objects.filter(phone=phone, state=State.WAITING)
    waiting.update(state=State.QUARANTINED.value, why=Why.REVOKED.value)
    if phone.session_id:
        sessions.end_known(phone.session_id, account_id=phone.account_id, at=at)
    audit.record(act=rules.REVOKE, by=by, object=("phone", phone.pk), area=phone.area_path, at=at)
    return phone
