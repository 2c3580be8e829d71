"""The room's own figures: what is open, and what nobody has taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.workflow import queries, rules
from xiangyun.kernel.workflow.models import Matter


def open_matters(area: str) -> ScopedQuerySet[Matter]:
    """Matters that are not closed. No figure counts a sealed one: that it exists is known to few."""
    return Matter.objects.in_area(area).filter(closed_at=None, is_sealed=False)


def unaccepted_matters(area: str) -> ScopedQuerySet[Matter]:
    """Open matters on which nobody has taken the work."""
    return open_matters(area).filter(queries.untaken())


def _open_value(area: str, at: datetime) -> FigureValue:
    """How many are open, compared with this time yesterday."""
    then = at - timedelta(days=1)
    is_older = Q(opened_at__lte=then)
    found = open_matters(area).aggregate(now=Count("area_path"), older=Count("area_path", filter=is_older))
    closed_since = Matter.objects.in_area(area).filter(is_older, closed_at__gt=then, is_sealed=False).count()
    before = found["older"] + closed_since
    return FigureValue(value=found["now"], as_of=at, compare=_compared(found["now"] - before))


def _unaccepted_value(area: str, at: datetime) -> FigureValue:
    return FigureValue(value=unaccepted_matters(area).count(), as_of=at)


def _closed_today(area: str, at: datetime) -> ScopedQuerySet[Matter]:
    """What people finished today; a matter of the past that the house opened and closed at once is nobody's work."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    by_people = [outcome.value for outcome in rules.Outcome]
    closed = Matter.objects.in_area(area).filter(closed_at__gte=midnight, closed_at__lte=at, outcome__in=by_people)
    return closed.filter(is_sealed=False)


def _compared(more: int) -> tuple[str, dict[str, object]]:
    if more == 0:
        return "workflow.as_many_as_yesterday", {}
    return ("workflow.more_than_yesterday" if more > 0 else "workflow.fewer_than_yesterday"), {"n": abs(more)}


def _rows(matters: ScopedQuerySet[Matter]) -> Sequence[FigureRow]:
    """One row a matter: its number and title, since when, and its state."""
    return [
        FigureRow(
            kind="matter",
            id=str(matter.pk),
            name=matter.number,
            area=matter.area_path,
            at=matter.opened_at,
            note=matter.title_code,
            note_params={"place": "", **matter.title_params},
        )
        for matter in matters.order_by("severity", "opened_at", "id")
    ]


def late_matters(area: str, at: datetime) -> ScopedQuerySet[Matter]:
    """Open matters whose time is up."""
    return open_matters(area).filter(due_at__lte=at, clock__isnull=False, stopped_at=None)


def unsure_matters(area: str) -> ScopedQuerySet[Matter]:
    """Open matters whose end is a guess, since the holidays of its year are not known."""
    return open_matters(area).filter(clock__unsure_year__isnull=False, clock__ended_at=None)


FIGURES = [
    Figure(
        code="workflow.open_matters",
        unit="workflow.unit_matters",
        needs=rules.SEE,
        compute=_open_value,
        rows=lambda area, _at: _rows(open_matters(area)),
    ),
    Figure(
        code="workflow.unaccepted_matters",
        unit="workflow.unit_matters",
        needs=rules.SEE,
        compute=_unaccepted_value,
        rows=lambda area, _at: _rows(unaccepted_matters(area)),
    ),
    Figure(
        code="workflow.closed_today",
        unit="workflow.unit_matters",
        needs=rules.SEE,
        compute=lambda area, at: FigureValue(value=_closed_today(area, at).count(), as_of=at),
        rows=lambda area, at: _rows(_closed_today(area, at)),
    ),
    Figure(
        code="workflow.late_matters",
        unit="workflow.unit_matters",
        needs=rules.SEE,
        compute=lambda area, at: FigureValue(value=late_matters(area, at).count(), as_of=at),
        rows=lambda area, at: _rows(late_matters(area, at)),
    ),
    Figure(
        code="workflow.unsure_clocks",
        unit="workflow.unit_matters",
        needs=rules.SEE,
        compute=lambda area, at: FigureValue(value=unsure_matters(area).count(), as_of=at),
        rows=lambda area, _at: _rows(unsure_matters(area)),
    ),
]
