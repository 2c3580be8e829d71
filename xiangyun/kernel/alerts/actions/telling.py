"""Turning spells into alerts: raised, moved, closed or taken back, each with what it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from xiangyun.base import events, live, paths, words
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.alerts import queries, registry, rules
from xiangyun.kernel.alerts.events import AlertChanged, AlertRaised
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.rules import AlertState, Errand, Kind, Spell
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.workflow import actions as workflow

OVER = "over"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about. `facts` go into its inputs and its title (a name, never a person)."""

    kind: str
    id: str
    area: str
    device_id: UUID | None = None
    point: tuple[float, float] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def settle(
    rule: str,
    subject: Subject,
    stored: Sequence[Alert],
    found: Sequence[Spell],
    *,
    severity: int,
    at: datetime,
    heard_at: datetime | None = None,
) -> list[Alert]:
    """Make the stored alerts of one rule and subject say exactly the spells found in the same stretch of time.

    `heard_at` is the newest record of the subject, where that may lie far back. Returns the alerts that stand, oldest
    first. Nothing is written where nothing changed, so judging again is harmless.
    Says: AlertRaised, AlertChanged, inside this transaction.
    """
    plan = rules.reconcile([queries.spell_of(alert) for alert in stored], found)
    for index in plan.withdrawn:
        _withdraw(stored[index], at)
    # One alert is open at a time: what ends is written before what begins.
    closing_first = sorted(plan.kept, key=lambda pair: pair[1].cleared_at is None)
    kept = [_move(stored[index], spell, at) for index, spell in closing_first]
    added = [_raise(rule, subject, spell, severity=severity, at=at) for spell in plan.added]
    for alert in (*kept, *added):
        if alert.is_waiting:
            _run_errand(alert, heard_at or at, at)
    return sorted([*kept, *added], key=lambda alert: alert.starts_at)


def _raise(rule: str, subject: Subject, spell: Spell, *, severity: int, at: datetime) -> Alert:
    kind = registry.rule(rule)
    alert = Alert.objects.create(
        rule=rule,
        kind=kind.kind,
        severity=severity,
        area_path=subject.area,
        subject_kind=subject.kind,
        subject_id=subject.id,
        device_id=subject.device_id,
        raised_at=at,
        **_told(kind, spell, at),
        inputs={**subject.facts, **spell.inputs},
    )
    if kind.kind == Kind.ALERT:
        _open_matter(alert, kind, subject, at)
    _written(alert, "alerts.raise_alert", at)
    events.publish(AlertRaised(alert_id=alert.pk, rule=rule, town=_town(alert), at=at))
    return alert


def _open_matter(alert: Alert, kind: registry.RuleKind, subject: Subject, at: datetime) -> None:
    """A matter in the town's books; whether somebody is sent is seen once every spell is written."""
    alert.matter = workflow.open_matter(
        kind=kind.matter,
        subject=(subject.kind, subject.id),
        area=subject.area,
        title=(
            f"{kind.words}.late_title" if alert.is_late else f"{kind.words}.title",
            {**subject.facts, "rule": alert.rule},
        ),
        severity=alert.severity,
        at=at,
        by=_house(alert),
        source=("alert", alert.pk),
        point=subject.point,
    )
    alert.is_waiting = True
    alert.save(update_fields=["matter", "is_waiting"])


def _run_errand(alert: Alert, heard_at: datetime, at: datetime) -> None:
    """Send somebody, or close the matter of what was long over, or go on waiting for the backlog to catch up."""
    what = rules.errand(queries.spell_of(alert), queries.micros(heard_at), queries.micros(at))
    if what == Errand.WAIT or alert.matter is None:
        return
    alert.is_waiting = False
    alert.save(update_fields=["is_waiting"])
    if what == Errand.SEND:
        workflow.dispatch(registry.rule(alert.rule).work, matter=alert.matter, at=at, by=_house(alert))
    else:
        workflow.move(alert.matter, to="closed", by=_house(alert), at=at, outcome=OVER)


def _move(alert: Alert, spell: Spell, at: datetime) -> Alert:
    """Write what changed about a spell: most often, that it is over."""
    inputs = {**alert.inputs, **spell.inputs}
    told = _told(registry.rule(alert.rule), spell, alert.raised_at)
    if all(getattr(alert, name) == value for name, value in told.items()) and inputs == alert.inputs:
        return alert
    for name, value in told.items():
        setattr(alert, name, value)
    alert.inputs = inputs
    alert.save(update_fields=[*told, "inputs"])
    _changed(alert, "alerts.close_alert" if alert.state == AlertState.CLOSED else "alerts.move_alert", at)
    return alert


def _withdraw(alert: Alert, at: datetime) -> None:
    """Late data shows that the condition never held. The matter stays with whoever has it, and says so."""
    alert.state = AlertState.WITHDRAWN
    alert.save(update_fields=["state"])
    if alert.matter is not None:
        note = words.say("alerts.withdrawn_note", words.DEFAULT)
        workflow.remark(matter=alert.matter, by=_house(alert), at=at, note=note)
    _changed(alert, "alerts.withdraw_alert", at)


def _told(kind: registry.RuleKind, spell: Spell, raised_at: datetime) -> dict[str, Any]:
    """What a spell says of an alert: its times, its state, the sentence that gives the reason."""
    cause = spell.inputs.get("cause") or spell.inputs.get("metric")
    return {
        "reason_code": f"{kind.words}.reason.{cause}" if cause else f"{kind.words}.reason",
        "starts_at": queries.moment(spell.starts_at),
        "event_at": queries.moment(spell.event_at),
        "cleared_at": None if spell.cleared_at is None else queries.moment(spell.cleared_at),
        "silent_since": queries.moment(spell.heard_at) if spell.is_silent and spell.heard_at is not None else None,
        "state": AlertState.OPEN if spell.cleared_at is None else AlertState.CLOSED,
        "is_late": rules.is_late(spell.event_at, queries.micros(raised_at)),
    }


def _changed(alert: Alert, act: str, at: datetime) -> None:
    _written(alert, act, at)
    events.publish(AlertChanged(alert_id=alert.pk, rule=alert.rule, town=_town(alert), at=at))


def _written(alert: Alert, act: str, at: datetime) -> None:
    """Audit and the live word; facts are nobody's business but the rules'."""
    if alert.kind == Kind.FACT:
        return
    audit.record(
        act=act,
        by=_house(alert),
        object=("alert", alert.pk),
        area=alert.area_path,
        at=at,
        detail={"rule": alert.rule, "event_at": alert.event_at, "state": str(alert.state), "is_late": alert.is_late},
    )
    live.say(connection, [live.changed("alert", pk=alert.pk, area=alert.area_path, ability=queries.SEE)])


def _town(alert: Alert) -> str:
    return paths.town_of(alert.area_path) or alert.area_path


def _house(alert: Alert) -> access.Actor:
    return access.system(_town(alert))
