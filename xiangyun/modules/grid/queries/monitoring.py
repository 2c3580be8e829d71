"""Which files of families under monitoring exist for whom, and what stands sealed in them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db.models import Q

from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.models import Household, Membership
from xiangyun.kernel.people.queries import fields
from xiangyun.kernel.vault import queries as vault
from xiangyun.kernel.workflow import queries as workflow
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.models import Measure, Monitoring
from xiangyun.modules.grid.rules import abilities
from xiangyun.modules.grid.rules.monitoring import CLOSED, MonitoringState

SHOWN = ("matter__owner", "household", "decided_by")
SUBJECT = "monitoring"
TABLE, MEASURES = "grid_monitoring", "grid_measure"


def monitoring_for(by: Actor) -> ScopedQuerySet[Monitoring]:
    """Files that exist for somebody: those of their places, and those they brought or have to do with."""
    seen = under(*by.areas(abilities.SEE_MONITORING)) | Q(matter__in=workflow.concerning(by))
    return Monitoring.objects.in_area(by.scope).filter(seen).select_related(*SHOWN)


def hung_out(town: str, today: date) -> ScopedQuerySet[Monitoring]:
    """Files whose name has hung out to its last day, and which the county does not have yet."""
    waiting = Q(matter__state=MonitoringState.PUBLICISED, publicised_until__lt=today)
    return Monitoring.objects.in_area(town).filter(waiting).exclude(matter__level=Level.BANNER)


def is_followed(home: Household) -> bool:
    """Whether a home is under monitoring now."""
    return Monitoring.objects.filter(household=home).exclude(matter__state__in=CLOSED).exists()


def head_of(home: Household) -> str:
    """Whose home it is, as they are shown; empty where nobody heads it. Raises Tampered."""
    rows = Membership.objects.filter(household=home, until_on=None, is_head=True).select_related("resident")
    head = rows.first()
    return fields.shown_name(head.resident) if head else ""


def told(row: Monitoring) -> dict[str, Any]:
    """What was found, how it was verified, what the county wrote. Raises Tampered."""
    opened: dict[str, Any] = json.loads(vault.open_sealed(row.told_sealed, TABLE, "told_sealed", row.pk))
    return opened


def objections(row: Monitoring) -> list[dict[str, Any]]:
    """What somebody had against it while the name hung out, the first first. Raises Tampered."""
    sealed = row.objections_sealed
    return [] if sealed is None else list(json.loads(vault.open_sealed(sealed, TABLE, "objections_sealed", row.pk)))


def why_ended(row: Monitoring) -> str:
    """Why it was not met, refused, or is over. Raises Tampered."""
    sealed = row.ended_sealed
    return "" if sealed is None else vault.open_sealed(sealed, TABLE, "ended_sealed", row.pk)


def measures_of(row: Monitoring) -> ScopedQuerySet[Measure]:
    """What is done for the family, the first first."""
    return Measure.objects.filter(monitoring=row).order_by("since", "id")


def words_of(measure: Measure) -> str:
    """What was noted of a measure. Raises Tampered."""
    sealed = measure.words_sealed
    return "" if sealed is None else vault.open_sealed(sealed, MEASURES, "words_sealed", measure.pk)
