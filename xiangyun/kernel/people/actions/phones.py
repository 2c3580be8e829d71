"""What phones told of homes and people, written as it is written in the town hall: merged with what others said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from pydantic import BaseModel, ValidationError

from xiangyun.base import offline, words
from xiangyun.base.errors import NotFound
from xiangyun.base.offline import Applied, Difference, Impossible, Subject
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import homes, members, residents, sources
from xiangyun.kernel.people.actions.sources import Told
from xiangyun.kernel.people.models import Candidate, Change, Household, Membership, Resident
from xiangyun.kernel.people.queries import facts, merges, past, visible
from xiangyun.kernel.people.rules import entry, groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME, EDIT_PERSON
from xiangyun.kernel.people.schemas.writes import HomeFacts, HomeIn, LeaveHomeIn, MoveInIn, PersonFacts

BESIDE = {"op_id", "source", "version"}
JOINING = frozenset(("household", "relation", "began_by", "on"))


def check_household(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody looked: it is still so."""
    home = homes.check_home(household_id=standing_home(told.subject.id), told=_visit(told, at), by=by, at=at)
    return Applied(Subject("household", home.pk), home.version, lies(home))


def change_household(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Facts of a home that changed, merged with what others changed meanwhile."""
    pk = standing_home(told.subject.id)
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
    return Applied(Subject("household", home.pk), home.version, lies(home))


def add_resident(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody new in a home. An ID number that is another's is left out, and a person looks at both."""
    joining = {fact: value for fact, value in told.facts.items() if fact in JOINING and fact != "household"}
    person = {fact: value for fact, value in told.facts.items() if fact not in JOINING}
    household = standing_home(_id(told.facts.get("household"), "household"))
    read = _read(MoveInIn, {"began_by": "register", **joining, "person": person}, inside="person")
    _must_be_past(read["person"], told, "")
    home = members.open_home(household, by)
    newcomer, double = _told_apart(read.pop("person"), home.area_path, at)
    joined = members.move_in(
        household_id=household, person=newcomer, **read, told=_visit(told, at), by=by, at=at, pk=told.subject.id
    )
    _look_at_both("resident", double, joined.resident_id, area=home.area_path, at=at)
    return Applied(Subject("resident", joined.resident_id), 1, lies(home))


def leave_home(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody died or went away for good. Who is gone already stays gone as it was said first; a person looks at what
    differs."""
    pk = merges.standing(Resident, told.subject.id)
    read = _read(LeaveHomeIn, told.facts)
    on, how = read["on"], read["how"]
    if on > timezone.localdate(told.made_at):
        raise Impossible(offline.Fault("on", "people.offline.after_visit"))
    household = standing_home(read["household"])
    resident = visible.residents(by, EDIT_PERSON).select_for_update(of=("self",)).pick(pk)
    stay = resident.memberships.filter(household=household).select_related("source").order_by("-from_on").first()
    if stay is None:
        raise NotFound
    differs: tuple[Difference, ...] = ()
    if stay.until_on is None:
        head = read.get("head")
        heir = merges.standing(Resident, head) if head else None
        visit = _visit(told, at)
        if how == groups.DIED:
            members.record_death(resident_id=pk, on=on, head=heir, told=visit, by=by, at=at)
        else:
            members.move(
                resident_id=pk,
                household_id=None,
                outside=True,
                relation=None,
                how=how,
                on=on,
                head=heir,
                told=visit,
                by=by,
                at=at,
            )
    else:
        differs = _gone_otherwise(resident, stay, {"how": how, "on": on})
    version = Resident.objects.values_list("version", flat=True).get(pk=pk)
    return Applied(Subject("resident", pk), version, lies(stay.household), differs)


def _gone_otherwise(resident: Resident, stay: Membership, mine: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What was said first of somebody who is gone, where it is not what is said now."""
    last = Change.objects.filter(subject_id__in=(resident.pk, stay.pk)).select_related("source").order_by("-at", "-pk")
    who = _who(last.first())
    theirs = {
        "how": stay.ended_by,
        "on": resident.died_on if stay.ended_by == groups.DIED else stay.until_on,
    }
    return tuple(
        Difference(fact, None, facts.plain(value), facts.plain(theirs[fact]), **who)
        for fact, value in mine.items()
        if value != theirs[fact]
    )


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
        lies(row) if isinstance(row, Household) else place_of_person(told) or row.area_path,
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


def standing_home(pk: UUID) -> UUID:
    """The row a home went into, where it was merged."""
    return merges.standing(Household, pk)


def _read(shape: type[BaseModel], told: Mapping[str, Any], *, inside: str = "") -> dict[str, Any]:
    """Facts out of JSON as actions take them. Raises Impossible with each fault at its fact."""
    try:
        found = shape.model_validate(dict(told))
    except ValidationError as wrong:
        raise Impossible(*(_fault(one, inside) for one in wrong.errors())) from wrong
    plain = found.model_dump(exclude_unset=True)
    for part in (plain, plain.get("person"), plain.get("head")):
        if isinstance(part, dict):
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


def lies(home: Household) -> str:
    """The grid a home lies in, else its village."""
    return home.grid_path or home.area_path


def place_of_person(told: offline.Told) -> str | None:
    """Where the home lies that somebody lives in, else where they are written down."""
    pk = merges.standing(Resident, told.subject.id)
    stay = Household.objects.filter(memberships__resident=pk, memberships__until_on=None).first()
    if stay:
        return lies(stay)
    return Resident.objects.filter(pk=pk).values_list("area_path", flat=True).first()
