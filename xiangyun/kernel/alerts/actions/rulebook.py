"""The numbers of the rules, planted from the plugs once and changed by adding rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction
from django.utils import timezone

from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.alerts import queries, registry
from xiangyun.kernel.alerts.models import AlertRule, FullDay
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.org import queries as org

CHANGE = "alerts.change_rule"
LOCK = 0x7275_6C65  # one change at a time of one rule in one town


def row_id(code: str, town: str, valid_from: datetime) -> UUID:
    """The same row has the same id in every box, so that a copy of one fits another."""
    return uuid5(NAMESPACE_URL, f"urn:xiangyun:alert_rule:{code}:{town}:{valid_from.isoformat()}")


def plant_rules(*, using: str) -> None:
    """Write the first row of each declared rule, where it is missing; rows that stand are never touched."""
    rows = [
        AlertRule(
            id=row_id(kind.code, "", kind.valid_from),
            code=kind.code,
            params=dict(kind.params),
            severity=kind.severity,
            valid_from=kind.valid_from,
            source=kind.source,
            basis=kind.basis,
        )
        for kind in registry.rules()
    ]
    AlertRule.objects.using(using).bulk_create(rows, ignore_conflicts=True)
    queries.forget()


@transaction.atomic
def change_rule(  # noqa: PLR0913 -- one keyword a fact
    *,
    code: str,
    town: str,
    params: Mapping[str, Any],
    severity: int,
    valid_from: datetime,
    source: str,
    basis: str,
    by: Actor,
    at: datetime,
) -> AlertRule:
    """Give a town numbers of its own for a rule, from a moment on; what was judged before stays as it was.

    A run of days is counted by the numbers of its own days: one that is under way at that moment begins anew.

    Refuses: NotFound (unknown rule, no town, a town outside `by`'s), BadInput (numbers the rule cannot read),
    WrongState (the moment has passed: what was judged by the old numbers was judged; or a later change is planned).
    """
    if not registry.known(code) or org.pick(town, by).level != "town" or not by.may(CHANGE, town):
        raise NotFound
    if valid_from < at:
        raise WrongState("alerts.rule_in_the_past")
    try:
        registry.check_params(registry.rule(code), params)
    except (KeyError, TypeError, ValueError) as fault:
        raise BadInput("alerts.bad_params", errors=[{"loc": ["body", "params"], "msg": str(fault)}]) from fault
    with connection.cursor() as cursor:
        # Of two at once the second sees what the first wrote, copies included.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, f"{code} {town}"])
    own = AlertRule.objects.filter(code=code, town=town, valid_until=None)
    planned = own.filter(valid_from__gte=valid_from).first()
    if planned is not None:
        ahead = timezone.localtime(planned.valid_from)
        raise WrongState("alerts.rule_change_planned", planned=f"{ahead:%Y-%m-%d %H:%M}")
    if not own.exists():
        # Until then the numbers of every town go on to hold here, as rows of the town's own.
        for row in AlertRule.objects.filter(code=code, town=""):
            _copy(row, town)
    own.update(valid_until=valid_from)
    row = AlertRule.objects.create(
        id=row_id(code, town, valid_from),
        code=code,
        town=town,
        params=dict(params),
        severity=severity,
        valid_from=valid_from,
        source=source,
        basis=basis,
    )
    audit.record(act=CHANGE, by=by, object=("alert_rule", row.pk), area=town, at=at, detail={"code": code})
    transaction.on_commit(queries.forget)
    return row


def _copy(row: AlertRule, town: str) -> None:
    """The same numbers as a row of the town's own, with the days its devices reached under them."""
    known = FullDay.objects.filter(
        rule_row=row.pk, device_num__in=Device.objects.in_area(town).values("num")
    ).values_list("device_num", "on", "reached_us")
    days = list(known)
    row.pk, row.town = row_id(row.code, town, row.valid_from), town
    row.save(force_insert=True)
    FullDay.objects.bulk_create(
        FullDay(rule_row=row, device_num=num, on=on, reached_us=reached) for num, on, reached in days
    )
