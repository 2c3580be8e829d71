"""What every import keeps: where rows lie, what was made and changed, which rows were left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone

from xiangyun.base.sheets import Applied, Fault, Row
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Change, Source
from xiangyun.kernel.people.rules import entry
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed
from xiangyun.kernel.vault.queries import SealingRing

T = TypeVar("T")
Place = tuple[str, str]
Progress = Callable[[int], None]
AT_ONCE = 1000

ACT, UNDO = "people.import_rows", "people.undo_import"


class LeftOut(Exception):
    """A row cannot be written; the others can. `code` names the sentence."""

    def __init__(self, code: str, column: str | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.column = column
        self.params = params


@dataclass
class Ledger:
    """One import: its source, its day, and the count of what it did."""

    import_id: UUID
    area: str
    by: Actor
    at: datetime
    on: date
    source: Source
    ring: SealingRing
    ability: str
    places: Mapping[str, str] = field(default_factory=dict)
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def tried(self, row: Row, write: Callable[[Row], T]) -> T | None:
        """Do something with a row; where it is left out, say so and give None."""
        try:
            return write(row)
        except LeftOut as left:
            self.faults.append(Fault(row.number, left.code, left.column, left.params))
            return None

    def place(self, row: Row) -> Place:
        """Village and number of the home of a row. Refuses: LeftOut."""
        number = row.values.get("household")
        if not number:
            raise LeftOut("people.fact_missing", "household")
        return self.village(row), str(number)

    def must_be_fit(self, faults: Iterable[entry.Fault]) -> None:
        """Refuses: LeftOut at the first fault; a row is told one fault at a time."""
        for one in faults:
            raise LeftOut(one.code, one.fact, **one.params)

    def village(self, row: Row) -> str:
        """The village of a row: named in it, or the one the import is for. Refuses: LeftOut."""
        named = row.values.get("village")
        if named is None:
            if self.places.get(self.area) != self.area:
                raise LeftOut("people.no_village", "village")
            return self.area
        path = self.places.get(str(named))
        if path is None:
            raise LeftOut("people.no_such_village", "village")
        return path

    def done(self) -> Applied:
        """Write the import into the audit and give back the count."""
        counts = {"made": self.made, "changed": self.changed, "unchanged": self.unchanged, "left_out": len(self.faults)}
        audit.record(act=ACT, by=self.by, object=("import", self.import_id), area=self.area, at=self.at, detail=counts)
        return Applied(self.made, self.changed, self.unchanged, tuple(sorted(self.faults, key=lambda fault: fault.row)))


def opened(*, import_id: UUID, area: str, by: Actor, at: datetime, ability: str) -> Ledger:
    """A ledger with the one source of this import. Refuses: Conflict (the recovery sheet), NotAllowed."""
    sealed.must_be_confirmed()
    by.must(ability, area)
    on = timezone.localdate(at)
    source = Source.objects.create(
        area_path=area,
        kind="import",
        as_of=on,
        entered_by=by.account_id,
        entered_name=by.name,
        entered_at=at,
        import_id=import_id,
    )
    return Ledger(import_id, area, by, at, on, source, vault.sealing_ring(area, at=at), ability, villages(area))


def in_turn(batches: Iterator[Sequence[Row]], progress: Progress) -> Iterator[Sequence[Row]]:
    """The rows that are written together, one lot after the other; says after each how many are done."""
    done = 0
    for batch in batches:
        for start in range(0, len(batch), AT_ONCE):
            rows = batch[start : start + AT_ONCE]
            yield rows
            done += len(rows)
            progress(done)


def villages(area: str) -> dict[str, str]:
    """Every way a village of an area is written → its path: its names, its code, the path itself."""
    found: dict[str, str] = {}
    for place in org.valid().in_area(area).filter(level="village"):
        for name in (place.path, place.code, place.full_name, place.name, place.name.removesuffix("村")):
            found.setdefault(name, place.path)
    return found


def parts(village: str) -> dict[str, str]:
    """Name of a group or grid of a village, with and without the village in front → its path."""
    places = list(org.valid().in_area(village))
    own = next((place.name for place in places if place.path == village), "")
    found: dict[str, str] = {}
    for place in places:
        if place.path != village:
            for name in (place.path, place.name, place.name.removeprefix(own)):
                found.setdefault(name, place.path)
    return found


def told(row: Row, names: Iterable[str]) -> dict[str, Any]:
    """The facts a row says; an empty cell says nothing."""
    return {name: row.values[name] for name in names if row.values.get(name) is not None}
