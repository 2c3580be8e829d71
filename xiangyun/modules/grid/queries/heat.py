"""Where the hazards of a place lie, in cells of about a kilometre; what is sealed or at a home lies nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import reports
from xiangyun.modules.grid.rules.categories import Group

OPEN = Q(matter__closed_at=None)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many hazards lie in one cell, and how many of them are still open."""

    x: int
    y: int
    n: int
    still_open: int


def cells(by: Actor, area: str, since: datetime) -> tuple[list[Cell], int]:
    """The cells of a place in which something was reported since then, and how many reports have no spot on the map."""
    rows = _hazards(by, area, since)
    found = (
        reports.on_map(rows)
        .values(x=reports.cell_of("matter__lon"), y=reports.cell_of("matter__lat"))
        .annotate(n=Count("pk"), still_open=Count("pk", filter=OPEN))
        .order_by("x", "y")
    )
    told = [Cell(**row) for row in found]
    return told, rows.count() - sum(cell.n for cell in told)


def _hazards(by: Actor, area: str, since: datetime) -> ScopedQuerySet[Report]:
    rows = Report.objects.in_area(area).filter(matter__is_sealed=False, matter__opened_at__gte=since)
    return reports.that_are(rows.filter(matter__category__in=reports.codes_of(by.scope, Group.HAZARD)))
