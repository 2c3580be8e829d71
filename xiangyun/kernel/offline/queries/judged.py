"""Reads of what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from xiangyun.base import words
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.offline.rules import State, Why
from xiangyun.kernel.org import queries as org


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
    """Items (with account and phone) on the wire, in two queries more."""
    places = org.names(one.area_path for one in rows)
    bringers = accounts.names(one.brought_by for one in rows if one.brought_by)
    return [_shown(one, by, places, bringers, lang, at) for one in rows]


def _shown(
    item: Item, by: Actor, places: dict[str, str], bringers: dict[Any, Any], lang: str, at: datetime
) -> dict[str, Any]:
    form, text, became = registry.form(item.form), items.written(item), items.outcome(item)
    stuck = Why.STUCK.value if item.state == State.WAITING and waits(item, at) else ""
    bringer = bringers.get(item.brought_by)
    facts = text.facts if text and form else {}
    may = waits(item, at) and item.account_id != by.account_id and by.may(rules.JUDGE, item.area_path)
    return {
        "id": item.pk,
        "state": item.state,
        "why": item.why or stuck,
        "says": words.say(became.code, lang, **became.params),
        "form": item.form,
        "form_name": words.say(form.title_key, lang) if form else item.form,
        "subject": {"kind": item.subject_kind, "id": item.subject_id} if item.subject_id else None,
        "area": item.area_path,
        "area_name": places[item.area_path],
        "account": {"account": item.account.account, "name": item.account.name},
        "phone": item.phone_id,
        "phone_label": item.phone.label,
        "facts": [
            {"fact": fact, "label": words.say(form.facts[fact], lang), "value": form.shown(fact, value, lang)}
            for fact, value in facts.items()
            if form and fact in form.facts
        ],
        "made_at": made_at(item),
        "is_clock_off": rules.is_off(timedelta(seconds=item.clock_off_s)),
        "came_at": item.came_at,
        "brought_by": bringer.name if bringer else "",
        "may": ["accept", "put_aside"] if may else [],
    }


def made_at(item: Item) -> datetime | None:
    """When it was written, by our clock as near as can be known."""
    off = timedelta(seconds=item.clock_off_s)
    return rules.corrected(item.made_at, off, item.came_at) if item.made_at else None
