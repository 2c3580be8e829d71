"""Files of families under monitoring on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.rules import masking
from xiangyun.kernel.workflow.answers import person
from xiangyun.modules.grid.models import Monitoring
from xiangyun.modules.grid.queries import monitoring as queries
from xiangyun.modules.grid.rules import monitoring as rules


def monitoring(rows: Sequence[Monitoring], by: Actor, lang: str, at: datetime) -> list[dict[str, Any]]:
    """Files of a list, names masked, in one query more."""
    places = org.names(row.area_path for row in rows)
    today = timezone.localdate(at)
    return [
        {
            "id": row.pk,
            "matter": row.matter_id,
            "number": row.matter.number,
            "area": row.area_path,
            "area_name": places[row.area_path],
            "state": row.matter.state,
            "state_name": words.say(f"grid.monitoring.state_{row.matter.state}", lang),
            "head": masking.mask_name(queries.told(row)["head"]),
            "how": row.how,
            "target": row.target,
            "target_name": words.say(f"grid.monitoring.target_{row.target}", lang),
            "owner": person(row.matter.owner),
            "publicised_from": row.publicised_from,
            "publicised_until": row.publicised_until,
            "is_public": _is_public(row, today),
            "decided_at": row.decided_at,
            "stable_since": row.stable_since,
            "exited_at": row.exited_at,
            "opened_at": row.matter.opened_at,
            "due_at": row.matter.due_at,
            "closed_at": row.matter.closed_at,
            "may": rules.acts_open(
                state=row.matter.state, is_public=_is_public(row, today), may_here=partial(_may, by, row.area_path)
            ),
        }
        for row in rows
    ]


def whole(row: Monitoring, by: Actor, lang: str, at: datetime) -> dict[str, Any]:
    """The whole file, with names."""
    told = queries.told(row)
    return {
        **monitoring([row], by, lang, at)[0],
        "head": told["head"],
        "home": {"id": row.household_id, "number": row.household.number},
        "found": told["found"],
        "income": told["income"],
        "verified": told.get("verified", ""),
        "decided": told.get("decided", ""),
        "decided_by": person(row.decided_by),
        "objections": queries.objections(row),
        "why_ended": queries.why_ended(row),
        "measures": [
            {
                "id": one.pk,
                "what": one.what,
                "what_name": words.say(f"grid.monitoring.measure_{one.what}", lang),
                "answerable": one.answerable,
                "since": one.since,
                "words": queries.words_of(one),
            }
            for one in queries.measures_of(row)
        ],
    }


def _is_public(row: Monitoring, today: date) -> bool:
    return row.publicised_until is not None and today <= row.publicised_until


def _may(by: Actor, area: str, ability: str) -> bool:
    return by.may(ability, area)
