"""Reads of phones: whose a phone is before anybody is known, and how phones stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.rules import tenant_of as tenant_of_area
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.models import Phone
from xiangyun.kernel.offline.rules import State


def tenant_of(phone_id: UUID) -> str | None:
    """The town a phone belongs to; None where there is no such phone. Needs no scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT xy_door.offline_place_of_phone(%s)", [phone_id])
        row = cursor.fetchone()
    return tenant_of_area(row[0]) if row and row[0] else None


def listed(by: Actor) -> ScopedQuerySet[Phone]:
    """My phones, and those of places whose phones I may see."""
    seen = Phone.objects.visible_to(by, rules.SEE_PHONES)
    return seen | Phone.objects.in_area(by.scope).filter(account=by.account_id) if by.account_id else seen


def shown(phones: Sequence[Phone], by: Actor) -> list[dict[str, Any]]:
    """Phones (with their accounts) on the wire, in one query more."""
    still = Q(items__state=State.WAITING)
    found = Phone.objects.filter(pk__in=[one.pk for one in phones]).annotate(n=Count("items", filter=still))
    waiting = dict(found.values_list("pk", "n"))
    return [_shown(one, by, waiting.get(one.pk, 0)) for one in phones]


def _shown(phone: Phone, by: Actor, waiting: int) -> dict[str, Any]:
    may_revoke = phone.revoked_at is None and by.may(rules.REVOKE, phone.area_path)
    return {
        "id": phone.pk,
        "account": {"account": phone.account.account, "name": phone.account.name},
        "area": phone.area_path,
        "label": phone.label,
        "app_version": phone.app_version,
        "is_mine": phone.account_id == by.account_id,
        "is_persisted": phone.is_persisted,
        "holds": {
            "items": phone.holds_items,
            "photos": phone.holds_photos,
            "bytes": phone.holds_bytes,
            "oldest_at": phone.holds_oldest_at,
        },
        "evicted": phone.evicted,
        "waiting": waiting,
        "never_came": phone.holds_items + phone.lost,
        "is_clock_off": rules.is_off(timedelta(seconds=phone.clock_off_s)),
        "registered_at": phone.registered_at,
        "seen_at": phone.seen_at,
        "revoked_at": phone.revoked_at,
        "may": ["revoke"] if may_revoke else [],
    }
