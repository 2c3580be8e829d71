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
from xiangyun.kernel.offline.models import Conflict, ItemFile
from xiangyun.kernel.offline.queries import items
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
    """Conflicts (with item and account) on the wire; as many queries more as there are forms among them, and two."""
    places = org.names(one.area_path for one in rows)
    evidence: dict[UUID, list[UUID]] = {}
    kept = ItemFile.objects.filter(item__in=[one.item_id for one in rows], attachment__isnull=False)
    for item, attachment in kept.order_by("num").values_list("item", "attachment"):
        evidence.setdefault(item, []).append(attachment)
    titles: dict[UUID, str] = {}
    for code in dict.fromkeys(one.form for one in rows):
        form = registry.form(code)
        if form:
            titles |= form.titles([one.subject_id for one in rows if one.form == code], lang)
    return [_shown(one, by, places, titles, evidence.get(one.item_id, []), lang) for one in rows]


def _shown(
    row: Conflict, by: Actor, places: Mapping[str, str], titles: Mapping[UUID, str], evidence: list[UUID], lang: str
) -> dict[str, Any]:
    form = registry.form(row.form)
    values = json.loads(vault.open_sealed(row.values_sealed, items.CONFLICTS, "values_sealed", row.pk))

    def side(name: str, who: str = "", at: Any = None, source: str = "", files: Sequence[UUID] = ()) -> dict[str, Any]:
        value = _worded(form, row.fact, values[name], lang)
        return {"value": value, "who": who, "at": at, "source": source, "evidence": list(files)}

    theirs_at = datetime.fromisoformat(values["at"]) if values["at"] else None
    how = words.say(values["source"], lang) if values["source"] else ""
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
        "base": side("base"),
        "mine": side("mine", row.account.name, made_at(row.item), words.say("offline.from_phone", lang), evidence),
        "theirs": side("theirs", values["who"], theirs_at, how),
        "state": row.state,
        "choice": row.choice,
        "note": vault.open_sealed(row.note_sealed, items.CONFLICTS, "note_sealed", row.pk) if row.note_sealed else "",
        "found_at": row.found_at,
        "decided_at": row.decided_at,
        "decided_by": row.decided_name,
        "is_mine": row.account_id == by.account_id,
        "may": [one.value for one in may(row, by)],
    }


def _worded(form: Form | None, fact: str, value: Any, lang: str) -> str | None:
    return form.shown(fact, value, lang) if form else None
