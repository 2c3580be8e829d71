"""How much of the forms the register fills by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max, Sum

from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.exchange import rules
from xiangyun.kernel.exchange.models import Filled

WITHIN = timedelta(days=365)


def _share(area: str, at: datetime) -> FigureValue:
    rows = Filled.objects.in_area(area).filter(at__gt=at - WITHIN, at__lte=at)
    told = rows.aggregate(asked=Sum("asked"), said=Sum("said"), last=Max("at"))
    if not told["asked"]:
        return FigureValue(None, None, have=0, of=0, reason="exchange.nothing_filled")
    return FigureValue(round(100 * told["said"] / told["asked"], 1), told["last"], have=told["said"], of=told["asked"])


def _rows(area: str, at: datetime) -> Sequence[FigureRow]:
    rows = Filled.objects.in_area(area).filter(at__gt=at - WITHIN, at__lte=at).select_related("form").order_by("-at")
    return [
        FigureRow(
            kind="filled",
            id=str(row.pk),
            name=row.form.title,
            area=row.area_path,
            at=row.at,
            value=round(100 * row.said / row.asked, 1) if row.asked else None,
            unit="%",
            note="exchange.cells_said",
            note_params={"said": row.said, "asked": row.asked},
        )
        for row in rows[:200]
    ]


FIGURES = [Figure("exchange.cells_filled", unit="%", needs=rules.FILL, compute=_share, rows=_rows)]
