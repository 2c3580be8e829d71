"""People over HTTP: a whole person, their past, and everything that is written about them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.people.queries import past, people, visible
from xiangyun.kernel.people.rules import abilities
from xiangyun.kernel.people.schemas.homes import ChangeOut
from xiangyun.kernel.people.schemas.residents import ResidentOut

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
