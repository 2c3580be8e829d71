"""Writes about one home: a new one, facts that changed, looked at again, closed, split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base import ids, paths
from xiangyun.base.errors import Conflict, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import members, sources
from xiangyun.kernel.people.actions.sources import BY_HAND, Told, wrong
from xiangyun.kernel.people.models import Household, Membership, Resident
from xiangyun.kernel.people.queries import facts, homes, past
from xiangyun.kernel.people.rules import entry, kin
from xiangyun.kernel.people.rules.abilities import EDIT_HOME
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed

ADD, CHECK, CLOSE, SPLIT = "people.add_home", "people.check_home", "people.close_home", "people.split_home"
PARTS = ("group", "grid")


@transaction.atomic
def add_home(  # noqa: PLR0913 - what, who leads it, since when, ids made elsewhere
    *,
    area: str,
    facts_told: Mapping[str, Any],
    head: Mapping[str, Any] | None = None,
    on: date | None = None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
    pk: UUID | None = None,
    head_pk: UUID | None = None,
) -> Household:
    """A home of a village, without a number the next free one; with `head` somebody new leads it. `pk` and `head_pk`
    are ids that a phone made.

    Refuses: NotFound (no village of mine), WrongState (the recovery sheet is unconfirmed), Conflict (the number names
    another home; the head is known already), BadInput.
    """
    sealed.must_be_confirmed()
    must_be_a_village(area, by)
    judged = _judged(facts_told, at)
    home = Household(pk=pk or ids.uuid7(), area_path=area, checked_at=at, created_at=at, changed_at=at)
    if "number" not in judged:
        judged["number"] = homes.next_number(area)
    for fact, value in judged.items():
        past.put_home(home, fact, value)
    must_reach(home, by)
    must_be_free(home)
    home.home_source = sources.write(told, area=area, by=by, at=at)
    home.save(force_insert=True)
    sources.record(ADD, home, by=by, at=at, fields=sorted(judged))
    if head is not None:
        members.move_in(
            household_id=home.pk,
            person=head,
            relation=kin.HEAD,
            began_by="register",
            on=on,
            told=told,
            by=by,
            at=at,
            pk=head_pk,
        )
    return home


@transaction.atomic
def change_home(
    *, household_id: UUID, facts_told: Mapping[str, Any], version: int, told: Told = BY_HAND, by: Actor, at: datetime
) -> Household:
    """Facts of a home changed; nothing is written where all of it stands already.

    Refuses: NotFound, WrongState (closed), Conflict (changed meanwhile; the number names another home), BadInput.
    """
    home = members.open_home(household_id, by, EDIT_HOME)
    sources.must_be_version(home, version)
    judged = _judged(facts_told, at)
    before = {name: facts.of_home(home, name) for name in judged}
    changed = {name: value for name, value in judged.items() if facts.plain(value) != facts.plain(before[name])}
    if not changed:
        return home
    for fact, value in changed.items():
        past.put_home(home, fact, value)
    must_reach(home, by)
    must_be_free(home)
    _renew(home, {name: before[name] for name in changed}, told, act=EDIT_HOME, by=by, at=at)
    sources.record(EDIT_HOME, home, by=by, at=at, fields=sorted(changed))
    return home


@transaction.atomic
def check_home(*, household_id: UUID, told: Told = BY_HAND, by: Actor, at: datetime) -> Household:
    """Somebody looked: it is still so. Refuses: NotFound, WrongState (closed)."""
    home = members.open_home(household_id, by, EDIT_HOME)
    home.home_source = sources.write(told, area=home.area_path, by=by, at=at)
    home.checked_at = at
    home.save(update_fields=["home_source", "checked_at"])
    sources.record(CHECK, home, by=by, at=at)
    return home


@transaction.atomic
def close_home(
    *, household_id: UUID, on: date | None = None, told: Told = BY_HAND, by: Actor, at: datetime
) -> Household:
    """It is nobody's home any more. Refuses: NotFound, WrongState (closed; somebody lives there), BadInput."""
    home = members.open_home(household_id, by, EDIT_HOME)
    if Membership.objects.filter(household=home, until_on=None).exists():
        raise WrongState("people.home_not_empty")
    home.closed_on = _day(on, at)
    _renew(home, {"closed_on": None}, told.since(home.closed_on), act=CLOSE, by=by, at=at)
    sources.record(CLOSE, home, by=by, at=at)
    return home


@transaction.atomic
def split_home(  # noqa: PLR0913 - who goes, who leads both, where to
    *,
    household_id: UUID,
    relations: Mapping[UUID, str],
    head: UUID,
    stay_head: UUID | None = None,
    facts_told: Mapping[str, Any],
    on: date | None = None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
) -> Household:
    """Some of a home make a home of their own; returns the new one.

    Refuses: NotFound, WrongState (closed), Conflict (the number), BadInput (not members; who is the head of whom).
    """
    old = members.open_home(household_id, by)
    if head not in relations:
        raise wrong("people.head_goes_along", "head")
    since = _day(on, at)
    going = _members_of(old, list(relations))
    inherited = {"group": old.group_path, "grid": old.grid_path, "kind": old.kind}
    inherited = {name: value for name, value in inherited.items() if value}
    new = add_home(area=old.area_path, facts_told={**inherited, **facts_told}, told=told.since(since), by=by, at=at)
    # The head goes last: until then somebody leads those who stay.
    for resident in sorted(going, key=lambda one: _leads(one, old)):
        members.leave(resident, until=since, how="split", head=stay_head, source=new.home_source, by=by, at=at)
    for resident in sorted(going, key=lambda one: one.pk != head):
        relation = kin.HEAD if resident.pk == head else relations[resident.pk]
        members.join(new, resident, relation=relation, began_by="split", on=since, source=new.home_source, by=by, at=at)
    sources.record(SPLIT, old, by=by, at=at, household=new.pk)
    return new


def must_be_a_village(area: str, by: Actor) -> None:
    """Refuses: NotFound where this is no village, or none in which (or in a grid of which) somebody may add homes."""
    held = by.areas(EDIT_HOME)
    if not any(paths.within(area, root) or paths.within(root, area) for root in held):
        raise NotFound
    if org.pick(area, by).level != "village":
        raise wrong("people.no_village", "area")


def must_reach(home: Household, by: Actor) -> None:
    """Group and grid are of the village, and the home stays within what `by` may edit. Refuses: BadInput, NotFound."""
    for fact in PARTS:
        path = facts.of_home(home, fact)
        if path and (not paths.within(path, home.area_path) or not org.stands(path)):
            raise wrong("people.no_such_part", fact)
    if not homes.may(by, EDIT_HOME, home):
        raise wrong("people.not_your_grid", "grid")


def must_be_free(home: Household) -> None:
    """Refuses: Conflict where the number names another home of the village."""
    others = Household.objects.filter(area_path=home.area_path, number=home.number, closed_on=None)
    if others.exclude(pk=home.pk).exists():
        raise Conflict("people.number_taken", number=home.number)


def _judged(facts_told: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    judged, faults = entry.home(facts_told, timezone.localdate(at))
    sources.must_be_fit(faults)
    return judged


def _renew(home: Household, before: Mapping[str, Any], told: Told, *, act: str, by: Actor, at: datetime) -> None:
    """Save a changed home with its new source, and keep what stood there."""
    former = home.home_source
    home.home_source = sources.write(told, area=home.area_path, by=by, at=at)
    home.version += 1
    home.changed_at = home.checked_at = at
    ring = vault.sealing_ring(home.area_path, at=at)
    sources.changed(home, before, act=act, source=home.home_source, former=former, ring=ring, at=at).save(
        force_insert=True
    )
    home.save()


def _members_of(home: Household, asked: Sequence[UUID]) -> list[Resident]:
    living = Membership.objects.filter(household=home, until_on=None, resident__in=asked).values("resident")
    found = list(Resident.objects.select_for_update(of=("self",)).filter(pk__in=living))
    if len(found) != len(set(asked)):
        raise wrong("people.not_a_member", "members")
    return found


def _leads(resident: Resident, home: Household) -> bool:
    return Membership.objects.filter(household=home, resident=resident, until_on=None, is_head=True).exists()


def _day(on: date | None, at: datetime) -> date:
    today = timezone.localdate(at)
    if on and on > today:
        raise wrong("people.day_in_future", "on")
    return on or today
