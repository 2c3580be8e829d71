"""An import is taken back: what it made goes, what it changed is as before, what somebody touched since stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from xiangyun.base.errors import NotFound
from xiangyun.base.sheets import Undone
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.people.actions import residents, sources
from xiangyun.kernel.people.actions.imports.ledger import AT_ONCE, UNDO
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
from xiangyun.kernel.people.queries import facts, past
from xiangyun.kernel.people.rules import groups
from xiangyun.kernel.people.rules.abilities import EDIT_HOME
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault.queries import SealingRing

# What hangs on a person: whoever has any of it was touched since.
OF_SOMEBODY: tuple[type[models.Model], ...] = (Mark, OwnRecord, Consent, PersonRequest)
ROWS: dict[str, type[models.Model]] = {"resident": Resident, "household": Household, "plot": Plot}


@transaction.atomic
def undo(import_id: UUID, *, area: str, by: Actor, at: datetime) -> Undone:
    """Take an import back. Refuses: NotFound (no such import here), NotAllowed."""
    by.must(EDIT_HOME, area)
    source = Source.objects.in_area(area).filter(import_id=import_id).first()
    if source is None:
        raise NotFound
    removed, kept = 0, 0
    for gone, stays in (_people(source), _plots(source), _homes(source)):
        removed += gone
        kept += stays
    restored, touched = _restore(source, at)
    counts = {"removed": removed, "restored": restored, "kept": kept + touched}
    audit.record(act=UNDO, by=by, object=("import", import_id), area=area, at=at, detail=counts)
    return Undone(**counts)


def _people(source: Source) -> tuple[int, int]:
    """People the import made who are as it made them, with their stays."""
    made = Resident.objects.filter(identity_source=source, created_at=source.entered_at)
    stays = Membership.objects.filter(source=source, resident__created_at=source.entered_at)
    all_made = set(stays.values_list("resident", flat=True)) | set(made.values_list("pk", flat=True))
    gone = set(made.filter(_untouched(source)).values_list("pk", flat=True))
    for some in _slices(gone):
        Membership.objects.filter(resident__in=some).delete()
        Resident.objects.filter(pk__in=some).delete()
    return len(gone), len(all_made - gone)


def _untouched(source: Source) -> Q:
    """Nobody has said, seen to or changed anything of these people since."""
    their = {"resident": OuterRef("pk")}
    stays = Membership.objects.filter(**their)
    written = Change.objects.filter(subject_id=OuterRef("pk"))
    touched: list[QuerySet[Any]] = [model._default_manager.filter(**their) for model in OF_SOMEBODY]
    touched += [
        stays.filter(~Q(source=source) | ~Q(until_on=None)),
        stays.filter(Exists(written)),
        Merge.objects.filter(kept_id=OuterRef("pk")),
    ]
    return Q(*(~Exists(rows) for rows in touched), version=1, merged_into=None, died_on=None)


def _plots(source: Source) -> tuple[int, int]:
    made = Plot.objects.filter(created_at=source.entered_at).filter(
        Q(source=source)
        | Q(pk__in=Change.objects.filter(former_source=source, subject_kind="plot").values("subject_id"))
    )
    total = made.count()
    gone, _ = made.filter(source=source, version=1, closed_on=None).delete()
    return gone, total - gone


def _homes(source: Source) -> tuple[int, int]:
    """Homes the import made in which nothing stands any more."""
    changed = Change.objects.filter(former_source=source, subject_kind="household").values("subject_id")
    made = Household.objects.filter(created_at=source.entered_at).filter(Q(home_source=source) | Q(pk__in=changed))
    total = made.count()
    fresh = made.filter(home_source=source, version=1, checked_at=F("created_at"), merged_into=None, closed_on=None)
    for model in (Membership, Plot, Income):
        rows: Any = model._default_manager
        fresh = fresh.filter(~Exists(rows.filter(household=OuterRef("pk"))))
    gone = set(fresh.values_list("pk", flat=True))
    for some in _slices(gone):
        Household.objects.filter(pk__in=some).delete()
    return len(gone), total - len(gone)


def _restore(source: Source, at: datetime) -> tuple[int, int]:
    """Rows the import changed get back what stood there, unless somebody changed them since; that is kept too."""
    ring = vault.sealing_ring(source.area_path, at=at)
    by_row: dict[tuple[str, UUID], list[Change]] = {}
    for change in Change.objects.filter(source=source).select_related("former_source").order_by("at", "pk"):
        by_row.setdefault((change.subject_kind, change.subject_id), []).append(change)
    restored, touched = 0, 0
    for (kind, pk), changes in by_row.items():
        rows: Any = ROWS[kind]._default_manager
        row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or row.version != changes[-1].version:
            touched += 1
            continue
        kept = [kept for change in changes for kept in _put_back(row, change, source, ring, at)]
        Change.objects.bulk_create(kept)
        row.save()
        restored += 1
    return restored, touched


def _put_back(row: Any, change: Change, source: Source, ring: SealingRing, at: datetime) -> list[Change]:
    before = {name: past.typed(name, value) for name, value in past.before(change).items()}
    former = change.former_source
    if isinstance(row, Resident):
        kept = residents.rewrite(row, before, source=former or source, ring=ring, act=UNDO, at=at)
        if former is None:
            group = next(name for name, members in groups.OF_RESIDENT.items() if set(before) & set(members))
            setattr(row, f"{group}_source", None)
        return kept
    is_home = isinstance(row, Household)
    now = {name: _now(row, name) for name in before}
    for name, value in before.items():
        if is_home:
            past.put_home(row, name, value)
        else:
            setattr(row, name, value)
    setattr(row, "home_source" if is_home else "source", former or source)
    row.version += 1
    return [sources.changed(row, now, act=UNDO, source=former or source, former=source, ring=ring, at=at)]


def _now(row: Any, name: str) -> Any:
    return facts.of_home(row, name) if isinstance(row, Household) else getattr(row, name)


def _slices(pks: Iterable[UUID]) -> Iterable[list[UUID]]:
    every = list(pks)
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))
