"""Two rows that are one person or one home become one, and are taken apart again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from xiangyun.base.errors import Conflict, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.people.actions import residents, sources
from xiangyun.kernel.people.actions.sources import wrong
from xiangyun.kernel.people.models import (
    Change,
    Consent,
    Household,
    Income,
    Mark,
    Membership,
    Merge,
    OwnRecord,
    PersonRequest,
    Plot,
    Resident,
    Source,
)
from xiangyun.kernel.people.queries import facts, fields, past, visible
from xiangyun.kernel.people.queries import merges as queries
from xiangyun.kernel.people.rules import groups, kin
from xiangyun.kernel.people.rules.abilities import MERGE
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed
from xiangyun.kernel.vault.queries import SealingRing

UNDO = "people.undo_merge"
KINDS = (Membership, Mark, Plot, Income, OwnRecord, Consent, PersonRequest, Household, Resident)
MODELS: dict[str, type[models.Model]] = {str(model._meta.model_name): model for model in KINDS}
FACTS = "facts"

# Columns of a home behind its facts.
COLUMNS = {"group": ("group_path",), "grid": ("grid_path",), "point": ("lon", "lat")}


class Diary:
    """What a merge does to each row, so that it can be undone in the opposite order."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def put(self, row: models.Model, **now: Any) -> None:
        """Write columns of a row, noting what stood there."""
        was = {name: getattr(row, name) for name in now}
        if was == now:
            return
        for name, value in now.items():
            setattr(row, name, value)
        row.save(update_fields=list(now))
        self.note(str(row._meta.model_name), row.pk, was, now)

    def note(self, of: str, pk: UUID, was: Mapping[str, Any], now: Mapping[str, Any], **also: Any) -> None:
        """One line: which row, what it was, what it is."""
        self.lines.append({"of": of, "pk": str(pk), "was": _kept(was), "now": _kept(now), **also})


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else facts.plain(value) for name, value in values.items()}


@transaction.atomic
def merge_rows(*, kind: str, keep_id: UUID, drop_id: UUID, take: Sequence[str] = (), by: Actor, at: datetime) -> Merge:
    """Two people or two homes are one: `keep` stays, with those facts of `drop` that `take` names.

    Refuses: NotFound, BadInput (the same row twice; no such fact; homes of two villages), WrongState (erased, closed).
    """
    if keep_id == drop_id:
        raise wrong("people.same_row", "drop")
    known = groups.RESIDENT_FACTS if kind == "resident" else groups.HOME_FACTS
    if set(take) - set(known):
        raise wrong("people.no_such_fact", "take")
    diary = Diary()
    kept = (
        _merge_people(keep_id, drop_id, take, diary, by=by, at=at)
        if kind == "resident"
        else _merge_homes(keep_id, drop_id, take, diary, by=by, at=at)
    )
    merge = Merge(
        area_path=kept.area_path,
        kind=kind,
        kept_id=keep_id,
        dropped_id=drop_id,
        at=at,
        by_account=by.account_id,
        by_name=by.name,
    )
    ring = vault.sealing_ring(kept.area_path, at=at)
    text = json.dumps({"rows": diary.lines}, ensure_ascii=False)
    merge.before_sealed = ring.seal(text, "people_merge", "before_sealed", merge.pk)
    merge.save(force_insert=True)
    sources.record(MERGE, kept, by=by, at=at, dropped=drop_id, take=sorted(take))
    return merge


@transaction.atomic
def undo_merge(*, merge_id: UUID, by: Actor, at: datetime) -> Merge:
    """Two rows are two again. Refuses: NotFound, WrongState (undone already), Conflict (touched since; says what)."""
    merge = queries.listed(by).select_for_update(of=("self",)).pick(merge_id)
    if merge.undone_at:
        raise WrongState("people.undone_already")
    opened = sealed.open_sealed(merge.before_sealed, "people_merge", "before_sealed", merge.pk)
    lines: list[dict[str, Any]] = json.loads(opened)["rows"]
    rows = [_row(line) for line in lines]
    touched = [line for line, row in zip(lines, rows, strict=True) if row is None or not _is_as_left(line, row)]
    if touched:
        which = [{"kind": line["of"], "id": line["pk"]} for line in touched]
        raise Conflict("people.touched_since_merge", extra={"touched": which}, n=len(touched))
    ring = vault.sealing_ring(merge.area_path, at=at)
    for line in reversed(lines):
        row = _row(line)  # anew: an earlier line may have written it
        assert row is not None
        _set_back(line, row, ring=ring, at=at)
    merge.undone_at = at
    merge.save(update_fields=["undone_at"])
    audit.record(
        act=UNDO, by=by, object=(merge.kind, merge.kept_id), area=merge.area_path, at=at, detail={"merge": merge.pk}
    )
    return merge


def _merge_people(
    keep_id: UUID, drop_id: UUID, take: Sequence[str], diary: Diary, *, by: Actor, at: datetime
) -> Resident:
    rows = visible.residents(by, MERGE).select_for_update(of=("self",))
    rows = rows.select_related(*(f"{group}_source" for group in groups.OF_RESIDENT))
    keep, drop = rows.pick(keep_id), rows.pick(drop_id)
    if keep.erased_at or drop.erased_at:
        raise WrongState("people.erased")
    # First: from then on the number of the dropped row is free.
    diary.put(drop, merged_into_id=keep.pk, version=drop.version + 1)
    _take_facts(keep, drop, take, diary, at=at)
    _join_stays(keep, drop, diary, timezone.localdate(at))
    open_kinds = {fields.plain_of_mark(one, "kind") for one in keep.marks.filter(until_on=None)}
    for mark in drop.marks.all():
        if mark.until_on or fields.plain_of_mark(mark, "kind") not in open_kinds:
            diary.put(mark, resident_id=keep.pk, area_path=keep.area_path)
    accounts = set(keep.own_records.filter(until_at=None).values_list("account_id", flat=True))
    for record in drop.own_records.all():
        if record.until_at or record.account_id not in accounts:
            diary.put(record, resident_id=keep.pk, area_path=keep.area_path)
    purposes = set(keep.consents.filter(withdrawn_at=None).values_list("purpose", flat=True))
    for consent in drop.consents.all():
        if consent.withdrawn_at or consent.purpose not in purposes:
            diary.put(consent, resident_id=keep.pk, area_path=keep.area_path)
    for request in drop.requests.all():
        diary.put(request, resident_id=keep.pk, area_path=keep.area_path)
    return keep


def _take_facts(keep: Resident, drop: Resident, take: Sequence[str], diary: Diary, *, at: datetime) -> None:
    """Facts go over with the source they have; what stood there is kept, a group each."""
    ring = vault.sealing_ring(keep.area_path, at=at)
    was: dict[str, Any] = {}
    formers: dict[str, str | None] = {}
    for group, members in groups.OF_RESIDENT.items():
        told = {name: facts.of_resident(drop, name) for name in members if name in take}
        changes = residents.differing(keep, told)
        source = getattr(drop, f"{group}_source")
        if not changes or source is None:
            continue
        was |= {name: facts.of_resident(keep, name) for name in changes}
        former = getattr(keep, f"{group}_source_id")
        formers[group] = str(former) if former else None
        Change.objects.bulk_create(residents.rewrite(keep, changes, source=source, ring=ring, act=MERGE, at=at))
    if was:
        keep.save()
        diary.note(FACTS, keep.pk, was, {"version": keep.version}, sources=formers)


def _join_stays(keep: Resident, drop: Resident, diary: Diary, on: date) -> None:
    """Where the dropped row lived is where the kept one lived; where both live now, one stay ends."""
    now = Membership.objects.filter(resident=keep, until_on=None).first()
    for stay in Membership.objects.filter(resident=drop):
        if stay.until_on is not None or now is None:
            diary.put(stay, resident_id=keep.pk)
            continue
        diary.put(stay, until_on=max(on, stay.from_on), ended_by="merged")
        if not stay.is_head:
            continue
        if stay.household_id == now.household_id:
            diary.put(now, relation=stay.relation, is_head=True)
        else:
            _name_successor(stay, diary)


def _name_successor(left: Membership, diary: Diary) -> None:
    """The home that the dropped row led, while the kept one lives elsewhere, is led by somebody who stayed in it."""
    rows = Membership.objects.filter(household=left.household_id, until_on=None).select_related("resident")
    living = list(rows.order_by("from_on", "pk"))
    if not living or any(one.is_head for one in living):
        return
    head = living[kin.successor([(one.relation, one.resident.born_on) for one in living])]
    was = head.relation
    for one in living:
        anew = kin.relation_anew(of_new_head=was, of_member=one.relation, sex=one.resident.sex)
        diary.put(one, relation=kin.HEAD if one is head else anew, is_head=one is head)


def _merge_homes(
    keep_id: UUID, drop_id: UUID, take: Sequence[str], diary: Diary, *, by: Actor, at: datetime
) -> Household:
    rows = visible.households(by, MERGE).select_for_update(of=("self",)).select_related("home_source")
    keep, drop = rows.pick(keep_id), rows.pick(drop_id)
    if keep.closed_on or drop.closed_on:
        raise WrongState("people.home_closed")
    if keep.area_path != drop.area_path:
        raise wrong("people.two_villages", "drop")
    # First: from then on the number of the dropped home is free.
    diary.put(drop, merged_into_id=keep.pk, closed_on=timezone.localdate(at), version=drop.version + 1)
    taken = [name for name in take if facts.plain(facts.of_home(keep, name)) != facts.plain(facts.of_home(drop, name))]
    if taken:
        before = {name: facts.of_home(keep, name) for name in taken}
        columns = [column for name in taken for column in COLUMNS.get(name, (name,))]
        now = {column: getattr(drop, column) for column in columns}
        former, source = keep.home_source, drop.home_source
        diary.put(keep, **now, home_source_id=source.pk, version=keep.version + 1)
        ring = vault.sealing_ring(keep.area_path, at=at)
        sources.changed(keep, before, act=MERGE, source=source, former=former, ring=ring, at=at).save(force_insert=True)
    _join_members(keep, drop, diary)
    codes = set(Plot.objects.filter(household=keep, closed_on=None).values_list("code", flat=True))
    for plot in Plot.objects.filter(household=drop):
        if plot.closed_on or not plot.code or plot.code not in codes:
            diary.put(plot, household_id=keep.pk)
    years = set(Income.objects.filter(household=keep).values_list("year", flat=True))
    for income in Income.objects.filter(household=drop).exclude(year__in=years):
        diary.put(income, household_id=keep.pk)
    Household.objects.filter(pk=keep.pk).update(changed_at=at)
    return keep


def _join_members(keep: Household, drop: Household, diary: Diary) -> None:
    has_head = Membership.objects.filter(household=keep, until_on=None, is_head=True).exists()
    for stay in Membership.objects.filter(household=drop):
        if stay.is_head and stay.until_on is None and has_head:
            # What they are to the head of the kept home is not known until somebody says it.
            diary.put(stay, household_id=keep.pk, is_head=False, relation=kin.OTHER)
        else:
            diary.put(stay, household_id=keep.pk)


def _row(line: Mapping[str, Any]) -> Any:
    model: Any = Resident if line["of"] == FACTS else MODELS[line["of"]]
    return model.objects.select_for_update(of=("self",)).filter(pk=line["pk"]).first()


def _is_as_left(line: Mapping[str, Any], row: Any) -> bool:
    """Whether a row is as the merge left it; of a person's facts the version tells."""
    now = line["now"]
    return bool(_kept({name: getattr(row, name) for name in now}) == now)


def _set_back(line: Mapping[str, Any], row: Any, *, ring: SealingRing, at: datetime) -> None:
    if line["of"] == FACTS:
        _facts_back(line, row, ring=ring, at=at)
        return
    for name, value in line["was"].items():
        setattr(row, name, row.version + 1 if name == "version" else past.typed(name, value))
    row.save(update_fields=list(line["was"]))


def _facts_back(line: Mapping[str, Any], keep: Resident, *, ring: SealingRing, at: datetime) -> None:
    was = {name: past.typed(name, value) for name, value in line["was"].items()}
    for group, former in line["sources"].items():
        column = f"{group}_source"
        source = Source.objects.filter(pk=former).first() if former else None
        changes = {name: was[name] for name in groups.OF_RESIDENT[group] if name in was}
        now: Source = getattr(keep, column)
        Change.objects.bulk_create(residents.rewrite(keep, changes, source=source or now, ring=ring, act=UNDO, at=at))
        setattr(keep, column, source)
    keep.save()
