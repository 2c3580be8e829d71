"""What a person may see and ask, and what staff do for them: reveals, requests, whose phone shows what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock, words
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit.rules import REVEAL
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import privacy as actions
from xiangyun.kernel.people.models import OwnRecord, PersonRequest, Resident
from xiangyun.kernel.people.queries import fields, looks, people, visible
from xiangyun.kernel.people.queries import privacy as queries
from xiangyun.kernel.people.rules import purposes
from xiangyun.kernel.people.rules.purposes import RequestState
from xiangyun.kernel.people.schemas.privacy import (
    AnswerRequestIn,
    LookOut,
    OwnPersonOut,
    OwnRecordIn,
    OwnRecordOut,
    OwnRecordRowOut,
    PurposeOut,
    RequestIn,
    RequestOut,
    RevealIn,
    RevealOut,
)

router = Router(tags=["people"])

SHOWN_FOR = timedelta(minutes=2)
REVEAL_MARK = "people.reveal_mark"


@router.post("/residents/{resident_id}/reveal", response=RevealOut, operation_id="people_reveal_field")
@needs(REVEAL)
def reveal_field(request: HttpRequest, resident_id: UUID, body: RevealIn) -> dict[str, Any]:
    """Open one masked field of a person, with a reason they can read."""
    by = actor_of(request)
    resident = visible.residents(by, REVEAL).pick(resident_id)
    if body.field not in fields.SEALED:
        raise _no_field()
    return _revealed(by, body, ("resident", resident.pk), resident.area_path, fields.plain(resident, body.field))


@router.post("/households/{household_id}/reveal", response=RevealOut, operation_id="people_reveal_home_field")
@needs(REVEAL)
def reveal_home_field(request: HttpRequest, household_id: UUID, body: RevealIn) -> dict[str, Any]:
    """Open a home's address, or one year's income (`income.2025`)."""
    by = actor_of(request)
    home = visible.households(by, REVEAL).pick(household_id)
    if body.field != "address" and not fields.INCOME_OF.match(body.field):
        raise _no_field()
    return _revealed(by, body, ("household", home.pk), home.area_path, fields.plain_of_home(home, body.field))


@router.post("/marks/{mark_id}/reveal", response=RevealOut, operation_id="people_reveal_mark")
@needs(REVEAL_MARK)
def reveal_mark(request: HttpRequest, mark_id: UUID, body: RevealIn) -> dict[str, Any]:
    """Open a grave mark's kind or a mark's note."""
    by = actor_of(request)
    mark = visible.marks(by, REVEAL_MARK).pick(mark_id)
    if body.field not in fields.MARK_SEALED:
        raise _no_field()
    return _revealed(by, body, ("mark", mark.pk), mark.area_path, fields.plain_of_mark(mark, body.field))


def _revealed(by: Actor, body: RevealIn, row: tuple[str, UUID], area: str, value: str | None) -> dict[str, Any]:
    at = clock.now()
    if value is None:
        raise NotFound
    audit.reveal(field=body.field, reason=body.reason, by=by, object=row, area=area, at=at)
    return {"field": body.field, "value": value, "masks_at": at + SHOWN_FOR}


def _no_field() -> BadInput:
    return BadInput("people.no_such_field", errors=[{"loc": ["body", "field"], "msg": "people.no_such_field"}])


def _today() -> date:
    return timezone.localdate(clock.now())


@router.get("/me", response=list[OwnPersonOut], operation_id="people_list_own")
@signed_in
def list_own(request: HttpRequest) -> list[dict[str, Any]]:
    """Whose records I may see: mine, my child's, those of somebody I look after."""
    by = actor_of(request)
    if by.account_id is None:
        return []
    records = list(queries.own_records(by, _today()))
    counts = looks.counts(records, clock.now())
    return [
        {
            "resident": one.resident_id,
            "name": fields.plain(one.resident, "name") or "",
            "kind": one.kind,
            "looks": counts[one.resident_id],
        }
        for one in records
    ]


@router.get("/me/{resident_id}", response=OwnRecordOut, operation_id="people_get_own")
@signed_in
def get_own(request: HttpRequest, resident_id: UUID) -> dict[str, Any]:
    """What the register holds about me, and where each fact came from."""
    at, lang = clock.now(), request.lang  # type: ignore[attr-defined]
    record = queries.own(actor_of(request), resident_id, _today())
    resident = Resident.objects.select_related(*people.SOURCES).pick(record.resident_id)
    home = queries.home_of(resident)
    place = home.area_path if home else resident.area_path
    return {
        "resident": resident.pk,
        "name": fields.plain(resident, "name") or "",
        "kind": record.kind,
        "looks": looks.counts([record], at)[resident.pk],
        "facts": queries.own_facts(resident, lang, timezone.localdate(at)),
        "household_number": home.number if home else "",
        "area_name": org.names([place])[place],
    }


@router.get("/me/{resident_id}/looks", response=Page[LookOut], operation_id="people_list_looks")
@signed_in
def list_looks(request: HttpRequest, resident_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """Who opened a masked field of mine or took out a table I stand in, when and why."""
    resident = queries.own(actor_of(request), resident_id, _today()).resident
    return _looks(request, resident, paging)


@router.get("/residents/{resident_id}/looks", response=Page[LookOut], operation_id="people_list_looks_of")
@needs("people.answer_request")
def list_looks_of(request: HttpRequest, resident_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """The same, for somebody without a phone who asks at the window."""
    resident = visible.residents(actor_of(request), purposes.ANSWER).pick(resident_id)
    return _looks(request, resident, paging)


def _looks(request: HttpRequest, resident: Resident, paging: Paging) -> dict[str, Any]:
    found = page(looks.of(resident), paging=paging, order=("-at", "-id"))
    return {**found, "items": looks.shown(found["items"], request.lang)}  # type: ignore[attr-defined]


@router.get("/notices", response=list[PurposeOut], operation_id="people_list_notices")
@signed_in
def list_notices(request: HttpRequest) -> list[dict[str, Any]]:
    """The register of purposes: what data is used for, on what basis, how long, and the notice in force."""
    lang, on = request.lang, clock.now().date()  # type: ignore[attr-defined]
    is_zh = lang == words.DEFAULT
    return [
        {
            "purpose": one.code,
            "title": one.zh if is_zh else one.en,
            "basis": one.basis if is_zh else one.basis_en,
            "kept": one.kept if is_zh else one.kept_en,
            "needs_consent": one.needs_consent,
            "fields": [words.say(f"people.field.{name}", lang) for name in one.fields],
            "version": one.notice(on).version,
            "text": one.notice(on).zh if is_zh else one.notice(on).en,
        }
        for one in purposes.purposes().values()
    ]


@router.get("/me/{resident_id}/requests", response=list[RequestOut], operation_id="people_list_own_requests")
@signed_in
def list_own_requests(request: HttpRequest, resident_id: UUID) -> list[dict[str, Any]]:
    """What I asked, and the answers."""
    by = actor_of(request)
    resident = queries.own(by, resident_id, _today()).resident
    return [queries.shown_request(one, by=by) for one in queries.own_requests(resident)]


@router.post("/me/{resident_id}/requests", response={201: RequestOut}, operation_id="people_ask_for_own")
@signed_in
def ask_for_own(request: HttpRequest, resident_id: UUID, body: RequestIn) -> Status[dict[str, Any]]:
    """I ask for a copy, a correction or erasure."""
    by = actor_of(request)
    resident = queries.own(by, resident_id, _today()).resident
    return Status(
        201, _request(actions.ask(resident=resident, kind=body.kind, text=body.text, by=by, at=clock.now()), by)
    )


@router.post("/residents/{resident_id}/requests", response={201: RequestOut}, operation_id="people_ask_for")
@needs(purposes.ANSWER)
def ask_for(request: HttpRequest, resident_id: UUID, body: RequestIn) -> Status[dict[str, Any]]:
    """Take down what somebody asks at the window."""
    by = actor_of(request)
    resident = visible.residents(by, purposes.ANSWER).pick(resident_id)
    return Status(
        201, _request(actions.ask(resident=resident, kind=body.kind, text=body.text, by=by, at=clock.now()), by)
    )


@router.get("/requests", response=Page[RequestOut], operation_id="people_list_requests")
@needs(purposes.ANSWER)
def list_requests(request: HttpRequest, paging: Query[Paging], state: RequestState | None = None) -> dict[str, Any]:
    """What people asked here; open ones by their day."""
    by = actor_of(request)
    order = ("due_on", "id") if state is RequestState.OPEN else ("-asked_at", "-id")
    return page(queries.requests(by, state), paging=paging, order=order, show=lambda one: _request(one, by))


@router.post("/requests/{request_id}/answer", response=RequestOut, operation_id="people_answer_request")
@needs(purposes.ANSWER)
def answer_request(request: HttpRequest, request_id: UUID, body: AnswerRequestIn) -> dict[str, Any]:
    """Answer what somebody asked; a granted erasure is carried out at once."""
    by = actor_of(request)
    answered = actions.answer_request(
        request_id=request_id, to=RequestState(body.state), answer=body.answer, by=by, at=clock.now()
    )
    return _request(answered, by)


def _request(asked: PersonRequest, by: Actor) -> dict[str, Any]:
    return queries.shown_request(asked, by=by)


@router.get(
    "/residents/{resident_id}/own_records", response=list[OwnRecordRowOut], operation_id="people_list_own_records"
)
@needs(actions.OPEN_RECORD)
def list_own_records(request: HttpRequest, resident_id: UUID) -> list[dict[str, Any]]:
    """Whose phones show a person's record."""
    resident = visible.residents(actor_of(request), actions.OPEN_RECORD).pick(resident_id)
    return [_own_record(one) for one in queries.opened_to(resident)]


@router.post(
    "/residents/{resident_id}/own_records", response={201: OwnRecordRowOut}, operation_id="people_open_own_record"
)
@needs(actions.OPEN_RECORD)
def open_own_record(request: HttpRequest, resident_id: UUID, body: OwnRecordIn) -> Status[dict[str, Any]]:
    """Let an account see a person's record."""
    by = actor_of(request)
    resident = visible.residents(by, actions.OPEN_RECORD).pick(resident_id)
    record = actions.open_own_record(resident=resident, account=body.account, kind=body.kind, by=by, at=clock.now())
    return Status(201, _own_record(record))


@router.delete(
    "/residents/{resident_id}/own_records/{record_id}",
    response={204: None},
    operation_id="people_close_own_record",
)
@needs(actions.OPEN_RECORD)
def close_own_record(request: HttpRequest, resident_id: UUID, record_id: UUID) -> Status[None]:
    """An account no longer sees a person's record."""
    by = actor_of(request)
    resident = visible.residents(by, actions.OPEN_RECORD).pick(resident_id)
    actions.close_own_record(record_id=record_id, resident=resident, by=by, at=clock.now())
    return Status(204, None)


def _own_record(record: OwnRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "account": record.account.account,
        "name": record.account.name,
        "kind": record.kind,
        "from_at": record.from_at,
    }
