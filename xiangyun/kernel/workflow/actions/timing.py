"""Time that stands still, and more time: asked for, granted, refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, NotAllowed
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow import queries
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.actions.acting import Held, hold, tell
from xiangyun.kernel.workflow.actions.matters import carry, write
from xiangyun.kernel.workflow.models import Extension, Matter
from xiangyun.kernel.workflow.rules import Act


@transaction.atomic
def suspend(*, matter_id: UUID, reason: str, waits_for: str, by: Actor, at: datetime) -> Matter:
    """The clock stands still (补正) until what is waited for has come.

    Refuses: NotFound, NotAllowed, WrongState (no clock runs, or it stands still), BadInput (no reason).
    """
    said(reason, "reason")
    held = hold(matter_id, Act.SUSPEND, by)
    clocks.stop(held.matter, held.clock, reason=reason, waits_for=waits_for, at=at)
    write(held.matter, "suspended", by=by, at=at, note=f"{reason} {waits_for}".strip())
    carry(held.matter, Act.SUSPEND, by=by, at=at)
    return held.matter


@transaction.atomic
def resume(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """The clock goes on; the time it stood still does not count. Refuses: NotFound, NotAllowed, WrongState."""
    held = hold(matter_id, Act.RESUME, by)
    clocks.go_on(held.matter, held.clock, at=at)
    write(held.matter, "resumed", by=by, at=at, note=note)
    carry(held.matter, Act.RESUME, by=by, at=at)
    return held.matter


@transaction.atomic
def ask_extension(*, matter_id: UUID, amount: int, reason: str, by: Actor, at: datetime) -> Extension:
    """Whoever has it asks for more time, in the clock's unit; those who may grant it are told.

    Refuses: NotFound, NotAllowed, WrongState (no clock, extended or asked for before), BadInput (more than the rule
    allows; no reason).
    """
    said(reason, "reason")
    held = hold(matter_id, Act.ASK_EXTENSION, by)
    if not 1 <= amount <= held.clock.extension:
        raise BadInput(
            "workflow.too_much_time",
            errors=[{"loc": ["body", "amount"], "msg": "amount"}],
            most=held.clock.extension,
        )
    assert by.account_id is not None  # whoever has it is a person
    asked = Extension.objects.create(
        area_path=held.matter.area_path,
        clock=held.clock,
        amount=amount,
        reason=reason,
        asked_by_id=by.account_id,
        asked_at=at,
    )
    write(held.matter, "extension_asked", by=by, at=at, note=reason)
    approvers = queries.accounts_with(held.kind.acts[Act.GRANT_EXTENSION], held.matter.area_path, at)
    tell(held.matter, sorted(approvers - {by.account_id}, key=str), "workflow.extension_asked", at)
    return asked


@transaction.atomic
def grant_extension(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """An approver gives the time somebody else asked for. Refuses: NotFound, NotAllowed, WrongState (none asked)."""
    held = hold(matter_id, Act.GRANT_EXTENSION, by)
    asked = _decide(held, is_granted=True, by=by, at=at, note=note)
    held.clock.extended = asked.amount
    clocks.recount(held.matter, held.clock)
    return held.matter


@transaction.atomic
def refuse_extension(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """An approver does not; the clock stays as it is. Refuses: NotFound, NotAllowed, WrongState (none asked)."""
    held = hold(matter_id, Act.REFUSE_EXTENSION, by)
    _decide(held, is_granted=False, by=by, at=at, note=note)
    return held.matter


def _decide(held: Held, *, is_granted: bool, by: Actor, at: datetime, note: str) -> Extension:
    asked = Extension.objects.select_for_update().get(clock=held.clock, decided_at=None)
    if is_granted and asked.asked_by_id == by.account_id:
        raise NotAllowed("workflow.not_ones_own_time")
    if by.account_id is not None:
        asked.decided_by_id = by.account_id
    asked.decided_at, asked.is_granted, asked.answer = at, is_granted, note
    asked.save(update_fields=["decided_by", "decided_at", "is_granted", "answer"])
    act = "extension_granted" if is_granted else "extension_refused"
    write(held.matter, act, by=by, at=at, to_account_id=asked.asked_by_id, note=note)
    tell(held.matter, [asked.asked_by_id], f"workflow.{act}", at)
    return asked


def said(words: str, field: str) -> None:
    """Refuses: BadInput, where somebody must say why and does not."""
    if not words.strip():
        raise BadInput("workflow.say_why", errors=[{"loc": ["body", field], "msg": field}])
