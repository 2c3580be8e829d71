"""Writes about what belongs to a home or a person: land, income of a year, marks of special care."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base.errors import Conflict, NotAllowed, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import members, sources
from xiangyun.kernel.people.actions.sources import BY_HAND, Told, wrong
from xiangyun.kernel.people.models import Income, Mark, Plot
from xiangyun.kernel.people.queries import facts, fields, visible
from xiangyun.kernel.people.rules import codes, entry, groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME, EDIT_INCOME, EDIT_PERSON, SEE_CARE
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed

ADD_PLOT, CLOSE_PLOT, ADD_MARK, END_MARK = (
    "people.add_plot",
    "people.close_plot",
    "people.add_mark",
    "people.end_mark",
)


@transaction.atomic
def add_plot(
    *, household_id: UUID, facts_told: Mapping[str, Any], told: Told = BY_HAND, by: Actor, at: datetime
) -> Plot:
    """A piece of land of a home. Refuses: NotFound, WrongState (closed; the recovery sheet), Conflict, BadInput."""
    sealed.must_be_confirmed()
    home = members.open_home(household_id, by, EDIT_HOME)
    plot = Plot(area_path=home.area_path, household=home, created_at=at)
    for fact, value in _judged(facts_told, {}, at).items():
        setattr(plot, fact, value)
    _must_be_free(plot)
    plot.source = sources.write(told, area=home.area_path, by=by, at=at)
    plot.save(force_insert=True)
    sources.record(ADD_PLOT, plot, by=by, at=at, household=home.pk)
    return plot


@transaction.atomic
def change_plot(
    *, plot_id: UUID, facts_told: Mapping[str, Any], version: int, told: Told = BY_HAND, by: Actor, at: datetime
) -> Plot:
    """Facts of a piece of land changed. Refuses: NotFound, WrongState (closed), Conflict, BadInput."""
    plot = _open_plot(plot_id, by)
    sources.must_be_version(plot, version)
    judged = _judged(facts_told, {name: getattr(plot, name) for name in ("contract_from", "contract_until")}, at)
    before = {
        name: getattr(plot, name)
        for name, value in judged.items()
        if facts.plain(value) != facts.plain(getattr(plot, name))
    }
    if not before:
        return plot
    for fact in before:
        setattr(plot, fact, judged[fact])
    _must_be_free(plot)
    _renew_plot(plot, before, told, act=EDIT_HOME, by=by, at=at)
    sources.record(EDIT_HOME, plot, by=by, at=at, fields=sorted(before))
    return plot


@transaction.atomic
def close_plot(*, plot_id: UUID, on: date | None = None, told: Told = BY_HAND, by: Actor, at: datetime) -> Plot:
    """A piece of land is the home's no more. Refuses: NotFound, WrongState (closed), BadInput."""
    plot = _open_plot(plot_id, by)
    plot.closed_on = _day(on, at)
    _renew_plot(plot, {"closed_on": None}, told.since(plot.closed_on), act=CLOSE_PLOT, by=by, at=at)
    sources.record(CLOSE_PLOT, plot, by=by, at=at)
    return plot


@transaction.atomic
def say_income(
    *,
    household_id: UUID,
    year: int,
    amounts: Mapping[str, int],
    version: int | None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
) -> Income:
    """A home's income of a year, in fen, sealed; what stands already is not written again.

    Refuses: NotFound, WrongState (closed; the recovery sheet), Conflict (said meanwhile), BadInput (a year to come).
    """
    sealed.must_be_confirmed()
    home = members.open_home(household_id, by, EDIT_INCOME)
    if not groups.FIRST_YEAR <= year <= timezone.localdate(at).year:
        raise wrong("people.no_such_year", "year")
    income = Income.objects.select_for_update(of=("self",)).filter(household=home, year=year).first()
    ring = vault.sealing_ring(home.area_path, at=at)
    told_amounts = {name: amounts.get(name, 0) for name in groups.AMOUNTS}
    if income is None:
        income = Income(area_path=home.area_path, household=home, year=year)
        income.source = sources.write(told, area=home.area_path, by=by, at=at)
    else:
        sources.must_be_version(income, version)
        before = facts.amounts(income)
        if before == told_amounts:
            return income
        former = income.source
        income.source = sources.write(told, area=home.area_path, by=by, at=at)
        income.version += 1
        sources.changed(
            income, {"amounts": before}, act=EDIT_INCOME, source=income.source, former=former, ring=ring, at=at
        ).save(force_insert=True)
    income.amounts_sealed = ring.seal(json.dumps(told_amounts), "people_income", "amounts_sealed", income.pk)
    income.save()
    sources.record(EDIT_INCOME, home, by=by, at=at, year=year)
    return income


@transaction.atomic
def add_mark(
    *,
    resident_id: UUID,
    kind: str,
    note: str = "",
    from_on: date | None = None,
    told: Told = BY_HAND,
    by: Actor,
    at: datetime,
) -> Mark:
    """Somebody needs special care; a mark above the village's staff takes the right to see it.

    Refuses: NotFound, NotAllowed, WrongState (died; the recovery sheet), Conflict (marked so already), BadInput.
    """
    sealed.must_be_confirmed()
    resident = visible.residents(by, EDIT_PERSON).select_for_update(of=("self",)).pick(resident_id)
    if resident.died_on or resident.erased_at:
        raise WrongState("people.is_dead")
    since = _day(from_on, at, "from_on")
    known = codes.codes("care", timezone.localdate(at)).get(kind)
    if known is None:
        raise wrong("people.unknown_code", "kind", list="care")
    level = known.level or groups.OPEN
    if level > groups.OPEN and not visible.residents(by, SEE_CARE).filter(pk=resident.pk).exists():
        raise NotAllowed("base.not_allowed")
    sources.must_be_open(note, "note")
    if any(fields.plain_of_mark(one, "kind") == kind for one in resident.marks.filter(until_on=None)):
        raise Conflict("people.marked_already")
    mark = Mark(area_path=resident.area_path, resident=resident, level=level, from_on=since)
    ring = vault.sealing_ring(resident.area_path, at=at)
    if level == groups.SEALED:
        mark.kind_sealed = ring.seal(kind, "people_mark", "kind_sealed", mark.pk)
    else:
        mark.kind = kind
    if note:
        mark.note_sealed = ring.seal(note, "people_mark", "note_sealed", mark.pk)
    mark.source = sources.write(told, area=resident.area_path, by=by, at=at)
    mark.save(force_insert=True)
    sources.record(ADD_MARK, mark, by=by, at=at, resident=resident.pk, level=level)
    return mark


@transaction.atomic
def end_mark(*, mark_id: UUID, on: date | None = None, told: Told = BY_HAND, by: Actor, at: datetime) -> Mark:
    """Somebody needs a kind of care no more. Refuses: NotFound, WrongState (ended already), BadInput."""
    seen = visible.marks(by, EDIT_PERSON).filter(level=groups.OPEN) | visible.marks(by, SEE_CARE)
    pk = seen.pick(mark_id).pk
    mark = Mark.objects.select_for_update(of=("self",)).select_related("source").get(pk=pk)
    if mark.until_on:
        raise WrongState("people.mark_ended")
    until = _day(on, at)
    if until < mark.from_on:
        raise wrong("people.ends_before_it_begins", "on")
    source = sources.write(told.since(until), area=mark.area_path, by=by, at=at)
    ring = vault.sealing_ring(mark.area_path, at=at)
    sources.changed(mark, {"until_on": None}, act=END_MARK, source=source, former=mark.source, ring=ring, at=at).save(
        force_insert=True
    )
    mark.until_on, mark.source = until, source
    mark.save(update_fields=["until_on", "source"])
    sources.record(END_MARK, mark, by=by, at=at, resident=mark.resident_id)
    return mark


def _judged(facts_told: Mapping[str, Any], known: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    judged, faults = entry.plot(facts_told, known, timezone.localdate(at))
    sources.must_be_fit(faults)
    return judged


def _open_plot(plot_id: UUID, by: Actor) -> Plot:
    plot = visible.plots(by, EDIT_HOME).select_for_update(of=("self",)).select_related("source").pick(plot_id)
    if plot.closed_on:
        raise WrongState("people.plot_closed")
    return plot


def _renew_plot(plot: Plot, before: Mapping[str, Any], told: Told, *, act: str, by: Actor, at: datetime) -> None:
    former = plot.source
    plot.source = sources.write(told, area=plot.area_path, by=by, at=at)
    plot.version += 1
    ring = vault.sealing_ring(plot.area_path, at=at)
    sources.changed(plot, before, act=act, source=plot.source, former=former, ring=ring, at=at).save(force_insert=True)
    plot.save()


def _must_be_free(plot: Plot) -> None:
    same = Plot.objects.filter(area_path=plot.area_path, code=plot.code, closed_on=None)
    other = same.exclude(pk=plot.pk).exclude(code="").select_related("household").first()
    if other:
        raise Conflict("people.plot_taken", number=other.household.number)


def _day(on: date | None, at: datetime, field: str = "on") -> date:
    today = timezone.localdate(at)
    if on and on > today:
        raise wrong("people.day_in_future", field)
    return on or today
