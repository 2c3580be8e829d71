"""People over HTTP: a whole person, their past, and everything that is written about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import belongings, members
from xiangyun.kernel.people.actions import residents as actions
from xiangyun.kernel.people.api.homes import BESIDE, source_of
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.queries import past, people, visible
from xiangyun.kernel.people.rules import abilities
from xiangyun.kernel.people.schemas.homes import CareMarkOut, ChangeOut
from xiangyun.kernel.people.schemas.residents import ResidentOut
from xiangyun.kernel.people.schemas.writes import DeathIn, MarkIn, MoveIn, OnDayIn, PersonChange

router = Router(tags=["people"])


@router.get("/residents/{resident_id}", response=ResidentOut, operation_id="people_get_resident")
@needs(abilities.SEE_PERSON)
def get_resident(request: HttpRequest, resident_id: UUID) -> dict[str, Any]:
    """A whole person."""
    by = actor_of(request)
    resident = visible.residents(by).select_related(*people.SOURCES).pick(resident_id)
    return people.whole(resident, by, at=clock.now())


@router.get("/residents/{resident_id}/history", response=Page[ChangeOut], operation_id="people_get_resident_history")
@needs(abilities.SEE_PERSON)
def get_resident_history(request: HttpRequest, resident_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """Everything that was changed of a person, newest first."""
    resident = visible.residents(actor_of(request)).pick(resident_id)
    changes = past.of_resident(resident.pk)
    return page(changes, paging=paging, order=("-at", "-id"), show=lambda one: past.shown(one, address=None))


@router.patch("/residents/{resident_id}", response=ResidentOut, operation_id="people_change_resident")
@needs(abilities.EDIT_PERSON)
def change_resident(request: HttpRequest, resident_id: UUID, body: PersonChange) -> dict[str, Any]:
    """Facts of a person that changed; another version than the one that was read is told who was first."""
    by, at = actor_of(request), clock.now()
    told = body.model_dump(exclude_unset=True, exclude={*BESIDE, "version"})
    actions.change_resident(
        resident_id=resident_id, facts_told=told, version=body.version, told=source_of(body), by=by, at=at
    )
    return _whole(resident_id, by, at)


@router.post("/residents/{resident_id}/death", response=ResidentOut, operation_id="people_record_death")
@needs(abilities.EDIT_PERSON)
def record_death(request: HttpRequest, resident_id: UUID, body: DeathIn) -> dict[str, Any]:
    """Somebody died; when the head did, the body says who leads the home now."""
    by, at = actor_of(request), clock.now()
    members.record_death(resident_id=resident_id, on=body.on, head=body.head, told=source_of(body), by=by, at=at)
    return _whole(resident_id, by, at)


@router.post("/residents/{resident_id}/move", response=ResidentOut, operation_id="people_move_resident")
@needs(abilities.EDIT_PERSON)
def move_resident(request: HttpRequest, resident_id: UUID, body: MoveIn) -> dict[str, Any]:
    """Somebody goes to another home of the town, or outside."""
    by, at = actor_of(request), clock.now()
    moved = members.move(
        resident_id=resident_id,
        household_id=body.household,
        outside=body.outside,
        relation=body.relation,
        how=body.how,
        on=body.on,
        head=body.head,
        told=source_of(body),
        by=by,
        at=at,
    )
    return people.whole(Resident.objects.select_related(*people.SOURCES).get(pk=moved.pk), by, at=at)


@router.post("/residents/{resident_id}/marks", response={201: CareMarkOut}, operation_id="people_add_mark")
@needs(abilities.EDIT_PERSON)
def add_mark(request: HttpRequest, resident_id: UUID, body: MarkIn) -> Status[dict[str, Any]]:
    """Somebody needs special care."""
    mark = belongings.add_mark(
        resident_id=resident_id,
        kind=body.kind,
        note=body.note,
        from_on=body.from_on,
        told=source_of(body),
        by=actor_of(request),
        at=clock.now(),
    )
    return Status(201, people.shown_mark(mark))


@router.post("/marks/{mark_id}/end", response=CareMarkOut, operation_id="people_end_mark")
@needs(abilities.EDIT_PERSON)
def end_mark(request: HttpRequest, mark_id: UUID, body: OnDayIn) -> dict[str, Any]:
    """Somebody needs a kind of care no more."""
    mark = belongings.end_mark(mark_id=mark_id, on=body.on, told=source_of(body), by=actor_of(request), at=clock.now())
    return people.shown_mark(mark)


def _whole(pk: UUID, by: Actor, at: datetime) -> dict[str, Any]:
    return people.whole(visible.residents(by).select_related(*people.SOURCES).pick(pk), by, at=at)
