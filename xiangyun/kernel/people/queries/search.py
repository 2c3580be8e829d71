"""Search: one box for an ID number, a phone, a home's number, a name, its pinyin or initials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from xiangyun.base import paths
from xiangyun.base.errors import BadInput
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Membership, Resident
from xiangyun.kernel.people.queries import digests, rows, visible
from xiangyun.kernel.people.queries.digests import NAME, PROTECTED_NAME
from xiangyun.kernel.people.rules import names, searching
from xiangyun.kernel.people.rules.abilities import FIND_PROTECTED, SEE_HOME, SEE_PERSON
from xiangyun.kernel.people.rules.names import Kind, Match
from xiangyun.kernel.people.rules.searching import Typed
from xiangyun.kernel.vault import queries as vault
from xiangyun.kernel.vault.queries import Ring

CANDIDATES = 200
"""So many people with a key of what was typed are looked at; whoever types more narrows them."""


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, each with how, and whether there are others."""

    items: list[dict[str, Any]]
    more: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: str
    resident: Resident | None
    home: Household | None = None
    span: tuple[int, int] = (0, 0)


def find(text: str, *, by: Actor, area: str | None, most: int, on: date) -> Found:
    """The best `most` of those whom the text may mean and who exist for `by`, at or below `area` if given.

    Refuses: NotFound (no such place for `by`), BadInput (which town's people?).
    """
    typed = searching.read(text)
    roots, ring = visible.narrowed(by.areas(SEE_PERSON), area), _ring(by, area)
    hits: list[_Hit] = []
    if typed.id_no or typed.phone:
        hits += _by_numbers(typed, ring, roots, by)
    if typed.number and not hits:
        hits += _by_number(typed.number, visible.narrowed(by.areas(SEE_HOME), area), most + 1)
    if typed.name:
        hits += _by_name(typed.name, ring, roots, by, most + 1)
    kept, more = hits[:most], len(hits) > most
    return Found(_lines(kept, on), more)


def _ring(by: Actor, area: str | None) -> Ring:
    place = area or by.scope
    if not paths.town_of(place):
        raise BadInput("people.search_in_a_town", errors=[{"loc": ["body", "area"], "msg": "area"}])
    return vault.ring(place)


def _may_find_protected(by: Actor, area: str) -> bool:
    return by.may(FIND_PROTECTED, area)


def _by_numbers(typed: Typed, ring: Ring, roots: Sequence[str], by: Actor) -> list[_Hit]:
    """By ID number, then by phone; a protected person is not found by their phone."""
    papers = ring.sought("id_no", typed.id_no) if typed.id_no else []
    phones = ring.sought("phone", typed.phone) if typed.phone else []
    of_paper, of_phone = [], []
    asked = Q(id_no_index__in=papers) | Q(phone_index__in=phones, is_protected=False)
    for one in rows.needed(visible.residents_in(roots)).filter(asked).order_by("born_on", "pk"):
        if one.id_no_index is None or bytes(one.id_no_index) not in papers:
            of_phone.append(_Hit("phone", one))
        elif not one.is_protected or _may_find_protected(by, one.area_path):
            of_paper.append(_Hit("id_no", one))
    return of_paper + of_phone


def _by_number(number: str, roots: Sequence[str], most: int) -> list[_Hit]:
    """Homes of this number, each as its head."""
    homes = list(visible.households_in(roots).filter(number=number, closed_on=None).order_by("area_path", "pk")[:most])
    open_now = Membership.objects.filter(household__in=homes, until_on=None, is_head=True).select_related("resident")
    heads = {one.household_id: one.resident for one in open_now}
    return [_Hit("number", heads.get(home.pk), home) for home in homes]


def _by_name(text: str, ring: Ring, roots: Sequence[str], by: Actor, most: int) -> list[_Hit]:
    """The keys find candidates, their names judge how well they answer."""
    asked = [
        (number, names.RANK[kind]) for kind, key in names.query_keys(text) for number in ring.numbers_sought(NAME, key)
    ]
    candidates = _through_the_door(asked, roots, CANDIDATES)
    near = [root for root in roots if _may_find_protected(by, root)]
    whole = ring.numbers_sought(PROTECTED_NAME, digests.whole(text))
    exact = set(_through_the_door([(number, 0) for number in whole], near, most)) if near else set()
    hits = []
    for one in rows.needed(visible.residents_in(roots)).filter(pk__in=[*candidates, *exact]):
        found = Match(Kind.EXACT, 0, 0) if one.pk in exact else names.match(one.name, text)
        if found and one.is_protected is (one.pk in exact):
            hits.append(_Hit(str(found.kind), one, span=(found.start, found.end)))
    hits.sort(key=_order)
    return hits[:most]


def _order(hit: _Hit) -> tuple[object, ...]:
    one = hit.resident
    return (searching.KINDS.index(hit.kind), one.died_on is not None, one.sort_key, str(one.pk)) if one else ()


def _through_the_door(asked: Sequence[tuple[int, int]], roots: Sequence[str], most: int) -> list[UUID]:
    """Ids of people with one of these keys, best rank first, at or below the places and inside the scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resident_id FROM xy_door.people_by_name(%s::bigint[], %s::integer[], %s::text[], %s)",
            [[key for key, _ in asked], [rank for _, rank in asked], list(roots), most],
        )
        return [row[0] for row in cursor.fetchall()]


def _lines(hits: Sequence[_Hit], on: date) -> list[dict[str, Any]]:
    people = iter(rows.shown((hit.resident for hit in hits if hit.resident), on))
    empty = [hit.home for hit in hits if hit.resident is None and hit.home]
    places = org.names(home.area_path for home in empty)
    homes = iter(rows.empty_home(home, places[home.area_path]) for home in empty)
    return [
        {
            **next(people if hit.resident else homes),
            "why": {"kind": hit.kind, "spans": [hit.span] if hit.span[1] else []},
        }
        for hit in hits
    ]
