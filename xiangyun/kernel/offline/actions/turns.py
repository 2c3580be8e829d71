"""Whose turn it is: what one phone wrote goes in as it was written, and nothing waits for what will never come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.actions.applying import carry_out
from xiangyun.kernel.offline.envelopes import Envelope
from xiangyun.kernel.offline.models import Item, Phone
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.offline.queries.items import Outcome
from xiangyun.kernel.offline.rules import State
from xiangyun.kernel.vault.queries import SealingRing

IN = (State.APPLIED, State.CONFLICT)


def count_up(phone: Phone, sent: Sequence[Envelope], *, is_all_here: bool) -> None:
    """How far the phone's numbers have come without a gap.

    A phone that holds nothing unheard beside what it sends has had a receipt for everything it numbered before: what is
    missing there will never come. It is counted as lost, and nothing waits for it.
    """
    here = sorted(set(Item.objects.filter(phone=phone, seq__gt=phone.upto).values_list("seq", flat=True)))
    phone.upto = rules.come_in_a_row(phone.upto, here)
    top = max((one.seq for one in sent), default=0)
    if is_all_here and top > phone.upto:
        phone.lost += top - phone.upto - sum(phone.upto < seq <= top for seq in here)
        phone.upto = rules.come_in_a_row(top, here)


def work_off(phone: Phone, *, by: Actor, ring: SealingRing, at: datetime) -> dict[UUID, Item]:
    """Let in, in the order they were written, whatever waits for nothing any more; returns what was looked at."""
    waiting = list(Item.objects.filter(phone=phone, state=State.WAITING).order_by("seq", "pk"))
    if not waiting:
        return {}
    turn = _Turn(phone, waiting)
    looked = {}
    is_moving = True
    while is_moving:
        is_moving = False
        for item in waiting:
            if item.state != State.WAITING or item.seq > phone.upto or turn.is_held(item):
                continue
            carry_out(item, by=by, ring=ring, at=at, before=turn.before(item))
            turn.note(item)
            looked[item.pk] = item
            is_moving = True
    for item in waiting:
        if item.state == State.WAITING and item.seq <= phone.upto:
            item.outcome_sealed = Outcome("offline.waits_for_mend", {}).sealed(item, ring)
            item.save(update_fields=["outcome_sealed"])
            looked[item.pk] = item
    return looked


class _Turn:
    """What one phone wrote of the rows that are waited for: read once, kept up as things go in."""

    def __init__(self, phone: Phone, waiting: Sequence[Item]) -> None:
        self._waiting = waiting
        self._makers = {form.code for form in registry.forms() if form.makes}
        subjects = {one for item in waiting for one in (item.subject_id, item.under_id) if one}
        rows = Item.objects.filter(phone=phone, subject_id__in=subjects, state__in=(*IN, State.REFUSED))
        self._past: dict[UUID, list[Item]] = {}
        for item in rows.order_by("seq", "pk"):
            self.note(item)

    def note(self, item: Item) -> None:
        """An item is settled."""
        if item.subject_id:
            self._past.setdefault(item.subject_id, []).append(item)

    def is_held(self, item: Item) -> bool:
        """Whether something must go in first: earlier words on the same row, or the making of a row it needs."""
        about = {one for one in (item.subject_id, item.under_id) if one}
        needed = about - {item.subject_id} if item.form in self._makers else about
        for other in self._waiting:
            if other.state != State.WAITING or other.pk == item.pk:
                continue
            makes_it = other.form in self._makers and other.subject_id in needed
            if makes_it or (other.seq < item.seq and other.subject_id in about):
                return True
        made = [other for other in self._of(needed) if other.form in self._makers]
        return bool(made) and all(other.state == State.REFUSED for other in made)

    def before(self, item: Item) -> dict[str, Any]:
        """What the phone told of the row since it read it, the latest word of each fact."""
        text = items.written(item)
        found: dict[str, Any] = {}
        if text is None or item.subject_id is None:
            return found
        for other in self._of([item.subject_id]):
            if other.state in IN and other.seq < item.seq and (other.version or 0) > (text.base or 0):
                said = items.written(other)
                found |= said.facts if said else {}
        return found

    def _of(self, subjects: Iterable[UUID]) -> list[Item]:
        return [item for one in subjects for item in self._past.get(one, ())]
