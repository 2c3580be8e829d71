"""Reads of conflicts: two values, who said them, when, and what shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from xiangyun.base import words
from xiangyun.base.offline import Form
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.models import Conflict
from xiangyun.kernel.offline.queries import evidence, items
from xiangyun.kernel.offline.queries.judged import made_at
from xiangyun.kernel.offline.rules import Choice, ConflictState
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.vault import queries as vault


def visible_to(by: Actor) -> ScopedQuerySet[Conflict]:
    """Mine, and those of places where I may judge."""
    seen = Conflict.objects.visible_to(by, rules.JUDGE)
    return seen | Conflict.objects.in_area(by.scope).filter(account=by.account_id) if by.account_id else seen


def listed(by: Actor, state: str) -> ScopedQuerySet[Conflict]:
    """Those that are `decided`, or wait: `open` for anybody, `office` for the office alone."""
    rows = visible_to(by).select_related("item", "account")
    if state == ConflictState.OPEN:
        return rows.exclude(state=ConflictState.DECIDED)
    return rows.filter(state=state)


def may(conflict: Conflict, by: Actor) -> list[Choice]:
    """What somebody may decide now."""
    judges = by.may(rules.JUDGE, conflict.area_path)
    is_open = conflict.state == ConflictState.OPEN
    if conflict.state == ConflictState.DECIDED or not (judges or (is_open and conflict.account_id == by.account_id)):
        return []
    form = registry.form(conflict.form)
    may_write = form is not None and form.may_insist and by.may(form.ability, conflict.area_path)
    return [*([Choice.MINE] if may_write else []), Choice.THEIRS, *([Choice.BOTH] if is_open else [])]


def shown(rows: Sequence[Conflict], by: Actor, *, lang: str) -> list[dict[str, Any]]:
    """Conflicts (with item and account) on the wire; as many queries more as there are forms among them, and four."""
    places = org.names(one.area_path for one in rows)
    values = {one.pk: json.loads(_opened(one.values_sealed, "values_sealed", one)) for one in rows}
    told_at = {pk: datetime.fromisoformat(one["at"]) if one["at"] else None for pk, one in values.items()}
    sides = evidence.of_sides(rows, told_at, by)
    titles: dict[UUID, str] = {}
    for code in dict.fromkeys(one.form for one in rows):
        form = registry.form(code)
        if form:
            titles |= form.titles([one.subject_id for one in rows if one.form == code], lang)
    return [
        _shown(one, by, places, titles, lang) | _sides(one, values[one.pk], told_at[one.pk], sides[one.pk], lang)
        for one in rows
    ]


def _sides(
    row: Conflict, values: Mapping[str, Any], theirs_at: datetime | None, files: evidence.Sides, lang: str
) -> dict[str, Any]:
    form = registry.form(row.form)

    def side(name: str, who: str = "", at: Any = None, source: str = "", shows: Sequence[UUID] = ()) -> dict[str, Any]:
        value = _worded(form, row.fact, values[name], lang)
        return {"value": value, "who": who, "at": at, "source": source, "evidence": shows}

    how = words.say(values["source"], lang) if values["source"] else ""
    phone = words.say("offline.from_phone", lang)
    return {
        "base": side("base"),
        "mine": side("mine", row.account.name, made_at(row.item), phone, files.mine),
        "theirs": side("theirs", values["who"], theirs_at, how, files.theirs),
    }


def _shown(
    row: Conflict, by: Actor, places: Mapping[str, str], titles: Mapping[UUID, str], lang: str
) -> dict[str, Any]:
    form = registry.form(row.form)
    return {
        "id": row.pk,
        "item": row.item_id,
        "form": row.form,
        "form_name": words.say(form.title_key, lang) if form else row.form,
        "subject": {"kind": row.subject_kind, "id": row.subject_id},
        "title": titles.get(row.subject_id, ""),
        "area": row.area_path,
        "area_name": places[row.area_path],
        "field": row.fact,
        "label": words.say(form.facts.get(row.fact, row.fact), lang) if form else row.fact,
        "state": row.state,
        "choice": row.choice,
        "note": _opened(row.note_sealed, "note_sealed", row) if row.note_sealed else "",
        "found_at": row.found_at,
        "decided_at": row.decided_at,
        "decided_by": row.decided_name,
        "is_mine": row.account_id == by.account_id,
        "may": [one.value for one in may(row, by)],
    }


def _opened(sealed: bytes | memoryview, column: str, row: Conflict) -> str:
    return vault.open_sealed(sealed, items.CONFLICTS, column, row.pk)


def _worded(form: Form | None, fact: str, value: Any, lang: str) -> str | None:
    return form.shown(fact, value, lang) if form else None
