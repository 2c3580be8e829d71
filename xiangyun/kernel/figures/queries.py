"""Reads of figures: computed from the rows each time, for one area at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from xiangyun.base import paths, words
from xiangyun.base.errors import NotFound
from xiangyun.base.figure import ROWS_MOST, Figure, FigureRow, FigureValue
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.figures import registry
from xiangyun.kernel.org import queries as org


def place_for(actor: Actor, area: str | None) -> str:
    """The area asked for, or the actor's own. Refuses: NotFound (outside the actor's town, or no such place)."""
    wanted = area or actor.scope
    if not paths.within(wanted, actor.scope):
        raise NotFound
    org.pick(wanted, actor)
    return wanted


def figures_for(actor: Actor, area: str, codes: Iterable[str] | None = None) -> list[Figure]:
    """The figures this actor may see of an area."""
    return [figure for figure in registry.figures(codes) if actor.may(figure.needs, area)]


def shown(figure: Figure, value: FigureValue, *, area: str, area_name: str, lang: str) -> dict[str, Any]:
    """One figure in the reader's language."""
    return {
        "code": figure.code,
        "name": words.say(figure.name_key, lang),
        "value": value.value,
        "unit": words.counted(figure.unit, value.value or 0, lang),
        "as_of": value.as_of,
        "completeness": {"have": value.have, "of": value.of},
        "compare": words.say(value.compare[0], lang, **value.compare[1]) if value.compare else None,
        "reason": words.say(value.reason, lang) if value.reason else None,
        "definition": words.say(figure.definition_key, lang),
        "area": area,
        "area_name": area_name,
        "rows_url": f"/api/figures/{figure.code}/rows?area={quote(area)}",
    }


def computed(
    actor: Actor, area: str, at: datetime, lang: str, codes: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """Every figure the actor may see of an area, computed now."""
    name = org.names([area])[area]
    return [
        shown(figure, figure.compute(area, at), area=area, area_name=name, lang=lang)
        for figure in figures_for(actor, area, codes)
    ]


def rows_of(figure: Figure, area: str, at: datetime, lang: str) -> tuple[list[dict[str, Any]], bool]:
    """The first `ROWS_MOST` rows behind a figure in the reader's language, and whether these are all."""
    found: Sequence[FigureRow] = figure.rows(area, at)
    rows = found[:ROWS_MOST]
    names = org.names(row.area for row in rows)
    items = [
        {
            "kind": row.kind,
            "id": row.id,
            "name": row.name,
            "area": row.area,
            "area_name": names[row.area],
            "at": row.at,
            "value": row.value,
            "unit": words.counted(row.unit, row.value or 0, lang) if row.unit else "",
            "note": words.say(row.note, lang, **{"place": names[row.area], **row.note_params}) if row.note else None,
        }
        for row in rows
    ]
    return items, len(found) == len(rows)
