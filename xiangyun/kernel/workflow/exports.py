"""The tables of this room that go out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from xiangyun.base import words
from xiangyun.base.sheets import Cell, ExportColumn, ExportKind
from xiangyun.kernel.workflow import rules
from xiangyun.kernel.workflow.models import Route
from xiangyun.kernel.workflow.queries.routes import in_force

COLUMNS: dict[str, Callable[[Route], Cell]] = {
    "kind": lambda row: words.say(row.kind, words.DEFAULT),
    "category": lambda row: row.category or None,
    "level": lambda row: words.say(f"workflow.level_{row.level}", words.DEFAULT),
    "role": lambda row: words.say(f"access.role.{row.role}", words.DEFAULT) if row.role else None,
    "account": lambda row: row.account.account if row.account else None,
    "office": lambda row: row.office or None,
    "order": lambda row: row.order,
    "valid_from": lambda row: row.valid_from,
}


def routes(columns: Sequence[str], *, area: str, by: Any, at: datetime) -> Iterator[Sequence[Cell]]:
    """The lines of the table that hold today; they come in again as they went out."""
    rows = Route.objects.visible_to(by, rules.SET_ROUTES).in_area(area).filter(in_force(timezone.localdate(at)))
    for row in rows.select_related("account").order_by("kind", "category", "level", "order", "id"):
        yield [COLUMNS[name](row) for name in columns]


EXPORTS = [
    ExportKind(
        "workflow.routes",
        "workflow.table.routes",
        tuple(ExportColumn(name, f"workflow.field.{name}") for name in COLUMNS),
        rules.SET_ROUTES,
        routes,
    ),
]
