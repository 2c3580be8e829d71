"""Reads of one person, and how somebody is shown wherever they appear."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit.rules import REVEAL
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Mark, Membership, Resident
from xiangyun.kernel.people.queries import facts, fields, merges
from xiangyun.kernel.people.rules import abilities, groups
from xiangyun.kernel.people.rules.purposes import age

SOURCES = ("identity_source", "contact_source", "status_source", "health_source")

# Act on a person → the ability it takes.
ACTS = {
    "edit": abilities.EDIT_PERSON,
    "move": abilities.EDIT_PERSON,
    "record_death": abilities.EDIT_PERSON,
    "add_mark": abilities.EDIT_PERSON,
    "merge": abilities.MERGE,
    "reveal": REVEAL,
}
# What is left to do for somebody who died.
OF_THE_DEAD = ("edit", "merge", "reveal")


def brief(resident: Resident, day: date) -> dict[str, Any]:
    """Somebody as they are shown in a list, a home, a search: masked. Their age, not their birth date: that is eight of
    the digits that the mask of an ID number hides (ADR 25)."""
    return {
        "id": resident.pk,
        "name": fields.shown_name(resident),
        "is_protected": resident.is_protected,
        "sex": resident.sex,
        "age": age(resident.born_on, resident.died_on or day) if resident.born_on else None,
        "ethnicity": resident.ethnicity,
        "id_no": facts.masked(resident, "id_no"),
        "phone": facts.masked(resident, "phone"),
        "has_health": resident.health_sealed is not None,
        "away_since": resident.away_since,
        "died_on": resident.died_on,
    }


def twin(resident: Resident, day: date) -> dict[str, Any]:
    """Somebody beside who may be the same person: with the birth date that tells them apart, nothing of the number."""
    told = brief(resident, day)
    has_id_no = told.pop("id_no") is not None
    return {**told, "born_on": resident.born_on, "has_id_no": has_id_no}


def whole(resident: Resident, by: Actor, *, at: datetime) -> dict[str, Any]:
    """A whole person on the wire; `resident` came with its sources."""
    stays = list(
        Membership.objects.filter(resident=resident)
        .select_related("household", "source")
        .order_by("-from_on", "-until_on", "pk")
    )
    home = next((one.household for one in stays if one.until_on is None), stays[0].household if stays else None)
    places = org.names([resident.area_path, *(one.household.area_path for one in stays)])
    marks = list(Mark.objects.filter(resident=resident).select_related("source").order_by("until_on", "-from_on", "pk"))
    return {
        **brief(resident, timezone.localdate(at)),
        "born_on": resident.born_on,
        "area": resident.area_path,
        "area_name": places[resident.area_path],
        "bank_card": facts.masked(resident, "bank_card"),
        **{name: getattr(resident, name) for name in groups.OF_RESIDENT["status"]},
        **{name: getattr(resident, name) for name in ("document", "erased_at", "version", "created_at", "changed_at")},
        "sources": {name.removesuffix("_source"): facts.source(getattr(resident, name)) for name in SOURCES},
        "stays": [_stay(one, places) for one in stays],
        "marks": shown_marks(marks, by, home, resident.area_path),
        "merges": merges.shown(merges.of("resident", resident.pk), by),
        "may": acts(by, resident, home),
    }


def acts(by: Actor, resident: Resident, home: Household | None) -> list[str]:
    """What somebody may do with a person now."""
    if resident.erased_at:
        return []
    return [
        act
        for act, ability in ACTS.items()
        if (resident.died_on is None or act in OF_THE_DEAD) and _may(by, ability, resident.area_path, home)
    ]


def _may(by: Actor, ability: str, area: str, home: Household | None) -> bool:
    return by.may(ability, area) or bool(home and home.grid_path and by.may(ability, home.grid_path))


def shown_marks(
    marks: Iterable[Mark], by: Actor, home: Household | None, area: str | None = None
) -> list[dict[str, Any]]:
    """The marks somebody may know of: level 0 all, above it those who see care; a sealed kind stays sealed."""
    place = area or (home.area_path if home else "")
    sees_care = _may(by, abilities.SEE_CARE, place, home)
    return [shown_mark(one) for one in marks if one.level == groups.OPEN or sees_care]


def shown_mark(mark: Mark) -> dict[str, Any]:
    """A mark on the wire."""
    return {
        "id": mark.pk,
        "resident": mark.resident_id,
        "level": mark.level,
        "kind": mark.kind or None,
        "has_note": mark.note_sealed is not None,
        "from_on": mark.from_on,
        "until_on": mark.until_on,
        "source": facts.source(mark.source),
    }


def _stay(one: Membership, places: dict[str, str]) -> dict[str, Any]:
    return {
        "id": one.pk,
        "household": one.household_id,
        "number": one.household.number,
        "area": one.household.area_path,
        "area_name": places[one.household.area_path],
        "relation": one.relation,
        "is_head": one.is_head,
        "from_on": one.from_on,
        "began_by": one.began_by,
        "until_on": one.until_on,
        "ended_by": one.ended_by,
        "source": facts.source(one.source),
    }
