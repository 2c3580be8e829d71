"""The tip not to water: who stands behind it, and when it holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.alerts import queries as told
from xiangyun.kernel.alerts import registry
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.rules import FOREVER, HOUR, Kind, Spell
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.modules.agriculture import queries, rules
from xiangyun.modules.agriculture.models import Approval

LOCK = 0x7469_7073  # one writer at a time of what a town's tips follow from


@transaction.atomic
def approve_tip(
    *, area: str, rule: str, valid_from: datetime, valid_until: datetime, by: Actor, at: datetime, note: str = ""
) -> Approval:
    """An agronomist stands behind a tip in a place, by name, for a time; the tip goes out only under such a name.

    Refuses: NotFound (a place outside `by`'s, no such tip, nobody by name), BadInput (ends before it begins).
    """
    org.pick(area, by)
    is_tip = registry.known(rule) and registry.rule(rule).kind == Kind.TIP
    if not is_tip or not by.may(rules.APPROVE_TIP, area) or by.account_id is None:
        raise NotFound
    if valid_until <= max(valid_from, at):
        raise BadInput("agriculture.ends_before_start", errors=[{"loc": ["body", "valid_until"], "msg": "valid_until"}])
    approval = Approval.objects.create(
        area_path=area,
        rule=rule,
        agronomist_id=by.account_id,
        agronomist_name=by.name,
        valid_from=max(valid_from, at),
        valid_until=valid_until,
        note=note,
    )
    audit.record(
        act=rules.APPROVE_TIP,
        by=by,
        object=("approval", approval.pk),
        area=area,
        at=at,
        detail={"rule": rule, "until": valid_until},
    )
    renew_around(area, at)
    return approval


@transaction.atomic
def end_approval(*, approval_id: UUID, by: Actor, at: datetime) -> Approval:
    """The agronomist no longer stands behind the tip: what holds now ends now. Refuses: NotFound, WrongState."""
    approval = Approval.objects.visible_to(by, rules.APPROVE_TIP).select_for_update(of=("self",)).pick(approval_id)
    if approval.ended_at is not None or approval.valid_until <= at:
        raise WrongState("agriculture.approval_ended")
    # One that has not begun never held; the row says so by ending where it begins.
    approval.ended_at = max(at, approval.valid_from)
    approval.save(update_fields=["ended_at"])
    audit.record(
        act="agriculture.end_approval", by=by, object=("approval", approval.pk), area=approval.area_path, at=at
    )
    renew_around(approval.area_path, at)
    return approval


@transaction.atomic
def renew_tips(*, town: str, since: datetime, at: datetime) -> list[Alert]:
    """Make the tips of a town say what rain, forecasts, wheat and approvals say of the time from `since` on.

    A pure function of those rows: doing it again, later or in another order ends in the same tips. Says: AlertRaised.
    """
    alone_in(town)
    if not told.versions(rules.STOP_WATERING, town):
        return []  # the town has switched agriculture off
    subject = alerts.Subject(kind="area", id=town, area=town, facts={"town": org.names([town])[town]})
    start = told.micros(since)
    while True:
        stored = told.touching(rules.STOP_WATERING, (subject.kind, subject.id), start, FOREVER)
        found = [spell for spell in _spells(town, start, at) if spell.end >= start]
        edge = min([start, *(told.spell_of(one).starts_at for one in stored), *(one.starts_at for one in found)])
        if edge == start:
            break
        start = edge
    numbers = told.version_at(rules.STOP_WATERING, town, at)
    severity = numbers.severity if numbers else registry.rule(rules.STOP_WATERING).severity
    return alerts.settle(rules.STOP_WATERING, subject, stored, found, severity=severity, at=at)


def alone_in(town: str) -> None:
    """Until this transaction ends nobody else writes what a town's tips follow from: of two at once the second sees the
    first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, town])


def _spells(town: str, start: int, at: datetime) -> list[Spell]:
    """The spells that last past `start`, each version of the rule's numbers for its own years."""
    approvals = queries.approved_in(town, rules.STOP_WATERING)
    found: list[Spell] = []
    for version in told.versions(rules.STOP_WATERING, town):
        numbers = rules.TipNumbers.of(version.params)
        reach = told.moment(start - int(numbers.stays_h * HOUR))
        because = rules.reasons(queries.rain_of(town, reach), queries.coming_to(town, reach), numbers)
        in_force = [one for one in because if version.since <= one.start < version.until]
        found += rules.tip_spells(in_force, queries.wheat_of(town, reach), approvals, told.micros(at))
    return found


def renew_around(area: str, at: datetime) -> None:
    """Renew the tips of the town a change touches."""
    town = paths.town_of(area)
    if town is not None:
        renew_tips(town=town, since=at - rules.LOOK_BACK, at=at)
