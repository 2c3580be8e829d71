"""Counting reports and mediations of a place, and of the places right below it. What is sealed counts nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, FloatField, IntegerField, Q, Value
from django.db.models.functions import Cast, Extract, Floor, Left
from django.utils import timezone

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.models import Mediation
from xiangyun.modules.grid.rules import figures as rules
from xiangyun.modules.grid.rules import mediation
from xiangyun.modules.grid.rules import reports as report_rules

OF_OPEN = ("open_reports", "overdue_reports")
REOPENED = "reopened_reports"
CLOSED_IN = {Level.GRID: "closed_in_grid", Level.VILLAGE: "closed_in_village", Level.TOWN: "closed_in_town"}
TOOK = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
# A median is said to a tenth of an hour; the spans come as lists, for a place and its parts in one reading.
TENTHS = Cast(Floor(Cast(Extract(TOOK, "epoch"), FloatField()) / Value(rules.TENTH_S, FloatField())), IntegerField())


@dataclass(frozen=True, slots=True)
class Told:
    """A place's numbers, by the figures' names."""

    area: str
    name: str
    numbers: dict[str, float | None]


@dataclass(slots=True)
class _Sums:
    """What is being counted of a place."""

    counts: Counter[str] = field(default_factory=Counter)
    tenths: list[int] = field(default_factory=list)
    agreed: int = 0
    ended: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        self.counts.update({name: row[name] for name in (*OF_OPEN, *CLOSED_IN.values(), REOPENED) if name in row})
        self.tenths += row.get("tenths", ())

    def told(self, place: Area) -> Told:
        numbers: dict[str, float | None] = {name: float(self.counts[name]) for name in rules.FIGURES}
        numbers[rules.HOURS] = rules.median_hours(self.tenths)
        numbers[rules.SUCCESS] = rules.share(self.agreed, self.ended)
        return Told(place.path, place.name, numbers)


def since(at: datetime) -> datetime:
    """From when on what closed is counted."""
    return rules.since(timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0))


def parts_of(area: str) -> list[Area]:
    """The places right below one, down to the village."""
    rows = org.valid().filter(parent_path=area, level__in=org.PUBLIC_LEVELS)
    return list(rows.order_by("path"))


def reports(area: str) -> ScopedQuerySet[Matter]:
    """Every report of a place that is not sealed."""
    return Matter.objects.in_area(area).filter(kind=report_rules.MATTER, is_sealed=False)


def counting(at: datetime) -> dict[str, Q]:
    """Figure → which reports it counts; the median is of those that were settled."""
    is_open = Q(closed_at=None)
    settled = Q(state=report_rules.ReportState.CLOSED, closed_at__gt=since(at), closed_at__lte=at)
    return {
        "open_reports": is_open,
        "overdue_reports": is_open & Q(due_at__lte=at, clock__isnull=False, stopped_at=None),
        **{name: settled & Q(level=level) for level, name in CLOSED_IN.items()},
        rules.HOURS: settled,
        REOPENED: Q(reopened__gt=0) & (is_open | settled),
    }


def median_hours(area: str, at: datetime) -> float | None:
    """Half of what was settled lately took no longer."""
    settled = reports(area).filter(counting(at)[rules.HOURS])
    return rules.median_hours(settled.aggregate(tenths=ArrayAgg(TENTHS))["tenths"] or [])


def mediations(area: str, at: datetime) -> ScopedQuerySet[Mediation]:
    """Mediations that came to an agreement lately, or ended without one."""
    agreed = Q(agreed_on__gt=timezone.localdate(since(at)))
    ended = Q(matter__state__in=(mediation.MediationState.REFUSED, mediation.MediationState.FAILED))
    lately = Q(matter__closed_at__gt=since(at), matter__closed_at__lte=at)
    return Mediation.objects.in_area(area).filter(agreed | (ended & lately), matter__is_sealed=False)


def agreed_and_ended(area: str, at: datetime) -> tuple[int, int]:
    """How many mediations ended lately with an agreement, and how many in all."""
    found = mediations(area, at).aggregate(agreed=Count("pk", filter=Q(agreed_on__isnull=False)), ended=Count("pk"))
    return found["agreed"], found["ended"]


def told(area: str, at: datetime) -> tuple[Told, list[Told]]:
    """The numbers of a place and of the places right below it, in their own order: nobody is ranked."""
    here, parts = org.pick(area), parts_of(area)
    # The codes of one level are equally long (GB/T 10114), so a path is cut to its part by length.
    cut = Left("area_path", len(parts[0].path) if parts else len(area))
    each = {part.path: _Sums() for part in parts}
    whole = _Sums()
    rows = reports(area).order_by().annotate(part=cut)
    counts = counting(at)
    # What is counted stands in an index whole; the key of the row does not.
    of_open = {name: Count("kind", filter=counts[name]) for name in (*OF_OPEN, REOPENED)}
    of_settled: dict[str, Aggregate] = {name: Count("kind", filter=Q(level=level)) for level, name in CLOSED_IN.items()}
    of_settled |= {REOPENED: Count("kind", filter=Q(reopened__gt=0)), "tenths": ArrayAgg(TENTHS)}
    found: list[Mapping[str, Any]] = [
        *rows.filter(closed_at=None).values("part").annotate(**of_open),
        *rows.filter(counts[rules.HOURS]).values("part").annotate(**of_settled),
    ]
    for one in found:
        for sums in (whole, each.get(one["part"])):
            if sums:
                sums.add(one)
    quarrels = mediations(area, at).order_by().annotate(part=cut).values("part")
    for row in quarrels.annotate(agreed=Count("pk", filter=Q(agreed_on__isnull=False)), n=Count("pk")):
        for sums in (whole, each.get(row["part"])):
            if sums:
                sums.agreed += row["agreed"]
                sums.ended += row["n"]
    return whole.told(here), [each[part.path].told(part) for part in parts]
