"""A table of people with their homes comes in: found again by ID number, else by home, name and birth date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

from xiangyun.base.sheets import Applied, Row
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import residents
from xiangyun.kernel.people.actions.imports import ledger as ledgers
from xiangyun.kernel.people.actions.imports.copying import Fresh, copier
from xiangyun.kernel.people.actions.imports.homes import Homes
from xiangyun.kernel.people.actions.imports.ledger import ACT, Ledger, LeftOut, Progress
from xiangyun.kernel.people.models import Household, Membership, Resident, Source
from xiangyun.kernel.people.queries import facts, fields
from xiangyun.kernel.people.rules import entry, groups, kin
from xiangyun.kernel.people.rules.abilities import EDIT_PERSON
from xiangyun.kernel.vault import queries as sealed

FACTS = tuple(name for name in groups.RESIDENT_FACTS if name not in ("is_protected", "health"))
WRITTEN = tuple(
    one.attname
    for one in Resident._meta.concrete_fields
    if one.attname not in ("id", "area_path", "created_at", "died_on", "merged_into_id", "erased_at")
)

Named = tuple[UUID, str]


def apply(
    batches: Iterator[Sequence[Row]], *, import_id: UUID, area: str, by: Actor, at: datetime, progress: Progress
) -> Applied:
    """Write people and the homes they live in. Refuses: Conflict (the recovery sheet), NotAllowed."""
    ledger = ledgers.opened(import_id=import_id, area=area, by=by, at=at, ability=EDIT_PERSON)
    with copier() as beside:
        homes = Homes(ledger, beside)
        for rows in ledgers.in_turn(batches, progress):
            _Batch(ledger, homes).write(rows)
    return ledger.done()


@dataclass
class _Line:
    """One row that can be read: where it belongs and what it says of somebody."""

    row: Row
    place: tuple[str, str]
    facts: dict[str, Any]
    sought: list[bytes] = field(default_factory=list)

    @property
    def relation(self) -> str:
        return str(self.row.values.get("relation") or kin.OTHER)


@dataclass
class _Batch:
    """Rows that are written together: read once, matched in memory, written once."""

    ledger: Ledger
    homes: Homes
    by_number: dict[bytes, Resident] = field(default_factory=dict)
    by_name: dict[Named, list[Resident]] = field(default_factory=dict)
    home_of: dict[UUID, UUID] = field(default_factory=dict)
    heads: dict[UUID, UUID] = field(default_factory=dict)
    new: dict[UUID, Resident] = field(default_factory=dict)
    changed: list[Resident] = field(default_factory=list)
    stays: list[Fresh] = field(default_factory=list)

    def write(self, rows: Sequence[Row]) -> None:
        lines = [line for row in rows if (line := self.ledger.tried(row, self._read))]
        self.homes.find(line.place for line in lines)
        self._find(lines)
        for line in lines:
            self.ledger.tried(line.row, partial(self._place, line=line))
        beside = self.homes.copier
        self.homes.write()
        beside.insert(list(self.new.values()))
        beside.insert(self.stays)
        beside.insert(self.ledger.changes)
        self.ledger.changes.clear()
        if self.changed:
            beside.wait()
            Resident.objects.bulk_update(self.changed, WRITTEN, batch_size=ledgers.AT_ONCE)

    def _read(self, row: Row) -> _Line:
        ledger = self.ledger
        place = ledger.place(row)
        told = ledgers.told(row, FACTS)
        if not told.get("name"):
            raise LeftOut("people.fact_missing", "name")
        judged, faults = entry.person(told, {"document": "111"}, ledger.on)
        ledger.must_be_fit(faults)
        return _Line(row, place, judged)

    def _find(self, lines: Sequence[_Line]) -> None:
        """Everybody these rows may mean. Each query goes by one index: inside a long import no table has statistics,
        and what is joined is joined the slow way."""
        ring = sealed.ring(self.ledger.area)
        for line in lines:
            if line.facts.get("id_no"):
                line.sought = ring.sought("id_no", line.facts["id_no"])
        sought = [index for line in lines for index in line.sought]
        found = {one.pk: one for one in Resident.objects.filter(id_no_index__in=sought, merged_into=None)}
        stays = list(Membership.objects.filter(household__in=self.homes.known_ids(), until_on=None))
        missing = [stay.resident_id for stay in stays if stay.resident_id not in found]
        found |= {one.pk: one for one in Resident.objects.filter(pk__in=missing)}
        self._say_sources(found.values())
        for one in found.values():
            if one.id_no_index is not None:
                self.by_number[bytes(one.id_no_index)] = one
        for stay in stays:
            one = found[stay.resident_id]
            self.home_of[one.pk] = stay.household_id
            if stay.is_head:
                self.heads[stay.household_id] = one.pk
            self._named(stay.household_id, fields.plain(one, "name") or "", one)
        others = [pk for pk in found if pk not in self.home_of]
        elsewhere = Membership.objects.filter(resident__in=others, until_on=None).values_list("resident", "household")
        self.home_of.update(dict(elsewhere))

    def _say_sources(self, people: Iterable[Resident]) -> None:
        """Give each person the sources of their facts, so that none is asked for on its own."""
        columns = [f"{group}_source" for group in groups.OF_RESIDENT]
        everyone = list(people)
        asked = {getattr(one, f"{column}_id") for one in everyone for column in columns} - {None}
        known = {one.pk: one for one in Source.objects.filter(pk__in=asked)}
        for one in everyone:
            for column in columns:
                pk = getattr(one, f"{column}_id")
                if pk is not None:
                    setattr(one, column, known[pk])

    def _named(self, home: UUID, name: str, one: Resident) -> None:
        self.by_name.setdefault((home, name), []).append(one)

    def _place(self, _: Row, line: _Line) -> None:
        home = self.homes.get(line.place)
        known = self._known(line, home)
        if known is None:
            self._come(line, home or self.homes.make(line.place, line.row))
        elif known.pk in self.new:
            raise LeftOut("people.row_twice")
        else:
            self._renew(line, known, home)

    def _known(self, line: _Line, home: Household | None) -> Resident | None:
        for index in line.sought:
            if index in self.by_number:
                return self.by_number[index]
        if home is None:
            return None
        born_on = line.facts.get("born_on")
        same = [
            one
            for one in self.by_name.get((home.pk, line.facts["name"]), ())
            # Somebody with another number or birth date is somebody else of the same name.
            if not (line.sought and one.id_no_index is not None) and (not born_on or one.born_on in (None, born_on))
        ]
        return same[0] if len(same) == 1 or (same and same[0].born_on == born_on) else None

    def _come(self, line: _Line, home: Household) -> None:
        ledger = self.ledger
        is_head = line.relation in kin.HEADS
        if is_head and home.pk in self.heads:
            raise LeftOut("people.has_head", "relation")
        one = cast("Resident", Fresh(Resident, area_path=home.area_path, created_at=ledger.at, changed_at=ledger.at))
        residents.begin(one, line.facts, source=ledger.source, ring=ledger.ring)
        self.new[one.pk] = one
        self.stays.append(
            Fresh(
                Membership,
                area_path=home.area_path,
                household_id=home.pk,
                resident_id=one.pk,
                relation=line.relation,
                is_head=is_head,
                from_on=line.row.values.get("from_on") or ledger.on,
                began_by="register",
                source_id=ledger.source.pk,
            )
        )
        if is_head:
            self.heads[home.pk] = one.pk
        if one.id_no_index:
            self.by_number[bytes(one.id_no_index)] = one
        self._named(home.pk, line.facts["name"], one)
        self.home_of[one.pk] = home.pk
        ledger.made += 1

    def _renew(self, line: _Line, one: Resident, home: Household | None) -> None:
        ledger = self.ledger
        if one.died_on:
            raise LeftOut("people.is_dead")
        if home is None or self.home_of.get(one.pk) != home.pk:
            raise LeftOut("people.lives_in_another", "household")
        changes = {
            name: value
            for name, value in line.facts.items()
            if value not in (None, "", []) and facts.plain(value) != facts.plain(facts.of_resident(one, name))
        }
        # A paper is told only together with its number.
        if "document" in changes and "document" not in line.row.values:
            del changes["document"]
        if not changes:
            ledger.unchanged += 1
            return
        ledger.changes += residents.rewrite(one, changes, source=ledger.source, ring=ledger.ring, act=ACT, at=ledger.at)
        self.changed.append(one)
        ledger.changed += 1
