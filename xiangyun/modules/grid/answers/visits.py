"""Visits on the wire, in a reader's language."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.queries import homes
from xiangyun.kernel.workflow.answers import person
from xiangyun.modules.grid.answers import reports as report_answers
from xiangyun.modules.grid.models import Visit
from xiangyun.modules.grid.queries import reports
from xiangyun.modules.grid.queries import visits as queries
from xiangyun.modules.grid.queries.visits import Due
from xiangyun.modules.grid.rules.visits import Interval

OF_A_HOME = ("id", "number", "area", "area_name", "grid", "address", "point", "head", "members", "checked_at")


def due(walked: Sequence[Due], by: Actor, lang: str, *, limit: int, at: datetime) -> dict[str, Any]:
    """What is due, in three queries more."""
    waiting = [one for one in walked if one.is_due]
    first = waiting[:limit]
    today = timezone.localdate(at)
    shown = homes.shown_rows([one.home for one in first], by, at)
    return {
        "items": [
            {**{name: home[name] for name in OF_A_HOME}, **_due(one, lang, today)}
            for home, one in zip(shown, first, strict=True)
        ],
        "total": len(waiting),
        "care": sum(one.is_care for one in waiting),
    }


def _due(one: Due, lang: str, today: date) -> dict[str, Any]:
    return {
        "is_care": one.is_care,
        "is_census": one.is_census,
        "care": [{"code": kind, "name": queries.kind_name(kind, lang, today)} for kind in one.care.kinds],
        "due_on": one.due_on,
        "last_at": one.last.visited_at if one.last else None,
        "last_kind": one.last.kind if one.last else None,
        "last_outcome": one.last.outcome if one.last else None,
    }


def visits(rows: Sequence[Visit], lang: str) -> list[dict[str, Any]]:
    """Visits of a list, in one query more."""
    places = org.names(row.area_path for row in rows)
    return [
        {
            "id": row.pk,
            "home": {"id": row.household_id, "number": row.household.number},
            "area": row.area_path,
            "area_name": places[row.area_path],
            "kind": row.kind,
            "outcome": row.outcome,
            "outcome_name": words.say(f"grid.visit_{row.outcome}", lang),
            "visitor": person(row.visitor),
            "visited_at": row.visited_at,
            "came_at": row.came_at,
            "call_back_on": row.call_back_on,
            "has_words": row.told_sealed is not None,
        }
        for row in rows
    ]


def whole(row: Visit, files: Iterable[Attachment], lang: str) -> dict[str, Any]:
    """A visit with its files."""
    shown = [report_answers.file(one) for one in files if one.blob is not None]
    return {**visits([row], lang)[0], "files": shown}


def told(opened: dict[str, Any], by: Actor) -> dict[str, Any]:
    """What was said; the report that came of it is named to whom it exists for."""
    report = opened.get("report")
    is_seen = report is not None and reports.reports_for(by).filter(pk=report).exists()
    return {"note": opened.get("note", ""), "help": opened.get("help", ""), "report": report if is_seen else None}


def intervals(found: Iterable[Interval], lang: str, on: date) -> list[dict[str, Any]]:
    """Intervals as they are shown."""
    return [
        {
            "kind": one.kind,
            "name": queries.kind_name(one.kind, lang, on),
            "days": one.days,
            "source": one.source,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
        }
        for one in found
    ]


def unasked(found: Container[str], lang: str, on: date) -> list[dict[str, Any]]:
    """The kinds nobody set an interval for."""
    unset = {"days": None, "source": None, "valid_from": None, "valid_until": None}
    kinds = (kind for kind in queries.open_kinds(on) if kind not in found)
    return [unset | {"kind": kind, "name": queries.kind_name(kind, lang, on)} for kind in kinds]
