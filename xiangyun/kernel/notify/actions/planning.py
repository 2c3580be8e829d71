"""What goes out next of a notice: the first channel of its ladder that reaches the person, then the next, then the next
person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.kernel.notify import rules
from xiangyun.kernel.notify.actions.telling import tell
from xiangyun.kernel.notify.models import Delivery, Notice
from xiangyun.kernel.notify.queries import Means
from xiangyun.kernel.notify.rules import Kind, State, Urgency

AT_ONCE = 200
UNDER_WAY = (State.QUEUED.value, State.SENDING.value)


@transaction.atomic
def plan(*, at: datetime) -> int:
    """Decide what goes out next of each notice whose time has come; returns how many were looked at."""
    due = Notice.objects.filter(next_at__lte=at).order_by("next_at", "id")
    found = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    if not found:
        return 0
    means = Means({one.account_id for one in found}, {one.area_path for one in found}, at)
    tried: dict[UUID, dict[str, str]] = defaultdict(dict)
    for notice, channel, state in Delivery.objects.filter(notice__in=found).values_list(
        "notice_id", "channel", "state"
    ):
        if notice is not None:
            tried[notice][channel] = state
    for one in found:
        _plan(one, means, tried[one.pk], at)
        one.next_at = None
    Notice.objects.bulk_update(found, ["next_at"])
    return len(found)


def _plan(notice: Notice, means: Means, tried: Mapping[str, str], at: datetime) -> None:
    if notice.seen_at or notice.settled_at or any(state in UNDER_WAY for state in tried.values()):
        return
    manners, urgency = means.manners(notice.area_path), Urgency(notice.urgency)
    channel = rules.next_channel(manners.ladders[urgency], tried, means.reachable(notice.account_id, notice.area_path))
    if channel is None:
        _tell_next(notice, at)
        return
    due_at = rules.speaks_at(timezone.localtime(at), urgency, manners)
    if urgency is Urgency.PLAIN:
        # What can wait goes out together with what comes after it.
        later = rules.speaks_at(timezone.localtime(at + rules.DIGEST_WAITS), urgency, manners)
        queue_digest(notice.account_id, notice.area_path, channel, urgency, due_at=later, at=at)
        return
    Delivery.objects.create(
        area_path=notice.area_path,
        kind=Kind.NOTICE.value,
        channel=channel.value,
        urgency=urgency.value,
        notice=notice,
        account_id=notice.account_id,
        due_at=due_at,
        created_at=at,
    )


def _tell_next(notice: Notice, at: datetime) -> None:
    """Nothing is left to try with this person: the next one is told, if somebody was named."""
    if not notice.until_taken or not notice.then:
        return
    tell(
        account=notice.then[0],
        area=notice.area_path,
        code=notice.code,
        params=notice.params,
        subject=(notice.subject_kind, notice.subject_id),
        at=at,
        urgency=Urgency(notice.urgency),
        until_taken=True,
        then=notice.then[1:],
    )


def queue_digest(account: UUID, area: str, channel: str, urgency: Urgency, *, due_at: datetime, at: datetime) -> None:
    """Have somebody told once that several notices wait; one that waits already is hurried along if need be."""
    digest = Delivery(
        area_path=paths.town_of(area) or area,
        kind=Kind.DIGEST.value,
        channel=str(channel),
        urgency=urgency.value,
        account_id=account,
        due_at=due_at,
        created_at=at,
    )
    waiting = Delivery.objects.filter(
        account=account, channel=str(channel), kind=Kind.DIGEST.value, state=State.QUEUED.value
    )
    if urgency is Urgency.PLAIN or not waiting.filter(due_at__gt=due_at).update(due_at=due_at, urgency=urgency.value):
        Delivery.objects.bulk_create([digest], ignore_conflicts=True)
