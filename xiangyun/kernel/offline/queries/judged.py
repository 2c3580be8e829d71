"""Reads of what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from xiangyun.base import paths, words
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.body import Written
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.offline.rules import State, Why
from xiangyun.kernel.org import queries as org


@dataclass(frozen=True, slots=True)
class _Page:
    """What was read for all rows of a page at once."""

    by: Actor
    lang: str
    at: datetime
    places: Mapping[str, str]
    bringers: Mapping[UUID, Any]
    called: Mapping[UUID, str]


def listed(by: Actor, at: datetime) -> ScopedQuerySet[Item]:
    """What waits for a person in places where I may judge: quarantined, or waiting for what did not come for a day."""
    stuck = Q(state=State.WAITING, came_at__lt=at - rules.WAITED_ENOUGH)
    rows = Item.objects.visible_to(by, rules.JUDGE).filter(Q(state=State.QUARANTINED) | stuck)
    return rows.select_related("account", "phone")


def waits(item: Item, at: datetime) -> bool:
    """Whether a person may let it in or put it aside."""
    is_stuck = item.state == State.WAITING and item.came_at < at - rules.WAITED_ENOUGH
    return item.state == State.QUARANTINED or is_stuck


def shown(rows: Sequence[Item], by: Actor, *, lang: str, at: datetime) -> list[dict[str, Any]]:
    """Items (with account and phone) on the wire; as many queries more as there are forms among them, a few for one
    that seals, and two."""
    places = org.names(place for one in rows for place in (one.area_path, paths.village_of(one.area_path)))
    bringers = accounts.names(one.brought_by for one in rows if one.brought_by)
    texts = {one.pk: items.written(one) for one in rows}
    shut = sealed(rows, texts, by)
    page = _Page(by, lang, at, places, bringers, titles(rows, lang))
    return [_shown(one, texts[one.pk], shut.get(one.pk), page) for one in rows]


def titles(rows: Sequence[Item], lang: str) -> dict[UUID, str]:
    """Subject → what it is called, where there is such a row; in one query a form."""
    called: dict[UUID, str] = {}
    for code in dict.fromkeys(one.form for one in rows):
        form = registry.form(code)
        if form is not None:
            called |= form.titles([one.subject_id for one in rows if one.form == code and one.subject_id], lang)
    return called


def sealed(rows: Sequence[Item], texts: Mapping[UUID, Written | None], by: Actor) -> dict[UUID, bool]:
    """Of what was written, the items that stand or will stand sealed in their room, and whether `by` may read such a
    thing there. Nothing of them is shown here: their room opens them with its own rules and writes down who looked."""
    found: dict[UUID, bool] = {}
    for code in dict.fromkeys(one.form for one in rows):
        form = registry.form(code)
        if form is None or form.sealed is None:
            continue
        told = [
            (items.told(one, text), one.area_path)
            for one in rows
            if one.form == code and (text := texts[one.pk]) is not None
        ]
        found |= form.sealed(told, by=by)
    return found


def may_judge(item: Item, by: Actor, *, may_read: bool | None, at: datetime) -> bool:
    """Whether somebody may let it in or put it aside: another's, in their place; `may_read`: of a sealed thing, whether
    they may read such a thing at all."""
    is_theirs = item.account_id != by.account_id and by.may(rules.JUDGE, item.area_path)
    return is_theirs and may_read is not False and waits(item, at)


def _shown(item: Item, text: Written | None, may_read: bool | None, page: _Page) -> dict[str, Any]:
    by, lang = page.by, page.lang
    form, became = registry.form(item.form), items.outcome(item)
    stuck = Why.STUCK.value if item.state == State.WAITING and waits(item, page.at) else ""
    bringer = page.bringers.get(item.brought_by) if item.brought_by else None
    is_sealed, is_mine = may_read is not None, item.account_id == by.account_id
    facts = text.facts if text and form and not is_sealed else {}
    # Who told something sealed, and in which grid, is part of what is sealed.
    is_told = is_mine or may_read is not False
    area = item.area_path if is_told else paths.village_of(item.area_path)
    about = item.subject_id if is_told and item.subject_id in page.called else None
    may = may_judge(item, by, may_read=may_read, at=page.at)
    return {
        "id": item.pk,
        "state": item.state,
        "why": item.why or stuck,
        "says": words.say(became.code, lang, **became.params),
        "form": item.form,
        "form_name": words.say(form.title_key, lang) if form else item.form,
        "subject": {"kind": item.subject_kind, "id": about} if about else None,
        "title": page.called[about] if about else "",
        "area": area,
        "area_name": page.places[area],
        "account": {"account": item.account.account, "name": item.account.name} if is_told else None,
        "phone": item.phone_id if is_told else None,
        "phone_label": item.phone.label if is_told else "",
        "facts": [
            {"fact": fact, "label": words.say(label, lang), "value": form.shown(fact, facts[fact], lang)}
            for fact, label in (form.facts.items() if form else ())
            if form and fact in facts
        ],
        "made_at": made_at(item),
        "is_clock_off": rules.is_off(timedelta(seconds=item.clock_off_s)),
        "came_at": item.came_at,
        "brought_by": bringer.name if bringer and is_told else "",
        "is_mine": is_mine,
        "is_sealed": is_sealed,
        "may": ["accept", "put_aside"] if may else [],
    }


def made_at(item: Item) -> datetime | None:
    """When it was written, by our clock as near as can be known."""
    off = timedelta(seconds=item.clock_off_s)
    return rules.corrected(item.made_at, off, item.came_at) if item.made_at else None
