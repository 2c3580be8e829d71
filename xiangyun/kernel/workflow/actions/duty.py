"""The roster: who is on duty where, and how long nobody may take something."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import queries, rules
from xiangyun.kernel.workflow.models import DutyShift, TakeLimit
from xiangyun.kernel.workflow.rules import ShiftKind


@transaction.atomic
def add_shift(  # noqa: PLR0913 -- one keyword a fact
    *,
    account: UUID,
    area: str,
    kind: ShiftKind,
    starts_at: datetime,
    ends_at: datetime | None,
    by: Actor,
    at: datetime,
    rank: int = 1,
    phone: str = "",
) -> DutyShift:
    """Put somebody on the roster of a place.

    Refuses: NotFound (a place outside `by`'s), BadInput (ends before it starts; no post that covers the place).
    """
    org.pick(area)
    if not by.may(rules.SET_DUTY, area):
        raise NotFound
    if ends_at is not None and ends_at <= starts_at:
        raise BadInput("workflow.ends_before_start", errors=[{"loc": ["body", "ends_at"], "msg": "ends_at"}])
    if account not in queries.able_accounts(area, max(starts_at, at)):
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "account"], "msg": "account"}])
    shift = DutyShift.objects.create(
        area_path=area,
        account_id=account,
        kind=kind.value,
        rank=rank,
        phone=phone or queries.duty_phone(account, area, at),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    audit.record(
        act="workflow.add_shift",
        by=by,
        object=("shift", shift.pk),
        area=area,
        at=at,
        detail={"account": str(account), "kind": kind.value, "rank": rank, "from": starts_at.isoformat()},
    )
    return shift


@transaction.atomic
def end_shift(*, shift_id: UUID, by: Actor, at: datetime) -> DutyShift:
    """Take somebody off the roster from now on. Refuses: NotFound, WrongState (ended, or not begun yet)."""
    rows = DutyShift.objects.visible_to(by, rules.SET_DUTY).select_related("account")
    shift = rows.select_for_update(of=("self",)).pick(shift_id)
    if (shift.ends_at is not None and shift.ends_at <= at) or shift.starts_at >= at:
        raise WrongState("workflow.shift_not_on")
    shift.ends_at = at
    shift.save(update_fields=["ends_at"])
    audit.record(act="workflow.end_shift", by=by, object=("shift", shift.pk), area=shift.area_path, at=at, detail={})
    return shift


@transaction.atomic
def set_take_limit(*, area: str, minutes: int, basis: str, by: Actor, at: datetime) -> TakeLimit:
    """Say how long an offered item may wait in a place, from now on. Refuses: NotFound, BadInput."""
    org.pick(area)
    if not by.may(rules.SET_DUTY, area) or paths.town_of(area) is None:
        raise NotFound
    limit = TakeLimit.objects.create(area_path=area, minutes=minutes, starts_at=at, basis=basis)
    audit.record(
        act="workflow.set_take_limit", by=by, object=("limit", limit.pk), area=area, at=at, detail={"minutes": minutes}
    )
    return limit
