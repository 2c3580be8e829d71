"""What a matter is about, as its own module came to know it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.actions.matters import write
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.rules import WAITING


@transaction.atomic
def describe(
    matter: Matter,
    *,
    category: str,
    level: str,
    severity: int,
    title: tuple[str, Mapping[str, Any]],
    by: Actor,
    at: datetime,
) -> Matter:
    """Somebody judged what a matter is, how grave, and whose; another level has a clock of its own. Who may was seen by
    the module whose matter it is."""
    before, matter.level = matter.level, level
    matter.category, matter.severity = category, severity
    matter.title_code, matter.title_params = title[0], dict(title[1])
    matter.save(update_fields=["category", "level", "severity", "title_code", "title_params"])
    write(matter, "described", by=by, at=at, state_from=before, state_to=level)
    clocks.enter(matter, at=at)
    return matter


@transaction.atomic
def seal(matter: Matter, *, by: Actor, at: datetime) -> Matter:
    """From now on a matter exists for those involved and for whoever may see sealed ones alone; it leaves the map."""
    matter.is_sealed = True
    matter.lon = matter.lat = None
    matter.save(update_fields=["is_sealed", "lon", "lat"])
    write(matter, "sealed", by=by, at=at)
    return matter


def set_due(matter: Matter, *, due_at: datetime) -> None:
    """In a stage no clock runs in, a matter and the task of whoever owns it are due on a day that its module knows."""
    matter.due_at = due_at
    matter.save(update_fields=["due_at"])
    WorkItem.objects.filter(matter=matter, is_main=True, state__in=WAITING).update(due_at=due_at)
