"""A table of land comes in: found again by its code, else by home and name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from xiangyun.base.sheets import Applied, Row
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import sources
from xiangyun.kernel.people.actions.imports import ledger as ledgers
from xiangyun.kernel.people.actions.imports.copying import copier
from xiangyun.kernel.people.actions.imports.homes import Homes
from xiangyun.kernel.people.actions.imports.ledger import ACT, Ledger, LeftOut, Place, Progress
from xiangyun.kernel.people.models import Household, Plot
from xiangyun.kernel.people.queries import facts
from xiangyun.kernel.people.rules import entry, groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME

WRITTEN = (*groups.PLOT_FACTS, "source", "version")
CONTRACT = ("contract_from", "contract_until")


def apply(
    batches: Iterator[Sequence[Row]], *, import_id: UUID, area: str, by: Actor, at: datetime, progress: Progress
) -> Applied:
    """Write land of homes that stand. Refuses: Conflict (the recovery sheet), NotAllowed."""
    ledger = ledgers.opened(import_id=import_id, area=area, by=by, at=at, ability=EDIT_HOME)
    with copier() as beside:
        homes = Homes(ledger, beside)
        for rows in ledgers.in_turn(batches, progress):
            _Batch(ledger, homes).write(rows)
    return ledger.done()


class _Batch:
    """Land that is written together."""

    def __init__(self, ledger: Ledger, homes: Homes) -> None:
        self.ledger = ledger
        self.homes = homes
        self.by_code: dict[tuple[str, str], Plot] = {}
        self.by_name: dict[tuple[UUID, str], Plot] = {}
        self.new: list[Plot] = []
        self.changed: dict[UUID, Plot] = {}

    def write(self, rows: Sequence[Row]) -> None:
        ledger = self.ledger
        placed = [(row, place) for row in rows if (place := ledger.tried(row, ledger.place))]
        self.homes.find(place for _, place in placed)
        self._find({village for _, (village, _) in placed}, {str(row.values.get("code") or "") for row, _ in placed})
        for row, place in placed:
            ledger.tried(row, partial(self._place, place=place))
        beside = self.homes.copier
        beside.insert(self.new)
        beside.insert(ledger.changes)
        ledger.changes.clear()
        if self.changed:
            beside.wait()
            Plot.objects.bulk_update(self.changed.values(), WRITTEN, batch_size=ledgers.AT_ONCE)

    def _find(self, villages: set[str], codes: set[str]) -> None:
        own = Plot.objects.filter(household__in=self.homes.known_ids(), closed_on=None, code="")
        self.by_name = {(plot.household_id, plot.name): plot for plot in own.select_related("source")}
        coded = Plot.objects.filter(area_path__in=villages, code__in=codes - {""}, closed_on=None)
        self.by_code = {(plot.area_path, plot.code): plot for plot in coded.select_related("source")}

    def _place(self, row: Row, place: Place) -> None:
        home = self.homes.get(place)
        if home is None:
            raise LeftOut("people.no_such_home", "household")
        code, name = (str(row.values.get(column) or "") for column in ("code", "name"))
        plot = self.by_code.get((home.area_path, code)) if code else self.by_name.get((home.pk, name))
        if plot is None:
            plot = _made(row, home, self.ledger)
            self.new.append(plot)
            if code:
                self.by_code[home.area_path, code] = plot
            else:
                self.by_name[home.pk, name] = plot
            self.ledger.made += 1
        elif plot._state.adding or plot.pk in self.changed:
            raise LeftOut("people.row_twice")
        elif plot.household_id != home.pk:
            raise LeftOut("people.plot_elsewhere", "code")
        elif _renew(plot, row, self.ledger):
            self.changed[plot.pk] = plot
            self.ledger.changed += 1
        else:
            self.ledger.unchanged += 1


def _judged(row: Row, known: dict[str, Any], ledger: Ledger) -> dict[str, Any]:
    found, faults = entry.plot(ledgers.told(row, groups.PLOT_FACTS), known, ledger.on)
    ledger.must_be_fit(faults)
    return found


def _made(row: Row, home: Household, ledger: Ledger) -> Plot:
    if row.values.get("size_mu") is None:
        raise LeftOut("people.fact_missing", "size_mu")
    plot = Plot(area_path=home.area_path, household=home, source=ledger.source, created_at=ledger.at)
    for fact, value in _judged(row, {}, ledger).items():
        setattr(plot, fact, value)
    return plot


def _renew(plot: Plot, row: Row, ledger: Ledger) -> bool:
    judged = _judged(row, {name: getattr(plot, name) for name in CONTRACT}, ledger)
    before = {
        name: getattr(plot, name)
        for name, value in judged.items()
        if facts.plain(value) != facts.plain(getattr(plot, name))
    }
    if not before:
        return False
    for name in before:
        setattr(plot, name, judged[name])
    former, plot.source = plot.source, ledger.source
    plot.version += 1
    ledger.changes.append(
        sources.changed(plot, before, act=ACT, source=ledger.source, former=former, ring=ledger.ring, at=ledger.at)
    )
    return True
