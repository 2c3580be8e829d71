"""Who is asked in whose place, and all of somebody's work going to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from xiangyun.base.errors import BadInput, NotAllowed, NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.workflow import queries, rules
from xiangyun.kernel.workflow.actions.handling import point_at
from xiangyun.kernel.workflow.actions.matters import involve, write
from xiangyun.kernel.workflow.models import Matter, StandIn, WorkItem
from xiangyun.kernel.workflow.queries import Target
from xiangyun.kernel.workflow.rules import WAITING, How, WorkState


@dataclass(frozen=True, slots=True)
class HandOver:
    """What went from one person to another, and what stayed: the other holds no post for its place, or may not
    see what is sealed."""

    went: list[WorkItem]
    stayed: list[WorkItem]


@transaction.atomic
def stand_in(
    *, account: UUID, deputy: UUID, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime
) -> StandIn:
    """Offers to somebody go to their deputy for a time. For oneself, or for others by whoever leads their place.

    Refuses: NotFound, NotAllowed, BadInput (ends before it starts or has ended; oneself; a deputy without a post for
    the place; another stand-in at that time).
    """
    person = _person(account, by)
    if ends_at <= max(starts_at, at):
        raise BadInput("workflow.stand_in_ends", errors=[{"loc": ["body", "ends_at"], "msg": "ends_at"}])
    area = person.area_path
    if deputy == account or deputy not in queries.able_accounts(area, max(starts_at, at)):
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "deputy"], "msg": "deputy"}])
    # Held, so that two who say so at once do not both find nobody.
    Account.objects.select_for_update(of=("self",)).get(pk=account)
    if StandIn.objects.filter(account=account, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise BadInput("workflow.stand_in_twice", errors=[{"loc": ["body", "starts_at"], "msg": "starts_at"}])
    row = StandIn.objects.create(
        area_path=area, account_id=account, deputy_id=deputy, starts_at=starts_at, ends_at=ends_at
    )
    audit.record(
        act="workflow.stand_in",
        by=by,
        object=("account", account),
        area=area,
        at=at,
        detail={"deputy": str(deputy), "from": starts_at.isoformat(), "until": ends_at.isoformat()},
    )
    days = {
        "from": f"{timezone.localtime(starts_at):%m-%d %H:%M}",
        "until": f"{timezone.localtime(ends_at):%m-%d %H:%M}",
    }
    told = {deputy: "workflow.stands_in", account: "workflow.stood_in_for"}
    names = {deputy: person.name, account: _known(deputy, by).name}
    for one, code in told.items():
        if one != by.account_id:
            notify.tell(
                account=one,
                area=by.scope,
                code=code,
                params={"name": names[one], **days},
                subject=("inbox", "todo"),
                at=at,
            )
    return row


@transaction.atomic
def end_stand_in(*, stand_in_id: UUID, by: Actor, at: datetime) -> StandIn:
    """From now on whoever it was for is asked again; one that is to come never begins.

    Refuses: NotFound, NotAllowed.
    """
    row = queries.stand_ins_for(by).select_for_update(of=("self",)).pick(stand_in_id)
    _person(row.account_id, by)
    row.ends_at = max(row.starts_at, min(at, row.ends_at))
    row.save(update_fields=["ends_at"])
    audit.record(
        act="workflow.end_stand_in", by=by, object=("account", row.account_id), area=row.area_path, at=at, detail={}
    )
    return row


@transaction.atomic
def hand_over(*, account: UUID, to: UUID, by: Actor, at: datetime, note: str = "", area: str = "") -> HandOver:
    """All open work of one person (of it, what lies at or below `area`) goes to another; both are told once, whoever
    did it not. What was taken stays taken; what is sealed goes only by and to somebody who may see it.

    Refuses: NotFound, NotAllowed (neither oneself nor somebody who leads the place), BadInput (oneself).
    """
    person, receiver = _both(account, to, by)
    # The matters first, as every act holds them.
    own = _open_work(account, by)
    if area:
        own = own.in_area(area)
    list(Matter.objects.filter(pk__in=own.values("matter")).select_for_update(of=("self",)).order_by("id"))
    over = _parted(queries.shown_work(own).select_for_update(of=("self",)), to, at)
    for item in over.went:
        _give(item, receiver, by=by, at=at, note=note)
    audit.record(
        act="workflow.hand_over",
        by=by,
        object=("account", account),
        area=person.area_path,
        at=at,
        detail={"to": str(to), "n": len(over.went), "stayed": len(over.stayed)},
    )
    if over.went:
        notify.tell(
            account=to,
            area=by.scope,
            code="workflow.handed_over",
            params={"name": person.name, "n": len(over.went)},
            subject=("inbox", "doing"),
            at=at,
        )
    # Whoever hands a place over tells of it in words of its own.
    if over.went and account != by.account_id and not area:
        notify.tell(
            account=account,
            area=by.scope,
            code="workflow.handed_over_for_you",
            params={"name": by.name, "to": receiver.name, "n": len(over.went)},
            subject=("inbox", "doing"),
            at=at,
        )
    return over


def look_at_hand_over(*, account: UUID, to: UUID, by: Actor, at: datetime) -> HandOver:
    """What would go from one person to another, and what would stay; nothing is done.

    Refuses: as `hand_over`.
    """
    _both(account, to, by)
    return _parted(_open_work(account, by).select_related("matter"), to, at)


def _both(account: UUID, to: UUID, by: Actor) -> tuple[Account, Account]:
    """Whose work it is, and who is to have it. Refuses: NotFound, NotAllowed, BadInput (the same)."""
    person, receiver = _person(account, by), _known(to, by)
    if account == to:
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "to"], "msg": "to"}])
    return person, receiver


def _open_work(account: UUID, by: Actor) -> ScopedQuerySet[WorkItem]:
    """All of one's own; of somebody else's, what is sealed only where one may know of it."""
    rows = WorkItem.objects.in_area(by.scope).filter(assignee=account, state__in=WAITING)
    if account == by.account_id:
        return rows
    return rows.filter(queries.unsealed_to(by))


def _parted(items: QuerySet[WorkItem], to: UUID, at: datetime) -> HandOver:
    """What somebody may have, and what they may not: they hold no post for its place, or may not see what is sealed."""
    able: dict[tuple[str, bool], set[UUID]] = {}
    over = HandOver(went=[], stayed=[])
    for item in items.order_by("due_at", "id"):
        key = (item.area_path, item.matter.is_sealed)
        if key not in able:
            able[key] = queries.able_accounts(item.area_path, at)
            if item.matter.is_sealed:
                able[key] &= queries.accounts_with(rules.SEE_SEALED, item.area_path, at)
        (over.went if to in able[key] else over.stayed).append(item)
    return over


def _give(item: WorkItem, to: Account, *, by: Actor, at: datetime, note: str) -> None:
    matter = item.matter
    if item.state == WorkState.TAKEN:
        Matter.objects.filter(pk=matter.pk, owner=item.assignee).update(owner=to)
        item.assignee, item.taken_at = to, at
        involve(matter, to.pk, How.OWNER if item.is_main else How.HELPER, at)
    else:
        take_by_at = item.take_by_at
        point_at(item, Target(account=to.pk), at)
        item.take_by_at = take_by_at
    item.save(update_fields=["assignee", "taken_at", "take_by_at", "asked", "in_place_of", "role", "role_area"])
    write(matter, "handed_over", by=by, at=at, work=item, to_account_id=to.pk, note=note)


def _person(account: UUID, by: Actor) -> Account:
    """Whose work it is: oneself, or somebody whose place one leads. Refuses: NotFound, NotAllowed."""
    found = _known(account, by)
    if account != by.account_id and not by.may(rules.REASSIGN, found.area_path):
        raise NotAllowed("base.not_allowed")
    return found


def _known(account: UUID, by: Actor) -> Account:
    found = Account.objects.in_area(by.scope).filter(pk=account, state="active").first()
    if found is None:
        raise NotFound
    return found
