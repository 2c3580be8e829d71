"""Reads of limits, calendars and clocks."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Count
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.kernel.workflow import registry
from xiangyun.kernel.workflow.models import CalendarDay, Clock, DeadlineRule
from xiangyun.kernel.workflow.rules import deadlines
from xiangyun.kernel.workflow.rules.calendar import Calendar
from xiangyun.kernel.workflow.rules.deadlines import Deadline, Limit, Start, Stop, Timing, Unit


def calendar(area: str) -> Calendar:
    """The days of a place: what its town wrote down, then its county."""
    rows = CalendarDay.objects.filter(area_path__in=list(paths.ancestors(area)))
    nearest_last = sorted(rows.values_list("area_path", "on", "is_working"), key=lambda row: len(row[0]))
    return Calendar(own={on: is_working for _, on, is_working in nearest_last}, zone=timezone.get_default_timezone())


def deadline(kind: str, stage: str, area: str, on: date) -> Deadline | None:
    """How long a stage may take in a place from a day: the nearest row up the tree, else as the kind declares."""
    rows = DeadlineRule.objects.filter(area_path__in=list(paths.ancestors(area)), kind=kind, stage=stage)
    nearest = sorted(rows, key=lambda row: (-len(row.area_path), -row.valid_from.toordinal()))
    return deadlines.in_force(map(of_row, nearest), registry.matter_kind(kind).deadlines, stage, on)


def stages(kind: str) -> frozenset[str]:
    """The stages of a kind of matter that can have a limit: its levels, and those it names itself."""
    declared = registry.find_matter_kind(kind)
    if declared is None or not declared.acts:
        return frozenset()
    return frozenset((*declared.levels, *declared.stages.values(), *(each.stage for each in declared.deadlines)))


def of_row(row: DeadlineRule) -> Deadline:
    """A row as the engine reads it."""
    return Deadline(
        stage=row.stage,
        limit=Limit(row.amount, Unit(row.unit)),
        basis=row.basis,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        extension=row.extension,
        starts=Start(row.starts),
        warn_share=row.warn_pct / 100,
    )


def stops(clock: Clock) -> list[Stop]:
    """The times in which a clock stood still, oldest first."""
    rows = clock.stops.order_by("stopped_at", "id").values_list("stopped_at", "resumed_at")
    return [Stop(since, until) for since, until in rows]


def timing(clock: Clock) -> Timing:
    """What a lamp needs of a clock."""
    return Timing(
        started_at=clock.started_at,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        stood_still=clock.stood_still,
        stopped_since=clock.stopped_at,
        is_unsure=clock.unsure_year is not None,
        ended_at=clock.ended_at,
    )


def unsure_years(area: str) -> list[tuple[int, int]]:
    """Years whose holidays nobody has told, and how many running clocks were counted without them."""
    rows = Clock.objects.in_area(area).filter(ended_at=None, unsure_year__isnull=False)
    return list(rows.values_list("unsure_year").annotate(n=Count("pk")).order_by("unsure_year"))


def needs_year(area: str, at: datetime) -> int | None:
    """The year that is asked for soon and not known: this one, and from December the next."""
    today = timezone.localtime(at).date()
    known = calendar(area)
    return next(
        (year for year in range(today.year, today.year + 1 + (today.month == 12)) if not known.knows(year)), None
    )
