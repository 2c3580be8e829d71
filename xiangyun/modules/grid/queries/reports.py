"""Which reports exist for whom, what a sealed one tells, and which others may be the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, FloatField, IntegerField, Q, Value
from django.db.models.functions import Cast, Floor
from django.db.models.lookups import Exact

from xiangyun.base import paths
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.vault import queries as vault
from xiangyun.kernel.workflow import queries as workflow
from xiangyun.kernel.workflow import rules as workflow_rules
from xiangyun.kernel.workflow.models import Involvement, Matter
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.rules import abilities, heat
from xiangyun.modules.grid.rules import reports as rules
from xiangyun.modules.grid.rules.categories import Group
from xiangyun.modules.grid.rules.likeness import WITHIN, Likeness, Told, likeness

TABLE = "grid_report"
SHOWN = ("matter__owner", "matter__clock", "matter__merged_into", "household", "plot", "handler")
LIKE_AT_MOST, LOOKED_AT = 5, 200


def reports_for(by: Actor) -> ScopedQuerySet[Report]:
    """Reports that exist for somebody: those of their places, and those they made, have or are asked to take. A sealed
    one for the latter and for `workflow.see_sealed` in its place alone."""
    open_to = Q(matter__is_sealed=False) | under(*by.areas(workflow_rules.SEE_SEALED))
    seen = (under(*by.areas(abilities.SEE)) & open_to) | Q(matter__in=workflow.concerning(by))
    return Report.objects.in_area(by.scope).filter(seen).select_related(*SHOWN)


def made_by(by: Actor) -> ScopedQuerySet[Report]:
    """Reports somebody made, or that were made for them, wherever they went."""
    mine = Involvement.objects.filter(account=by.account_id, how=workflow_rules.How.REPORTER.value)
    rows = Report.objects.in_area(by.scope).filter(matter__in=mine.values("matter"))
    return rows.select_related(*SHOWN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports a list is about; empty: all."""

    area: str | None = None
    state: str | None = None
    level: str | None = None
    group: str | None = None
    category: str | None = None
    household: UUID | None = None
    is_open: bool | None = None
    cell: str | None = None
    """Of the heat map: `x,y`."""


def listed(by: Actor, wanted: Wanted) -> ScopedQuerySet[Report]:
    """The reports somebody may see that fit what they ask for."""
    rows = reports_for(by)
    if wanted.area is not None:
        rows = rows.in_area(wanted.area)
    for name in ("state", "level", "category"):
        value = getattr(wanted, name)
        if value is not None:
            rows = rows.filter(**{f"matter__{name}": value})
    if wanted.group is not None:
        rows = rows.filter(matter__category__in=codes_of(by.scope, wanted.group))
    if wanted.household is not None:
        rows = rows.filter(household__in=visible.households(by).filter(pk=wanted.household).values("pk"))
    if wanted.is_open is not None:
        rows = rows.filter(matter__closed_at__isnull=wanted.is_open)
    if wanted.cell is not None:
        x, y = map(int, wanted.cell.split(","))
        rows = rows.filter(ON_MAP, Exact(cell_of("matter__lon"), x), Exact(cell_of("matter__lat"), y))
    return rows


# What lies somewhere on the heat map: what is sealed, and what is at a home, lies nowhere.
ON_MAP = Q(household=None, plot=None, matter__is_sealed=False, matter__lon__isnull=False, matter__lat__isnull=False)


def cell_of(degrees: str) -> Cast:
    """In which row or column of the heat map something lies."""
    return Cast(Floor(Cast(F(degrees), FloatField()) * Value(float(heat.CELLS_A_DEGREE))), IntegerField())


def published(by: Actor, area: str | None) -> ScopedQuerySet[Report]:
    """What a village reads of its own reports (staff of a town: of any of its villages). Refuses: NotFound (a place
    that is not theirs)."""
    own = village_of(max(by.areas(abilities.SEE_PUBLISHED), key=len))
    wanted = area or own
    if not paths.within(wanted, by.scope if by.is_staff else own):
        raise NotFound
    return public(wanted)


def public(area: str) -> ScopedQuerySet[Report]:
    """What may be read of the reports of a place: nothing sealed, no quarrel, nothing that turned out to be nothing or
    the same as another."""
    rows = Report.objects.in_area(area).filter(matter__is_sealed=False, told_sealed=None)
    hazards = codes_of(paths.town_of(area) or area, Group.HAZARD)
    return that_are(rows.filter(matter__category__in=hazards)).select_related("matter")


def that_are(rows: ScopedQuerySet[Report]) -> ScopedQuerySet[Report]:
    """Without those that turned out to be nothing, or the same as another."""
    return rows.exclude(matter__state__in=(rules.ReportState.MERGED, rules.ReportState.INVALID))


def codes_of(area: str, group: str) -> list[str]:
    """The categories of a group, those that ended included."""
    return [code for code, one in categories.any_day(area).items() if one.group == group]


def files_of(report: Report) -> ScopedQuerySet[Attachment]:
    """The files of a report, for whoever was seen to be shown it."""
    rows = Attachment.objects.living().filter(subject_kind="report", subject_id=str(report.pk))
    return rows.select_related("blob").order_by("made_at", "id")


def told(report: Report) -> dict[str, Any]:
    """What a sealed report says: words, place, point, household, plot, result; of another one those that hold a number
    of somebody's. Raises Tampered."""
    for column in ("told_sealed", "numbers_sealed"):
        if (sealed := getattr(report, column)) is not None:
            opened: dict[str, Any] = json.loads(vault.open_sealed(sealed, TABLE, column, report.pk))
            return opened
    return {}


def caller(report: Report) -> dict[str, str]:
    """Name and phone of who told it; empty where they gave none. Raises Tampered."""
    if report.caller_sealed is None:
        return {}
    opened: dict[str, str] = json.loads(vault.open_sealed(report.caller_sealed, TABLE, "caller_sealed", report.pk))
    return opened


def words_of(report: Report) -> str:
    """What somebody said, sealed or not."""
    return told(report).get("words", "") if report.told_sealed is not None else report.words


@dataclass(frozen=True, slots=True)
class Alike:
    """A report that may be the same as another, and why."""

    report: Report
    why: Likeness


def likely(report: Report, by: Actor) -> list[Alike]:
    """Open reports of the same village that may speak of the same thing, the likeliest first; what is sealed is
    compared with nothing."""
    matter = report.matter
    if matter.is_sealed:
        return []
    village = village_of(report.area_path)
    near = Q(matter__opened_at__range=(matter.opened_at - WITHIN, matter.opened_at + WITHIN))
    rows = reports_for(by).in_area(village).filter(near, matter__is_sealed=False).exclude(pk=report.pk)
    young = rows.exclude(matter__state__in=rules.CLOSED).order_by("-pk")[:LOOKED_AT]
    mine = _told(report)
    alike = [Alike(one, why) for one in young if (why := likeness(mine, _told(one)))]
    return sorted(alike, key=lambda one: one.why.weight, reverse=True)[:LIKE_AT_MOST]


def _told(report: Report) -> Told:
    matter = report.matter
    return Told(
        category=matter.category,
        at=matter.opened_at,
        words=report.words,
        point=point_of(matter),
        household=report.household_id,
        plot=report.plot_id,
    )


def point_of(matter: Matter) -> tuple[float, float] | None:
    """Where a matter is on the map."""
    return None if matter.lon is None or matter.lat is None else (matter.lon, matter.lat)


def village_of(area: str) -> str:
    """The village of a place below the town; the place itself above."""
    return ".".join(area.split(".")[: paths.TOWN_DEPTH + 1])


def joined_seen(reports: Sequence[Report], by: Actor) -> set[UUID]:
    """Which of the matters that reports became part of somebody may open."""
    into = [one.pk for report in reports if (one := report.matter.merged_into) is not None]
    return set(reports_for(by).filter(matter__in=into).values_list("matter", flat=True)) if into else set()


def homes_seen(reports: Sequence[Report], by: Actor) -> set[UUID]:
    """Which of the homes that reports name somebody may see."""
    named = [report.household_id for report in reports if report.household is not None]
    return set(visible.households(by).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
