"""Mediation over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router, Status

from xiangyun.base import clock
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.files import queries as files
from xiangyun.kernel.files.api import BYTES, sent
from xiangyun.kernel.workflow import queries as workflow
from xiangyun.modules.grid.actions import mediations as actions
from xiangyun.modules.grid.answers import mediations as answers
from xiangyun.modules.grid.answers.agreement import agreement_paper
from xiangyun.modules.grid.models import Mediation
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules.mediation import MediationState
from xiangyun.modules.grid.schemas.mediations import (
    AgreementIn,
    FailureIn,
    FollowUpIn,
    MediationIn,
    MediationOut,
    MediationWholeOut,
    MediatorIn,
    PaperIn,
    RefusalIn,
    SittingIn,
)
from xiangyun.modules.grid.schemas.reports import NothingIn

router = Router()

PAPER = {
    "responses": {
        200: {"description": "OK", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
    }
}
TAKEN = {"responses": {200: {"description": "OK", **BYTES}}}


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang


def _read(row: Mediation, request: HttpRequest) -> dict[str, Any]:
    """The whole file; the reading is written down."""
    by = actor_of(request)
    at = clock.now()
    actions.note_reading(row, by=by, at=at)
    return answers.whole(queries.mediations_for(by).pick(row.pk), by, _lang(request), at)


@router.get("/mediations", response=Page[MediationOut], operation_id="grid_list_mediations")
@needs(may.SEE_MEDIATION)
def list_mediations(
    request: HttpRequest, paging: Query[Paging], area: str | None = None, state: MediationState | None = None
) -> dict[str, Any]:
    """The mediations of my places, the latest first, names masked."""
    by = actor_of(request)
    rows = queries.mediations_for(by)
    if area is not None:
        rows = rows.in_area(area)
    if state is not None:
        rows = rows.filter(matter__state=state)
    found = page(rows, paging=paging, order=("-id",))
    return {**found, "items": answers.mediations(found["items"], by, _lang(request), clock.now())}


@router.post("/mediations", response={201: MediationWholeOut}, operation_id="grid_open_mediation")
@needs(may.MEDIATE)
def open_mediation(request: HttpRequest, body: MediationIn) -> Status[dict[str, Any]]:
    """Bring a quarrel before the committee of a village. Mediation is free."""
    told = body.model_dump(exclude={"op_id", "report", "before"})
    row = actions.open_mediation(
        **told, report_id=body.report, before_id=body.before, by=actor_of(request), at=clock.now()
    )
    return Status(201, _read(row, request))


@router.get("/mediations/{mediation_id}", response=MediationWholeOut, operation_id="grid_read_mediation")
@needs(may.SEE_MEDIATION)
def read_mediation(request: HttpRequest, mediation_id: UUID) -> dict[str, Any]:
    """The whole file, with names; that I read it is written down."""
    return _read(queries.mediations_for(actor_of(request)).pick(mediation_id), request)


@router.get(
    "/mediations/{mediation_id}/files/{mediation_file_id}",
    operation_id="grid_get_mediation_file",
    openapi_extra=TAKEN,
)
@needs(may.SEE_MEDIATION)
def get_mediation_file(request: HttpRequest, mediation_id: UUID, mediation_file_id: UUID) -> StreamingHttpResponse:
    """A paper of the file; that I took it out is written down."""
    by = actor_of(request)
    row = queries.mediations_for(by).pick(mediation_id)
    found = queries.files_of(row).filter(pk=mediation_file_id).first()
    if found is None:
        raise NotFound
    actions.note_reading(row, by=by, at=clock.now())
    return sent(found.blob, files.name(found))


@router.get("/mediations/{mediation_id}/agreement.pdf", operation_id="grid_print_agreement", openapi_extra=PAPER)
@needs(may.SEE_MEDIATION)
def print_agreement(request: HttpRequest, mediation_id: UUID) -> HttpResponse:
    """The agreement on paper, to be signed; that I took it out is written down. 409 where nothing is agreed."""
    by = actor_of(request)
    row = queries.mediations_for(by).pick(mediation_id)
    paper = agreement_paper(row, _lang(request))
    actions.note_reading(row, by=by, at=clock.now())
    shown = content_disposition_header(as_attachment=False, filename=f"{row.matter.number}.pdf")
    return HttpResponse(paper, content_type="application/pdf", headers={"Content-Disposition": str(shown)})


@router.post("/mediations/{mediation_id}/accept", response=MediationWholeOut, operation_id="grid_accept_mediation")
@needs(may.MEDIATE)
def accept_mediation(request: HttpRequest, mediation_id: UUID, body: MediatorIn) -> dict[str, Any]:
    """The committee takes it on and names who mediates."""
    by = actor_of(request)
    queries.mediations_for(by).pick(mediation_id)
    account = None if body.account is None else workflow.account_named(body.account, by)
    if body.account is not None and account is None:
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "account"], "msg": "account"}])
    name = body.mediator_name
    row = actions.accept(mediation_id=mediation_id, account=account, mediator_name=name, by=by, at=clock.now())
    return _read(row, request)


@router.post("/mediations/{mediation_id}/sittings", response=MediationWholeOut, operation_id="grid_hold_sitting")
@needs(may.MEDIATE)
def hold_sitting(request: HttpRequest, mediation_id: UUID, body: SittingIn) -> dict[str, Any]:
    """Write down a sitting."""
    told = body.model_dump(exclude={"op_id"})
    sitting = actions.hold_sitting(mediation_id=mediation_id, **told, by=actor_of(request), at=clock.now())
    return _read(sitting.mediation, request)


@router.post("/mediations/{mediation_id}/refuse", response=MediationWholeOut, operation_id="grid_refuse_mediation")
@needs(may.MEDIATE)
def refuse_mediation(request: HttpRequest, mediation_id: UUID, body: RefusalIn) -> dict[str, Any]:
    """A party clearly refuses: it ends."""
    row = actions.refuse(
        mediation_id=mediation_id, party_id=body.party, note=body.note, by=actor_of(request), at=clock.now()
    )
    return _read(row, request)


@router.post("/mediations/{mediation_id}/fail", response=MediationWholeOut, operation_id="grid_fail_mediation")
@needs(may.MEDIATE)
def fail_mediation(request: HttpRequest, mediation_id: UUID, body: FailureIn) -> dict[str, Any]:
    """No agreement can be had: it ends."""
    row = actions.fail(mediation_id=mediation_id, note=body.note, by=actor_of(request), at=clock.now())
    return _read(row, request)


@router.post("/mediations/{mediation_id}/agree", response=MediationWholeOut, operation_id="grid_agree_mediation")
@needs(may.MEDIATE)
def agree_mediation(request: HttpRequest, mediation_id: UUID, body: AgreementIn) -> dict[str, Any]:
    """The parties agree, in writing or by word of mouth."""
    told = body.model_dump(exclude={"op_id"})
    row = actions.agree(mediation_id=mediation_id, **told, by=actor_of(request), at=clock.now())
    return _read(row, request)


@router.post("/mediations/{mediation_id}/papers", response=MediationWholeOut, operation_id="grid_add_mediation_paper")
@needs(may.MEDIATE)
def add_mediation_paper(request: HttpRequest, mediation_id: UUID, body: PaperIn) -> dict[str, Any]:
    """Put the signed copy into the file."""
    row = actions.add_paper(mediation_id=mediation_id, file_ids=body.files, by=actor_of(request), at=clock.now())
    return _read(row, request)


@router.post(
    "/mediations/{mediation_id}/follow_up", response=MediationWholeOut, operation_id="grid_follow_up_mediation"
)
@needs(may.MEDIATE)
def follow_up_mediation(request: HttpRequest, mediation_id: UUID, body: FollowUpIn) -> dict[str, Any]:
    """I asked whether it is kept."""
    told = body.model_dump(exclude={"op_id"})
    one = actions.follow_up(mediation_id=mediation_id, **told, by=actor_of(request), at=clock.now())
    return _read(one.mediation, request)


@router.post("/mediations/{mediation_id}/close", response=MediationWholeOut, operation_id="grid_close_mediation")
@needs(may.MEDIATE)
def close_mediation(request: HttpRequest, mediation_id: UUID, body: NothingIn | None = None) -> dict[str, Any]:
    """All is followed up: file it."""
    return _read(actions.close(mediation_id=mediation_id, by=actor_of(request), at=clock.now()), request)
