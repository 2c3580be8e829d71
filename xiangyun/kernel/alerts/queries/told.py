"""Alerts, watches and facts as they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection
from django.db.models import Q

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.alerts.models import Alert, Watch
from xiangyun.kernel.alerts.queries.rulebook import micros, moment
from xiangyun.kernel.alerts.rules import FOREVER, AlertState, Kind, Spell
from xiangyun.kernel.devices.models import Presence
from xiangyun.kernel.telemetry import packing

SEE = "alerts.see_alert"

Asked = psycopg.Cursor[tuple[Any, ...]]
"""Watches on their way: inside `packing.together` they have arrived when its block has ended."""

_WATCH = ("id", "device_num", "rule", "settled_us", "calm_from_us", "until_us", "unknown_us")
_WATCHED = f"SELECT {', '.join(_WATCH)} FROM alerts_watch WHERE device_num = ANY(%s)"  # noqa: S608 -- our own names


def ask_watches(nums: npt.NDArray[np.int64]) -> Asked:
    """Ask for the watches on these devices: prepared, since every batch asks and compiling costs four answers."""
    cursor = packing.cursor(connection)
    cursor.execute(_WATCHED, (packing.int8s(nums),), binary=True)
    return cursor


def watches(asked: Asked) -> list[Watch]:
    """What was asked for."""
    return [Watch.from_db(None, _WATCH, row) for row in asked.fetchall()]


def unheard_of(town: str, us: int) -> list[Presence]:
    """The devices of a town one of whose open spells may have passed its bound by then (µs), each locked.

    Their presence is what a batch locks first, in this order: nothing is stored of them meanwhile.
    """
    open_ones = Watch.objects.filter(until_us=FOREVER, unknown_us__lt=us)
    rows = Presence.objects.in_area(town).filter(num__in=open_ones.values("device_num"))
    return list(rows.select_related("device").select_for_update(of=("self",)).order_by("num"))


def latest(rule: str, subject: tuple[str, str]) -> Alert | None:
    """The last spell of a rule and subject."""
    rows = Alert.objects.filter(rule=rule, subject_kind=subject[0], subject_id=subject[1])
    return rows.exclude(state=AlertState.WITHDRAWN).order_by("-starts_at").first()


def told(*, withdrawn: bool | None = False) -> ScopedQuerySet[Alert]:
    """Alerts and tips, never the facts other rules build on; what late data took back only if asked (None: both)."""
    rows = Alert.objects.exclude(kind=Kind.FACT)
    if withdrawn is None:
        return rows
    return rows.filter(state=AlertState.WITHDRAWN) if withdrawn else rows.exclude(state=AlertState.WITHDRAWN)


def visible_to(actor: Actor, *, withdrawn: bool | None = False) -> ScopedQuerySet[Alert]:
    """The alerts and tips that exist for an actor."""
    return told(withdrawn=withdrawn).visible_to(actor, SEE)


def open_alerts(area: str, *, rule: str | None = None) -> ScopedQuerySet[Alert]:
    """What holds now in an area."""
    rows = told().in_area(area).filter(state=AlertState.OPEN)
    return rows if rule is None else rows.filter(rule=rule)


def spell_of(alert: Alert) -> Spell:
    """An alert as the plain spell it tells."""
    return Spell(
        micros(alert.starts_at),
        micros(alert.event_at),
        None if alert.cleared_at is None else micros(alert.cleared_at),
        alert.inputs,
        heard_at=None if alert.silent_since is None else micros(alert.silent_since),
        is_silent=alert.silent_since is not None,
    )


def touching(rule: str, subject: tuple[str, str], start: int, end: int) -> list[Alert]:
    """The alerts of a rule and subject whose spells touch a stretch of time, oldest first."""
    rows = Alert.objects.filter(rule=rule, subject_kind=subject[0], subject_id=subject[1]).exclude(
        state=AlertState.WITHDRAWN
    )
    if end < FOREVER:
        rows = rows.filter(starts_at__lte=moment(end))
    if start > -FOREVER:
        rows = rows.filter(Q(cleared_at=None) | Q(cleared_at__gte=moment(start)))
    return list(rows.order_by("starts_at"))


def facts(rule: str, area: str, since: datetime) -> list[Spell]:
    """The spells of a fact in an area that lasted past `since`, oldest first."""
    rows = (
        Alert.objects.in_area(area)
        .filter(Q(cleared_at=None) | Q(cleared_at__gte=since), rule=rule, kind=Kind.FACT)
        .exclude(state=AlertState.WITHDRAWN)
        .order_by("starts_at", "id")
    )
    return [spell_of(row) for row in rows]
