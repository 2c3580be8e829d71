"""What of the register can be written without signal, and the homes that go into the village pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from pydantic import BaseModel, ValidationError

from xiangyun.base import offline, words
from xiangyun.base.errors import NotFound
from xiangyun.base.offline import Applied, Difference, Form, Impossible, Section, Subject
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import homes, members, residents, sources
from xiangyun.kernel.people.actions.sources import Told
from xiangyun.kernel.people.models import Candidate, Change, Household, Resident
from xiangyun.kernel.people.queries import facts, fields, merges, pack, past, visible
from xiangyun.kernel.people.rules import entry, groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME, EDIT_PERSON
from xiangyun.kernel.people.schemas.writes import HomeFacts, HomeIn, MoveInIn, PersonFacts

BESIDE = {"op_id", "source", "version"}
HOME_LABELS = {fact: f"people.field.{facts.HOME_NAMES.get(fact, fact)}" for fact in groups.HOME_FACTS}
PERSON_LABELS = {fact: f"people.field.{fact}" for fact in groups.RESIDENT_FACTS}
JOINING = {
    "household": "people.field.household",
    "relation": "people.field.relation",
    "began_by": "people.field.began_by",
    "on": "people.field.from_on",
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
}


def check_household(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody looked: it is still so."""
    home = homes.check_home(household_id=_standing_home(told.subject.id), told=_visit(told, at), by=by, at=at)
    return Applied(Subject("household", home.pk), home.version, _lies(home))


def change_household(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Facts of a home that changed, merged with what others changed meanwhile."""
    pk = _standing_home(told.subject.id)
    home = members.open_home(pk, by, EDIT_HOME)
    on = timezone.localdate(at)

    def judged(told_facts: Mapping[str, Any]) -> dict[str, Any]:
        found, faults = entry.home(_read(HomeFacts, told_facts), on)
        sources.must_be_fit(faults)
        return found

    def write(clean: Mapping[str, Any]) -> int:
        changed = homes.change_home(
            household_id=pk, facts_told=clean, version=home.version, told=_visit(told, at), by=by, at=at
        )
        return changed.version

    return _changed(home, told, judged=judged, stands=lambda fact: facts.of_home(home, fact), write=write)


def change_resident(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Facts of a person that changed, merged with what others changed meanwhile."""
    pk = merges.standing(Resident, told.subject.id)
    resident = visible.residents(by, EDIT_PERSON).select_for_update(of=("self",)).pick(pk)

    def judged(told_facts: Mapping[str, Any]) -> dict[str, Any]:
        found = residents.checked(_read(PersonFacts, told_facts), resident, at=at)
        _must_be_past(found, told, "")
        return found

    def write(clean: Mapping[str, Any]) -> int:
        changed = residents.change_resident(
            resident_id=pk, facts_told=clean, version=resident.version, told=_visit(told, at), by=by, at=at
        )
        return changed.version

    return _changed(resident, told, judged=judged, stands=lambda fact: facts.of_resident(resident, fact), write=write)


def add_household(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """A home nobody had written down, perhaps with its head. A number that is another's is left out, and a person looks
    at both."""
    asked = dict(told.facts)
    head, head_pk = _newcomer(asked.pop("head", None), "head")
    body = _read(HomeIn, {**asked, **({"head": head} if head else {})})
    _must_be_past(body.get("head") or {}, told, "head.")
    area, on = body.pop("area"), body.pop("on", None)
    head = body.pop("head", None)
    place = body.get("grid") or area
    if not by.may(EDIT_HOME, place) and org.stands(place):
        raise NotFound  # the grid is another's by now: the home goes to them
    twin = Household.objects.filter(area_path=area, number=body.get("number", ""), closed_on=None).first()
    if twin:
        del body["number"]
    head, double = _told_apart(head, area, at, "head") if head else (None, None)
    home = homes.add_home(
        area=area,
        facts_told=body,
        head=head,
        on=on,
        told=_visit(told, at),
        by=by,
        at=at,
        pk=told.subject.id,
        head_pk=head_pk,
    )
    _look_at_both("household", twin, home.pk, area=area, at=at)
    _look_at_both("resident", double, head_pk, area=area, at=at)
    return Applied(Subject("household", home.pk), home.version, _lies(home))


def add_resident(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody new in a home. An ID number that is another's is left out, and a person looks at both."""
    joining = {fact: value for fact, value in told.facts.items() if fact in JOINING and fact != "household"}
    person = {fact: value for fact, value in told.facts.items() if fact not in JOINING}
    household = _standing_home(_id(told.facts.get("household"), "household"))
    read = _read(MoveInIn, {"began_by": "register", **joining, "person": person}, inside="person")
    _must_be_past(read["person"], told, "")
    home = members.open_home(household, by)
    newcomer, double = _told_apart(read.pop("person"), home.area_path, at)
    joined = members.move_in(
        household_id=household, person=newcomer, **read, told=_visit(told, at), by=by, at=at, pk=told.subject.id
    )
    _look_at_both("resident", double, joined.resident_id, area=home.area_path, at=at)
    return Applied(Subject("resident", joined.resident_id), 1, _lies(home))


def _changed(
    row: Household | Resident,
    told: offline.Told,
    *,
    judged: Callable[[Mapping[str, Any]], dict[str, Any]],
    stands: Callable[[str], Any],
    write: Callable[[Mapping[str, Any]], int],
) -> Applied:
    """Merge what was told with what stands, write what is one-sided and say what differs."""
    kind = str(row._meta.model_name)
    mine = judged({fact: value for fact, value in told.facts.items() if fact not in BESIDE})
    plain = {fact: facts.plain(value) for fact, value in mine.items()}
    theirs = {fact: facts.plain(stands(fact)) for fact in mine}
    base, later = theirs, {}
    if not told.insists:
        later = _since(row, told, list(mine))
        base = {**theirs, **{fact: past.before(change)[fact] for fact, change in later.items() if fact in mine}}
        if row.pk != told.subject.id or told.base is None:
            base |= {fact: value for fact, value in told.was.items() if fact in mine}
        base |= _own(told, judged, list(mine))
    merged = offline.merge(base, plain, theirs)
    version = write({fact: mine[fact] for fact in merged.clean}) if merged.clean else row.version
    last = _last(row, merged.differs)
    return Applied(
        Subject(kind, row.pk),
        version,
        _lies(row) if isinstance(row, Household) else _place_of_person(told) or row.area_path,
        tuple(
            Difference(fact, base[fact], plain[fact], theirs[fact], **_who(last.get(fact))) for fact in merged.differs
        ),
    )


def _since(row: Household | Resident, told: offline.Told, wanted: Sequence[str]) -> dict[str, Change]:
    """Fact → the first change of it after the version the phone had read: before it stood what the phone saw."""
    if told.base is None or told.base >= row.version:
        return {}
    rows = Change.objects.filter(subject_id=row.pk, version__gt=told.base, fields__overlap=list(wanted))
    found: dict[str, Change] = {}
    for change in rows.order_by("version", "at", "pk"):
        for fact in change.fields:
            found.setdefault(fact, change)
    return found


def _own(
    told: offline.Told, judged: Callable[[Mapping[str, Any]], dict[str, Any]], wanted: Sequence[str]
) -> dict[str, Any]:
    """What the same phone said of these facts before, as it was written: its own word is no contradiction."""
    earlier = {fact: value for fact, value in told.before.items() if fact in wanted}
    return {fact: facts.plain(value) for fact, value in judged(earlier).items()} if earlier else {}


def _last(row: Household | Resident, wanted: Sequence[str]) -> dict[str, Change]:
    """Fact → the last change of it: who said what stands now."""
    if not wanted:
        return {}
    found: dict[str, Change] = {}
    rows = Change.objects.filter(subject_id=row.pk, fields__overlap=list(wanted)).select_related("source")
    for change in rows.order_by("-version", "-at", "-pk"):
        for fact in change.fields:
            found.setdefault(fact, change)
    return found


def _who(change: Change | None) -> dict[str, Any]:
    if change is None:
        return {}
    return {"who": change.source.entered_name, "at": change.at, "source": f"people.how.{change.source.kind}"}


def _visit(told: offline.Told, at: datetime) -> Told:
    """Where it comes from: somebody was there, on the day they wrote it."""
    return Told(kind="visit", as_of=min(timezone.localdate(told.made_at), timezone.localdate(at)))


def _must_be_past(person: Mapping[str, Any], told: offline.Told, inside: str) -> None:
    """Nobody is written down at the door who is born after that day. Raises Impossible."""
    day = timezone.localdate(told.made_at)
    after = [fact for fact in ("born_on", "away_since") if (on := person.get(fact)) is not None and on > day]
    if after:
        raise Impossible(*(offline.Fault(f"{inside}{fact}", "people.offline.after_visit") for fact in after))


def _standing_home(pk: UUID) -> UUID:
    return merges.standing(Household, pk)


def _read(shape: type[BaseModel], told: Mapping[str, Any], *, inside: str = "") -> dict[str, Any]:
    """Facts out of JSON as actions take them. Raises Impossible with each fault at its fact."""
    try:
        found = shape.model_validate(dict(told))
    except ValidationError as wrong:
        raise Impossible(*(_fault(one, inside) for one in wrong.errors())) from wrong
    plain = found.model_dump(exclude_unset=True)
    for part in (plain, plain.get("person") or {}, plain.get("head") or {}):
        for name in BESIDE:
            part.pop(name, None)
    return plain


def _fault(error: Any, inside: str) -> offline.Fault:
    where = [str(part) for part in error["loc"]]
    if inside and where[:1] == [inside]:
        where = where[1:]
    code = f"base.field.{error['type']}"
    known = code in words.catalogue(words.DEFAULT)
    return offline.Fault(".".join(where[:2]), code if known else "base.field.value_error", dict(error.get("ctx") or {}))


def _newcomer(told: Any, fact: str) -> tuple[dict[str, Any] | None, UUID | None]:
    """Somebody new beside a new home, with the id the phone made."""
    if not isinstance(told, dict):
        return None, None
    person = dict(told)
    return person, _id(person.pop("id", None), fact)


def _id(value: Any, fact: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as wrong:
        raise Impossible(offline.Fault(fact, "people.offline.no_id")) from wrong


def _told_apart(
    person: Mapping[str, Any], area: str, at: datetime, *inside: str
) -> tuple[dict[str, Any], Resident | None]:
    """Somebody new, and whoever has their ID number already: then it is left out, and what it says of them kept."""
    judged = residents.checked(person, None, at=at, inside=inside)
    number = judged.get("id_no")
    double = residents.with_number(number, area) if number else None
    if double is None:
        return dict(person), None
    known = {fact: judged[fact] for fact in ("sex", "born_on") if judged.get(fact)}
    return {**{fact: value for fact, value in person.items() if fact != "id_no"}, **known}, double


def _look_at_both(
    kind: str, first: Household | Resident | None, second: UUID | None, *, area: str, at: datetime
) -> None:
    if first is not None and second is not None:
        why = "number" if kind == "household" else "id_no"
        Candidate.objects.create(area_path=area, kind=kind, first_id=first.pk, second_id=second, why=why, found_at=at)


def _place_of_home(told: offline.Told) -> str | None:
    home = Household.objects.filter(pk=_standing_home(told.subject.id)).first()
    return _lies(home) if home else None


def _lies(home: Household) -> str:
    return home.grid_path or home.area_path


def _place_of_person(told: offline.Told) -> str | None:
    pk = merges.standing(Resident, told.subject.id)
    stay = Household.objects.filter(memberships__resident=pk, memberships__until_on=None).first()
    if stay:
        return _lies(stay)
    return Resident.objects.filter(pk=pk).values_list("area_path", flat=True).first()


def _place_told(told: offline.Told) -> str | None:
    place = told.facts.get("grid") or told.facts.get("area")
    is_place = isinstance(place, str) and org.valid().filter(path=place, level__in=("village", "grid")).exists()
    return str(place) if is_place else None


def _place_of_newcomer(told: offline.Told) -> str | None:
    try:
        home = _standing_home(UUID(str(told.facts.get("household"))))
    except ValueError:
        return None
    found = Household.objects.filter(pk=home).first()
    return _lies(found) if found else None


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
        apply=check_household,
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
        apply=change_household,
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
        apply=change_resident,
        place=_place_of_person,
        shown=_shown_of_known,
        titles=_people_called,
    ),
    Form(
        code="people.add_household",
        title_key="people.offline.add_household",
        subject="household",
        ability=EDIT_HOME,
        facts={**OPENING, **HOME_LABELS},
        apply=add_household,
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
        facts={**JOINING, **PERSON_LABELS},
        apply=add_resident,
        place=_place_of_newcomer,
        shown=_shown,
        titles=_people_called,
        makes=True,
        under="household",
    ),
]
OFFLINE_PACK = [Section("households", "household", pack.households), Section("codes", "", pack.code_lists)]
