"""Where the hazards of a place lie, in cells of about a kilometre; what is sealed or at a home lies nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Q, When

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
    # One reading of all: what lies nowhere is a cell without a place.
    x, y = (Case(When(reports.ON_MAP, then=reports.cell_of(f"matter__{axis}"))) for axis in ("lon", "lat"))
    cells = _hazards(by, area, since).order_by().values(x=x, y=y)
    found = list(cells.annotate(n=Count("pk"), still_open=Count("pk", filter=OPEN)))
    told = sorted((Cell(**row) for row in found if row["x"] is not None), key=lambda cell: (cell.x, cell.y))
    return told, sum(row["n"] for row in found if row["x"] is None)


def _hazards(by: Actor, area: str, since: datetime) -> ScopedQuerySet[Report]:
    rows = Report.objects.in_area(area).filter(matter__is_sealed=False, matter__opened_at__gte=since)
    return reports.that_are(rows.filter(matter__category__in=reports.codes_of(by.scope, Group.HAZARD)))
