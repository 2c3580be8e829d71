"""The grid's figures for desk and wall: what is open, late, settled by whom, how fast, and how quarrels end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from xiangyun.base.figure import ROWS_MOST, Figure, FigureRow, FigureValue
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.queries import figures as queries
from xiangyun.modules.grid.rules import figures as rules

OPEN = "open_reports"


def _value(name: str, area: str, at: datetime) -> FigureValue:
    if name == rules.HOURS:
        hours = queries.median_hours(area, at)
        return FigureValue(hours, at, reason="grid.none_settled" if hours is None else None)
    if name == rules.SUCCESS:
        success = rules.share(*queries.agreed_and_ended(area, at))
        return FigureValue(success, at, reason="grid.too_few_ended" if success is None else None)
    now = queries.reports(area).filter(queries.counting(at)[name]).count()
    return FigureValue(now, at, compare=_since_yesterday(area, at, now) if name == OPEN else None)


def _since_yesterday(area: str, at: datetime, now: int) -> tuple[str, dict[str, object]]:
    then = at - timedelta(days=1)
    stood = Q(closed_at=None) | Q(closed_at__gt=then)
    more = now - queries.reports(area).filter(stood, opened_at__lte=then).count()
    if more == 0:
        return "workflow.as_many_as_yesterday", {}
    return ("workflow.more_than_yesterday" if more > 0 else "workflow.fewer_than_yesterday"), {"n": abs(more)}


def _rows(name: str, area: str, at: datetime) -> Sequence[FigureRow]:
    """The matters a figure counts, the latest first; of those that were settled, the hours each took."""
    if name == rules.SUCCESS:
        matters = Matter.objects.filter(pk__in=queries.mediations(area, at).values("matter"))
    else:
        matters = queries.reports(area).filter(queries.counting(at)[name])
    return [
        FigureRow(
            kind="matter",
            id=str(matter.pk),
            name=matter.number,
            area=matter.area_path,
            at=matter.closed_at or matter.opened_at,
            value=rules.hours(matter.closed_at - matter.opened_at)
            if name == rules.HOURS and matter.closed_at
            else None,
            unit="grid.unit_hours" if name == rules.HOURS else "",
            note=matter.title_code,
            note_params=matter.title_params,
        )
        for matter in matters.order_by("-opened_at", "-id")[: ROWS_MOST + 1]
    ]


def _figure(name: str, unit: str, needs: str) -> Figure:
    def compute(area: str, at: datetime) -> FigureValue:
        return _value(name, area, at)

    def rows(area: str, at: datetime) -> Sequence[FigureRow]:
        return _rows(name, area, at)

    return Figure(code=f"grid.{name}", unit=unit, needs=needs, compute=compute, rows=rows)


FIGURES = tuple(_figure(name, unit, needs) for name, (unit, needs) in rules.FIGURES.items())
