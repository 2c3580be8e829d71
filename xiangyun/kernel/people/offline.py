"""What of the register can be written without signal, and the homes that go into the village pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from xiangyun.base import offline, words
from xiangyun.base.offline import Form, Section
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import phones
from xiangyun.kernel.people.actions.phones import lies, standing_home
from xiangyun.kernel.people.models import Household, Resident
from xiangyun.kernel.people.queries import facts, fields, pack
from xiangyun.kernel.people.rules import groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME, EDIT_PERSON

HOME_LABELS = {fact: f"people.field.{facts.HOME_NAMES.get(fact, fact)}" for fact in groups.HOME_FACTS}
PERSON_LABELS = {fact: f"people.field.{fact}" for fact in groups.RESIDENT_FACTS}
JOINING_LABELS = {
    "household": "people.field.household",
    "relation": "people.field.relation",
    "began_by": "people.field.began_by",
    "on": "people.field.from_on",
}
LEAVING = {
    "household": "people.field.household",
    "how": "people.field.ended_by",
    "on": "people.field.left_on",
    "head": "people.field.head",
}
OPENING = {"area": "people.field.village", "head": "people.field.head", "on": "people.field.from_on"}
LISTS = {
    **groups.LISTS_OF_RESIDENT,
    "safety_grade": "safety_grade",
    "water": "water",
    "toilet": "toilet",
    "heating": "heating",
    "relation": "kinship",
    "began_by": "membership_begins",
    "how": "membership_ends",
}


def _place_of_home(told: offline.Told) -> str | None:
    home = Household.objects.filter(pk=standing_home(told.subject.id)).first()
    return lies(home) if home else None


def _place_told(told: offline.Told) -> str | None:
    place = told.facts.get("grid") or told.facts.get("area")
    is_place = isinstance(place, str) and org.valid().filter(path=place, level__in=("village", "grid")).exists()
    return str(place) if is_place else None


def _place_of_newcomer(told: offline.Told) -> str | None:
    try:
        home = standing_home(UUID(str(told.facts.get("household"))))
    except ValueError:
        return None
    found = Household.objects.filter(pk=home).first()
    return lies(found) if found else None


def _place_of_leaver(told: offline.Told) -> str | None:
    """Who is gone lives nowhere: it lies where their home does."""
    return _place_of_newcomer(told) or phones.place_of_person(told)


def _shown(fact: str, value: Any, lang: str) -> str | None:
    """A fact in words; personal numbers masked, health not said."""
    if value is None or value in ("", [], {}) or fact in ("household", "group", "grid", "area"):
        return None
    if fact in groups.HIDDEN:
        return words.say("people.is_told", lang)
    if fact == "head":
        return str(value.get("name") or "") or None if isinstance(value, dict) else None
    if fact in facts.MASKS and fact != "name":
        return facts.MASKS[fact](str(value))
    if fact == "point":
        return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else None
    if isinstance(value, dict):
        return None
    return facts.worded(LISTS.get(fact), value, lang, date.max)


def _shown_of_home(fact: str, value: Any, lang: str) -> str | None:
    if fact == "kind" and isinstance(value, str) and value:
        return facts.worded("household_kind", value, lang, date.max)
    return _shown(fact, value, lang)


def _shown_of_known(fact: str, value: Any, lang: str) -> str | None:
    """Of somebody in the register the name may be protected: it is masked like the numbers."""
    return facts.MASKS["name"](str(value)) if fact == "name" and value else _shown(fact, value, lang)


def _homes_called(pks: Sequence[UUID], lang: str) -> Mapping[UUID, str]:
    found = Household.objects.filter(pk__in=list(pks)).values_list("pk", "number")
    return {pk: words.say("people.home_called", lang, number=number) for pk, number in found}


def _people_called(pks: Sequence[UUID], _lang: str) -> Mapping[UUID, str]:
    return {one.pk: fields.shown_name(one) for one in Resident.objects.filter(pk__in=list(pks))}


OFFLINE = [
    Form(
        code="people.check_household",
        title_key="people.offline.check_household",
        subject="household",
        ability=EDIT_HOME,
        facts={},
        apply=phones.check_household,
        place=_place_of_home,
        shown=_shown_of_home,
        titles=_homes_called,
    ),
    Form(
        code="people.change_household",
        title_key="people.offline.change_household",
        subject="household",
        ability=EDIT_HOME,
        facts=HOME_LABELS,
        lists=LISTS,
        apply=phones.change_household,
        place=_place_of_home,
        shown=_shown_of_home,
        titles=_homes_called,
    ),
    Form(
        code="people.change_resident",
        title_key="people.offline.change_resident",
        subject="resident",
        ability=EDIT_PERSON,
        facts=PERSON_LABELS,
        lists=LISTS,
        apply=phones.change_resident,
        place=phones.place_of_person,
        shown=_shown_of_known,
        titles=_people_called,
    ),
    Form(
        code="people.add_household",
        title_key="people.offline.add_household",
        subject="household",
        ability=EDIT_HOME,
        facts={**OPENING, **HOME_LABELS},
        lists=LISTS,
        apply=phones.add_household,
        place=_place_told,
        shown=_shown_of_home,
        titles=_homes_called,
        makes=True,
    ),
    Form(
        code="people.add_resident",
        title_key="people.offline.add_resident",
        subject="resident",
        ability=EDIT_PERSON,
        facts={**JOINING_LABELS, **PERSON_LABELS},
        lists=LISTS,
        apply=phones.add_resident,
        place=_place_of_newcomer,
        shown=_shown,
        titles=_people_called,
        makes=True,
        under="household",
    ),
    Form(
        code="people.leave_home",
        title_key="people.offline.leave_home",
        subject="resident",
        ability=EDIT_PERSON,
        facts=LEAVING,
        lists=LISTS,
        apply=phones.leave_home,
        place=_place_of_leaver,
        shown=_shown,
        titles=_people_called,
        may_insist=False,
    ),
]
OFFLINE_PACK = [Section("households", "household", pack.households), Section("codes", "", pack.code_lists)]
