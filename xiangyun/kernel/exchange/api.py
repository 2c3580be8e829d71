"""Tables in and out over HTTP. Workbooks come through `/api/uploads`, what was made goes through `/api/files/{id}`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Status

from xiangyun.base import clock, words
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.exchange import actions, queries, rules
from xiangyun.kernel.exchange.answers import Answers, shown_lines
from xiangyun.kernel.exchange.schemas import (
    ExportIn,
    ExportOut,
    FaultsOut,
    FilledOut,
    FillIn,
    FormChangeIn,
    FormIn,
    FormOut,
    FormWholeOut,
    ImportIn,
    ImportOut,
    ImportWholeOut,
    MappingIn,
    StepIn,
    TableKindsOut,
)
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files import api as files_api
from xiangyun.kernel.files import queries as stored

router = Router(tags=["exchange"])


def _answers(request: HttpRequest) -> Answers:
    return Answers(actor=actor_of(request), lang=getattr(request, "lang", words.DEFAULT))


@router.get("/exchange/kinds", response=TableKindsOut, operation_id="exchange_list_kinds")
@signed_in
def list_kinds(request: HttpRequest) -> dict[str, Any]:
    """What I may bring in, take out and fill in."""
    return _answers(request).kinds()


@router.get("/exchange/imports", response=Page[ImportOut], operation_id="exchange_list_imports")
@needs(rules.IMPORT)
def list_imports(request: HttpRequest, paging: Query[Paging], kind: str = "", area: str = "") -> dict[str, Any]:
    """Imports into my places, newest first."""
    answers = _answers(request)
    rows = queries.imports_for(answers.actor)
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.in_area(area)
    found = page(rows, paging=paging, order=("-made_at", "-id"))
    return {**found, "items": answers.imports(found["items"])}


@router.post("/exchange/imports", response={201: ImportOut}, operation_id="exchange_start_import")
@needs(rules.IMPORT)
def start_import(request: HttpRequest, body: ImportIn) -> Status[dict[str, Any]]:
    """Bring an uploaded workbook in; it is looked into next."""
    answers = _answers(request)
    row = actions.start_import(kind=body.kind, area=body.area, file_id=body.file, by=answers.actor, at=clock.now())
    return Status(201, answers.imports([row])[0])


@router.get("/exchange/imports/{import_id}", response=ImportWholeOut, operation_id="exchange_get_import")
@needs(rules.IMPORT)
def get_import(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    """One import: how far it is, what was seen in its workbook, what its columns mean."""
    answers = _answers(request)
    return answers.import_whole(queries.imports_for(answers.actor).select_related("file").pick(import_id))


@router.get("/exchange/imports/{import_id}/faults", response=FaultsOut, operation_id="exchange_list_faults")
@needs(rules.IMPORT)
def list_faults(request: HttpRequest, import_id: UUID) -> dict[str, Any]:
    """Why rows stay out."""
    answers = _answers(request)
    return answers.faults(queries.imports_for(answers.actor).pick(import_id))


@router.post("/exchange/imports/{import_id}/check", response=ImportOut, operation_id="exchange_check_import")
@needs(rules.IMPORT)
def check_import(request: HttpRequest, import_id: UUID, body: MappingIn) -> dict[str, Any]:
    """Try everything without keeping it."""
    answers = _answers(request)
    row = actions.ask_check(
        import_id=import_id,
        sheet=body.sheet,
        first_row=body.first_row,
        last_row=body.last_row,
        mapping=body.mapping,
        by=answers.actor,
        at=clock.now(),
    )
    return answers.imports([row])[0]


@router.post("/exchange/imports/{import_id}/run", response=ImportOut, operation_id="exchange_run_import")
@needs(rules.IMPORT)
def run_import(request: HttpRequest, import_id: UUID, body: StepIn | None = None) -> dict[str, Any]:
    """Take the good rows in."""
    answers = _answers(request)
    row = actions.ask_run(import_id=import_id, by=answers.actor, at=clock.now())
    return answers.imports([row])[0]


@router.post("/exchange/imports/{import_id}/cancel", response=ImportOut, operation_id="exchange_cancel_import")
@needs(rules.IMPORT)
def cancel_import(request: HttpRequest, import_id: UUID, body: StepIn | None = None) -> dict[str, Any]:
    """Stop it; nothing of it stays."""
    answers = _answers(request)
    row = actions.cancel(import_id=import_id, by=answers.actor, at=clock.now())
    return answers.imports([row])[0]


@router.post("/exchange/imports/{import_id}/undo", response=ImportOut, operation_id="exchange_undo_import")
@needs(rules.IMPORT)
def undo_import(request: HttpRequest, import_id: UUID, body: StepIn | None = None) -> dict[str, Any]:
    """Take it back; what somebody has touched since stays."""
    answers = _answers(request)
    row = actions.ask_undo(import_id=import_id, by=answers.actor, at=clock.now())
    return answers.imports([row])[0]


@router.get("/exchange/exports", response=Page[ExportOut], operation_id="exchange_list_exports")
@needs(rules.EXPORT)
def list_exports(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Tables taken out of my places, newest first."""
    answers = _answers(request)
    found = page(queries.exports_for(answers.actor), paging=paging, order=("-made_at", "-id"))
    return {**found, "items": answers.exports(found["items"])}


@router.post("/exchange/exports", response={201: ExportOut}, operation_id="exchange_ask_export")
@needs(rules.EXPORT)
def ask_export(request: HttpRequest, body: ExportIn) -> Status[dict[str, Any]]:
    """Ask for a table; it is written next, and its entry in the audit with it."""
    answers = _answers(request)
    row = actions.ask_export(**body.model_dump(exclude={"op_id"}), by=answers.actor, at=clock.now())
    return Status(201, answers.exports([row])[0])


@router.get("/exchange/exports/{export_id}", response=ExportOut, operation_id="exchange_get_export")
@needs(rules.EXPORT)
def get_export(request: HttpRequest, export_id: UUID) -> dict[str, Any]:
    """One table taken out."""
    answers = _answers(request)
    return answers.exports([queries.exports_for(answers.actor).pick(export_id)])[0]


@router.get("/exchange/forms", response=Page[FormOut], operation_id="exchange_list_forms")
@needs(rules.FILL)
def list_forms(request: HttpRequest, paging: Query[Paging], q: str = "") -> dict[str, Any]:
    """Forms of my town, by title."""
    answers = _answers(request)
    rows = queries.forms_for(answers.actor)
    if q:
        rows = rows.filter(title__contains=q)
    return page(rows, paging=paging, order=("title", "id"), show=answers.form)


@router.post("/exchange/forms", response={201: FormOut}, operation_id="exchange_add_form")
@needs(rules.SHAPE)
def add_form(request: HttpRequest, body: FormIn) -> Status[dict[str, Any]]:
    """Keep an empty form with what belongs into it."""
    answers = _answers(request)
    told = body.model_dump(exclude={"op_id", "file"})
    form = actions.add_form(**told, file_id=body.file, by=answers.actor, at=clock.now())
    return Status(201, answers.form(form))


@router.get("/exchange/forms/{form_id}", response=FormWholeOut, operation_id="exchange_get_form")
@needs(rules.FILL)
def get_form(request: HttpRequest, form_id: UUID) -> dict[str, Any]:
    """A form as it looks empty, and what belongs into it."""
    answers = _answers(request)
    form = queries.forms_for(answers.actor).select_related("file__blob").pick(form_id)
    sheet = queries.sheet_of(form)
    return {
        **answers.form(form),
        "lines": shown_lines(sheet.head) if sheet else [],
        "merged": sheet.merged if sheet else [],
    }


@router.patch("/exchange/forms/{form_id}", response=FormOut, operation_id="exchange_change_form")
@needs(rules.SHAPE)
def change_form(request: HttpRequest, form_id: UUID, body: FormChangeIn) -> dict[str, Any]:
    """Say anew what belongs into a form."""
    answers = _answers(request)
    told = body.model_dump(exclude={"op_id"})
    return answers.form(actions.change_form(form_id=form_id, **told, by=answers.actor, at=clock.now()))


@router.post("/exchange/forms/{form_id}/retire", response={204: None}, operation_id="exchange_retire_form")
@needs(rules.SHAPE)
def retire_form(request: HttpRequest, form_id: UUID, body: StepIn | None = None) -> Status[None]:
    """Take a form off the list."""
    actions.retire_form(form_id=form_id, by=actor_of(request), at=clock.now())
    return Status(204, None)


@router.post("/exchange/forms/{form_id}/fill", response={201: FilledOut}, operation_id="exchange_fill_form")
@needs(rules.FILL)
def fill_form(request: HttpRequest, form_id: UUID, body: FillIn) -> Status[dict[str, Any]]:
    """Fill a form for a place, each cell with its source."""
    answers = _answers(request)
    filled = actions.fill(form_id=form_id, area=body.area, by=answers.actor, at=clock.now())
    return Status(201, answers.filled([filled])[0])


@router.get("/exchange/filled", response=Page[FilledOut], operation_id="exchange_list_filled")
@needs(rules.FILL)
def list_filled(request: HttpRequest, paging: Query[Paging], form: UUID | None = None) -> dict[str, Any]:
    """Forms filled for my places, newest first."""
    answers = _answers(request)
    rows = queries.filled_for(answers.actor)
    if form:
        rows = rows.filter(form=form)
    found = page(rows, paging=paging, order=("-at", "-id"))
    return {**found, "items": answers.filled(found["items"])}


@router.get("/exchange/filled/{filled_id}/file", operation_id="exchange_get_filled", openapi_extra=files_api.TAKEN)
@needs(rules.FILL)
def get_filled(request: HttpRequest, filled_id: UUID) -> StreamingHttpResponse:
    """The filled form: for whoever filled it, and for those who may take what others filled there."""
    by, at = actor_of(request), clock.now()
    file = queries.filled_file(filled_id, by, at)
    answer = files_api.sent(file.blob, stored.name(file))
    files.note_download(attachment=file, by=by, at=at)
    return answer
