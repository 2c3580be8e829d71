"""A quarrel before the mediation committee, from being brought to being filed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base.errors import BadInput, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.queries import fields, visible
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault.queries import SealingRing
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.actions import referrals, reports
from xiangyun.modules.grid.models import FollowUp, Mediation, Party, Sitting
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import mediation as rules
from xiangyun.modules.grid.rules.mediation import AgreementForm, Kept, MediationState, Origin, Prevented, Side

MOST_PARTIES, MOST_FILES = 20, 20
DEFAULT_SEVERITY = 3


@transaction.atomic
def open_mediation(  # noqa: PLR0913 -- one keyword a fact
    *,
    area: str,
    category: str,
    origin: Origin,
    facts: str,
    issues: str,
    parties: Sequence[Mapping[str, Any]],
    by: Actor,
    at: datetime,
    report_id: UUID | None = None,
    before_id: UUID | None = None,
) -> Mediation:
    """A quarrel is brought before the committee of a village, or the committee takes it up itself.

    `parties` are `{"side", "resident" or "name", "phone"}`, at least an applicant and a respondent; `report_id` is the
    report it comes from, whose clock stands while it is mediated; `before_id` is the case, closed or agreed, it broke
    out of again. With a party under age, or out of what is sealed, it is sealed; who brought it keeps the file.
    Refuses: NotFound (a village, report, case or resident that is not theirs), WrongState (the report has an open one),
    BadInput.
    """
    village = _village(area, by)
    listed = categories.listed(village, timezone.localdate(at)).get(category)
    if listed is None:
        raise _wrong("grid.no_such_category", "category")
    before = None if before_id is None else _before(before_id, village, by)
    report = None if report_id is None else referrals.take_report(report_id, village, before=before, by=by)
    comes_from = [one.matter for one in (report, before) if one is not None]
    ring = vault.sealing_ring(village, at=at)
    row = Mediation(area_path=village, report=report, before=before, origin=origin.value)
    row.matter = workflow.open_matter(
        kind=rules.MATTER,
        subject=(queries.SUBJECT, row.pk),
        area=village,
        title=("grid.mediation_title", reports.title_of(listed)[1]),
        severity=min(listed.severity, DEFAULT_SEVERITY),
        at=at,
        by=by,
        category=listed.code,
        level=Level.VILLAGE,
        reporter=by.account_id,
        is_sealed=listed.is_sensitive or any(matter.is_sealed for matter in comes_from),
    )
    row.facts_sealed = _sealed(ring, row, "facts_sealed", {"facts": facts, "issues": issues})
    row.save(force_insert=True)
    _add_parties(row, parties, ring, by)
    referrals.stop_report(row, at=at)
    _record("open_mediation", row, by=by, at=at, origin=origin.value, before=str(before_id) if before_id else None)
    _hand_over(row, by=by, at=at)
    return row


@transaction.atomic
def accept(
    *, mediation_id: UUID, by: Actor, at: datetime, account: UUID | None = None, mediator_name: str = ""
) -> Mediation:
    """The committee names who mediates: somebody with an account, or a mediator by name, for whom `by` keeps the file.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (nobody named; not of this place).
    """
    row = _held(mediation_id, by)
    if account is None and not mediator_name.strip():
        raise _wrong("grid.name_a_mediator", "mediator_name")
    workflow.move(row.matter, to=MediationState.ACCEPTED, by=by, at=at)
    keeper = account or by.account_id
    item = workflow.assign(matter_id=row.matter_id, account=keeper, by=by, at=at)
    if keeper == by.account_id:
        workflow.sign(matter_id=row.matter_id, by=by, at=at)
    row.mediator_id = account  # type: ignore[assignment]
    row.mediator_name = mediator_name.strip() or (item.assignee.name if item.assignee else "")
    row.save(update_fields=["mediator", "mediator_name"])
    return _fresh(row)


@transaction.atomic
def hold_sitting(
    *, mediation_id: UUID, held_at: datetime, came: Sequence[UUID], notes: str, by: Actor, at: datetime, place: str = ""
) -> Sitting:
    """The mediator sat with parties: when, where, who came, what was said.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (later than now or before the day of the case, no notes,
    not a party).
    """
    row = _held(mediation_id, by)
    if row.matter.state not in (MediationState.ACCEPTED, MediationState.MEDIATING):
        raise WrongState("workflow.no_such_move", number=row.matter.number)
    _must_mediate(row, by)
    if not notes.strip():
        raise _wrong("grid.say_something", "notes")
    # who sits down with both at once writes the application afterwards: the same day is not before it
    if held_at > at or timezone.localdate(held_at) < timezone.localdate(row.matter.opened_at):
        raise _wrong("grid.sitting_time", "held_at")
    known = set(Party.objects.filter(mediation=row).values_list("pk", flat=True))
    if not came or not known.issuperset(came):
        raise _wrong("grid.who_came", "came")
    sitting = Sitting(
        area_path=row.area_path,
        mediation=row,
        held_at=held_at,
        place=place,
        came=list(dict.fromkeys(came)),
        written_by_id=by.account_id,
        written_at=at,
    )
    ring = vault.sealing_ring(row.area_path, at=at)
    sitting.notes_sealed = ring.seal(notes, "grid_sitting", "notes_sealed", sitting.pk)
    sitting.save(force_insert=True)
    if row.matter.state == MediationState.ACCEPTED:
        workflow.move(row.matter, to=MediationState.MEDIATING, by=by, at=at, unchecked=True)
    _record("hold_sitting", row, by=by, at=at, sitting=str(sitting.pk))
    return sitting


@transaction.atomic
def refuse(*, mediation_id: UUID, party_id: UUID, by: Actor, at: datetime, note: str = "") -> Mediation:
    """A party clearly refuses: it is not mediated any more (§17); the parties are told what else they can do (§26).

    Refuses: NotFound, NotAllowed, WrongState (agreed, or over).
    """
    row = _held(mediation_id, by)
    party = Party.objects.filter(mediation=row).pick(party_id)
    party.refused_at = at
    party.save(update_fields=["refused_at"])
    return _end(row, MediationState.REFUSED, note, by=by, at=at)


@transaction.atomic
def fail(*, mediation_id: UUID, note: str, by: Actor, at: datetime) -> Mediation:
    """No agreement can be had: it ends, and the parties are told what else they can do (§26).

    Refuses: NotFound, NotAllowed, WrongState, BadInput (no word why).
    """
    row = _held(mediation_id, by)
    if not note.strip():
        raise _wrong("grid.say_something", "note")
    return _end(row, MediationState.FAILED, note, by=by, at=at)


@transaction.atomic
def agree(  # noqa: PLR0913 -- one keyword a fact
    *,
    mediation_id: UUID,
    form: AgreementForm,
    content: str,
    by: Actor,
    at: datetime,
    liability: str = "",
    method: str = "",
    due_on: date | None = None,
    amount_fen: int | None = None,
    prevented: Prevented = Prevented.NOTHING,
) -> Mediation:
    """The parties agree, in writing or by word of mouth (§28–30); it is looked after 7, 30 and 90 days later (§31).

    The report it comes from goes on, to be finished with what was agreed.
    Refuses: NotFound, NotAllowed, WrongState (nobody sat together yet), BadInput (no content; due before today).
    """
    row = _held(mediation_id, by)
    _must_mediate(row, by)
    today = timezone.localdate(at)
    if not content.strip():
        raise _wrong("grid.say_something", "content")
    if due_on is not None and due_on < today:
        raise _wrong("grid.due_in_the_past", "due_on")
    workflow.move(row.matter, to=MediationState.AGREED, by=by, at=at, unchecked=True)
    ring = vault.sealing_ring(row.area_path, at=at)
    told = {"liability": liability, "content": content, "method": method, "due_on": due_on}
    row.agreement_sealed = _sealed(ring, row, "agreement_sealed", told)
    row.form, row.agreed_on, row.amount_fen, row.prevented = form.value, today, amount_fen, prevented.value
    row.save(update_fields=["agreement_sealed", "form", "agreed_on", "amount_fen", "prevented"])
    days = rules.follow_ups(today)
    FollowUp.objects.bulk_create([FollowUp(area_path=row.area_path, mediation=row, due_on=day) for day in days])
    workflow.set_due(row.matter, due_at=_end_of(days[0]))
    referrals.resume_report(row, at=at)
    _record("agree", row, by=by, at=at, form=form.value)
    return _fresh(row)


@transaction.atomic
def add_paper(*, mediation_id: UUID, file_ids: Sequence[UUID], by: Actor, at: datetime) -> Mediation:
    """The signed copy, as a photo or a scan; shown through the file alone. Refuses: NotFound, NotAllowed, BadInput."""
    row = _held(mediation_id, by)
    _must_mediate(row, by)
    if not file_ids or queries.files_of(row).count() + len(file_ids) > MOST_FILES:
        raise _wrong("grid.too_many_files", "files", most=MOST_FILES)
    for file_id in file_ids:
        subject = (queries.SUBJECT, row.pk)
        files.attach(file_id=file_id, subject=subject, area=row.area_path, by=by, at=at, is_sealed=True)
    _record("add_paper", row, by=by, at=at, files=len(file_ids))
    return _fresh(row)


@transaction.atomic
def follow_up(*, mediation_id: UUID, found: Kept, by: Actor, at: datetime, words: str = "") -> FollowUp:
    """Somebody asked whether the agreement is kept: the next of the follow-ups is made, on its day or later.

    Refuses: NotFound, NotAllowed, WrongState (no agreement, all made, or its day has not come), BadInput (broken, and
    no word how).
    """
    row = _held(mediation_id, by)
    _must_mediate(row, by)
    waiting = list(FollowUp.objects.select_for_update().filter(mediation=row, done_at=None).order_by("due_on"))
    if row.matter.state != MediationState.AGREED or not waiting:
        raise WrongState("grid.nothing_to_follow", number=row.matter.number)
    one = waiting[0]
    if one.due_on > timezone.localdate(at):
        raise WrongState("grid.follow_up_too_early", number=row.matter.number, day=str(one.due_on))
    if found != Kept.KEPT and not words.strip():
        raise _wrong("grid.say_something", "words")
    one.done_at, one.done_by_id, one.found = at, by.account_id, found.value  # type: ignore[assignment]
    if words.strip():
        ring = vault.sealing_ring(row.area_path, at=at)
        one.words_sealed = ring.seal(words, "grid_followup", "words_sealed", one.pk)
    one.save()
    if waiting[1:]:
        workflow.set_due(row.matter, due_at=_end_of(waiting[1].due_on))
    _record("follow_up", row, by=by, at=at, found=found.value)
    return one


@transaction.atomic
def close(*, mediation_id: UUID, by: Actor, at: datetime) -> Mediation:
    """All is followed up: the file is closed (§27). Refuses: NotFound, NotAllowed, WrongState."""
    row = _held(mediation_id, by)
    if FollowUp.objects.filter(mediation=row, done_at=None).exists():
        raise WrongState("grid.still_to_follow", number=row.matter.number)
    workflow.move(row.matter, to=MediationState.CLOSED, by=by, at=at, outcome="agreed")
    workflow.drop_work(row.matter, at)
    return _fresh(row)


@transaction.atomic
def tell_due(*, town: str, at: datetime) -> int:
    """Whoever keeps a file is told that a follow-up is due; returns of how many."""
    waiting = queries.due_follow_ups(town, timezone.localdate(at)).select_for_update(of=("self",), skip_locked=True)
    told = list(waiting[:500])
    for one in told:
        matter = one.mediation.matter
        if matter.owner_id is not None:
            notify.tell(
                account=matter.owner_id,
                area=one.area_path,
                code="grid.follow_up_due",
                params={"number": matter.number, "title": workflow.title_of(matter)},
                subject=("matter", matter.pk),
                at=at,
            )
        one.asked_at = at
        one.save(update_fields=["asked_at"])
    return len(told)


def note_reading(row: Mediation, *, by: Actor, at: datetime) -> None:
    """Write down that somebody read a file with its names."""
    _record("read_mediation", row, by=by, at=at)


def _hand_over(row: Mediation, *, by: Actor, at: datetime) -> None:
    """The committee has a new case; of a sealed one whoever brought it alone knows, until they name a mediator."""
    matter = row.matter
    if not matter.is_sealed and queries.has_minor(row, timezone.localdate(at)):
        workflow.seal(matter, by=by, at=at)
    if matter.is_sealed:
        workflow.assign(matter_id=matter.pk, account=by.account_id, by=by, at=at)
    else:
        workflow.route(matter, by=by, at=at)


def _end(row: Mediation, to: MediationState, note: str, *, by: Actor, at: datetime) -> Mediation:
    workflow.move(row.matter, to=to, by=by, at=at, outcome=to.value)
    workflow.drop_work(row.matter, at)
    row.remedies_told_at = at
    if note.strip():
        ring = vault.sealing_ring(row.area_path, at=at)
        row.ended_sealed = ring.seal(note, "grid_mediation", "ended_sealed", row.pk)
    row.save(update_fields=["remedies_told_at", "ended_sealed"])
    referrals.resume_report(row, at=at)
    return _fresh(row)


def _held(mediation_id: UUID, by: Actor) -> Mediation:
    found = queries.mediations_for(by).pick(mediation_id)
    Matter.objects.select_for_update(of=("self",)).get(pk=found.matter_id)
    return _fresh(found)


def _fresh(row: Mediation) -> Mediation:
    return Mediation.objects.select_related(*queries.SHOWN).get(pk=row.pk)


def _must_mediate(row: Mediation, by: Actor) -> None:
    if not by.may(may.MEDIATE, row.area_path) and row.matter.owner_id != by.account_id:
        raise NotAllowed("base.not_allowed")


def _village(area: str, by: Actor) -> str:
    place = org.pick(area, by)
    if place.level != "village" or not by.may(may.MEDIATE, area):
        raise NotFound
    return area


def _before(before_id: UUID, village: str, by: Actor) -> Mediation:
    before = queries.mediations_for(by).pick(before_id)
    if before.area_path != village:
        raise NotFound
    if before.matter.state in rules.GOING_ON:
        raise _wrong("grid.still_open", "before", number=before.matter.number)
    return before


def _add_parties(row: Mediation, told: Sequence[Mapping[str, Any]], ring: SealingRing, by: Actor) -> None:
    sides = {Side(one["side"]) for one in told}
    if len(told) > MOST_PARTIES or Side.APPLICANT not in sides or Side.RESPONDENT not in sides:
        raise _wrong("grid.two_sides", "parties", most=MOST_PARTIES)
    for one in told:
        party = Party(area_path=row.area_path, mediation=row, side=Side(one["side"]).value)
        name = (one.get("name") or "").strip()
        if one.get("resident"):
            party.resident = visible.residents(by).pick(one["resident"])
            name = name or fields.shown_name(party.resident)
        if not name:
            raise _wrong("grid.who_quarrels", "parties")
        text = json.dumps({"name": name, "phone": (one.get("phone") or "").strip()}, ensure_ascii=False)
        party.told_sealed = ring.seal(text, "grid_party", "told_sealed", party.pk)
        party.save(force_insert=True)


def _sealed(ring: SealingRing, row: Mediation, column: str, told: Mapping[str, Any]) -> bytes:
    return ring.seal(json.dumps(dict(told), ensure_ascii=False, default=str), "grid_mediation", column, row.pk)


def _end_of(day: date) -> datetime:
    """The last moment of a day in the town."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def _wrong(code: str, field: str, **params: Any) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", field], "msg": code}], **params)


def _record(act: str, row: Mediation, *, by: Actor, at: datetime, **detail: object) -> None:
    audit.record(
        act=f"grid.{act}",
        by=by,
        object=(queries.SUBJECT, row.pk),
        area=row.area_path,
        at=at,
        detail={"number": row.matter.number, **detail},
    )
