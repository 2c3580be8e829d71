"""Which mediations exist for whom, and what stands sealed in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from xiangyun.base import words
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.queries import rows as people
from xiangyun.kernel.people.rules.purposes import ADULT_FROM
from xiangyun.kernel.vault import queries as vault
from xiangyun.kernel.workflow import queries as workflow
from xiangyun.kernel.workflow import rules as workflow_rules
from xiangyun.kernel.workflow.models import Stop
from xiangyun.kernel.workflow.rules import Wait
from xiangyun.modules.grid.models import FollowUp, Mediation, Party, Report, Sitting
from xiangyun.modules.grid.rules import abilities
from xiangyun.modules.grid.rules import mediation as rules

SHOWN = ("matter__owner", "matter__clock", "before__matter", "report__matter", "mediator")
SUBJECT = "mediation"


def mediations_for(by: Actor) -> ScopedQuerySet[Mediation]:
    """Mediations that exist for somebody: those of their places, and those they mediate or have to do with; a sealed
    one for the latter and for `workflow.see_sealed` alone."""
    open_to = Q(matter__is_sealed=False) | under(*by.areas(workflow_rules.SEE_SEALED))
    seen = (under(*by.areas(abilities.SEE_MEDIATION)) & open_to) | Q(matter__in=workflow.concerning(by))
    return Mediation.objects.in_area(by.scope).filter(seen).select_related(*SHOWN)


def facts(row: Mediation) -> dict[str, Any]:
    """What the quarrel is about. Raises Tampered."""
    return _opened(row.facts_sealed, "grid_mediation", "facts_sealed", row.pk)


def agreement(row: Mediation) -> dict[str, Any] | None:
    """What was agreed. Raises Tampered."""
    sealed = row.agreement_sealed
    return None if sealed is None else _opened(sealed, "grid_mediation", "agreement_sealed", row.pk)


def why_ended(row: Mediation) -> str:
    """Why it ended without an agreement. Raises Tampered."""
    sealed = row.ended_sealed
    return "" if sealed is None else vault.open_sealed(sealed, "grid_mediation", "ended_sealed", row.pk)


def who(party: Party) -> dict[str, Any]:
    """Name and phone of a party. Raises Tampered."""
    return _opened(party.told_sealed, "grid_party", "told_sealed", party.pk)


def notes(sitting: Sitting) -> str:
    """What was said in a sitting. Raises Tampered."""
    return vault.open_sealed(sitting.notes_sealed, "grid_sitting", "notes_sealed", sitting.pk)


def words_of(follow_up: FollowUp) -> str:
    """What whoever followed up noted. Raises Tampered."""
    sealed = follow_up.words_sealed
    return "" if sealed is None else vault.open_sealed(sealed, "grid_followup", "words_sealed", follow_up.pk)


def parties_of(rows: Iterable[Mediation]) -> dict[UUID, list[Party]]:
    """The parties of several mediations, in one query, applicants first."""
    found: dict[UUID, list[Party]] = {row.pk: [] for row in rows}
    for party in Party.objects.filter(mediation__in=found).order_by("side", "id"):
        found[party.mediation_id].append(party)
    return found


def open_cases_of(report: Report) -> ScopedQuerySet[Mediation]:
    """The cases out of a report that are not over."""
    return Mediation.objects.filter(report=report, matter__closed_at=None).select_related("matter")


def wait(matter_id: UUID) -> Wait | None:
    """What the clock of a report stands for: the case before the committee that has no result yet, if there is one."""
    rows = Mediation.objects.filter(report__matter=matter_id, matter__state__in=rules.GOING_ON)
    number = rows.values_list("matter__number", flat=True).first()
    return None if number is None else Wait(words.say("grid.report_in_mediation"), number)


def waits_for(report: Report, row: Mediation) -> bool:
    """Whether the clock of a report stands for a case, and for nothing else."""
    stops = Stop.objects.filter(clock__matter=report.matter_id, resumed_at=None)
    return stops.filter(waits_for=row.matter.number).exists()


def has_minor(row: Mediation, on: date) -> bool:
    """Whether a party of the register is under age on a day."""
    known = Party.objects.filter(mediation=row).exclude(resident=None)
    ages = (people.age(born_on, on) for born_on in known.values_list("resident__born_on", flat=True))
    return any(age is not None and age < ADULT_FROM for age in ages)


def relapsed(rows: Iterable[Mediation]) -> dict[UUID, int]:
    """How many later cases broke out of each, in one query."""
    later = Mediation.objects.filter(before__in=[row.pk for row in rows])
    return {before: n for before, n in later.values_list("before").annotate(n=Count("pk")) if before is not None}


def follow_ups_left(rows: Iterable[Mediation]) -> dict[UUID, tuple[int, date]]:
    """How many follow-ups are still to be made, and the day of the next, in one query."""
    waiting = FollowUp.objects.filter(mediation__in=[row.pk for row in rows], done_at=None)
    counted = waiting.values_list("mediation").annotate(n=Count("pk"), day=Min("due_on"))
    return {mediation: (n, day) for mediation, n, day in counted}


def sittings_held(rows: Iterable[Mediation]) -> dict[UUID, int]:
    """How often the parties sat together, in one query."""
    held = Sitting.objects.filter(mediation__in=[row.pk for row in rows])
    return dict(held.values_list("mediation").annotate(n=Count("pk")))


def sittings_of(row: Mediation) -> ScopedQuerySet[Sitting]:
    """Every time the parties sat together, the first first."""
    return Sitting.objects.filter(mediation=row).order_by("held_at", "id")


def follow_ups_of(row: Mediation) -> ScopedQuerySet[FollowUp]:
    """The days on which somebody asks whether the agreement is kept."""
    return FollowUp.objects.filter(mediation=row).order_by("due_on")


def due_follow_ups(town: str, on: date) -> ScopedQuerySet[FollowUp]:
    """Those whose day has come and of which nobody was told."""
    rows = FollowUp.objects.in_area(town).filter(due_on__lte=on, asked_at=None, done_at=None)
    return rows.select_related("mediation__matter").order_by("due_on", "id")


def files_of(row: Mediation) -> ScopedQuerySet[Attachment]:
    """The signed copy and what else lies in the file, for whoever was seen to be shown it."""
    rows = Attachment.objects.living().filter(subject_kind=SUBJECT, subject_id=str(row.pk))
    return rows.select_related("blob").order_by("made_at", "id")


def _opened(sealed: bytes | memoryview, table: str, column: str, pk: UUID) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(vault.open_sealed(sealed, table, column, pk))
    return told
