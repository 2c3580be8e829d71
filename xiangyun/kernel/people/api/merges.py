"""Merges over HTTP: what may be one, two rows side by side, merging and taking it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock, paths
from xiangyun.base.errors import NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.people.actions import merges as actions
from xiangyun.kernel.people.queries import duplicates, merges
from xiangyun.kernel.people.rules import abilities
from xiangyun.kernel.people.schemas.homes import CompareOut, DuplicateOut, MergeOut
from xiangyun.kernel.people.schemas.writes import CompareIn, MergeIn

router = Router(tags=["people"])


@router.get("/duplicates", response=list[DuplicateOut], operation_id="people_list_duplicates")
@needs(abilities.MERGE)
def list_duplicates(request: HttpRequest, area: str = "") -> list[dict[str, Any]]:
    """People and homes of an area that may be one and the same."""
    by = actor_of(request)
    place = area or by.scope
    if not any(paths.within(place, root) or paths.within(root, place) for root in by.areas(abilities.MERGE)):
        raise NotFound
    return duplicates.found(by, place, clock.now())


@router.post("/merges/compare", response=CompareOut, operation_id="people_compare_rows")
@needs(abilities.MERGE)
def compare_rows(request: HttpRequest, body: CompareIn) -> dict[str, Any]:
    """Two people or two homes side by side."""
    return merges.compared(body.kind, body.a, body.b, actor_of(request))


@router.get("/merges", response=Page[MergeOut], operation_id="people_list_merges")
@needs(abilities.MERGE)
def list_merges(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """What was merged in my places, newest first."""
    by = actor_of(request)
    found = page(merges.listed(by), paging=paging, order=("-at", "-id"))
    return {**found, "items": merges.shown(found["items"], by)}


@router.post("/merges", response={201: MergeOut}, operation_id="people_merge_rows")
@needs(abilities.MERGE)
def merge_rows(request: HttpRequest, body: MergeIn) -> Status[dict[str, Any]]:
    """Two people or two homes are one."""
    by = actor_of(request)
    merge = actions.merge_rows(
        kind=body.kind, keep_id=body.keep, drop_id=body.drop, take=body.take, by=by, at=clock.now()
    )
    return Status(201, merges.shown([merge], by)[0])


@router.post("/merges/{merge_id}/undo", response=MergeOut, operation_id="people_undo_merge")
@needs(abilities.MERGE)
def undo_merge(request: HttpRequest, merge_id: UUID) -> dict[str, Any]:
    """They are two again, while nothing came after."""
    by = actor_of(request)
    return merges.shown([actions.undo_merge(merge_id=merge_id, by=by, at=clock.now())], by)[0]
