"""Telling somebody something, and the receipt that it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.notify import registry, rules
from xiangyun.kernel.notify.models import Contact, Delivery, Notice
from xiangyun.kernel.notify.rules import State, Urgency

UNCONFIRMED_KEPT = timedelta(days=1)


@transaction.atomic
def tell(  # noqa: PLR0913 -- one keyword a fact
    *,
    account: UUID,
    area: str,
    code: str,
    params: Mapping[str, Any],
    subject: tuple[str, UUID | str],
    at: datetime,
    urgency: Urgency = Urgency.PLAIN,
    until_taken: bool = False,
    then: Sequence[UUID] = (),
) -> Notice:
    """Put a notice into somebody's inbox; what its urgency asks for beyond that goes out after the commit.

    `code` is a declared notice; `params` are plain values, or `{"code", "params", "place"}` for a sentence inside the
    sentence (`place` an area path, read as that place's name). With `until_taken` it goes on to the next channel, and
    after the last one to the next account of `then`, until somebody says that they know or `settle` says it is taken.
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
        urgency=urgency.value,
        until_taken=until_taken,
        then=list(then),
        created_at=at,
        # The ingest door writes notices too, and knows nothing of channels: the round that sends looks there.
        next_at=at,
    )


@transaction.atomic
def see(*, notice_id: UUID, by: Actor, at: datetime) -> Notice:
    """The person opened it; opening it again keeps the first time. Refuses: NotFound (somebody else's too)."""
    if by.account_id is None:
        raise NotFound
    notice = Notice.objects.filter(account=by.account_id).select_for_update().pick(notice_id)
    if notice.seen_at is None:
        notice.seen_at, notice.next_at = at, None
        notice.save(update_fields=["seen_at", "next_at"])
        _drop([notice.pk], at)
    return notice


@transaction.atomic
def settle(*, subject: tuple[str, UUID | str], at: datetime) -> int:
    """Somebody has what these notices are about: nobody is told of it any further; returns how many were waiting."""
    rows = Notice.objects.filter(subject_kind=subject[0], subject_id=str(subject[1]), until_taken=True, settled_at=None)
    found = list(rows.select_for_update().values_list("pk", flat=True))
    if found:
        Notice.objects.filter(pk__in=found).update(settled_at=at, next_at=None)
        _drop(found, at)
    return len(found)


def _drop(notices: Sequence[UUID], at: datetime) -> None:
    """What waits to go out of these notices stays here."""
    Delivery.objects.filter(notice__in=notices, state=State.QUEUED.value).update(
        state=State.DROPPED.value, due_at=None, ended_at=at
    )


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Drop notices that were read long ago, old deliveries, contacts nobody confirmed; returns how many rows."""
    codes = Contact.objects.filter(confirmed_at=None, created_at__lt=at - UNCONFIRMED_KEPT).delete()[0]
    closed = Contact.objects.filter(account__state="closed").delete()[0]
    read = Notice.objects.filter(seen_at__lt=at - rules.KEPT).delete()[0]
    return codes + closed + read + Delivery.objects.filter(created_at__lt=at - rules.KEPT).delete()[0]
