"""Envelopes brought by whoever has them: proven by the phone's own signature, kept for a person to judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.db.models import Count, Sum

from xiangyun.base.errors import Conflict, NotFound, TooMany
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.actions.intake import Taken, keep
from xiangyun.kernel.offline.actions.turns import count_up
from xiangyun.kernel.offline.envelopes import Envelope
from xiangyun.kernel.offline.models import DropTry, Item, Phone
from xiangyun.kernel.offline.queries import phones
from xiangyun.kernel.offline.rules import State, Why
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

HOUR = timedelta(hours=1)


def drop(*, phone_id: UUID, sent: Sequence[Envelope], address: str, by: Actor | None, at: datetime) -> Taken:
    """What a phone holds whose session has ended, or that was revoked, or a rescue file in a colleague's hands (`by`).

    All of it waits for a person. Needs no scope.
    Refuses: TooMany (this phone, or this address, came too often), NotFound (no such phone), Conflict (it has as much
    lying here as one phone may).
    """
    refuse_while_too_often(phone_id, address, at)
    tenant = phones.tenant_of(phone_id)
    if tenant is None:
        raise NotFound
    with doors.scoped(tenant):
        vault_queries.must_be_confirmed()
        phone = Phone.objects.select_for_update().pick(phone_id)
        _must_have_room(phone, sent)
        taken = Taken(phone)
        why = Why.REVOKED if phone.revoked_at else Why.DROPPED
        ring = vault.sealing_ring(phone.area_path, at=at)
        keep(taken, sent, why=why, ring=ring, at=at, brought_by=by.account_id if by else None)
        count_up(phone, (), is_all_here=False)
        phone.save(update_fields=["upto"])
        return taken


def note_try(*, phone_id: UUID, address: str, at: datetime) -> None:
    """Write down that somebody came; the door calls this whatever became of the request."""
    DropTry.objects.create(phone=phone_id, address=address, at=at)


def forget_tries(*, at: datetime) -> int:
    """Drop what was written down long ago; returns how many."""
    return DropTry.objects.filter(at__lt=at - rules.DROP_TRIES_KEPT).delete()[0]


def refuse_while_too_often(phone_id: UUID, address: str, at: datetime) -> None:
    """Refuses: TooMany."""
    lately = DropTry.objects.filter(at__gt=at - HOUR, at__lte=at)
    for rows, most in (
        (lately.filter(phone=phone_id), rules.DROPS_AN_HOUR),
        (lately.filter(address=address), rules.DROPS_AN_HOUR_BY_ADDRESS),
    ):
        times = list(rows.order_by("-at").values_list("at", flat=True)[:most])
        if len(times) >= most:
            wait_s = max(1, ceil((times[-1] + HOUR - at).total_seconds()))
            raise TooMany("offline.too_often", retry_after_s=wait_s, minutes=ceil(wait_s / 60))


def _must_have_room(phone: Phone, sent: Sequence[Envelope]) -> None:
    lying = Item.objects.filter(phone=phone, state__in=(State.QUARANTINED, State.REFUSED)).aggregate(
        items=Count("pk"), bytes=Sum("body_bytes")
    )
    coming = sum(len(one.sealed) for one in sent)
    if lying["items"] + len(sent) > rules.DROPPED_ITEMS or (lying["bytes"] or 0) + coming > rules.DROPPED_BYTES:
        raise Conflict("offline.too_much_lying", most=rules.DROPPED_ITEMS)
