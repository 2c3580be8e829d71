"""Reads of phones: whose a phone is before anybody is known, and how phones stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.rules import tenant_of as tenant_of_area
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.models import Phone
from xiangyun.kernel.offline.rules import State
from xiangyun.kernel.org import queries as org

ARRIVED = {
    "went_in": Count("items", filter=Q(items__state__in=rules.IN)),
    "waiting": Count("items", filter=Q(items__state=State.WAITING)),
    "to_judge": Count("items", filter=Q(items__state=State.QUARANTINED)),
    "not_in": Count("items", filter=Q(items__state__in=(State.REFUSED, State.PUT_ASIDE))),
    "since": Count("items", filter=Q(items__came_at__gt=F("seen_at"))),
}


def tenant_of(phone_id: UUID) -> str | None:
    """The town a phone belongs to; None where there is no such phone. Needs no scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT xy_door.offline_place_of_phone(%s)", [phone_id])
        row = cursor.fetchone()
    return tenant_of_area(row[0]) if row and row[0] else None


def listed(by: Actor, state: str = "any") -> ScopedQuerySet[Phone]:
    """My phones, and those of places whose phones I may see; `holding`: that hold something, or lost it; `revoked`."""
    seen = Phone.objects.visible_to(by, rules.SEE_PHONES)
    rows = seen | Phone.objects.in_area(by.scope).filter(account=by.account_id) if by.account_id else seen
    if state == "holding":
        return rows.filter(Q(holds_items__gt=0) | Q(lost__gt=0))
    return rows.filter(revoked_at__isnull=False) if state == "revoked" else rows


def shown(phones: Sequence[Phone], by: Actor) -> list[dict[str, Any]]:
    """Phones (with their accounts) on the wire, in two queries more."""
    found = Phone.objects.filter(pk__in=[one.pk for one in phones]).annotate(**ARRIVED)
    arrived = {row.pop("pk"): row for row in found.values("pk", *ARRIVED)}
    places = org.names(one.area_path for one in phones)
    return [_shown(one, by, arrived[one.pk], places[one.area_path]) for one in phones]


def _shown(phone: Phone, by: Actor, arrived: dict[str, int], place: str) -> dict[str, Any]:
    may_revoke = phone.revoked_at is None and by.may(rules.REVOKE, phone.area_path)
    return {
        "id": phone.pk,
        "account": {"account": phone.account.account, "name": phone.account.name},
        "area": phone.area_path,
        "area_name": place,
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
        "waiting": arrived["waiting"],
        "arrived": arrived,
        "never_came": rules.left(phone.holds_items, arrived["since"]) + phone.lost,
        "is_clock_off": rules.is_off(timedelta(seconds=phone.clock_off_s)),
        "registered_at": phone.registered_at,
        "seen_at": phone.seen_at,
        "revoked_at": phone.revoked_at,
        "may": ["revoke"] if may_revoke else [],
    }
