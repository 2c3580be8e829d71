"""Reports and categories over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from xiangyun.base import clock, words
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.files import queries as files
from xiangyun.kernel.files.api import BYTES, sent
from xiangyun.kernel.workflow import queries as workflow
from xiangyun.modules.grid.actions import categories as category_actions
from xiangyun.modules.grid.actions import reports as actions
from xiangyun.modules.grid.answers import reports as answers
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import reports as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.schemas.reports import (
    CallerOut,
    CallerRevealIn,
    CategoriesOut,
    CategoryIn,
    CategoryOut,
    LikelyListOut,
    MyReportOut,
    NothingIn,
    PublicReportOut,
    ReportCheckIn,
    ReportClassifyIn,
    ReportIn,
    ReportLawIn,
    ReportOut,
    ReportResultIn,
    ReportsWantedIn,
    ReportVerifyIn,
    ReportWholeOut,
)

router = Router()

TAKEN = {"responses": {200: {"description": "OK", **BYTES}}}


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang


def _whole(report: Report, request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    return answers.whole(report, queries.files_of(report), by, _lang(request))


@router.get("/categories", response=CategoriesOut, operation_id="grid_list_categories")
@needs(may.REPORT)
def list_categories(request: HttpRequest) -> dict[str, Any]:
    """What can be reported in my town today."""
    lang = _lang(request)
    found = categories.listed(actor_of(request).scope, timezone.localdate(clock.now()))
    return {"items": answers.listed(found.values(), lang), "danger": words.say("grid.danger_first", lang)}


@router.post("/categories", response={201: CategoryOut}, operation_id="grid_set_category")
@needs(may.SET_CATEGORIES)
def set_category(request: HttpRequest, body: CategoryIn) -> Status[dict[str, Any]]:
    """Write down what a category of my town is from a day on."""
    row = category_actions.set_category(**body.model_dump(exclude={"op_id"}), by=actor_of(request), at=clock.now())
    return Status(201, answers.listed([categories.of_row(row)], _lang(request))[0])


@router.post("/reports", response={201: MyReportOut}, operation_id="grid_make_report")
@needs(may.REPORT)
def make_report(request: HttpRequest, body: ReportIn) -> Status[dict[str, Any]]:
    """Report a hazard or a quarrel. Where somebody's life is in danger, 110, 119 or 120 come first."""
    by = actor_of(request)
    facts = body.model_dump(exclude={"op_id", "household", "plot", "files"})
    report = actions.make_report(
        **facts,
        household_id=body.household,
        plot_id=body.plot,
        file_ids=body.files,
        report_id=body.op_id,
        by=by,
        at=clock.now(),
    )
    return Status(201, answers.mine([report], by, _lang(request))[0])


@router.get("/my_reports", response=Page[MyReportOut], operation_id="grid_list_my_reports")
@needs(may.REPORT)
def list_my_reports(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """What I reported, the latest first, and where it stands."""
    by = actor_of(request)
    found = page(queries.made_by(by), paging=paging, order=("-id",))
    return {**found, "items": answers.mine(found["items"], by, _lang(request))}


@router.get("/published", response=Page[PublicReportOut], operation_id="grid_list_published")
@needs(may.SEE_PUBLISHED)
def list_published(request: HttpRequest, paging: Query[Paging], area: str | None = None) -> dict[str, Any]:
    """What was reported in my village (or one of my town's) and what came of it; no names, no quarrels."""
    by = actor_of(request)
    rows = queries.published(by, area)
    found = page(rows, paging=paging, order=("-id",))
    return {**found, "items": answers.public(found["items"], by.scope, _lang(request))}


@router.get("/reports", response=Page[ReportOut], operation_id="grid_list_reports")
@needs(may.SEE)
def list_reports(request: HttpRequest, paging: Query[Paging], asked: Query[ReportsWantedIn]) -> dict[str, Any]:
    """The reports of my places, the latest first."""
    by = actor_of(request)
    wanted = queries.Wanted(**asked.model_dump())
    found = page(queries.listed(by, wanted), paging=paging, order=("-id",))
    return {**found, "items": answers.reports(found["items"], by, _lang(request))}


@router.get("/reports/{report_id}", response=ReportWholeOut, operation_id="grid_get_report")
@needs(may.HANDLE)
def get_report(request: HttpRequest, report_id: UUID) -> dict[str, Any]:
    """One report, for staff of its place and for whoever has it or is asked to take it."""
    return _whole(queries.reports_for(actor_of(request)).pick(report_id), request)


@router.get("/reports/{report_id}/likely", response=LikelyListOut, operation_id="grid_list_likely")
@needs(may.VERIFY)
def list_likely(request: HttpRequest, report_id: UUID) -> dict[str, Any]:
    """Reports that may speak of the same thing."""
    by = actor_of(request)
    report = queries.reports_for(by).pick(report_id)
    return {"items": answers.likely(queries.likely(report, by), by, _lang(request))}


@router.get("/reports/{report_id}/files/{report_file_id}", operation_id="grid_get_report_file", openapi_extra=TAKEN)
@needs(may.REPORT)
def get_report_file(request: HttpRequest, report_id: UUID, report_file_id: UUID) -> StreamingHttpResponse:
    """A photo or a recording of a report, for staff who may see the report; whoever made it sees their own."""
    by = actor_of(request)
    rows = queries.files_of(queries.reports_for(by).pick(report_id))
    found = (rows if by.may(may.HANDLE) else rows.filter(by_account=by.account_id)).filter(pk=report_file_id).first()
    if found is None:
        raise NotFound
    return sent(found.blob, files.name(found))


@router.post("/reports/{report_id}/verify", response=ReportWholeOut, operation_id="grid_verify_report")
@needs(may.VERIFY)
def verify_report(request: HttpRequest, report_id: UUID, body: ReportVerifyIn) -> dict[str, Any]:
    """I went and looked: it is so, or there is nothing."""
    told = body.model_dump(exclude={"op_id"})
    return _whole(actions.verify(report_id=report_id, **told, by=actor_of(request), at=clock.now()), request)


@router.post("/reports/{report_id}/classify", response=ReportWholeOut, operation_id="grid_classify_report")
@needs(may.VERIFY)
def classify_report(request: HttpRequest, report_id: UUID, body: ReportClassifyIn) -> dict[str, Any]:
    """Say what it is, how grave, and who settles it."""
    by = actor_of(request)
    told = body.model_dump(exclude={"op_id", "account"})
    report = actions.classify(
        report_id=report_id, **told, account=_named(body.account, by, report_id), by=by, at=clock.now()
    )
    return _whole(report, request)


@router.post("/reports/{report_id}/begin", response=ReportWholeOut, operation_id="grid_begin_report")
@needs(may.HANDLE)
def begin_report(request: HttpRequest, report_id: UUID, body: NothingIn | None = None) -> dict[str, Any]:
    """I signed for it and am on it now."""
    return _whole(actions.begin(report_id=report_id, by=actor_of(request), at=clock.now()), request)


@router.post("/reports/{report_id}/result", response=ReportWholeOut, operation_id="grid_tell_result")
@needs(may.HANDLE)
def tell_result(request: HttpRequest, report_id: UUID, body: ReportResultIn) -> dict[str, Any]:
    """Say what was done; it is checked."""
    report = actions.tell_result(
        report_id=report_id, words=body.words, file_ids=body.files, by=actor_of(request), at=clock.now()
    )
    return _whole(report, request)


@router.post("/reports/{report_id}/check", response=ReportWholeOut, operation_id="grid_check_report")
@needs(may.CLOSE_IN_VILLAGE)
def check_report(request: HttpRequest, report_id: UUID, body: ReportCheckIn) -> dict[str, Any]:
    """I looked whether it was done: it is over, or goes on."""
    told = body.model_dump(exclude={"op_id"})
    return _whole(actions.check(report_id=report_id, **told, by=actor_of(request), at=clock.now()), request)


@router.post("/reports/{report_id}/close_here", response=ReportWholeOut, operation_id="grid_close_here")
@needs(may.CLOSE_IN_GRID)
def close_here(request: HttpRequest, report_id: UUID, body: ReportResultIn) -> dict[str, Any]:
    """Settled in the grid, on the spot."""
    report = actions.close_here(
        report_id=report_id, words=body.words, file_ids=body.files, by=actor_of(request), at=clock.now()
    )
    return _whole(report, request)


@router.post("/reports/{report_id}/send_to_law", response=ReportWholeOut, operation_id="grid_send_to_law")
@needs(may.CLASSIFY)
def send_to_law(request: HttpRequest, report_id: UUID, body: ReportLawIn) -> dict[str, Any]:
    """The police, a court, the petition office or arbitration has it from now on."""
    report = actions.send_to_law(
        report_id=report_id, channel=body.channel, note=body.note, by=actor_of(request), at=clock.now()
    )
    return _whole(report, request)


@router.post("/reports/{report_id}/reveal", response=CallerOut, operation_id="grid_reveal_caller")
@needs(may.VERIFY)
def reveal_caller(request: HttpRequest, report_id: UUID, body: CallerRevealIn) -> dict[str, Any]:
    """Name and number of who told it, with a reason that is written down."""
    by, at = actor_of(request), clock.now()
    report = queries.reports_for(by).pick(report_id)
    by.must(may.VERIFY, report.area_path)
    told = queries.caller(report)
    if not told:
        raise NotFound
    audit.reveal(
        field="caller",
        reason=body.reason,
        by=by,
        object=(actions.BELONGS, report.pk),
        area=report.area_path,
        at=at,
    )
    return {"name": told.get("name") or None, "phone": told.get("phone") or None}


def _named(account: str | None, by: Actor, report_id: UUID) -> UUID | None:
    """The account somebody named. Refuses: NotFound (the report), BadInput (nobody of that name)."""
    if account is None:
        return None
    queries.reports_for(by).pick(report_id)
    found = workflow.account_named(account, by)
    if found is None:
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "account"], "msg": "account"}])
    return found
