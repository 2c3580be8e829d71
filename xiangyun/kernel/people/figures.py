"""The register's figures: how many homes and people, and of how many homes somebody said lately that it is still so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.people.queries import tally
from xiangyun.kernel.people.rules.abilities import SEE_FIGURES
from xiangyun.kernel.people.rules.counting import Counts


def _share_refreshed(counts: Counts) -> float | None:
    homes = counts["households"]
    return round(100 * counts["refreshed"] / homes, 1) if homes else None


def _value(of: Callable[[Counts], float | None], area: str) -> FigureValue:
    whole = tally.told(area).whole
    value = of(whole.counts) if whole.have else None
    return FigureValue(
        value=value,
        as_of=whole.as_of,
        have=whole.have,
        of=whole.of,
        reason="people.not_counted" if value is None else None,
    )


def _rows(of: Callable[[Counts], float | None], unit: str, area: str) -> Sequence[FigureRow]:
    """The places right below; a village stands for itself."""
    told = tally.told(area)
    return [
        FigureRow(
            kind="area",
            id=place.area,
            name=place.name,
            area=place.area,
            at=place.as_of,
            value=of(place.counts) if place.have else None,
            unit=unit,
        )
        for place in told.parts or [told.whole]
    ]


def _figure(name: str, unit: str, of: Callable[[Counts], float | None]) -> Figure:
    def compute(area: str, _at: datetime) -> FigureValue:
        return _value(of, area)

    def rows(area: str, _at: datetime) -> Sequence[FigureRow]:
        return _rows(of, unit, area)

    return Figure(code=f"people.{name}", unit=unit, needs=SEE_FIGURES, compute=compute, rows=rows)


FIGURES = [
    _figure("households", "people.unit_homes", lambda counts: float(counts["households"])),
    _figure("residents", "people.unit_people", lambda counts: float(counts["residents"])),
    _figure("refreshed", "%", _share_refreshed),
]
