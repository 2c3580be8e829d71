"""What a person may ask of the register: consents, requests, whose phone shows whose record; erasure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangyun.base.errors import BadInput, Conflict, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import rules as accounts
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.people.actions import copies
from xiangyun.kernel.people.models import Change, Consent, Mark, Membership, Merge, OwnRecord, PersonRequest, Resident
from xiangyun.kernel.people.queries import merges
from xiangyun.kernel.people.rules import purposes
from xiangyun.kernel.people.rules.purposes import MOVES, RequestKind, RequestState
from xiangyun.kernel.vault import actions as vault

CONSENT = "people.record_consent"
OPEN_RECORD = "people.open_own_record"


@transaction.atomic
def give_consent(
    *,
    resident: Resident,
    purpose: str,
    given_by: str,
    guardian_id: UUID | None = None,
    how: str,
    evidence: UUID | None = None,
    by: Actor,
    at: datetime,
) -> Consent:
    """A person agrees to one purpose under the notice now in force; whoever calls has checked that `by` may.

    `evidence` is the paper that was signed: from then on it is opened with the consent alone.
    Refuses: BadInput (unknown purpose, one that asks nobody, a guardian missing or unfit, a file that is no paper),
    Conflict (given already), NotFound (a paper that is not theirs to add).
    """
    known = purposes.purposes().get(purpose)
    if known is None or not known.needs_consent:
        raise _wrong("purpose", "people.no_such_purpose")
    guardian = _guardian(resident, given_by, guardian_id, at)
    try:
        with transaction.atomic():
            consent = Consent.objects.create(
                area_path=resident.area_path,
                resident=resident,
                purpose=purpose,
                notice_version=known.notice(at.date()).version,
                given_by=given_by,
                guardian=guardian,
                how=how,
                evidence=evidence,
                given_at=at,
                recorded_by=by.account_id,
            )
    except IntegrityError as twice:
        raise Conflict("people.consent_given") from twice
    if evidence is not None:
        place, subject = consent.area_path, ("consent", consent.pk)
        paper = files.attach(file_id=evidence, subject=subject, area=place, by=by, at=at, is_sealed=True)
        if paper.kind != Kind.PAPER:  # of a photo a small picture is kept, and nobody writes down who looks
            raise _wrong("evidence", "people.evidence_is_paper")
    _record(CONSENT, by, resident, at, purpose=purpose, given_by=given_by)
    return consent


@transaction.atomic
def withdraw_consent(*, consent_id: UUID, resident: Resident, by: Actor, at: datetime) -> Consent:
    """A person takes a consent back, as easily as it was given (PIPL Art. 15). Refuses: NotFound, WrongState."""
    consent = Consent.objects.select_for_update().pick(consent_id, resident=resident)
    if consent.withdrawn_at:
        raise WrongState("people.consent_withdrawn")
    consent.withdrawn_at, consent.withdrawn_by = at, by.account_id
    consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _record("people.withdraw_consent", by, resident, at, purpose=consent.purpose)
    return consent


@transaction.atomic
def ask(*, resident: Resident, kind: RequestKind, text: str, by: Actor, at: datetime) -> PersonRequest:
    """A person asks for a copy, a correction or erasure; whoever calls has checked that `by` may ask for them.

    Refuses: Conflict (the same is open already).
    """
    open_ = PersonRequest.objects.filter(resident=resident, kind=kind, state=RequestState.OPEN)
    if open_.exists():
        raise Conflict("people.request_open")
    request = PersonRequest(
        area_path=resident.area_path,
        resident=resident,
        kind=kind.value,
        asked_at=at,
        asked_by=by.account_id,
        due_on=(at + purposes.ANSWER_WITHIN).date(),
    )
    if text:
        ring = vault.sealing_ring(resident.area_path, at=at)
        request.text_sealed = ring.seal(text, "people_personrequest", "text_sealed", request.pk)
    request.save()
    _record("people.ask", by, resident, at, kind=kind.value)
    return request


@transaction.atomic
def answer_request(*, request_id: UUID, to: RequestState, answer: str, by: Actor, at: datetime) -> PersonRequest:
    """A request ends, with an answer the person reads; a granted erasure is carried out at once.

    Refuses: NotFound, NotAllowed, WrongState (answered already; no copy made; erasure of somebody who still lives
    here).
    """
    rows = PersonRequest.objects.visible_to(by, purposes.ANSWER).select_for_update(of=("self",))
    request = rows.select_related("resident", "copy").pick(request_id)
    needed = MOVES.get((RequestState(request.state), to))
    if needed is None:
        raise WrongState("people.request_closed")
    by.must(needed, request.area_path)
    if request.kind == RequestKind.COPY and to is RequestState.DONE and request.copy is None:
        raise WrongState("people.copy_not_made")
    if request.kind == RequestKind.ERASE and to is RequestState.DONE:
        erase(resident=request.resident, by=by, at=at)
    ring = vault.sealing_ring(request.area_path, at=at)
    request.state = to.value
    request.answer_sealed = ring.seal(answer, "people_personrequest", "answer_sealed", request.pk)
    request.closed_at, request.closed_by = at, by.account_id
    request.save()
    _record(needed, by, request.resident, at, kind=request.kind, state=to.value)
    return request


@transaction.atomic
def erase(*, resident: Resident, by: Actor, at: datetime) -> None:
    """Nothing of a person stays but that a row was here, nor of rows that turned out to be theirs: for those who left
    or died (PIPL Art. 47).

    Refuses: WrongState while they belong to a household: the register of who lives in a village is a statutory duty.
    """
    if Membership.objects.filter(resident=resident, until_on=None).exists():
        raise WrongState("people.erase_while_here")
    rows = [*merges.with_merged(Resident, resident.pk)]
    own = [*rows]
    for model in (Membership, Mark):
        own += model.objects.filter(resident__in=rows).values_list("pk", flat=True)
    Mark.objects.filter(resident__in=rows).delete()
    Change.objects.filter(subject_id__in=own).delete()
    # Nobody takes apart again what was the person.
    Merge.objects.filter(kind="resident", kept_id__in=rows).delete()
    for asked in resident.requests.filter(copy__isnull=False).select_related("copy"):
        copies.drop_copy(asked, by=by, at=at)
    OwnRecord.objects.filter(resident__in=rows, until_at=None).update(until_at=at)
    consents = Consent.objects.filter(resident__in=rows)
    for consent in consents:
        if consent.evidence:
            files.remove(file_id=consent.evidence, by=by, at=at)
    consents.update(evidence=None)
    consents.filter(withdrawn_at=None).update(withdrawn_at=at)
    Resident.objects.filter(pk__in=rows).update(**_blank(at))
    resident.refresh_from_db()
    _record("people.erase_resident", by, resident, at)


def _blank(at: datetime) -> dict[str, object]:
    emptied: dict[str, object] = {"erased_at": at, "changed_at": at, "is_protected": False}
    for field in Resident._meta.concrete_fields:
        if field.name in KEPT or field.name in emptied:
            continue
        emptied[field.name] = None if field.null else field.get_default()
    return emptied


# What is left of an erased person; everything else goes back to empty.
KEPT = frozenset(
    ("id", "area_path", "identity_source", "merged_into", "version", "created_at", "changed_at", "erased_at")
)


@transaction.atomic
def open_own_record(*, resident: Resident, account: str, kind: str, by: Actor, at: datetime) -> OwnRecord:
    """Let an account see a person's record: their own, a child's, somebody's they look after.

    Refuses: NotAllowed, BadInput (no such account here; a guardian of who is of age), Conflict (open already; an
    account is one person's own).
    """
    by.must(OPEN_RECORD, resident.area_path)
    person = Account.objects.filter(account=accounts.folded(account), state="active").first()
    if person is None:
        raise _wrong("account", "people.no_such_account")
    born, today = resident.born_on, timezone.localdate(at)
    if kind == "guardian" and born and purposes.age(born, today) >= purposes.ADULT_FROM:
        raise _wrong("kind", "people.guardian_of_adult")
    try:
        with transaction.atomic():
            record = OwnRecord.objects.create(
                area_path=resident.area_path,
                account=person,
                resident=resident,
                kind=kind,
                from_at=at,
                made_by=by.account_id,
            )
    except IntegrityError as twice:
        raise Conflict("people.record_open") from twice
    _record(OPEN_RECORD, by, resident, at, kind=kind, account_id=person.pk)
    return record


@transaction.atomic
def close_own_record(*, record_id: UUID, resident: Resident, by: Actor, at: datetime) -> None:
    """An account no longer sees a person's record. Refuses: NotFound, NotAllowed."""
    by.must(OPEN_RECORD, resident.area_path)
    ended = OwnRecord.objects.filter(pk=record_id, resident=resident, until_at=None).update(until_at=at)
    if not ended:
        raise NotFound
    _record("people.close_own_record", by, resident, at)


def _guardian(resident: Resident, given_by: str, guardian_id: UUID | None, at: datetime) -> Resident | None:
    age = purposes.age(resident.born_on, at.date()) if resident.born_on else None
    if age is not None and age < purposes.CONSENTS_ALONE_FROM and given_by != "guardian":
        raise _wrong("given_by", "people.guardian_needed")
    if given_by != "guardian":
        return None
    guardian = Resident.objects.filter(pk=guardian_id, merged_into=None, died_on=None).first() if guardian_id else None
    if guardian is None or guardian.pk == resident.pk:
        raise _wrong("guardian", "people.guardian_named")
    if guardian.born_on and purposes.age(guardian.born_on, at.date()) < purposes.ADULT_FROM:
        raise _wrong("guardian", "people.guardian_adult")
    return guardian


def _record(act: str, by: Actor, resident: Resident, at: datetime, **detail: object) -> None:
    audit.record(act=act, by=by, object=("resident", resident.pk), area=resident.area_path, at=at, detail=detail)


def _wrong(field: str, code: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", field], "msg": code}])
