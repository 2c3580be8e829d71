"""Telling somebody something, and the receipt that it was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.notify import registry
from xiangyun.kernel.notify.models import Notice

KEPT = timedelta(days=365)
"""How long a notice stays after it was read; an unread one stays."""


@transaction.atomic
def tell(
    *, account: UUID, area: str, code: str, params: Mapping[str, Any], subject: tuple[str, UUID | str], at: datetime
) -> Notice:
    """Put a notice into somebody's inbox.

    `code` is a declared notice; `params` are plain values, or `{"code", "params", "place"}` for a sentence inside the
    sentence (`place` an area path, read as that place's name).
    """
    if not registry.is_known(code):
        raise KeyError(f"no plug declares the notice {code}")
    return Notice.objects.create(
        account_id=account,
        area_path=area,
        code=code,
        params=dict(params),
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        created_at=at,
    )


@transaction.atomic
def see(*, notice_id: UUID, by: Actor, at: datetime) -> Notice:
    """The person opened it; opening it again keeps the first time. Refuses: NotFound (somebody else's too)."""
    if by.account_id is None:
        raise NotFound
    notice = Notice.objects.filter(account=by.account_id).select_for_update().pick(notice_id)
    if notice.seen_at is None:
        notice.seen_at = at
        notice.save(update_fields=["seen_at"])
    return notice


@transaction.atomic
def forget_seen(*, at: datetime) -> int:
    """Drop notices that were read long ago; returns how many."""
    return Notice.objects.filter(seen_at__lt=at - KEPT).delete()[0]
