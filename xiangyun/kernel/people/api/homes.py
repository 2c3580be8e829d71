"""Homes over HTTP: the list, a whole home, its past, and everything that is written about it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.queries import homes, past, visible
from xiangyun.kernel.people.rules import abilities
from xiangyun.kernel.people.schemas.homes import ChangeOut, HomeRowOut, HouseholdOut

router = Router(tags=["people"])


@router.get("/households", response=Page[HomeRowOut], operation_id="people_list_households")
@needs(abilities.SEE_HOME)
def list_households(
    request: HttpRequest,
    paging: Query[Paging],
    area: str = "",
    grid: str = "",
    kind: str = "",
    due: bool | None = None,
    closed: bool = False,
    sort: Literal["number", "checked", "changed"] = "number",
) -> dict[str, Any]:
    """Homes of my places."""
    by, at = actor_of(request), clock.now()
    rows = homes.listed(by, at=at, area=area, grid=grid, kind=kind, due=due, closed=closed)
    found = page(rows, paging=paging, order=homes.ORDERS[sort])
    return {**found, "items": homes.shown_rows(found["items"], by, at)}


@router.get("/households/{household_id}", response=HouseholdOut, operation_id="people_get_household")
@needs(abilities.SEE_HOME)
def get_household(request: HttpRequest, household_id: UUID, on: date | None = None) -> dict[str, Any]:
    """A whole home; with `on`, as of that day."""
    by = actor_of(request)
    home = visible.households(by).select_related("home_source").pick(household_id)
    return homes.whole(home, by, at=clock.now(), on=on)


@router.get("/households/{household_id}/history", response=Page[ChangeOut], operation_id="people_get_household_history")
@needs(abilities.SEE_HOME)
def get_household_history(request: HttpRequest, household_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """Everything that was changed of a home, newest first."""
    by = actor_of(request)
    home = visible.households(by).pick(household_id)
    place = org.names([home.area_path])[home.area_path]
    shown_as = "" if homes.may(by, abilities.EDIT_HOME, home) else homes.address(home, by, place)
    return page(
        past.of_home(home),
        paging=paging,
        order=("-at", "-id"),
        show=lambda change: past.shown(change, address=shown_as or None),
    )


def shown(home: Household, by: Actor) -> dict[str, Any]:
    """A home that was just written, whole."""
    return homes.whole(home, by, at=clock.now())
