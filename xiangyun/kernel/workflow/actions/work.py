"""Sending somebody, and what that person answers; nobody answers: the next on duty is asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, NotAllowed, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.workflow import queries, registry, rules
from xiangyun.kernel.workflow.actions import handling
from xiangyun.kernel.workflow.actions.acting import hold, title_of
from xiangyun.kernel.workflow.actions.matters import involve, move, say_figures, say_work, write_step
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.rules import WAITING, Act, How, Outcome, WorkState

AT_ONCE = 100
# From this severity on whoever is asked is told at once, at night too.
URGENT = 2


@transaction.atomic
def dispatch(kind: str, *, matter: Matter, at: datetime, by: Actor, due_at: datetime | None = None) -> WorkItem:
    """Ask the first on duty for the matter's place to do something.

    With nobody on duty and no stand-in, the item stands open and shows that nobody has it.
    """
    item = WorkItem(
        matter=matter,
        kind=kind,
        area_path=matter.area_path,
        offered_at=at,
        due_at=due_at or matter.due_at or at + registry.work_kind(kind).due_within,
    )
    first = rules.next_after(queries.line_for(matter, at), ())
    _point_at(item, first, at)
    item.save(force_insert=True)
    _written(item, "offered", by=by, at=at, to=first)
    _tell(item, item.assignee_id, "workflow.offered", at)
    return item


@transaction.atomic
def take(*, work_id: UUID, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """Somebody says: I go. Taking again what I have changes nothing.

    Refuses: NotFound, NotAllowed, WrongState (somebody else was first: who and when).
    """
    item = _locked(work_id, by)
    if item.assignee_id == by.account_id and item.state == WorkState.TAKEN:
        return item
    if item.state != WorkState.OPEN:
        raise _first_was(item)
    _told_enough(item, at)
    if item.is_main:
        return handling.own(hold(item.matter_id, Act.SIGN, by), by=by, at=at, note=note)
    taker = _taker(item, by)
    item.assignee_id = taker
    item.state, item.taken_at, item.take_by_at = WorkState.TAKEN.value, at, None
    item.note = note or item.note
    item.save(update_fields=["state", "assignee", "taken_at", "take_by_at", "note"])
    if not _helps(item):
        Matter.objects.filter(pk=item.matter_id).update(owner=by.account_id)
        involve(item.matter, taker, How.OWNER, at)
    _written(item, "taken", by=by, at=at, note=note)
    _carry(item, "take", by=by, at=at)
    return queries.fresh(item)


@transaction.atomic
def done(*, work_id: UUID, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """The one who has it says that it is done. Refuses: NotFound, WrongState."""
    return _end(work_id, Outcome.DONE, by=by, at=at, note=note)


@transaction.atomic
def false_alarm(*, work_id: UUID, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """The one who has it says that there was nothing. Refuses: NotFound, WrongState."""
    return _end(work_id, Outcome.FALSE_ALARM, by=by, at=at, note=note)


@transaction.atomic
def give_back(*, work_id: UUID, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """The one who has it cannot do it: the next in line is asked; a matter that people carry goes back to who assigned
    it, once and with a reason. Refuses: NotFound, WrongState, BadInput."""
    item = _locked(work_id, by)
    if item.is_main and item.state in WAITING:
        return handling.send_back(matter_id=item.matter_id, reason=note, by=by, at=at)
    _must_have(item, by)
    line = queries.line_for(item.matter, at)
    asked = [*item.asked, *([by.account_id] if by.account_id and by.account_id not in item.asked else [])]
    item.asked = asked
    item.state, item.taken_at, item.offered_at = WorkState.OPEN.value, None, at
    following = rules.next_after(line, asked)
    _point_at(item, following, at)
    item.save(update_fields=["state", "assignee", "taken_at", "offered_at", "take_by_at", "asked", "in_place_of"])
    if not _helps(item):
        Matter.objects.filter(pk=item.matter_id).update(owner=None)
    _written(item, "returned", by=by, at=at, to=following, note=note)
    _carry(item, "return", by=by, at=at)
    _told_enough(item, at)
    _tell(item, item.assignee_id, "workflow.offered", at)
    return queries.fresh(item)


@transaction.atomic
def reassign(*, work_id: UUID, account: UUID, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """Somebody who leads gives the item to a named person, who is asked to take it.

    Refuses: NotFound, NotAllowed, WrongState (done already), BadInput (that person holds no post for this place).
    """
    item = _locked(work_id, by)
    by.must(rules.REASSIGN, item.area_path)
    if item.state not in WAITING:
        raise _first_was(item)
    if item.is_main:
        return handling.assign(matter_id=item.matter_id, account=account, by=by, at=at, note=note)
    if account not in queries.able_accounts(item.area_path, at):
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "account"], "msg": "account"}])
    was_taken = item.state == WorkState.TAKEN
    item.state, item.taken_at, item.offered_at = WorkState.OPEN.value, None, at
    _point_at(item, account, at)
    item.save(update_fields=["state", "assignee", "taken_at", "offered_at", "take_by_at", "asked", "in_place_of"])
    _written(item, "reassigned", by=by, at=at, to=account, note=note)
    if was_taken and not _helps(item):
        Matter.objects.filter(pk=item.matter_id).update(owner=None)
        _carry(item, "return", by=by, at=at, unchecked=True)
    _told_enough(item, at)
    _tell(item, item.assignee_id, "workflow.offered", at)
    return queries.fresh(item)


@transaction.atomic
def escalate(*, at: datetime, by: Actor) -> int:
    """Offer every item that waited too long to the next in line; returns how many.

    After the last in line, the item stays with the last one asked and shows that nobody has it.
    """
    waiting = (
        WorkItem.objects.in_area(by.scope)
        .filter(state=WorkState.OPEN, take_by_at__lte=at)
        .order_by("take_by_at", "id")
        .select_related("matter")
        .select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]
    )
    moved = 0
    for item in waiting:
        following = rules.next_after(queries.line_for(item.matter, at), item.asked)
        if following is None:
            item.take_by_at = None
        else:
            item.offered_at = at
            _point_at(item, following, at)
        item.save(update_fields=["assignee", "offered_at", "take_by_at", "asked", "in_place_of"])
        _written(item, "unanswered", by=by, at=at, to=following)
        if following is not None:
            _told_enough(item, at)
        _tell(item, item.assignee_id if following else None, "workflow.offered_next", at)
        moved += 1
    return moved


def _point_at(item: WorkItem, account: UUID | None, at: datetime) -> None:
    """Offer an item to somebody (or to nobody) until the place's limit."""
    handling.point_at(item, queries.Target(account=account), at)
    if account is None:
        return
    within = registry.work_kind(item.kind).take_within or queries.take_within(item.area_path, at)
    item.take_by_at = at + within


def _end(work_id: UUID, outcome: Outcome, *, by: Actor, at: datetime, note: str) -> WorkItem:
    item = _locked(work_id, by)
    if item.state == WorkState.DONE and item.assignee_id == by.account_id and item.outcome == outcome:
        return item
    _must_have(item, by)
    kind = registry.matter_kind(item.matter.kind)
    if item.is_main and (kind.on.get(outcome) or "") in {"", *kind.closed}:
        raise WrongState("workflow.close_the_matter", number=item.matter.number)
    item.state, item.outcome, item.done_at, item.note = WorkState.DONE.value, outcome.value, at, note or item.note
    item.save(update_fields=["state", "outcome", "done_at", "note"])
    _written(item, outcome.value, by=by, at=at, note=note)
    # Held before looking: of two who finish the last work at once, the second must see the first.
    Matter.objects.select_for_update(of=("self",)).get(pk=item.matter_id)
    is_last = not WorkItem.objects.filter(matter=item.matter_id, state__in=WAITING).exists()
    if item.is_main or (is_last and not kind.acts):
        _carry(item, outcome.value, by=by, at=at, outcome=outcome.value)
    return queries.fresh(item)


def _locked(work_id: UUID, by: Actor) -> WorkItem:
    """The item, held until the transaction ends. Refuses: NotFound.

    Read again once it is held: who had to wait for it would else see the joined person of before. Acts on matters hold
    the matter first, so what owns one does here too.
    """
    seen = queries.work_for(by).pick(work_id)
    if seen.is_main:
        Matter.objects.select_for_update(of=("self",)).get(pk=seen.matter_id)
    return queries.fresh(queries.work_for(by).select_for_update(of=("self",)).pick(work_id))


def _taker(item: WorkItem, by: Actor) -> UUID:
    """The account that takes the item. Refuses: NotAllowed (also a machine: somebody must go)."""
    if by.account_id is None or not (by.may(rules.TAKE, item.area_path) or item.assignee_id == by.account_id):
        raise NotAllowed("base.not_allowed")
    return by.account_id


def _must_have(item: WorkItem, by: Actor) -> None:
    """Refuses: WrongState, with who has it, unless `by` has taken the item."""
    if item.state == WorkState.OPEN:
        raise WrongState("workflow.not_taken_yet", number=item.matter.number)
    if item.state not in WAITING or item.assignee_id != by.account_id:
        raise _first_was(item)


def _first_was(item: WorkItem) -> WrongState:
    """The refusal that names who was first."""
    if item.state == WorkState.DROPPED:
        return WrongState("workflow.dropped_already", number=item.matter.number)
    code = "workflow.done_by_other" if item.state == WorkState.DONE else "workflow.taken_by_other"
    who = item.assignee
    at = item.done_at if item.state == WorkState.DONE else item.taken_at
    return WrongState(
        code,
        name=who.name if who else "—",
        number=item.matter.number,
        extra={
            "by": {"account": who.account, "name": who.name} if who else None,
            "at": at,
        },
    )


def _carry(item: WorkItem, act: str, *, by: Actor, at: datetime, outcome: str = "", unchecked: bool = True) -> None:
    """Move the matter where its kind says this act leads, if it is not there yet."""
    if _helps(item):
        return
    matter = Matter.objects.select_for_update(of=("self",)).get(pk=item.matter_id)
    kind = registry.matter_kind(matter.kind)
    to = kind.on.get(act)
    if to and to != matter.state and matter.state not in kind.closed:
        move(matter, to=to, by=by, at=at, outcome=outcome, unchecked=unchecked)


def _helps(item: WorkItem) -> bool:
    """Whether the item is part of a matter that somebody else owns: it moves nothing."""
    return bool(registry.matter_kind(item.matter.kind).acts) and not item.is_main


def _written(item: WorkItem, act: str, *, by: Actor, at: datetime, to: UUID | None = None, note: str = "") -> None:
    """History, audit and the live word for one thing that happened to an item."""
    write_step(item.matter, act=act, by=by, at=at, work=item, to_account_id=to, note=note)
    audit.record(
        act=f"workflow.{act}",
        by=by,
        object=("work", item.pk),
        area=item.area_path,
        at=at,
        detail={"number": item.matter.number, "to": str(to) if to else None, "state": item.state},
    )
    say_work(item)
    say_figures(item.area_path)


def _told_enough(item: WorkItem, at: datetime) -> None:
    """Whoever was asked before is told of it no further."""
    notify.settle(subject=("work", item.pk), at=at)


def _tell(item: WorkItem, account: UUID | None, code: str, at: datetime) -> None:
    """Tell whom the item is offered to, if there is anybody, until somebody has taken it."""
    if account is None:
        return
    matter = item.matter
    notify.tell(
        account=account,
        area=item.area_path,
        code=code,
        params={
            "number": matter.number,
            "title": title_of(matter),
            "minutes": int((item.take_by_at - at).total_seconds() // 60) if item.take_by_at else 0,
        },
        subject=("work", item.pk),
        at=at,
        urgency=Urgency.NOW if matter.severity <= URGENT else Urgency.SOON,
        until_taken=True,
    )
