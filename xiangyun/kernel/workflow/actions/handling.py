"""Carrying a matter through the house: who gets it, signs it, gives it back, helps with it, up and down the levels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, NotAllowed
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.workflow import queries, registry
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.actions.acting import HURRY, Held, hold, tell
from xiangyun.kernel.workflow.actions.matters import carry, involve, write
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.queries import Target
from xiangyun.kernel.workflow.rules import Act, How, Start, WorkState

MOST_HELPERS = 10


@transaction.atomic
def route(matter: Matter, *, by: Actor, at: datetime) -> WorkItem:
    """Send a matter to whoever the town's table, or its kind, names for its level; nobody there: to the duty line,
    a sealed one to those of it alone who may see sealed ones."""
    target = queries.target(matter, at)
    if target is None:
        line = queries.line_for(matter, at)
        target = Target(account=line[0]) if line else Target()
    item = _offer(matter, target, by=by, at=at)
    write(matter, "routed", by=by, at=at, work=item, to_account_id=item.assignee_id, to_role=item.role)
    return item


@transaction.atomic
def assign(
    *, matter_id: UUID, by: Actor, at: datetime, account: UUID | None = None, role: str = "", note: str = ""
) -> WorkItem:
    """Give a matter to a named person, or to all who hold a role at its level.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (nobody or both named; not of this place; a role nobody holds).
    """
    held = hold(matter_id, Act.ASSIGN, by)
    target = _named(held.matter, account, role, at)
    item = _offer(held.matter, target, by=by, at=at)
    clocks.start(held.matter, Start.ASSIGNED, at=at)
    offered = {"work": item, "to_account_id": item.assignee_id, "to_role": item.role}
    write(held.matter, "assigned", by=by, at=at, note=note, **offered)
    carry(held.matter, Act.ASSIGN, by=by, at=at)
    return queries.fresh(item)


@transaction.atomic
def sign(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """Whom it is offered to signs for it (签收) and owns it from now on. Signing again changes nothing.

    Refuses: NotFound, NotAllowed, WrongState (somebody else was first).
    """
    mine = WorkItem.objects.filter(matter=matter_id, is_main=True, assignee=by.account_id, state=WorkState.TAKEN)
    if by.account_id is not None and (item := mine.first()) is not None:
        return queries.fresh(item)
    held = hold(matter_id, Act.SIGN, by)
    return own(held, by=by, at=at, note=note)


def own(held: Held, *, by: Actor, at: datetime, note: str) -> WorkItem:
    """Whoever is asked takes the matter: the clock that waits for a signature starts, its kind moves it."""
    if by.account_id is None:
        raise NotAllowed("base.not_allowed")
    item = _main(held.matter)
    item.assignee_id, item.state, item.taken_at, item.take_by_at = by.account_id, WorkState.TAKEN.value, at, None
    item.note = note or item.note
    item.save(update_fields=["assignee", "state", "taken_at", "take_by_at", "note"])
    _owned(held.matter, by.account_id)
    involve(held.matter, by.account_id, How.OWNER, at)
    clocks.start(held.matter, Start.SIGNED, at=at)
    write(held.matter, "signed", by=by, at=at, work=item, note=note)
    carry(held.matter, Act.SIGN, by=by, at=at)
    return queries.fresh(item)


@transaction.atomic
def send_back(*, matter_id: UUID, reason: str, by: Actor, at: datetime) -> WorkItem:
    """Whoever has it, or is asked, gives it back to who assigned it: once, with a reason.

    Refuses: NotFound, NotAllowed, WrongState (sent back before), BadInput (no reason).
    """
    _needs(reason)
    held = hold(matter_id, Act.SEND_BACK, by)
    item = _main(held.matter)
    able = queries.able_accounts(held.matter.area_path, at)
    line = queries.line_for(held.matter, at)
    to = (
        item.assigned_by_id
        if item.assigned_by_id in able
        else next((one for one in line if one != by.account_id), None)
    )
    held.matter.sent_back += 1
    held.matter.save(update_fields=["sent_back"])
    item = _offer(held.matter, Target(account=to), by=by, at=at, code="workflow.sent_back_to_you", reason=reason)
    write(held.matter, "sent_back", by=by, at=at, work=item, to_account_id=item.assignee_id, note=reason)
    carry(held.matter, Act.SEND_BACK, by=by, at=at)
    return queries.fresh(item)


@transaction.atomic
def co_handle(*, matter_id: UUID, accounts: Sequence[UUID], by: Actor, at: datetime, note: str = "") -> list[WorkItem]:
    """Ask others to help (协办): each gets work of their own, the owner's stays. Who helps already is not asked again.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (somebody who is not of this place; too many).
    """
    held = hold(matter_id, Act.CO_HANDLE, by)
    wanted = list(dict.fromkeys(accounts))
    able = queries.able_accounts(held.matter.area_path, at)
    if not wanted or len(wanted) > MOST_HELPERS or not able.issuperset(wanted):
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "accounts"], "msg": "accounts"}])
    waiting = WorkItem.objects.filter(matter=held.matter, state__in=(WorkState.OPEN, WorkState.TAKEN))
    known = set(waiting.values_list("assignee", flat=True))
    made = []
    for account in (one for one in wanted if one not in known):
        item = new_work(held.matter, by=by, at=at, is_main=False)
        point_at(item, Target(account=account), at)
        item.save(force_insert=True)
        involve(held.matter, account, How.HELPER, at)
        write(held.matter, "help_asked", by=by, at=at, work=item, to_account_id=item.assignee_id, note=note)
        tell(held.matter, [item.assignee_id], "workflow.help_asked", at)
        made.append(queries.fresh(item))
    return made


@transaction.atomic
def hand_up(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """The next level has it from now on, under the same number, with a clock of its own.

    Refuses: NotFound, NotAllowed, WrongState (there is no level above).
    """
    held = hold(matter_id, Act.HAND_UP, by)
    return take_to(held.matter, held.kind.above(held.matter.level), by=by, at=at, note=note, act=Act.HAND_UP)


@transaction.atomic
def send_down(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """The level below has it from now on. Refuses: NotFound, NotAllowed, WrongState (there is no level below)."""
    held = hold(matter_id, Act.SEND_DOWN, by)
    return take_to(held.matter, held.kind.below(held.matter.level), by=by, at=at, note=note, act=Act.SEND_DOWN)


def reoffer(matter: Matter, *, by: Actor, at: datetime) -> WorkItem:
    """Offer a matter that is open again to who had it last; nobody there: where its table says."""
    rows = WorkItem.objects.filter(matter=matter, is_main=True, assignee__state="active")
    last = rows.order_by("-offered_at", "-id").values_list("assignee", flat=True).first()
    if last is None or last not in queries.able_accounts(matter.area_path, at):
        return route(matter, by=by, at=at)
    return _offer(matter, Target(account=last), by=by, at=at)


def take_to(
    matter: Matter, level: str | None, *, by: Actor, at: datetime, note: str = "", act: Act | None = None
) -> Matter:
    """Another level has a matter from now on, with a clock of its own there, and whoever its table names is asked.

    For acts that hold the matter and have judged who may; `act` is the one somebody did for this alone.
    """
    before, matter.level = matter.level, level or matter.level
    matter.save(update_fields=["level"])
    order = registry.matter_kind(matter.kind).levels.index
    step = "sent_down" if order(matter.level) < order(before) else "handed_up"
    write(matter, step, by=by, at=at, state_from=before, state_to=matter.level, note=note)
    if act is not None:
        carry(matter, act, by=by, at=at)
    clocks.enter(matter, at=at)
    route(matter, by=by, at=at)
    return matter


def _named(matter: Matter, account: UUID | None, role: str, at: datetime) -> Target:
    """Whom somebody named. Refuses: BadInput."""
    if (account is None) == (not role):
        raise BadInput("workflow.name_one", errors=[{"loc": ["body", "account"], "msg": "account"}])
    if account is not None:
        if account not in queries.able_accounts(matter.area_path, at):
            raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "account"], "msg": "account"}])
        return Target(account=account)
    found = queries.held(role, matter.area_path, matter.level, at) if role in access.STAFF else None
    if found is None:
        raise BadInput("workflow.nobody_holds_role", errors=[{"loc": ["body", "role"], "msg": "role"}])
    return found


def _offer(
    matter: Matter, target: Target, *, by: Actor, at: datetime, code: str = "workflow.assigned", reason: str = ""
) -> WorkItem:
    """Offer the task whose taker owns the matter, and tell whom it is offered to."""
    item = WorkItem.objects.filter(matter=matter, is_main=True, state__in=(WorkState.OPEN, WorkState.TAKEN)).first()
    is_new = item is None
    if item is None:
        item = new_work(matter, by=by, at=at, is_main=True)
    item.matter = matter
    item.state, item.taken_at, item.offered_at, item.asked = WorkState.OPEN.value, None, at, []
    if by.account_id is not None:
        item.assigned_by_id = by.account_id
    point_at(item, target, at)
    item.save(force_insert=is_new)
    _owned(matter, None)
    told = queries.holders_of(item.role, item.role_area, at) if item.role else [item.assignee_id]
    tell(matter, told, code, at, reason=reason, urgency=HURRY.get(matter.severity, Urgency.PLAIN))
    return item


def new_work(matter: Matter, *, by: Actor, at: datetime, is_main: bool) -> WorkItem:
    """A task on a matter, offered to nobody and not saved yet."""
    kind = registry.matter_kind(matter.kind)
    return WorkItem(
        matter=matter,
        kind=kind.work,
        area_path=matter.area_path,
        is_main=is_main,
        assigned_by_id=by.account_id,
        offered_at=at,
        due_at=matter.due_at or at + registry.work_kind(kind.work).due_within,
    )


def point_at(item: WorkItem, target: Target, at: datetime) -> None:
    """Offer an item to a role, to somebody or to their deputy; whoever is asked so may take the time of the clock."""
    item.role, item.role_area, item.take_by_at = target.role, target.role_area, None
    item.assignee = item.in_place_of = None
    if target.account is None:
        return
    deputy = queries.deputy_of(target.account, at)
    item.assignee_id = deputy or target.account
    if deputy is not None:
        item.in_place_of_id = target.account
    if target.account not in item.asked:
        item.asked = [*item.asked, target.account]


def _owned(matter: Matter, account: UUID | None) -> None:
    Matter.objects.filter(pk=matter.pk).update(owner=account)


def _main(matter: Matter) -> WorkItem:
    item = queries.main_work(matter)
    assert item is not None  # the act was open, so the task is there
    item.matter = matter
    return item


def _needs(reason: str) -> None:
    if not reason.strip():
        raise BadInput("workflow.say_why", errors=[{"loc": ["body", "reason"], "msg": "reason"}])
