"""How limits, days and routes read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from xiangyun.base import paths, words
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.workflow import queries, registry
from xiangyun.kernel.workflow.answers.reader import Reader
from xiangyun.kernel.workflow.models import CalendarDay, DeadlineRule, Route
from xiangyun.kernel.workflow.queries.clocks import of_row
from xiangyun.kernel.workflow.rules import MatterKind, calendar
from xiangyun.kernel.workflow.rules.deadlines import Deadline


def declared_shown(kind: str, me: Reader) -> list[dict[str, Any]]:
    """What the kinds themselves say."""
    kinds = [one for one in registry.matter_kinds() if not kind or one.code == kind]
    return [
        {"id": None, "area": None, "area_name": None, **_shown(one.code, each, me)}
        for one in kinds
        for each in one.deadlines
    ]


def rules_shown(rows: Sequence[DeadlineRule], me: Reader) -> list[dict[str, Any]]:
    """Limits of places' own."""
    me.look_up(row.area_path for row in rows)
    return [
        {"id": row.pk, "area": row.area_path, "area_name": me.place(row.area_path)} | _shown(row.kind, of_row(row), me)
        for row in rows
    ]


def _shown(kind: str, each: Deadline, me: Reader) -> dict[str, Any]:
    return {
        "kind": kind,
        "kind_name": words.say(kind, me.lang),
        "stage": each.stage,
        "amount": each.limit.amount,
        "unit": each.limit.unit,
        "extension": each.extension,
        "starts": each.starts,
        "warn_pct": round(each.warn_share * 100),
        "valid_from": each.valid_from,
        "valid_until": each.valid_until,
        "basis": each.basis,
    }


def year_shown(year: int, area: str) -> dict[str, Any]:
    """A year as it is counted in a place."""
    known = queries.calendar(area)
    rows = CalendarDay.objects.filter(area_path__in=list(paths.ancestors(area)), on__year=year)
    # The nearest place stands last.
    told = {row.on: row for row in sorted(rows, key=lambda row: len(row.area_path))}
    days = {on: is_working for on, is_working in {**calendar.published(year), **known.own}.items() if on.year == year}
    return {
        "year": year,
        "is_known": known.knows(year),
        "missing": [] if known.knows(year) else calendar.missing(known.own, year),
        "days": [
            {
                "on": on,
                "is_working": is_working,
                "area": told[on].area_path if on in told else None,
                "basis": told[on].basis if on in told else None,
            }
            for on, is_working in sorted(days.items())
        ],
    }


def choices_shown(area: str, me: Reader) -> dict[str, Any]:
    """What a line of a place's table can say."""
    return {
        "kinds": [_kind_shown(kind, area, me) for kind in registry.matter_kinds() if kind.levels],
        "roles": [{"code": role, "name": me.role(role)} for role in access.STAFF],
    }


def _kind_shown(kind: MatterKind, area: str, me: Reader) -> dict[str, Any]:
    roles = {level: kind.routes.get(level) for level in kind.levels}
    return {
        "kind": kind.code,
        "name": words.say(kind.code, me.lang),
        "levels": [
            {"level": level, "name": me.level(level), "role": role, "role_name": me.role(role or "")}
            for level, role in roles.items()
        ],
        "categories": [{"code": code, "name": name} for code, name in _categories(kind.code, area, me).items()],
    }


def _categories(kind: str, area: str, me: Reader) -> Mapping[str, str]:
    listed = registry.categories(kind)
    return listed.names(area, timezone.localdate(me.at), me.lang) if listed else {}


def routes_shown(rows: Sequence[Route], me: Reader) -> list[dict[str, Any]]:
    """Lines of the table (with their accounts fetched); what a kind is divided into is read once for all of them."""
    me.look_up(row.area_path for row in rows)
    divided = {(row.kind, paths.town_of(row.area_path) or row.area_path) for row in rows if row.category}
    names = {(kind, area): _categories(kind, area, me) for kind, area in divided}
    return [
        route_shown(row, me, names.get((row.kind, paths.town_of(row.area_path) or row.area_path), {})) for row in rows
    ]


def route_shown(row: Route, me: Reader, names: Mapping[str, str]) -> dict[str, Any]:
    """A line of the table (with its account fetched)."""
    return {
        "id": row.pk,
        "area": row.area_path,
        "area_name": me.place(row.area_path),
        "kind": row.kind,
        "kind_name": words.say(row.kind, me.lang),
        "category": row.category,
        "category_name": names.get(row.category, row.category) or None,
        "level": row.level,
        "role": row.role or None,
        "role_name": me.role(row.role),
        "account": row.account.account if row.account else None,
        "account_name": row.account.name if row.account else None,
        "office": row.office,
        "order": row.order,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    }
