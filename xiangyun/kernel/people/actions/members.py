"""Who belongs to a home: joining it, its head, leaving it, dying."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base.errors import Conflict, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import residents, sources
from xiangyun.kernel.people.actions.sources import BY_HAND, Told, wrong
from xiangyun.kernel.people.models import Change, Household, Membership, Resident, Source
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.people.rules import codes, groups, kin
from xiangyun.kernel.people.rules.abilities import EDIT_PERSON, MOVE
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed

NAME_HEAD, MOVE_IN, DIE = "people.name_head", "people.move_in", "people.record_death"
# How somebody leaves one home → how they come into the other.
COMES = {"moved_out": "moved_in", "married_out": "married_in", "split": "split", "merged": "merged"}
COMES_OTHERWISE = "moved_in"


@transaction.atomic
def move_in(  # noqa: PLR0913 - who, as whom, since when, where from
    *,
    household_id: UUID,
    resident_id: UUID | None = None,
    person: Mapping[str, Any] | None = None,
    relation: str,
    began_by: str,
    on: date | None = None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
    pk: UUID | None = None,
) -> Membership:
    """Somebody of the register, or somebody new in the same step (`pk`: an id that a phone made), joins a home.

    Refuses: NotFound, WrongState (closed; died; the recovery sheet is unconfirmed), Conflict (lives elsewhere; known
    by that ID number; the home has a head), BadInput.
    """
    sealed.must_be_confirmed()
    home = open_home(household_id, by)
    if (resident_id is None) == (person is None):
        raise wrong("people.one_of_two", "resident")
    today = timezone.localdate(at)
    _must_be_codes(today, relation=("kinship", relation), began_by=("membership_begins", began_by))
    judged = residents.checked(person, None, at=at, inside=("person",)) if person is not None else {}
    since = _day(on or (judged.get("born_on") if began_by == "born" else None), today)
    source = sources.write(told.since(since), area=home.area_path, by=by, at=at)
    if resident_id:
        resident = _known(resident_id, by)
    else:
        resident = _newcomer(judged, home, began_by, source=source, by=by, at=at, pk=pk)
    _must_be_born(resident, since, "on")
    return join(home, resident, relation=relation, began_by=began_by, on=since, source=source, by=by, at=at)


def join(
    home: Household,
    resident: Resident,
    *,
    relation: str,
    began_by: str,
    on: date,
    source: Source,
    by: Actor,
    at: datetime,
) -> Membership:
    """Write a membership. Refuses: Conflict (lives in a home already; the home has a head)."""
    elsewhere = Membership.objects.filter(resident=resident, until_on=None).select_related("household").first()
    if elsewhere:
        raise Conflict("people.lives_elsewhere", number=elsewhere.household.number)
    is_head = relation in kin.HEADS
    if is_head and Membership.objects.filter(household=home, until_on=None, is_head=True).exists():
        raise Conflict("people.has_head")
    last = Membership.objects.filter(resident=resident).order_by("-until_on").first()
    if last and last.until_on and last.until_on > on:
        raise wrong("people.came_before_leaving", "on")
    membership = Membership.objects.create(
        area_path=home.area_path,
        household=home,
        resident=resident,
        relation=relation,
        is_head=is_head,
        from_on=on,
        began_by=began_by,
        source=source,
    )
    if resident.area_path != home.area_path:
        carry(resident, home.area_path)
    touch(home, at)
    sources.record(MOVE_IN, home, by=by, at=at, resident=resident.pk, began_by=began_by)
    return membership


@transaction.atomic
def name_head(
    *,
    household_id: UUID,
    resident_id: UUID,
    relations: Mapping[UUID, str] | None = None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
) -> Household:
    """Somebody of a home is its head now; what the others are to them is worked out, or taken from `relations`.

    Refuses: NotFound, WrongState (closed), BadInput (does not live there; an unknown relation).
    """
    home = open_home(household_id, by)
    today = timezone.localdate(at)
    for code in (relations or {}).values():
        _must_be_codes(today, relations=("kinship", code))
    source = sources.write(told, area=home.area_path, by=by, at=at)
    lead(home, resident_id, relations or {}, source=source, by=by, at=at)
    return home


def lead(
    home: Household, head_id: UUID, relations: Mapping[UUID, str], *, source: Source, by: Actor, at: datetime
) -> None:
    """Make somebody the head of those who live there, keeping who was what before. Refuses: BadInput."""
    living = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(household=home, until_on=None)
        .select_related("resident", "source")
    )
    head = next((one for one in living if one.resident_id == head_id), None)
    if head is None:
        raise wrong("people.not_a_member", "head")
    was = head.relation
    ring = vault.sealing_ring(home.area_path, at=at)
    kept = []
    for one in living:
        relation = relations.get(one.resident_id) or (
            one.relation
            if head.is_head
            else kin.relation_anew(of_new_head=was, of_member=one.relation, sex=one.resident.sex)
        )
        now = {"relation": kin.HEAD if one is head else relation, "is_head": one is head}
        before = {name: getattr(one, name) for name in now}
        if before != now:
            kept.append(sources.changed(one, before, act=NAME_HEAD, source=source, former=one.source, ring=ring, at=at))
            one.relation, one.is_head, one.source = str(now["relation"]), bool(now["is_head"]), source
    if not kept:
        return
    Change.objects.bulk_create(kept)
    # One head at a time: the former one steps back first.
    for one in sorted(living, key=lambda each: each.is_head):
        one.save(update_fields=["relation", "is_head", "source"])
    touch(home, at)
    sources.record(NAME_HEAD, home, by=by, at=at, resident=head_id)


@transaction.atomic
def record_death(
    *, resident_id: UUID, on: date, head: UUID | None = None, told: Told = BY_HAND, by: Actor, at: datetime
) -> Resident:
    """Somebody died: they belonged to their home up to and including that day. A head's death says who leads now.

    Refuses: NotFound, WrongState (is dead already), BadInput (in the future; before birth; who is the head now).
    """
    resident = _known(resident_id, by, "death")
    on = _day(on, timezone.localdate(at))
    _must_be_born(resident, on, "on")
    source = sources.write(told.since(on), area=resident.area_path, by=by, at=at)
    leave(resident, until=on + timedelta(days=1), how=groups.DIED, head=head, source=source, by=by, at=at)
    ring = vault.sealing_ring(resident.area_path, at=at)
    changed = residents.rewrite(resident, {"died_on": on}, source=source, ring=ring, act=DIE, at=at)
    former = resident.status_source
    changed.append(
        sources.changed(resident, {"died_on": None}, act=DIE, source=source, former=former, ring=ring, at=at)
    )
    Change.objects.bulk_create(changed)
    resident.status_source = source
    resident.save()
    sources.record(DIE, resident, by=by, at=at)
    return resident


@transaction.atomic
def move(  # noqa: PLR0913 - who, where to, how, since when
    *,
    resident_id: UUID,
    household_id: UUID | None,
    outside: bool,
    relation: str | None,
    how: str,
    on: date | None = None,
    head: UUID | None = None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
) -> Resident:
    """Somebody leaves their home for another one of the town, or for outside.

    Refuses: NotFound, WrongState (lives nowhere here; closed), Conflict (the other home has a head), BadInput.
    """
    if (household_id is None) != outside:
        raise wrong("people.one_of_two", "household")
    today = timezone.localdate(at)
    since = _day(on, today)
    _must_be_codes(today, how=("membership_ends", how))
    if how == groups.DIED:
        raise wrong("people.death_is_recorded", "how")
    resident = _known(resident_id, by, "move")
    target = open_home(household_id, by) if household_id else None
    source = sources.write(told.since(since), area=resident.area_path, by=by, at=at)
    if not leave(resident, until=since, how=how, head=head, source=source, by=by, at=at):
        raise WrongState("people.lives_nowhere")
    if target:
        _must_be_codes(today, relation=("kinship", relation or ""))
        begins = COMES.get(how, COMES_OTHERWISE)
        join(target, resident, relation=relation or "", began_by=begins, on=since, source=source, by=by, at=at)
    return resident


def leave(
    resident: Resident, *, until: date, how: str, head: UUID | None, source: Source, by: Actor, at: datetime
) -> bool:
    """End somebody's membership; false where there is none.

    Refuses: BadInput (before they came; the head leaves and nobody is said to lead).
    """
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .filter(resident=resident, until_on=None)
        .select_related("household", "source")
        .first()
    )
    if membership is None:
        return False
    if until < membership.from_on:
        raise wrong("people.left_before_coming", "on")
    home = membership.household
    before = {"until_on": None, "ended_by": ""}
    ring = vault.sealing_ring(home.area_path, at=at)
    former = membership.source
    sources.changed(membership, before, act=MOVE, source=source, former=former, ring=ring, at=at).save(
        force_insert=True
    )
    membership.until_on, membership.ended_by, membership.source = until, how, source
    membership.save(update_fields=["until_on", "ended_by", "source"])
    if membership.is_head and Membership.objects.filter(household=home, until_on=None).exists():
        if head is None:
            raise wrong("people.who_is_head", "head")
        lead(home, head, {}, source=source, by=by, at=at)
    touch(home, at)
    sources.record(MOVE, home, by=by, at=at, resident=resident.pk, how=how)
    return True


def open_home(household_id: UUID, by: Actor, ability: str = EDIT_PERSON) -> Household:
    """A home that stands, locked. Refuses: NotFound, WrongState."""
    home = visible.households(by, ability).select_for_update(of=("self",)).pick(household_id)
    if home.closed_on:
        raise WrongState("people.home_closed")
    return home


def touch(home: Household, at: datetime) -> None:
    """Something about who lives there changed."""
    home.changed_at = at
    Household.objects.filter(pk=home.pk).update(changed_at=at)


def carry(resident: Resident, area: str) -> None:
    """A person, their marks and what is theirs now stand in another village of the town."""
    resident.area_path = area
    resident.save(update_fields=["area_path"])
    for rows in (resident.marks, resident.own_records, resident.consents, resident.requests):
        rows.update(area_path=area)


def _known(resident_id: UUID, by: Actor, why: str = "") -> Resident:
    resident = visible.residents(by, EDIT_PERSON).select_for_update(of=("self",)).pick(resident_id)
    if resident.died_on:
        raise WrongState("people.dead_already" if why == "death" else "people.is_dead")
    if resident.erased_at:
        raise WrongState("people.erased")
    return resident


def _newcomer(
    judged: Mapping[str, Any],
    home: Household,
    began_by: str,
    *,
    source: Source,
    by: Actor,
    at: datetime,
    pk: UUID | None,
) -> Resident:
    if not judged.get("name"):
        raise wrong("people.fact_missing", "person", "name")
    if began_by == "born" and not judged.get("born_on"):
        raise wrong("people.fact_missing", "person", "born_on")
    residents.must_be_free(judged.get("id_no"), home.area_path, by=by)
    ring = vault.sealing_ring(home.area_path, at=at)
    resident = residents.new_resident(judged, area=home.area_path, source=source, ring=ring, at=at, pk=pk)
    resident.save(force_insert=True)
    sources.record("people.add_resident", resident, by=by, at=at, fields=sorted(judged))
    return resident


def _must_be_codes(on: date, **told: tuple[str, str]) -> None:
    for field, (code_list, code) in told.items():
        if not codes.knows(code_list, code, on):
            raise wrong("people.unknown_code", field, list=code_list)


def _day(on: date | None, today: date) -> date:
    if on and on > today:
        raise wrong("people.day_in_future", "on")
    return on or today


def _must_be_born(resident: Resident, on: date, field: str) -> None:
    if resident.born_on and resident.born_on > on:
        raise wrong("people.before_birth", field)
