"""A table of homes comes in: found again by number in their village."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

from xiangyun.base.sheets import Applied, Row
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import sources
from xiangyun.kernel.people.actions.imports import ledger as ledgers
from xiangyun.kernel.people.actions.imports.copying import Copier, Fresh, copier
from xiangyun.kernel.people.actions.imports.ledger import ACT, Ledger, LeftOut, Place, Progress
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.queries import facts, past
from xiangyun.kernel.people.rules import entry, groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME

# What a table of homes may say; one of people says the first three.
OF_PEOPLE = ("kind", "address", "group")
FACTS = tuple(name for name in groups.HOME_FACTS if name not in ("number", "point"))
COLUMNS = ("kind", "address", "group_path", "grid_path", "lon", "lat", *FACTS[4:])
RENEWED = ("home_source", "version", "changed_at", "checked_at")


class Homes:
    """Homes by village and number: those that stand, and those an import makes."""

    def __init__(self, ledger: Ledger, copier: Copier) -> None:
        self.ledger = ledger
        self.copier = copier
        self._known: dict[Place, Household] = {}
        self._new: list[Household] = []
        self._parts: dict[str, dict[str, str]] = {}

    def find(self, places: Iterable[Place]) -> None:
        """Look up the homes of the next rows, in one query, once those before them are written."""
        self.copier.wait()
        asked = set(places)
        self._known = {}
        rows = Household.objects.filter(
            area_path__in={village for village, _ in asked}, number__in={number for _, number in asked}, closed_on=None
        )
        for home in rows.select_related("home_source"):
            self._known[home.area_path, home.number] = home

    def known_ids(self) -> list[UUID]:
        """Those found."""
        return [home.pk for home in self._known.values()]

    def get(self, place: Place) -> Household | None:
        """The home at a place, if there is one."""
        return self._known.get(place)

    def make(self, place: Place, row: Row, names: Sequence[str] = OF_PEOPLE) -> Household:
        """A home that `write` will write. Refuses: LeftOut."""
        ledger = self.ledger
        village, number = place
        home = cast(
            "Household",
            Fresh(
                Household,
                area_path=village,
                number=number,
                home_source_id=ledger.source.pk,
                checked_at=ledger.at,
                created_at=ledger.at,
                changed_at=ledger.at,
            ),
        )
        for fact, value in self.judged(village, row, names).items():
            past.put_home(home, fact, value)
        self._known[place] = home
        self._new.append(home)
        return home

    def judged(self, village: str, row: Row, names: Sequence[str]) -> dict[str, Any]:
        """What a row says of a home; groups and grids by their names. Refuses: LeftOut."""
        told = ledgers.told(row, names)
        for fact in ("group", "grid"):
            if fact in told:
                told[fact] = self._part(village, str(told[fact]), fact)
        lon, lat = row.values.get("lon"), row.values.get("lat")
        if "grid" in names and lon is not None and lat is not None:
            told["point"] = (lon, lat)
        found, faults = entry.home(told, self.ledger.on)
        self.ledger.must_be_fit(faults)
        return found

    def is_new(self, home: Household) -> bool:
        """Whether an earlier row of this batch made it."""
        return isinstance(home, Fresh)

    def write(self) -> None:
        """Write the new ones."""
        self.copier.insert(self._new)
        self._new = []

    def _part(self, village: str, name: str, fact: str) -> str:
        if village not in self._parts:
            self._parts[village] = ledgers.parts(village)
        path = self._parts[village].get(name)
        if path is None:
            raise LeftOut("people.no_such_part", fact)
        return path


def apply(
    batches: Iterator[Sequence[Row]], *, import_id: UUID, area: str, by: Actor, at: datetime, progress: Progress
) -> Applied:
    """Write homes. Refuses: Conflict (the recovery sheet), NotAllowed."""
    ledger = ledgers.opened(import_id=import_id, area=area, by=by, at=at, ability=EDIT_HOME)
    with copier() as beside:
        homes = Homes(ledger, beside)
        for rows in ledgers.in_turn(batches, progress):
            _write(rows, ledger, homes)
    return ledger.done()


def _write(rows: Sequence[Row], ledger: Ledger, homes: Homes) -> None:
    placed = [(row, place) for row in rows if (place := ledger.tried(row, ledger.place))]
    homes.find(place for _, place in placed)
    changed: dict[Place, Household] = {}

    def write(row: Row, place: Place) -> None:
        home = homes.get(place)
        if home is None:
            homes.make(place, row, FACTS)
            ledger.made += 1
        elif homes.is_new(home) or place in changed:
            raise LeftOut("people.row_twice")
        elif _renew(home, homes.judged(place[0], row, FACTS), ledger):
            changed[place] = home
            ledger.changed += 1
        else:
            ledger.unchanged += 1

    for row, place in placed:
        ledger.tried(row, partial(write, place=place))
    homes.write()
    homes.copier.insert(ledger.changes)
    ledger.changes.clear()
    if changed:
        homes.copier.wait()
        Household.objects.bulk_update(changed.values(), (*COLUMNS, *RENEWED), batch_size=ledgers.AT_ONCE)


def _renew(home: Household, judged: dict[str, Any], ledger: Ledger) -> bool:
    before = {
        name: facts.of_home(home, name)
        for name, value in judged.items()
        if facts.plain(value) != facts.plain(facts.of_home(home, name))
    }
    if not before:
        return False
    for name in before:
        past.put_home(home, name, judged[name])
    former, home.home_source = home.home_source, ledger.source
    home.version += 1
    home.changed_at = home.checked_at = ledger.at
    ledger.changes.append(
        sources.changed(home, before, act=ACT, source=ledger.source, former=former, ring=ledger.ring, at=ledger.at)
    )
    return True
