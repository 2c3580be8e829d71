"""Mediations on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.rules import masking
from xiangyun.kernel.workflow.answers import person
from xiangyun.modules.grid.answers.reports import file, name_of
from xiangyun.modules.grid.models import Mediation, Party
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules import mediation as rules

NONE_LEFT = (0, None)


def mediations(rows: Sequence[Mediation], by: Actor, lang: str, at: datetime) -> list[dict[str, Any]]:
    """Mediations of a list, names masked, in six queries more."""
    known, today = categories.any_day(by.scope), timezone.localdate(at)
    places = org.names(row.area_path for row in rows)
    parties, left, held = queries.parties_of(rows), queries.follow_ups_left(rows), queries.sittings_held(rows)
    again = queries.relapsed(rows)
    return [
        {
            "id": row.pk,
            "matter": row.matter_id,
            "number": row.matter.number,
            "category": row.matter.category,
            "category_name": name_of(known.get(row.matter.category), row.matter.category, lang),
            "area": row.area_path,
            "area_name": places[row.area_path],
            "state": row.matter.state,
            "state_name": words.say(f"grid.mediation.state_{row.matter.state}", lang),
            "is_sealed": row.matter.is_sealed,
            "origin": row.origin,
            "mediator_name": row.mediator_name,
            "owner": person(row.matter.owner),
            "parties": [_party(party, is_open=False) for party in parties[row.pk]],
            "form": row.form or None,
            "amount_fen": row.amount_fen,
            "agreed_on": row.agreed_on,
            "report": row.report.matter.number if row.report else None,
            "before": row.before.matter.number if row.before else None,
            "relapsed": again.get(row.pk, 0),
            "follow_ups_left": left.get(row.pk, NONE_LEFT)[0],
            "opened_at": row.matter.opened_at,
            "due_at": row.matter.due_at,
            "closed_at": row.matter.closed_at,
            "may": rules.acts_open(
                state=row.matter.state,
                sessions=held.get(row.pk, 0),
                next_follow_up=left.get(row.pk, NONE_LEFT)[1],
                today=today,
                may_here=partial(_may, by, row.area_path),
            ),
        }
        for row in rows
    ]


def whole(row: Mediation, by: Actor, lang: str, at: datetime) -> dict[str, Any]:
    """The whole file, with names."""
    facts, agreed = queries.facts(row), queries.agreement(row)
    return {
        **mediations([row], by, lang, at)[0],
        "parties": [_party(party, is_open=True) for party in queries.parties_of([row])[row.pk]],
        "facts": facts["facts"],
        "issues": facts["issues"],
        "sittings": [
            {"id": one.pk, "held_at": one.held_at, "place": one.place, "came": one.came, "notes": queries.notes(one)}
            for one in queries.sittings_of(row)
        ],
        "agreement": agreed,
        "prevented": row.prevented,
        "why_ended": queries.why_ended(row),
        "remedies": words.say("grid.remedies", lang) if row.remedies_told_at else None,
        "remedies_told_at": row.remedies_told_at,
        "follow_ups": [
            {
                "due_on": one.due_on,
                "done_at": one.done_at,
                "found": one.found or None,
                "words": queries.words_of(one),
            }
            for one in queries.follow_ups_of(row)
        ],
        "files": [file(one) for one in queries.files_of(row) if one.blob is not None],
    }


def _may(by: Actor, area: str, ability: str) -> bool:
    return by.may(ability, area)


def _party(party: Party, *, is_open: bool) -> dict[str, Any]:
    told = queries.who(party)
    return {
        "id": party.pk,
        "side": party.side,
        "name": told["name"] if is_open else masking.mask_name(told["name"]),
        "phone": (told["phone"] or None) if is_open else None,
        "resident": party.resident_id if is_open else None,
        "refused_at": party.refused_at,
    }
