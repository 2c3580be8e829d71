"""What a place's figures look like on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from xiangyun.base import paths, words
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.queries import overview
from xiangyun.kernel.people.rules.abilities import SEE_FIGURES
from xiangyun.modules.grid.queries import figures as queries
from xiangyun.modules.grid.queries import heat as heat_queries
from xiangyun.modules.grid.queries.figures import Told
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import figures as rules
from xiangyun.modules.grid.rules import heat as heat_rules

REFRESHED = "refreshed"
WHY = {rules.HOURS: "grid.none_settled", rules.SUCCESS: "grid.too_few_ended"}


def place_of(by: Actor, area: str | None) -> str:
    """The place asked for, or the reader's own. Refuses: NotFound (a place whose reports they may not see)."""
    wanted = area or max(by.areas(may.SEE), key=len)
    if not paths.within(wanted, by.scope) or not by.may(may.SEE, wanted):
        raise NotFound
    return wanted


def shown(by: Actor, area: str, lang: str, at: datetime) -> dict[str, Any]:
    """The numbers of a place and of the places right below it; how many homes were refreshed is the register's own."""
    whole, parts = queries.told(area, at)
    seen = [name for name, (_, needs) in rules.FIGURES.items() if by.may(needs, area)]
    columns = [_column(name, whole.numbers[name], lang) for name in seen]
    homes: dict[str, Any] = {}
    if by.may(SEE_FIGURES, area):
        tally = overview.shown(by, area, lang, at)
        columns += [{**one, "code": REFRESHED} for one in tally["columns"] if one["code"] == REFRESHED]
        homes = {one["area"]: one["numbers"][REFRESHED] for one in (tally["whole"], *tally["items"])}
    return {
        "as_of": at,
        "columns": columns,
        "whole": _place(whole, seen, homes, lang),
        "items": [_place(part, seen, homes, lang) for part in parts],
    }


def heat(by: Actor, area: str, days: int, at: datetime) -> dict[str, Any]:
    """Where hazards were reported in the last days."""
    told, unplaced = heat_queries.cells(by, area, at - timedelta(days=days))
    return {
        "as_of": at,
        "days": days,
        "side": 1 / heat_rules.CELLS_A_DEGREE,
        "cells": [
            {
                "cell": f"{one.x},{one.y}",
                "at": heat_rules.middle(one.x, one.y),
                "n": one.n,
                "still_open": one.still_open,
            }
            for one in told
        ],
        "unplaced": unplaced,
    }


def _place(told: Told, seen: list[str], homes: dict[str, Any], lang: str) -> dict[str, Any]:
    numbers = {
        name: {
            "value": value,
            "reason": words.say(WHY[name], lang) if value is None else None,
            "rows_url": f"/api/figures/grid.{name}/rows?area={quote(told.area)}",
        }
        for name in seen
        for value in (told.numbers[name],)
    }
    if told.area in homes:
        cell = homes[told.area]
        why = words.say("people.not_counted", lang) if cell["value"] is None else None
        numbers[REFRESHED] = {"value": cell["value"], "reason": why, "rows_url": cell["rows_url"]}
    return {"area": told.area, "area_name": told.name, "numbers": numbers}


def _column(name: str, value: float | None, lang: str) -> dict[str, str]:
    unit, _ = rules.FIGURES[name]
    return {
        "code": name,
        "name": words.say(f"grid.figure_{name}", lang),
        "unit": words.counted(unit, value or 0, lang),
        "definition": words.say(f"grid.figure_{name}_means", lang),
    }
