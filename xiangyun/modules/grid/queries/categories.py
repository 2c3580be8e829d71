"""What can be reported in a town on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from xiangyun.base import paths, words
from xiangyun.kernel.access.rules import Actor
from xiangyun.modules.grid.models import Category
from xiangyun.modules.grid.rules import categories
from xiangyun.modules.grid.rules.categories import Category as Listed


def listed(area: str, on: date) -> dict[str, Listed]:
    """Code → category, as it is in force in a place's town on a day."""
    rows = Category.objects.filter(area_path=paths.town_of(area) or area)
    return categories.in_force(map(of_row, rows), on)


def any_day(area: str) -> dict[str, Listed]:
    """Code → category as it was called last, those that ended included: for what was reported before."""
    rows = Category.objects.filter(area_path=paths.town_of(area) or area).order_by("valid_from")
    return {one.code: one for one in categories.shipped()} | {row.code: of_row(row) for row in rows}


def names(area: str, on: date, lang: str) -> dict[str, str]:
    """Code → what a category is called, for whoever divides reports by it."""
    return {code: one.zh if lang == words.DEFAULT else one.en for code, one in listed(area, on).items()}


def of_row(row: Category) -> Listed:
    """A row as the rules read it."""
    return Listed(
        code=row.code,
        group=row.group,
        zh=row.zh,
        en=row.en,
        level=row.level,
        severity=row.severity,
        source=row.source,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def packed(*, by: Actor, area: str | None, at: datetime) -> Sequence[Mapping[str, Any]]:
    """For the village pack: what can be reported where nobody can be asked."""
    return [
        {
            "code": one.code,
            "name": one.zh if by.lang == words.DEFAULT else one.en,
            "group": one.group,
            "level": one.level,
            "severity": one.severity,
            "is_sensitive": one.is_sensitive,
        }
        for one in listed(area or by.scope, timezone.localdate(at)).values()
    ]
