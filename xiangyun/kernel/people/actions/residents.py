"""Writes about one person: a new one, facts that changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base import ids
from xiangyun.base.errors import Conflict, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit.rules import REVEAL
from xiangyun.kernel.people.actions import sources
from xiangyun.kernel.people.actions.sources import BY_HAND, Told
from xiangyun.kernel.people.models import Change, Membership, Resident, Source
from xiangyun.kernel.people.queries import digests, facts, visible
from xiangyun.kernel.people.rules import entry, groups, names
from xiangyun.kernel.people.rules.abilities import EDIT_PERSON, SEE_PERSON
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed
from xiangyun.kernel.vault.queries import SealingRing

KNOWN = ("document", "id_no", "sex", "born_on")


@transaction.atomic
def change_resident(
    *, resident_id: UUID, facts_told: Mapping[str, Any], version: int, told: Told = BY_HAND, by: Actor, at: datetime
) -> Resident:
    """Facts of a person changed; what stands already is not written again, and nothing at all if all of it stands.

    Refuses: NotFound, Conflict (changed meanwhile; an ID number somebody else has), BadInput, WrongState (erased);
    where the name of somebody protected is bared, NotAllowed and TooMany as where it is opened.
    """
    rows = visible.residents(by, EDIT_PERSON).select_for_update(of=("self",))
    resident = rows.select_related(*(f"{group}_source" for group in groups.OF_RESIDENT)).pick(resident_id)
    if resident.erased_at:
        raise WrongState("people.erased")
    sources.must_be_version(resident, version)
    judged = checked(facts_told, resident, at=at)
    changes = differing(resident, judged)
    if not changes:
        return resident
    must_be_free(changes.get("id_no"), resident.area_path, by=by, but=resident.pk)
    if changes.get("is_protected") is False:
        # Their name stands open from now on: whoever may not open it does not bare it.
        by.must(REVEAL, resident.area_path)
        audit.reveal(
            field="name", reason="check", by=by, object=("resident", resident.pk), area=resident.area_path, at=at
        )
    source = sources.write(told, area=resident.area_path, by=by, at=at)
    ring = vault.sealing_ring(resident.area_path, at=at)
    Change.objects.bulk_create(rewrite(resident, changes, source=source, ring=ring, act=EDIT_PERSON, at=at))
    resident.save()
    sources.record(EDIT_PERSON, resident, by=by, at=at, fields=sorted(changes))
    return resident


def checked(
    facts_told: Mapping[str, Any], resident: Resident | None, *, at: datetime, inside: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What is told of a person, judged. Refuses: BadInput with every fault at its field."""
    known: dict[str, Any] = {"document": "111"}
    if resident and set(KNOWN) & set(facts_told):
        known = {name: facts.of_resident(resident, name) for name in KNOWN}
    judged, faults = entry.person(facts_told, known, timezone.localdate(at))
    sources.must_be_fit(faults, *inside)
    if judged.get("health") is not None:
        stands = facts.of_resident(resident, "health") if resident else None
        judged["health"] = entry.health(stands, judged["health"])
    return judged


def differing(resident: Resident, judged: Mapping[str, Any]) -> dict[str, Any]:
    """Those facts that are not what stands already."""
    return {
        name: value
        for name, value in judged.items()
        if facts.plain(value) != facts.plain(facts.of_resident(resident, name))
    }


def new_resident(
    judged: Mapping[str, Any], *, area: str, source: Source, ring: SealingRing, at: datetime, pk: UUID | None = None
) -> Resident:
    """A person not yet written, with the facts that were told."""
    resident = Resident(pk=pk or ids.uuid7(), area_path=area, created_at=at, changed_at=at)
    begin(resident, judged, source=source, ring=ring)
    return resident


def begin(resident: Resident, judged: Mapping[str, Any], *, source: Source, ring: SealingRing) -> None:
    """Put the first facts into an empty row: each group that says something has this source."""
    put(resident, judged, ring)
    resident.identity_source_id = source.pk
    for group, members in groups.OF_RESIDENT.items():
        if any(judged.get(name) for name in members):
            setattr(resident, f"{group}_source_id", source.pk)


def rewrite(
    resident: Resident, changes: Mapping[str, Any], *, source: Source, ring: SealingRing, act: str, at: datetime
) -> list[Change]:
    """Put changed facts into the row (which the caller saves) and return what is kept of the former ones, a group
    each."""
    before = {name: facts.of_resident(resident, name) for name in changes}
    put(resident, changes, ring)
    resident.version += 1
    resident.changed_at = at
    kept = []
    for group, members in groups.OF_RESIDENT.items():
        was = {name: before[name] for name in members if name in changes}
        if was:
            former = getattr(resident, f"{group}_source")
            setattr(resident, f"{group}_source", source)
            kept.append(sources.changed(resident, was, act=act, source=source, former=former, ring=ring, at=at))
    return kept


def put(resident: Resident, changes: Mapping[str, Any], ring: SealingRing) -> None:
    """Write facts into the row: what is personal sealed at its place, with what finds it again."""
    name = changes.get("name") or (facts.of_resident(resident, "name") if "is_protected" in changes else None)
    for fact, value in changes.items():
        if fact in ("id_no", "phone", "bank_card", "health"):
            _seal(resident, fact, value, ring)
        elif fact != "name":
            setattr(resident, fact, value)
    if name:
        _put_name(resident, name, ring)


def _seal(resident: Resident, fact: str, value: Any, ring: SealingRing) -> None:
    column = f"{fact}_sealed"
    text = json.dumps(value, ensure_ascii=False) if fact == "health" and value else value
    setattr(resident, column, ring.seal(text, "people_resident", column, resident.pk) if text else None)
    if fact in ("id_no", "phone"):
        setattr(resident, f"{fact}_index", ring.index(fact, text) if text else None)


def _put_name(resident: Resident, name: str, ring: SealingRing) -> None:
    resident.name_keys = digests.name_keys(ring, name, is_protected=resident.is_protected)
    if resident.is_protected:
        resident.name_sealed = ring.seal(name, "people_resident", "name_sealed", resident.pk)
        resident.name = resident.sort_key = ""
    else:
        resident.name_sealed = None
        resident.name, resident.sort_key = name, names.sort_key(name)


def with_number(number: str, area: str) -> Resident | None:
    """Who of the town has this ID number."""
    sought = sealed.ring(area).sought("id_no", number)
    return Resident.objects.filter(id_no_index__in=sought, merged_into=None).first()


def must_be_free(number: str | None, area: str, *, by: Actor, but: UUID | None = None) -> None:
    """Refuses: Conflict where somebody else of the town has this ID number; says where, if the reader may know."""
    other = with_number(number, area) if number else None
    if other is None or other.pk == but:
        return
    if visible.residents(by, SEE_PERSON).filter(pk=other.pk).first() is None:
        raise Conflict("people.id_known_elsewhere")
    stay = Membership.objects.filter(resident=other).select_related("household").order_by("-from_on").first()
    extra: dict[str, Any] = {"resident": str(other.pk), "household": None}
    if stay:
        extra["household"] = {"id": str(stay.household_id), "number": stay.household.number}
    raise Conflict("people.id_known", extra=extra, number=stay.household.number if stay else "—")
