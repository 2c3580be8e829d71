"""A person says which of two values stands, or that the office shall say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import NotAllowed, WrongState
from xiangyun.base.offline import Impossible
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.models import Conflict
from xiangyun.kernel.offline.queries import conflicts, items
from xiangyun.kernel.offline.rules import Choice, ConflictState
from xiangyun.kernel.vault import actions as vault


@transaction.atomic
def decide_conflict(*, conflict_id: UUID, choice: Choice, note: str = "", by: Actor, at: datetime) -> Conflict:
    """`mine` is written over what stands, `theirs` stays, `both` goes to the office with both. Both values are kept.

    Refuses: NotFound, WrongState (decided already; the office has it already), NotAllowed, and what the form says.
    """
    rows = conflicts.visible_to(by).select_for_update(of=("self",)).select_related("item", "account")
    conflict = rows.pick(conflict_id)
    if conflict.state == ConflictState.DECIDED:
        raise WrongState("offline.decided_already", name=conflict.decided_name)
    if choice not in conflicts.may(conflict, by):
        raise NotAllowed("base.not_allowed")
    if choice is Choice.MINE:
        _write_mine(conflict, by=by, at=at)
    conflict.choice = choice.value
    conflict.state = (ConflictState.OFFICE if choice is Choice.BOTH else ConflictState.DECIDED).value
    conflict.decided_at, conflict.decided_by, conflict.decided_name = at, by.account_id, by.name
    ring = vault.sealing_ring(conflict.area_path, at=at)
    conflict.note_sealed = ring.seal(note, items.CONFLICTS, "note_sealed", conflict.pk) if note else None
    conflict.save()
    audit.record(
        act=rules.DECIDE,
        by=by,
        object=(conflict.subject_kind, conflict.subject_id),
        area=conflict.area_path,
        at=at,
        detail={"conflict": conflict.pk, "fact": conflict.fact, "choice": choice.value},
    )
    return conflict


def _write_mine(conflict: Conflict, *, by: Actor, at: datetime) -> None:
    """Write the phone's value over what stands, in the name of who wrote it, with the right of who decides."""
    form, text = registry.form(conflict.form), items.written(conflict.item)
    if form is None or text is None:
        raise WrongState("offline.nothing_waits")
    author = conflict.account
    told = items.told(conflict.item, text, insists=True, only=conflict.fact)
    try:
        form.apply(told, by=replace(by, account_id=author.pk, account=author.account, name=author.name), at=at)
    except Impossible as fault:
        params: dict[str, Any] = dict(fault.faults[0].params)
        raise WrongState(fault.faults[0].code, **params) from fault
