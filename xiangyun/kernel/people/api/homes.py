"""Homes over HTTP: the list, a whole home, its past, and everything that is written about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import belongings, members
from xiangyun.kernel.people.actions import homes as actions
from xiangyun.kernel.people.actions.sources import Told
from xiangyun.kernel.people.queries import homes, past, visible
from xiangyun.kernel.people.rules import abilities
from xiangyun.kernel.people.rules.groups import AMOUNTS
from xiangyun.kernel.people.schemas.homes import ChangeOut, HomeRowOut, HouseholdOut, IncomeOut, PlotOut
from xiangyun.kernel.people.schemas.writes import (
    AmountsIn,
    CheckIn,
    HomeChange,
    HomeIn,
    MoveInIn,
    NameHeadIn,
    NewPlotIn,
    OnDayIn,
    PlotChange,
    Sourced,
    SplitIn,
)

router = Router(tags=["people"])

# What a body carries beside its facts.
BESIDE = {"op_id", "source"}


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


@router.post("/households", response={201: HouseholdOut}, operation_id="people_add_household")
@needs(abilities.EDIT_HOME)
def add_household(request: HttpRequest, body: HomeIn) -> Status[dict[str, Any]]:
    """A home of a village, with its head if one is told."""
    by, at = actor_of(request), clock.now()
    told = body.model_dump(exclude_unset=True, exclude={*BESIDE, "area", "head", "on"})
    head = body.head.model_dump(exclude_unset=True, exclude=BESIDE) if body.head else None
    home = actions.add_home(area=body.area, facts_told=told, head=head, on=body.on, told=source_of(body), by=by, at=at)
    return Status(201, _whole(home.pk, by, at))


@router.patch("/households/{household_id}", response=HouseholdOut, operation_id="people_change_household")
@needs(abilities.EDIT_HOME)
def change_household(request: HttpRequest, household_id: UUID, body: HomeChange) -> dict[str, Any]:
    """Facts of a home that changed; another version than the one that was read is told who was first."""
    by, at = actor_of(request), clock.now()
    told = body.model_dump(exclude_unset=True, exclude={*BESIDE, "version"})
    actions.change_home(
        household_id=household_id, facts_told=told, version=body.version, told=source_of(body), by=by, at=at
    )
    return _whole(household_id, by, at)


@router.post(
    "/households/{household_id}/members", response={201: HouseholdOut}, operation_id="people_add_household_member"
)
@needs(abilities.EDIT_PERSON)
def add_member(request: HttpRequest, household_id: UUID, body: MoveInIn) -> Status[dict[str, Any]]:
    """Somebody of the register, or somebody new, joins a home; a birth is one of these."""
    by, at = actor_of(request), clock.now()
    members.move_in(
        household_id=household_id,
        resident_id=body.resident,
        person=body.person.model_dump(exclude_unset=True, exclude=BESIDE) if body.person else None,
        relation=body.relation,
        began_by=body.began_by,
        on=body.on,
        told=source_of(body),
        by=by,
        at=at,
    )
    return Status(201, _whole(household_id, by, at))


@router.post("/households/{household_id}/head", response=HouseholdOut, operation_id="people_name_household_head")
@needs(abilities.EDIT_PERSON)
def name_head(request: HttpRequest, household_id: UUID, body: NameHeadIn) -> dict[str, Any]:
    """Who is the head of a home now."""
    by, at = actor_of(request), clock.now()
    members.name_head(
        household_id=household_id,
        resident_id=body.resident,
        relations={one.resident: one.relation for one in body.relations},
        told=source_of(body),
        by=by,
        at=at,
    )
    return _whole(household_id, by, at)


@router.post("/households/{household_id}/check", response=HouseholdOut, operation_id="people_check_household")
@needs(abilities.EDIT_HOME)
def check_household(request: HttpRequest, household_id: UUID, body: CheckIn) -> dict[str, Any]:
    """Somebody looked: it is still so."""
    by, at = actor_of(request), clock.now()
    actions.check_home(household_id=household_id, told=source_of(body), by=by, at=at)
    return _whole(household_id, by, at)


@router.post("/households/{household_id}/close", response=HouseholdOut, operation_id="people_close_household")
@needs(abilities.EDIT_HOME)
def close_household(request: HttpRequest, household_id: UUID, body: OnDayIn) -> dict[str, Any]:
    """It is nobody's home any more."""
    by, at = actor_of(request), clock.now()
    actions.close_home(household_id=household_id, on=body.on, told=source_of(body), by=by, at=at)
    return _whole(household_id, by, at)


@router.post("/households/{household_id}/split", response={201: HouseholdOut}, operation_id="people_split_household")
@needs(abilities.EDIT_PERSON)
def split_household(request: HttpRequest, household_id: UUID, body: SplitIn) -> Status[dict[str, Any]]:
    """Some of a home make a home of their own: the new one is answered."""
    by, at = actor_of(request), clock.now()
    told = body.model_dump(exclude_unset=True, exclude={*BESIDE, "members", "head", "stay_head", "on"})
    new = actions.split_home(
        household_id=household_id,
        relations={one.resident: one.relation for one in body.members},
        head=body.head,
        stay_head=body.stay_head,
        facts_told=told,
        on=body.on,
        told=source_of(body),
        by=by,
        at=at,
    )
    return Status(201, _whole(new.pk, by, at))


@router.post("/households/{household_id}/plots", response={201: PlotOut}, operation_id="people_add_plot")
@needs(abilities.EDIT_HOME)
def add_plot(request: HttpRequest, household_id: UUID, body: NewPlotIn) -> Status[dict[str, Any]]:
    """A piece of land of a home."""
    told = body.model_dump(exclude_unset=True, exclude=BESIDE)
    plot = belongings.add_plot(
        household_id=household_id, facts_told=told, told=source_of(body), by=actor_of(request), at=clock.now()
    )
    return Status(201, homes.shown_plot(plot))


@router.patch("/plots/{plot_id}", response=PlotOut, operation_id="people_change_plot")
@needs(abilities.EDIT_HOME)
def change_plot(request: HttpRequest, plot_id: UUID, body: PlotChange) -> dict[str, Any]:
    """Facts of a piece of land that changed."""
    plot = belongings.change_plot(
        plot_id=plot_id,
        facts_told=body.model_dump(exclude_unset=True, exclude={*BESIDE, "version"}),
        version=body.version,
        told=source_of(body),
        by=actor_of(request),
        at=clock.now(),
    )
    return homes.shown_plot(plot)


@router.post("/plots/{plot_id}/close", response=PlotOut, operation_id="people_close_plot")
@needs(abilities.EDIT_HOME)
def close_plot(request: HttpRequest, plot_id: UUID, body: OnDayIn) -> dict[str, Any]:
    """A piece of land is the home's no more."""
    plot = belongings.close_plot(
        plot_id=plot_id, on=body.on, told=source_of(body), by=actor_of(request), at=clock.now()
    )
    return homes.shown_plot(plot)


@router.put("/households/{household_id}/incomes/{year}", response=IncomeOut, operation_id="people_say_income")
@needs(abilities.EDIT_INCOME)
def say_income(request: HttpRequest, household_id: UUID, year: int, body: AmountsIn) -> dict[str, Any]:
    """A home's income of a year; the answer says that it is known, not how much."""
    income = belongings.say_income(
        household_id=household_id,
        year=year,
        amounts=body.model_dump(include=set(AMOUNTS)),
        version=body.version,
        told=source_of(body),
        by=actor_of(request),
        at=clock.now(),
    )
    return homes.shown_income(income)


def source_of(body: Sourced) -> Told:
    """Where the facts of a body come from."""
    return Told(kind=body.source.kind, name=body.source.name, as_of=body.source.as_of)


def _whole(pk: UUID, by: Actor, at: datetime) -> dict[str, Any]:
    home = visible.households(by).select_related("home_source").pick(pk)
    return homes.whole(home, by, at=at)
