"""The room's own figure: what holds now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.alerts import queries, registry


def _count(area: str, at: datetime) -> FigureValue:
    return FigureValue(value=queries.open_alerts(area).count(), as_of=at)


def _rows(area: str, _at: datetime) -> Sequence[FigureRow]:
    return [
        FigureRow(
            kind="alert",
            id=str(alert.pk),
            name=str(alert.inputs.get("station") or alert.inputs.get("town") or alert.subject_id),
            area=alert.area_path,
            at=alert.event_at,
            note=f"{registry.rule(alert.rule).words}.name",
        )
        for alert in queries.open_alerts(area).order_by("severity", "event_at", "id")
    ]


FIGURES = [
    Figure(code="alerts.open_alerts", unit="alerts.unit_alerts", needs=queries.SEE, compute=_count, rows=_rows),
]
