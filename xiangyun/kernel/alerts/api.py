"""Alerts and the rules behind them over HTTP."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from xiangyun.base import clock, words
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.alerts import actions, queries, registry
from xiangyun.kernel.alerts.models import Alert, AlertRule
from xiangyun.kernel.alerts.rules import Kind
from xiangyun.kernel.alerts.schemas import AlertOut, RuleIn, RuleOut

router = Router(tags=["alerts"])


def _reason(alert: Alert, lang: str) -> str:
    """Why it was raised; and, where the station went silent, that nobody knows how it went on."""
    told = words.say(alert.reason_code, lang, **alert.inputs)
    if alert.silent_since is None:
        return told
    since = f"{timezone.localtime(alert.silent_since):%m-%d %H:%M}"
    return words.say("alerts.went_silent", lang, reason=told, since=since)


def shown(alert: Alert, lang: str) -> dict[str, Any]:
    """An alert as it goes over the wire, its sentences in the reader's language."""
    return {
        "id": alert.pk,
        "rule": alert.rule,
        "title": words.say(f"{registry.rule(alert.rule).words}.name", lang),
        "kind": alert.kind,
        "severity": alert.severity,
        "area": alert.area_path,
        "subject": {"kind": alert.subject_kind, "id": alert.subject_id},
        "device": alert.device_id,
        "starts_at": alert.starts_at,
        "event_at": alert.event_at,
        "cleared_at": alert.cleared_at,
        "silent_since": alert.silent_since,
        "raised_at": alert.raised_at,
        "is_late": alert.is_late,
        "state": alert.state,
        "reason": _reason(alert, lang),
        "inputs": alert.inputs,
        "matter": alert.matter_id,
    }


@router.get("/alerts", response=Page[AlertOut], operation_id="alerts_list_alerts")
@needs(queries.SEE)
def list_alerts(
    request: HttpRequest,
    paging: Query[Paging],
    state: Literal["open", "closed", "withdrawn"] | None = None,
    rule: str | None = None,
    device: UUID | None = None,
    kind: Literal["alert", "tip"] | None = None,
    area: str | None = None,
    matter: UUID | None = None,
) -> dict[str, Any]:
    """Alerts and tips, the latest event first; what late data took back only when `state=withdrawn` asks for it."""
    asked = {"state": state, "rule": rule, "device": device, "kind": kind, "matter": matter}
    rows = queries.visible_to(actor_of(request), withdrawn=state == "withdrawn")
    rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
    if area is not None:
        rows = rows.in_area(area)
    lang: str = request.lang  # type: ignore[attr-defined]
    return page(rows, paging=paging, order=("-event_at", "-id"), show=lambda alert: shown(alert, lang))


@router.get("/alerts/{alert_id}", response=AlertOut, operation_id="alerts_get_alert")
@needs(queries.SEE)
def get_alert(request: HttpRequest, alert_id: UUID) -> dict[str, Any]:
    """One alert or tip, also one that late data took back."""
    rows = queries.visible_to(actor_of(request), withdrawn=None)
    return shown(rows.pick(alert_id), request.lang)  # type: ignore[attr-defined]


def _worded(written: str, ours: str, code: str, lang: str) -> str:
    """What a town wrote as it stands; what the rule came with in the reader's language, where the module has words."""
    said = words.say(code, lang)
    return written if written != ours or said == code else said


def rule_shown(row: AlertRule, lang: str) -> dict[str, Any]:
    """A rule's row as it goes over the wire."""
    kind = registry.rule(row.code)
    return {
        "id": row.pk,
        "code": row.code,
        "title": words.say(f"{kind.words}.name", lang),
        "kind": kind.kind,
        "shape": kind.shape,
        "town": row.town,
        "severity": row.severity,
        "params": row.params,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "source": _worded(row.source, kind.source, f"{kind.words}.source", lang),
        "basis": _worded(row.basis, kind.basis, f"{kind.words}.basis", lang),
    }


@router.get("/alert_rules", response=Page[RuleOut], operation_id="alerts_list_rules")
@needs(queries.SEE)
def list_rules(request: HttpRequest, paging: Query[Paging], code: str | None = None) -> dict[str, Any]:
    """The rules with their numbers, years and sources: those of every town and those of my own."""
    told = [kind.code for kind in registry.rules() if kind.kind != Kind.FACT]
    rows = AlertRule.objects.filter(code__in=told, town__in=["", actor_of(request).town or ""])
    if code is not None:
        rows = rows.filter(code=code)
    lang: str = request.lang  # type: ignore[attr-defined]
    return page(rows, paging=paging, order=("code", "town", "valid_from", "id"), show=lambda row: rule_shown(row, lang))


@router.post("/alert_rules/{code}", response={201: RuleOut}, operation_id="alerts_change_rule")
@needs(actions.CHANGE)
def change_rule(request: HttpRequest, code: str, told: RuleIn) -> Status[dict[str, Any]]:
    """Give a town numbers of its own for a rule, from a moment on."""
    row = actions.change_rule(
        code=code,
        town=told.town,
        params=told.params,
        severity=told.severity,
        valid_from=told.valid_from,
        source=told.source,
        basis=told.basis,
        by=actor_of(request),
        at=clock.now(),
    )
    return Status(201, rule_shown(row, request.lang))  # type: ignore[attr-defined]
