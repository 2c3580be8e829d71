"""Somebody visits a home; a town says how often; what was missed is told to who can help out."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, Conflict
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.workflow import queries as workflow
from xiangyun.modules.grid.actions import reports
from xiangyun.modules.grid.models import MissedVisit, Visit, VisitInterval
from xiangyun.modules.grid.queries import reports as report_queries
from xiangyun.modules.grid.queries import visits as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import visits as rules
from xiangyun.modules.grid.rules.visits import VisitKind, VisitOutcome

MISSED = "grid.visits_missed"


@transaction.atomic
def visit(
    *,
    visit_id: UUID,
    household_id: UUID,
    outcome: VisitOutcome,
    visited_at: datetime,
    by: Actor,
    at: datetime,
    note: str = "",
) -> Visit:
    """Somebody came for the census. What changed is told as facts of the home and its people, not here.

    Refuses: NotFound (not a home they visit).
    """
    home = queries.homes_of(by).pick(household_id)
    row = _visit(visit_id, home, VisitKind.CENSUS, outcome, visited_at=visited_at, by=by, at=at)
    return _kept(row, {"note": note.strip()}, by=by, at=at)


@transaction.atomic
def care_visit(  # noqa: PLR0913 -- one keyword an answer
    *,
    visit_id: UUID,
    household_id: UUID,
    outcome: VisitOutcome,
    visited_at: datetime,
    by: Actor,
    at: datetime,
    note: str = "",
    help_needed: str = "",
    call_back_on: date | None = None,
) -> Visit:
    """Somebody asked after people in special care. What they need that the visitor cannot give becomes a sealed report.

    Refuses: NotFound (not a home they visit), BadInput (a day to call back that is not ahead).
    """
    home = queries.homes_of(by).pick(household_id)
    came_on = timezone.localdate(visited_at)
    if call_back_on is not None and not came_on < call_back_on <= came_on + rules.CALL_BACK_WITHIN:
        raise _wrong("grid.call_back_ahead", "call_back_on")
    row = _visit(visit_id, home, VisitKind.CARE, outcome, visited_at=visited_at, by=by, at=at)
    row.call_back_on = call_back_on
    told: dict[str, Any] = {"note": note.strip()}
    if help_needed.strip():
        report = reports.make_report(category=rules.HELP, words=help_needed.strip(), household_id=home.pk, by=by, at=at)
        told |= {"help": help_needed.strip(), "report": report.pk}
    return _kept(row, told, by=by, at=at)


@transaction.atomic
def set_interval(
    *,
    kind: str,
    days: int | None,
    valid_from: date,
    source: str,
    by: Actor,
    at: datetime,
    valid_until: date | None = None,
) -> VisitInterval:
    """How often homes of a kind of special care are asked after from a day on.

    Refuses: NotAllowed, Conflict (said for that day already), BadInput (no such kind, or one that is not open to
    everybody who visits; ends before it begins).
    """
    town = paths.town_of(by.scope) or by.scope
    by.must(may.SET_INTERVALS, town)
    if kind not in queries.open_kinds(valid_from):
        raise _wrong("grid.no_such_care", "kind")
    if valid_until is not None and valid_until < valid_from:
        raise _wrong("grid.ends_before", "valid_until")
    row = VisitInterval(area_path=town, kind=kind, days=days, valid_from=valid_from, valid_until=valid_until)
    row.source, row.set_by_id, row.set_at = source, by.account_id, at  # type: ignore[assignment]
    VisitInterval.objects.bulk_create([row], ignore_conflicts=True)
    if not VisitInterval.objects.filter(pk=row.pk).exists():
        raise Conflict("grid.said_that_day")
    detail = {"kind": kind, "days": days, "valid_from": valid_from.isoformat()}
    audit.record(act=may.SET_INTERVALS, by=by, object=("visit_interval", row.pk), area=town, at=at, detail=detail)
    return row


@transaction.atomic
def tell_missed(*, town: str, at: datetime) -> int:
    """Homes in special care that nobody asked after in time: who stands in for the grid's worker is told, else the
    village's secretary, how many there are in which grid; each home once for each day it was due. Returns how many.

    No name goes out, neither of who lives there nor of who did not come.
    """
    today = timezone.localdate(at)
    homes = visible.households_in([town]).filter(closed_on=None)
    late = {
        home: care.due_on
        for home, care in queries.cares(homes.values("pk"), town, today).items()
        if care.due_on is not None and care.due_on + rules.GRACE <= today
    }
    told = set(MissedVisit.objects.filter(household__in=late).values_list("household", "due_on"))
    fresh = [home for home in homes.filter(pk__in=late) if (home.pk, late[home.pk]) not in told]
    by_place: dict[str, list[Household]] = defaultdict(list)
    for home in fresh:
        by_place[home.grid_path or home.area_path].append(home)
    for place, missed in by_place.items():
        rows = [MissedVisit(area_path=place, household=home, due_on=late[home.pk], told_at=at) for home in missed]
        MissedVisit.objects.bulk_create(rows, ignore_conflicts=True)
        for account in _who_helps(place, at):
            of, params = (queries.SUBJECT, place), {"n": len(missed)}
            notify.tell(account=account, area=place, code=MISSED, params=params, subject=of, at=at)
    return len(fresh)


def reveal(visit: Visit, *, reason: str, by: Actor, at: datetime) -> dict[str, Any]:
    """What was said at a visit, with a reason that is written down. Refuses: BadInput, TooMany."""
    audit.reveal(
        field="visit", reason=reason, by=by, object=("household", visit.household_id), area=visit.area_path, at=at
    )
    return queries.told(visit)


def note_reading(row: Visit, *, by: Actor, at: datetime) -> None:
    """Write down that somebody looked at or heard what was taken at a visit."""
    _record("grid.read_visit", row, by=by, at=at)


def _who_helps(place: str, at: datetime) -> list[UUID]:
    """Who stands in for the workers of a grid; where nobody does, the secretary of its village."""
    workers = accounts.posts_at(place, at=at, roles=("grid_worker",)).values_list("account_id", flat=True)
    deputies = [one for worker in workers if (one := workflow.deputy_of(worker, at)) is not None]
    if deputies:
        return list(dict.fromkeys(deputies))
    village = report_queries.village_of(place)
    secretaries = accounts.posts_at(village, at=at, roles=("village_secretary",)).values_list("account_id", flat=True)
    return list(dict.fromkeys(secretaries))


def _visit(
    visit_id: UUID,
    home: Household,
    kind: VisitKind,
    outcome: VisitOutcome,
    *,
    visited_at: datetime,
    by: Actor,
    at: datetime,
) -> Visit:
    return Visit(
        pk=visit_id,
        area_path=home.grid_path or home.area_path,
        household=home,
        kind=kind.value,
        outcome=outcome.value,
        visitor_id=by.account_id,
        visited_at=min(visited_at, at),
        came_at=at,
    )


def _kept(row: Visit, told: dict[str, Any], *, by: Actor, at: datetime) -> Visit:
    said = {name: value for name, value in told.items() if value}
    if said:
        text = json.dumps(said, ensure_ascii=False, default=str)
        ring = vault.sealing_ring(row.area_path, at=at)
        row.told_sealed = ring.seal(text, queries.TABLE, "told_sealed", row.pk)
    row.save(force_insert=True)
    _record(may.VISIT, row, by=by, at=at)
    return row


def _record(act: str, row: Visit, *, by: Actor, at: datetime) -> None:
    detail = {"visit": row.pk, "kind": row.kind}
    audit.record(act=act, by=by, object=("household", row.household_id), area=row.area_path, at=at, detail=detail)


def _wrong(code: str, field: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", field], "msg": code}])
