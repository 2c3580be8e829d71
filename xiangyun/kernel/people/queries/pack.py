"""Homes as a phone carries them for a week: what somebody may change, masked where it is masked everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangyun.base.errors import Conflict
from xiangyun.kernel.access.querysets import under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Mark, Membership, Plot, Resident
from xiangyun.kernel.people.queries import facts, fields, visible
from xiangyun.kernel.people.rules import abilities, codes, groups, masking

MOST_HOMES = 2000
"""A village has some hundred homes; who asks for more asks for a town."""

LISTS = (
    "water",
    "toilet",
    "heating",
    "kinship",
    "membership_begins",
    "membership_ends",
    "sex",
    "education",
    "marriage",
)
"""What is chosen at a door: facts of a home, of somebody in it, and how they came or went."""

OPEN_FACTS = tuple(fact for fact in groups.RESIDENT_FACTS if fact not in groups.HIDDEN and fact not in groups.MASKED)


def households(*, by: Actor, area: str | None, at: datetime) -> list[dict[str, Any]]:
    """Homes somebody may change, in seven queries. Refuses: NotFound (an area that is not theirs), Conflict (too many
    for a phone)."""
    held = by.areas(abilities.EDIT_HOME)
    if not held:
        return []
    rows = visible.households(by, abilities.EDIT_HOME).filter(closed_on=None)
    if area is not None:
        inside = visible.narrowed(held, area)
        rows = rows.filter(under(*inside) | under(*inside, column="grid_path"))
    found = list(rows.select_related("home_source").order_by("area_path", "number", "pk")[: MOST_HOMES + 1])
    if len(found) > MOST_HOMES:
        raise Conflict("people.pack_too_large", most=MOST_HOMES)
    pks = [home.pk for home in found]
    living = _grouped(
        Membership.objects.filter(household__in=pks, until_on=None, resident__merged_into=None)
        .select_related("resident")
        .order_by("-is_head", "relation", "from_on", "pk")
    )
    land = _grouped(Plot.objects.filter(household__in=pks, closed_on=None).order_by("pk"))
    marked: dict[UUID, list[str]] = defaultdict(list)
    people = [stay.resident_id for stays in living.values() for stay in stays]
    for resident, kind in (
        Mark.objects.filter(resident__in=people, level=groups.OPEN, until_on=None)
        .order_by("kind")
        .values_list("resident", "kind")
    ):
        marked[resident].append(kind)
    places = org.names(path for home in found for path in (home.area_path, home.group_path, home.grid_path) if path)
    return [_home(home, living[home.pk], land[home.pk], marked, places, at) for home in found]


def code_lists(*, by: Actor, area: str | None, at: datetime) -> list[dict[str, Any]]:  # noqa: ARG001
    """What a fact of a home or a person can be, in both languages: the phone may be set to another one on its way."""
    if not by.areas(abilities.EDIT_HOME):
        return []
    on = timezone.localdate(at)
    return [
        {
            "id": name,
            "codes": [{"code": one.code, "zh": one.zh, "en": one.en} for one in codes.codes(name, on).values()],
        }
        for name in LISTS
    ]


def _grouped(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.household_id].append(row)
    return found


def _home(
    home: Household,
    living: list[Membership],
    land: list[Plot],
    marked: dict[UUID, list[str]],
    places: dict[str, str],
    at: datetime,
) -> dict[str, Any]:
    return {
        "id": home.pk,
        "version": home.version,
        "area": home.area_path,
        "area_name": places[home.area_path],
        "group_name": places.get(home.group_path, ""),
        "grid_name": places.get(home.grid_path, ""),
        **{fact: facts.plain(facts.of_home(home, fact)) for fact in groups.HOME_FACTS},
        "checked_at": home.checked_at,
        "is_due": home.checked_at < facts.checked_since(at),
        "as_of": home.home_source.as_of,
        "members": [_member(stay, marked) for stay in living],
        "plots": [
            {
                "id": plot.pk,
                "version": plot.version,
                **{fact: facts.plain(getattr(plot, fact)) for fact in groups.PLOT_FACTS},
            }
            for plot in land
        ],
    }


def _member(stay: Membership, marked: dict[UUID, list[str]]) -> dict[str, Any]:
    resident = stay.resident
    return {
        "id": resident.pk,
        "version": resident.version,
        "relation": stay.relation,
        "is_head": stay.is_head,
        "from_on": stay.from_on,
        "name": _hidden(fields.shown_name(resident)) if resident.is_protected else resident.name,
        # Beside the birth date its last four would be nearly the whole number.
        "id_no": _hidden(masking.HIDDEN * 4) if resident.id_no_sealed is not None else None,
        **{fact: _masked(resident, fact) for fact in ("phone", "bank_card")},
        "health": _hidden("") if resident.health_sealed is not None else None,
        **{fact: facts.plain(facts.of_resident(resident, fact)) for fact in OPEN_FACTS},
        "marks": marked[resident.pk],
    }


def _masked(resident: Resident, fact: str) -> dict[str, str] | None:
    shown = facts.masked(resident, fact)
    return _hidden(shown) if shown else None


def _hidden(shown: str) -> dict[str, str]:
    """A fact that is shown, and on the phone only read."""
    return {"masked": shown}
