"""Where the hazards of a place lie, in cells of about a kilometre; what is sealed or at a home lies nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Q, When

from xiangyun.kernel.access.rules import Actor
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import figures, reports
from xiangyun.modules.grid.rules import heat as rules
from xiangyun.modules.grid.rules import reports as report_rules
from xiangyun.modules.grid.rules.categories import Group

# Both numbers of a cell as one, so that it is looked up once a report whether it is at a home.
CELL = reports.cell_of("lon") * rules.ROWS + reports.cell_of("lat")


@dataclass(frozen=True, slots=True)
class Cell:
    """How many hazards lie in one cell, and how many of them are still open."""

    x: int
    y: int
    n: int
    still_open: int


def cells(by: Actor, area: str, since: datetime) -> tuple[list[Cell], int]:
    """The cells of a place in which something was reported since then, and how many reports have no spot on the map."""
    nothing = (report_rules.ReportState.MERGED, report_rules.ReportState.INVALID)
    rows = figures.reports(area).filter(opened_at__gte=since).exclude(state__in=nothing)
    hazards = rows.filter(category__in=reports.codes_of(by.scope, Group.HAZARD))
    # Matters stand whole in an index; reports are asked only which of them are at a home.
    at_home = Report.objects.filter(Q(household__isnull=False) | Q(plot__isnull=False)).values("matter")
    on_map = Q(lon__isnull=False, lat__isnull=False) & ~Q(pk__in=at_home)
    # One reading of all: what lies nowhere is a cell without a place.
    counted = hazards.order_by().values(cell=Case(When(on_map, then=CELL)))
    found = list(counted.annotate(n=Count("kind"), still_open=Count("kind", filter=Q(closed_at=None))))
    told = [
        Cell(*rules.apart(row["cell"]), row["n"], row["still_open"])
        for row in sorted((row for row in found if row["cell"] is not None), key=lambda row: int(row["cell"]))
    ]
    return told, sum(row["n"] for row in found if row["cell"] is None)
