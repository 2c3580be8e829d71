"""Rows that may be one and the same: found by digests and plain codes, never by opening anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.models import Candidate
from xiangyun.kernel.people.queries import homes as homes_of
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.people.queries.people import twin
from xiangyun.kernel.people.rules import abilities

MOST = 100

# The digests of a name are kept in rising order: equal names, equal arrays.
SAME_NAME = """
SELECT array_agg(id ORDER BY id) FROM people_resident
 WHERE area_path >= %s AND area_path < %s AND merged_into_id IS NULL AND erased_at IS NULL
   AND born_on IS NOT NULL AND name_keys <> '{}'
 GROUP BY born_on, name_keys HAVING count(*) > 1 ORDER BY min(id::text) LIMIT %s
"""
# One phone in one home is a family's phone.
SAME_PHONE = """
SELECT array_agg(r.id ORDER BY r.id) FROM people_resident r
  LEFT JOIN people_membership m ON m.resident_id = r.id AND m.until_on IS NULL
 WHERE r.area_path >= %s AND r.area_path < %s AND r.merged_into_id IS NULL AND r.died_on IS NULL
   AND r.phone_index IS NOT NULL
 GROUP BY r.phone_index HAVING count(DISTINCT m.household_id) > 1 ORDER BY min(r.id::text) LIMIT %s
"""
SAME_ADDRESS = """
SELECT array_agg(id ORDER BY id) FROM people_household
 WHERE area_path >= %s AND area_path < %s AND closed_on IS NULL AND address <> ''
 GROUP BY area_path, address HAVING count(*) > 1 ORDER BY min(id::text) LIMIT %s
"""


def found(by: Actor, area: str, at: datetime) -> list[dict[str, Any]]:
    """Groups of rows in an area that may be one, at most a hundred of each kind. The caller has checked the area."""
    people, homes = _people(by, timezone.localdate(at)), _homes(by, at)
    return [
        *_told("resident", "id_no", _met("id_no", area), people),
        *_told("household", "number", _met("number", area), homes),
        *_told("resident", "name_birth", _groups(SAME_NAME, area), people),
        *_told("resident", "phone", _groups(SAME_PHONE, area), people),
        *_told("household", "address", _groups(SAME_ADDRESS, area), homes),
    ]


def _groups(query: str, area: str) -> list[list[UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [area, paths.end_of(area), MOST])
        return [row[0] for row in cursor.fetchall()]


def _met(why: str, area: str) -> list[list[UUID]]:
    """Pairs seen when the second came in; who was merged since is shown to nobody."""
    rows = Candidate.objects.in_area(area).filter(why=why).order_by("-found_at", "-pk")[:MOST]
    return [list(pair) for pair in rows.values_list("first_id", "second_id")]


Shown = Callable[[Iterable[UUID]], dict[UUID, dict[str, Any]]]


def _told(kind: str, why: str, grouped: list[list[UUID]], show: Shown) -> list[dict[str, Any]]:
    rows = show(pk for group in grouped for pk in group)
    told = [[rows[pk] for pk in group if pk in rows] for group in grouped]
    people = kind == "resident"
    return [
        {"kind": kind, "why": why, "people": group if people else [], "homes": [] if people else group}
        for group in told
        if len(group) > 1
    ]


def _people(by: Actor, day: date) -> Shown:
    def show(wanted: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        rows = visible.residents(by, abilities.MERGE).filter(pk__in=list(wanted))
        return {one.pk: twin(one, day) for one in rows}

    return show


def _homes(by: Actor, at: datetime) -> Shown:
    def show(wanted: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        rows = homes_of.listed(by, at=at).filter(pk__in=list(wanted))
        return {one["id"]: one for one in homes_of.shown_rows(list(rows), by, at)}

    return show
