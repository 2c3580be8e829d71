"""How matters run in a place: limits, days, routes; each with where it is written, from a day on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import queries, registry, rules
from xiangyun.kernel.workflow.models import CalendarDay, Clock, DeadlineRule, Route
from xiangyun.kernel.workflow.rules import Level, Limit, Start, Unit


@transaction.atomic
def set_deadline(  # noqa: PLR0913 -- one keyword a fact
    *,
    area: str,
    kind: str,
    stage: str,
    limit: Limit,
    valid_from: date,
    basis: str,
    by: Actor,
    at: datetime,
    extension: int = 0,
    starts: Start = Start.ENTERED,
    warn_pct: int = 80,
) -> DeadlineRule:
    """A place's own limit for a stage, from today or a later day on; clocks that run keep the rule they began under.

    Refuses: NotFound, BadInput (an unknown kind or stage, a day gone by, no basis), WrongState (one begins later).
    """
    _must_rule(area, by, rules.SET_RULES)
    if stage not in queries.stages(kind):
        raise BadInput("workflow.no_such_stage", errors=[{"loc": ["body", "stage"], "msg": "stage"}])
    if valid_from < timezone.localtime(at).date():
        raise BadInput("workflow.day_gone_by", errors=[{"loc": ["body", "valid_from"], "msg": "valid_from"}])
    if not basis.strip():
        raise BadInput("workflow.say_where", errors=[{"loc": ["body", "basis"], "msg": "basis"}])
    own = DeadlineRule.objects.filter(area_path=area, kind=kind, stage=stage)
    if own.filter(valid_from__gte=valid_from).exists():
        raise WrongState("workflow.rule_planned")
    own.filter(valid_until=None).update(valid_until=valid_from)
    row = DeadlineRule.objects.create(
        area_path=area,
        kind=kind,
        stage=stage,
        amount=limit.amount,
        unit=limit.unit.value,
        extension=extension,
        starts=starts.value,
        warn_pct=warn_pct,
        valid_from=valid_from,
        basis=basis,
        created_at=at,
    )
    detail = {"kind": kind, "stage": stage, "amount": limit.amount, "unit": limit.unit, "from": valid_from.isoformat()}
    audit.record(act="workflow.set_deadline", by=by, object=("deadline", row.pk), area=area, at=at, detail=detail)
    return row


@transaction.atomic
def write_days(
    *, area: str, days: Mapping[date, bool], basis: str, by: Actor, at: datetime, import_id: UUID | None = None
) -> tuple[int, int]:
    """Write down which days are worked in a place; returns how many are new and how many changed. Running clocks that
    these days fall into are counted anew by the next round.

    Refuses: NotFound, BadInput (no basis).
    """
    _must_rule(area, by, rules.SET_ROUTES)
    if not basis.strip():
        raise BadInput("workflow.say_where", errors=[{"loc": ["body", "basis"], "msg": "basis"}])
    known = {row.on: row for row in CalendarDay.objects.filter(area_path=area, on__in=list(days))}
    new = [
        CalendarDay(area_path=area, on=on, is_working=is_working, basis=basis, import_id=import_id)
        for on, is_working in sorted(days.items())
        if on not in known
    ]
    changed = [row for on, row in known.items() if row.is_working != days[on]]
    CalendarDay.objects.bulk_create(new)
    for row in changed:
        # Whoever changes a day that came in with a table makes it their own: taking the table back leaves it.
        row.is_working, row.basis, row.import_id = days[row.on], basis, None
    CalendarDay.objects.bulk_update(changed, ["is_working", "basis", "import_id"])
    touch_clocks(area, [row.on for row in (*new, *changed)])
    if new or changed:
        detail = {"new": len(new), "changed": len(changed), "years": sorted({on.year for on in days})}
        audit.record(act="workflow.write_days", by=by, object=("calendar", area), area=area, at=at, detail=detail)
    return len(new), len(changed)


@transaction.atomic
def forget_days(*, area: str, days: Collection[date], by: Actor, at: datetime) -> int:
    """What a place wrote down about these days goes: they are again what the places above it, the State Council or
    the week say. Returns how many stood there; running clocks are counted anew by the next round.

    Refuses: NotFound.
    """
    _must_rule(area, by, rules.SET_ROUTES)
    rows = CalendarDay.objects.filter(area_path=area, on__in=list(days))
    found = sorted(rows.values_list("on", flat=True))
    rows.delete()
    touch_clocks(area, found)
    if found:
        detail = {"days": [on.isoformat() for on in found]}
        audit.record(act="workflow.forget_days", by=by, object=("calendar", area), area=area, at=at, detail=detail)
    return len(found)


def touch_clocks(area: str, days: list[date]) -> None:
    """Running clocks that pass through any of these days wait to be counted anew."""
    calendar = queries.calendar(area)
    running = Clock.objects.in_area(area).filter(ended_at=None, unsure_year=None).exclude(unit=Unit.HOURS.value)
    for on in days:
        passing = running.filter(started_at__lt=calendar.end_of(on), due_at__gt=calendar.start_of(on))
        passing.update(unsure_year=on.year)


@transaction.atomic
def set_route(  # noqa: PLR0913 -- one keyword a fact
    *,
    area: str,
    kind: str,
    level: Level,
    valid_from: date,
    by: Actor,
    at: datetime,
    category: str = "",
    role: str = "",
    account: UUID | None = None,
    office: str = "",
    order: int = 1,
    import_id: UUID | None = None,
) -> Route:
    """Matters of a kind go to a role, or to a named person, at a level, from a day on; what stood in that line ends.

    Refuses: NotFound, BadInput (an unknown kind, level or role; nobody or both named; not of this place).
    """
    _must_rule(area, by, rules.SET_ROUTES)
    _must_fit(area, kind, level, role, account, at)
    line = Route.objects.filter(area_path=area, kind=kind, category=category, level=level.value, order=order)
    line.filter(valid_from=valid_from).delete()
    line.filter(valid_from__lt=valid_from, valid_until=None).update(valid_until=valid_from)
    row = Route.objects.create(
        area_path=area,
        kind=kind,
        category=category,
        level=level.value,
        role=role,
        account_id=account,
        office=office,
        order=order,
        valid_from=valid_from,
        import_id=import_id,
    )
    detail = {"kind": kind, "category": category, "level": level.value, "role": role, "account": str(account or "")}
    audit.record(act="workflow.set_route", by=by, object=("route", row.pk), area=area, at=at, detail=detail)
    return row


@transaction.atomic
def end_route(*, route_id: UUID, by: Actor, at: datetime) -> Route:
    """A line of the table holds no longer, from today on. Refuses: NotFound."""
    rows = Route.objects.visible_to(by, rules.SET_ROUTES).select_related("account")
    row = rows.select_for_update(of=("self",)).pick(route_id)
    today = timezone.localtime(at).date()
    if row.valid_until is None or row.valid_until > today:
        row.valid_until = max(today, row.valid_from)
        row.save(update_fields=["valid_until"])
    audit.record(act="workflow.end_route", by=by, object=("route", row.pk), area=row.area_path, at=at, detail={})
    return row


def _must_rule(area: str, by: Actor, ability: str) -> None:
    """Refuses: NotFound (a place that is not `by`'s to rule)."""
    org.pick(area)
    if not by.may(ability, area):
        raise NotFound


def _must_fit(area: str, kind: str, level: Level, role: str, account: UUID | None, at: datetime) -> None:
    declared = registry.find_matter_kind(kind)
    if declared is None or level.value not in declared.levels:
        raise BadInput("workflow.no_such_stage", errors=[{"loc": ["body", "level"], "msg": "level"}])
    if (account is None) == (not role):
        raise BadInput("workflow.name_one", errors=[{"loc": ["body", "account"], "msg": "account"}])
    if role and role not in access.STAFF:
        raise BadInput("workflow.no_such_role", errors=[{"loc": ["body", "role"], "msg": "role"}])
    if account is not None and account not in queries.able_accounts(area, at):
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "account"], "msg": "account"}])
