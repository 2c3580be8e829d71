"""Matters over HTTP: lists, one as a whole, and every act on it."""

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow import actions, queries, rules
from xiangyun.kernel.workflow.answers.matters import MatterReader
from xiangyun.kernel.workflow.api.readers import named, reader
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.schemas import MatterOut, MatterWholeOut
from xiangyun.kernel.workflow.schemas.acts import (
    ActIn,
    AssignIn,
    CloseIn,
    ExtensionIn,
    HelpersIn,
    IntoIn,
    PartsIn,
    ReasonIn,
    RemarkIn,
    SuspendIn,
)

router = Router(tags=["workflow"])


@router.get("/matters", response=Page[MatterOut], operation_id="workflow_list_matters")
@needs(rules.SEE)
def list_matters(
    request: HttpRequest,
    paging: Query[Paging],
    state: Literal["open", "closed"] | None = None,
    kind: str = "",
    area: str = "",
    q: str = "",
) -> dict[str, Any]:
    """Matters of my places, newest first."""
    me = reader(request, MatterReader)
    rows = queries.shown_matters(queries.matters_for(me.actor))
    if state:
        rows = rows.filter(closed_at__isnull=state == "open")
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.in_area(area)
    if q:
        rows = rows.filter(number__contains=q)
    found = page(rows, paging=paging, order=("-opened_at", "-id"))
    return {**found, "items": me.matters(found["items"])}


@router.get("/matters/{matter_id}", response=MatterWholeOut, operation_id="workflow_get_matter")
@signed_in
def get_matter(request: HttpRequest, matter_id: UUID) -> dict[str, Any]:
    """One matter with its work and history, for whoever sees its place or has to do with it."""
    me = reader(request, MatterReader)
    return me.matter_whole(queries.shown_matters(queries.matters_for(me.actor)).pick(matter_id))


def _acted(request: HttpRequest, matter_id: UUID, act: Callable[..., object], **told: Any) -> dict[str, Any]:
    """Do it, and show the matter as it then stands, also to whom it leaves with that."""
    me = reader(request, MatterReader)
    act(matter_id=matter_id, by=me.actor, at=me.at, **told)
    return me.matter_whole(queries.shown_matters(Matter.objects.all()).get(pk=matter_id))


def _must_exist(request: HttpRequest, matter_id: UUID) -> None:
    """Before anybody is looked up for a matter. Refuses: NotFound."""
    queries.matters_for(actor_of(request)).pick(matter_id)


@router.post("/matters/{matter_id}/assign", response=MatterWholeOut, operation_id="workflow_assign_matter")
@needs(rules.HANDLE)
def assign(request: HttpRequest, matter_id: UUID, body: AssignIn) -> dict[str, Any]:
    """Give it to a named person, or to all who hold a role at its level."""
    _must_exist(request, matter_id)
    account = named(body.account, request) if body.account else None
    return _acted(request, matter_id, actions.assign, account=account, role=body.role, note=body.note)


@router.post("/matters/{matter_id}/sign", response=MatterWholeOut, operation_id="workflow_sign_matter")
@needs(rules.HANDLE)
def sign(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """It is mine from now on (签收)."""
    return _acted(request, matter_id, actions.sign, note=body.note if body else "")


@router.post("/matters/{matter_id}/send_back", response=MatterWholeOut, operation_id="workflow_send_back_matter")
@needs(rules.HANDLE)
def send_back(request: HttpRequest, matter_id: UUID, body: ReasonIn) -> dict[str, Any]:
    """Not mine: back to who assigned it, once, with a reason."""
    return _acted(request, matter_id, actions.send_back, reason=body.reason)


@router.post("/matters/{matter_id}/co_handle", response=MatterWholeOut, operation_id="workflow_co_handle_matter")
@needs(rules.HANDLE)
def co_handle(request: HttpRequest, matter_id: UUID, body: HelpersIn) -> dict[str, Any]:
    """Ask others to help (协办)."""
    _must_exist(request, matter_id)
    accounts = [named(account, request, "accounts") for account in body.accounts]
    return _acted(request, matter_id, actions.co_handle, accounts=accounts, note=body.note)


@router.post("/matters/{matter_id}/hand_up", response=MatterWholeOut, operation_id="workflow_hand_up_matter")
@needs(rules.HANDLE)
def hand_up(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """The level above has it from now on, under the same number."""
    return _acted(request, matter_id, actions.hand_up, note=body.note if body else "")


@router.post("/matters/{matter_id}/send_down", response=MatterWholeOut, operation_id="workflow_send_down_matter")
@needs(rules.HANDLE)
def send_down(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """The level below has it from now on."""
    return _acted(request, matter_id, actions.send_down, note=body.note if body else "")


@router.post("/matters/{matter_id}/merge", response=MatterWholeOut, operation_id="workflow_merge_matter")
@needs(rules.HANDLE)
def merge(request: HttpRequest, matter_id: UUID, body: IntoIn) -> dict[str, Any]:
    """It is the same as another, and becomes part of that."""
    return _acted(request, matter_id, actions.merge, into=body.into, note=body.note)


@router.post("/matters/{matter_id}/unmerge", response=MatterWholeOut, operation_id="workflow_unmerge_matter")
@needs(rules.HANDLE)
def unmerge(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """They were two after all."""
    return _acted(request, matter_id, actions.unmerge, note=body.note if body else "")


@router.post("/matters/{matter_id}/split", response=MatterWholeOut, operation_id="workflow_split_matter")
@needs(rules.HANDLE)
def split(request: HttpRequest, matter_id: UUID, body: PartsIn) -> dict[str, Any]:
    """Some of it goes on under numbers of its own, linked to this one."""
    return _acted(request, matter_id, actions.split, titles=body.titles)


@router.post("/matters/{matter_id}/suspend", response=MatterWholeOut, operation_id="workflow_suspend_matter")
@needs(rules.HANDLE)
def suspend(request: HttpRequest, matter_id: UUID, body: SuspendIn) -> dict[str, Any]:
    """Its clock stands still until what is waited for has come."""
    return _acted(request, matter_id, actions.suspend, reason=body.reason, waits_for=body.waits_for)


@router.post("/matters/{matter_id}/resume", response=MatterWholeOut, operation_id="workflow_resume_matter")
@needs(rules.HANDLE)
def resume(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """Its clock goes on."""
    return _acted(request, matter_id, actions.resume, note=body.note if body else "")


@router.post("/matters/{matter_id}/ask_extension", response=MatterWholeOut, operation_id="workflow_ask_extension")
@needs(rules.HANDLE)
def ask_extension(request: HttpRequest, matter_id: UUID, body: ExtensionIn) -> dict[str, Any]:
    """Ask for more time."""
    return _acted(request, matter_id, actions.ask_extension, amount=body.amount, reason=body.reason)


@router.post("/matters/{matter_id}/grant_extension", response=MatterWholeOut, operation_id="workflow_grant_extension")
@needs(rules.HANDLE)
def grant_extension(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """Give the time that was asked for."""
    return _acted(request, matter_id, actions.grant_extension, note=body.note if body else "")


@router.post("/matters/{matter_id}/refuse_extension", response=MatterWholeOut, operation_id="workflow_refuse_extension")
@needs(rules.HANDLE)
def refuse_extension(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """Do not give it."""
    return _acted(request, matter_id, actions.refuse_extension, note=body.note if body else "")


@router.post("/matters/{matter_id}/close", response=MatterWholeOut, operation_id="workflow_close_matter")
@needs(rules.HANDLE)
def close(request: HttpRequest, matter_id: UUID, body: CloseIn) -> dict[str, Any]:
    """It is settled; this is how, and what proves it."""
    evidence = [(one.file, one.words) for one in body.evidence]
    return _acted(request, matter_id, actions.close, words=body.words, evidence=evidence)


@router.post("/matters/{matter_id}/reopen", response=MatterWholeOut, operation_id="workflow_reopen_matter")
@needs(rules.HANDLE)
def reopen(request: HttpRequest, matter_id: UUID, body: ReasonIn) -> dict[str, Any]:
    """It was not settled."""
    return _acted(request, matter_id, actions.reopen, reason=body.reason)


@router.post("/matters/{matter_id}/remark", response=MatterWholeOut, operation_id="workflow_remark_on_matter")
@needs(rules.HANDLE)
def remark(request: HttpRequest, matter_id: UUID, body: RemarkIn) -> dict[str, Any]:
    """A sentence for its history."""
    evidence = [(one.file, one.words) for one in body.evidence]
    return _acted(request, matter_id, actions.note_on, note=body.note, evidence=evidence)


@router.post("/matters/{matter_id}/watch", response=MatterWholeOut, operation_id="workflow_watch_matter")
@needs(rules.SEE)
def watch(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """I keep an eye on it."""
    return _acted(request, matter_id, actions.watch)


@router.post("/matters/{matter_id}/unwatch", response=MatterWholeOut, operation_id="workflow_unwatch_matter")
@needs(rules.SEE)
def unwatch(request: HttpRequest, matter_id: UUID, body: ActIn | None = None) -> dict[str, Any]:
    """No more."""
    return _acted(request, matter_id, _unwatched)


def _unwatched(*, matter_id: UUID, by: Actor, at: object) -> None:
    actions.unwatch(matter_id=matter_id, by=by)
