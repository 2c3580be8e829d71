"""Envelopes come in: each is proven, opened, kept sealed, and let in when its turn has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from xiangyun.base import ids
from xiangyun.base.crypto import Tampered
from xiangyun.base.offline import Form
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.offline import body, envelopes, registry, rules
from xiangyun.kernel.offline.actions import turns
from xiangyun.kernel.offline.actions.keys import PLACE
from xiangyun.kernel.offline.actions.phones import Holds, put_holds
from xiangyun.kernel.offline.envelopes import Envelope, Forged
from xiangyun.kernel.offline.models import Item, ItemFile, Phone, ReceivingKey
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.offline.queries.items import Outcome, Unkept
from xiangyun.kernel.offline.rules import State, Why
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries
from xiangyun.kernel.vault.queries import SealingRing


@dataclass(frozen=True, slots=True)
class Gone:
    """Something a person removed on the phone, and why."""

    id: UUID
    seq: int
    reason: str


@dataclass(slots=True)
class Taken:
    """What came of one request: items as they stand now, in the order they were sent, and what was not kept."""

    phone: Phone
    items: dict[UUID, Item] = field(default_factory=dict)
    unkept: list[Unkept] = field(default_factory=list)


@transaction.atomic
def take_in(
    *,
    phone_id: UUID,
    now: datetime,
    holds: Holds,
    sent: Sequence[Envelope],
    gone: Sequence[Gone] = (),
    by: Actor,
    at: datetime,
) -> Taken:
    """What a phone sends, in its own session. What was sent before gets the same receipt and changes nothing.

    Refuses: NotFound (no phone of mine), Conflict (the recovery sheet is unconfirmed: the phone keeps everything).
    """
    vault_queries.must_be_confirmed()
    phone = Phone.objects.filter(account=by.account_id).pick(phone_id)
    ring = vault.sealing_ring(phone.area_path, at=at)
    # Held: what comes to a town comes one after the other, two requests of one phone too. Each holds the rows of a
    # hundred things until its end, and two phones that wrote of the same homes would wait for one another for ever.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{items.ITEMS}|{ring.key.town_id}"])
    phone = Phone.objects.select_for_update().pick(phone_id)
    off = rules.clock_off(now, at)
    phone.clock_off_s, phone.seen_at, phone.session_id = int(off.total_seconds()), at, by.session_id
    taken = Taken(phone)
    for one in gone:
        taken.items[one.id] = bury(phone, one, ring=ring, at=at)
    why = Why.REVOKED if phone.revoked_at else None
    came = keep(taken, sent, why=why, ring=ring, at=at)
    put_holds(phone, holds, came=came)
    # What is new here is surely among what the phone counts as unheard: as many of both, and nothing else is on it.
    turns.count_up(phone, sent, is_all_here=holds.items <= came)
    if phone.revoked_at is None:
        taken.items |= turns.work_off(phone, by=by, ring=ring, at=at)
    phone.save()
    return taken


def keep(
    taken: Taken,
    sent: Sequence[Envelope],
    *,
    why: Why | None,
    ring: SealingRing,
    at: datetime,
    brought_by: UUID | None = None,
) -> int:
    """Keep what is proven to be this phone's and is not here yet; `why` it waits for a person, or None to let it in.
    Returns how many are new."""
    phone = taken.phone
    known = _known(sent)
    keys = _Keys(phone.area_path)
    fresh: list[tuple[Item, body.Written | None]] = []
    for one in sorted(sent, key=lambda each: (each.seq, each.id)):
        item = taken.items.get(one.id) or known.get(one.id)
        fault = _fault(one, phone, item, ring)
        if fault:
            taken.unkept.append(Unkept(one.id, one.hash, fault))
            continue
        if item is None:
            item, text = _drafted(one, phone, keys, why, ring, at)
            item.brought_by = brought_by
            fresh.append((item, text))
        elif item.state == State.QUARANTINED and item.why == Why.DROPPED and why is None:
            # Somebody carried it in, and now it comes from its own phone: nobody need judge it.
            item.state, item.why, item.outcome_sealed = State.WAITING.value, "", None
            item.save()
        taken.items[one.id] = item
    return _keep_fresh(taken, fresh, {one.id: one.hash for one in sent}, ring)


def _keep_fresh(
    taken: Taken,
    fresh: Sequence[tuple[Item, body.Written | None]],
    hashes: Mapping[UUID, str],
    ring: SealingRing,
) -> int:
    Item.objects.bulk_create([item for item, _ in fresh], ignore_conflicts=True)
    # An id that is another phone's, elsewhere perhaps, was left out; with its hash the phone knows that this is final.
    ours = set(
        Item.objects.filter(pk__in=[item.pk for item, _ in fresh], phone=taken.phone).values_list("pk", flat=True)
    )
    for item, _ in fresh:
        if item.pk not in ours:
            del taken.items[item.pk]
            taken.unkept.append(Unkept(item.pk, hashes[item.pk], "offline.id_reused"))
    kept = [(item, text) for item, text in fresh if item.pk in ours and text]
    ItemFile.objects.bulk_create(
        [_file(item, num, told, ring) for item, text in kept for num, told in enumerate(text.files)]
    )
    mended = [item.mends for item, _ in kept if item.mends]
    if mended:
        Item.objects.filter(pk__in=mended, phone=taken.phone, state=State.REFUSED).update(state=State.MENDED.value)
    return len(ours)


def _known(sent: Sequence[Envelope]) -> dict[UUID, Item]:
    """What is here of these already, held until the end."""
    return Item.objects.select_for_update().in_bulk([one.id for one in sent])


def _fault(one: Envelope, phone: Phone, item: Item | None, ring: SealingRing) -> str:
    """Why an envelope is not kept; empty where it is."""
    if one.phone != phone.pk:
        return "offline.other_phone"
    try:
        envelopes.must_be_signed(one, bytes(phone.public_key))
    except Forged:
        return "offline.not_signed"
    if item is None:
        return ""
    if item.phone_id != phone.pk:
        return "offline.id_reused"
    return "" if _is_same(item, one.hash, ring) else "offline.id_reused"


def _is_same(item: Item, told: str, ring: SealingRing) -> bool:
    """Whether an item holds what has this hash; a tombstone, and what did not open, hold nothing to differ from."""
    if item.hash_index is None:
        return True
    index = bytes(item.hash_index)
    # While a new key of another suite is walked to, a hash may stand under the old one.
    return index == ring.index(items.ITEMS, told) or index in vault_queries.ring(item.area_path).sought(
        items.ITEMS, told
    )


class _Keys:
    """The private halves of a town's receiving keys, opened once a request."""

    def __init__(self, area: str) -> None:
        self._tenant = vault_queries.tenant_of(area)
        self._known: dict[int, tuple[bytes, UUID]] | None = None

    def opened(self, one: Envelope) -> str:
        """What is in an envelope. Raises Tampered."""
        if self._known is None:
            rows = ReceivingKey.objects.filter(area_path=self._tenant)
            self._known = {
                row.num: (bytes.fromhex(vault_queries.open_sealed(row.private_sealed, *PLACE, row.pk)), row.town_id)
                for row in rows
            }
        if one.key not in self._known:
            raise Tampered
        private, town_id = self._known[one.key]
        try:
            return envelopes.opened(one, private, town_id).decode()
        except UnicodeDecodeError as wrong:
            raise Tampered from wrong


def _drafted(
    one: Envelope, phone: Phone, keys: _Keys, why: Why | None, ring: SealingRing, at: datetime
) -> tuple[Item, body.Written | None]:
    """A new item, not yet written. What does not open or is not what its envelope says is kept as it came, refused."""
    item = Item(
        pk=one.id,
        area_path=phone.area_path,
        phone=phone,
        account_id=phone.account_id,
        seq=one.seq,
        hash_index=ring.index(items.ITEMS, one.hash),
        clock_off_s=phone.clock_off_s,
        came_at=at,
    )
    try:
        plain = keys.opened(one)
    except Tampered:
        plain = ""
    text = body.read(plain) if plain else None
    if text is None or (text.id, text.phone, text.seq) != (one.id, one.phone, one.seq):
        _put_body(item, plain or _as_it_came(one), ring)
        item.state, item.settled_at = State.REFUSED.value, at
        item.hash_index = ring.index(items.ITEMS, one.hash) if plain else None
        item.outcome_sealed = Outcome("offline.unreadable", {}).sealed(item, ring)
        return item, None
    _put_body(item, plain, ring)
    form = registry.form(text.form)
    item.form, item.mends, item.made_at = text.form, text.mends, text.made_at
    item.subject_kind, item.subject_id = text.subject.kind, text.subject.id
    item.under_id = _under(form, text)
    if text.v not in rules.FORM_VERSIONS:
        item.state, item.settled_at = State.REFUSED.value, at
        item.outcome_sealed = Outcome("offline.unknown_version", {}).sealed(item, ring)
    elif why is not None:
        item.state, item.why = State.QUARANTINED.value, why.value
        item.area_path = items.place(form, item, items.told(item, text)) or phone.area_path
    return item, text


def _put_body(item: Item, plain: str, ring: SealingRing) -> None:
    item.body_sealed = ring.seal(plain, items.ITEMS, "body_sealed", item.pk)
    item.body_bytes = len(plain.encode())


def _as_it_came(one: Envelope) -> str:
    return ".".join(envelopes.encoded(part) for part in (one.epk, one.nonce, one.sealed)) + f".{one.key}"


def _under(form: Form | None, text: body.Written) -> UUID | None:
    found = text.facts.get(form.under) if form and form.under else None
    try:
        return UUID(str(found)) if found else None
    except ValueError:
        return None


def _file(item: Item, num: int, told: body.WrittenFile, ring: SealingRing) -> ItemFile:
    row = ItemFile(
        pk=ids.uuid7(), area_path=item.area_path, item=item, num=num, role=told.role, group=told.group, size=told.size
    )
    row.sha256_sealed = ring.seal(told.sha256, items.FILES, "sha256_sealed", row.pk)
    return row


def bury(phone: Phone, one: Gone, *, ring: SealingRing, at: datetime) -> Item:
    """A person removed something on the phone: what is not let in yet never will be; what never came leaves a mark."""
    item = Item(
        pk=one.id,
        area_path=phone.area_path,
        phone=phone,
        account_id=phone.account_id,
        seq=one.seq,
        state=State.GONE.value,
        came_at=at,
        settled_at=at,
    )
    item.reason_sealed = ring.seal(one.reason, items.ITEMS, "reason_sealed", item.pk)
    known = Item.objects.select_for_update().filter(pk=one.id, phone=phone).first()
    if known is None:
        Item.objects.bulk_create([item], ignore_conflicts=True)
        if one.seq <= phone.upto:
            phone.lost = max(0, phone.lost - 1)  # it was thought lost, and now somebody says why it never came
        return item
    if rules.may_move(State(known.state), State.GONE):
        known.state, known.settled_at, known.reason_sealed = State.GONE.value, at, item.reason_sealed
        known.outcome_sealed = None
        known.save()
    return known
