"""Wire shapes of limits, days and routes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from xiangyun.kernel.workflow.rules import Level, Start, Unit
from xiangyun.kernel.workflow.rules.deadlines import MOST


class DeadlineOut(BaseModel):
    """How long a stage of a kind of matter may take. Without `id`, `area` and its name the kind itself says so."""

    id: UUID | None
    area: str | None
    area_name: str | None
    kind: str
    kind_name: str
    stage: str
    amount: int
    unit: Unit
    extension: int
    starts: Start
    warn_pct: int
    valid_from: date
    valid_until: date | None
    basis: str


class DeadlineIn(BaseModel):
    """A limit of a place, from a day on."""

    area: str = Field(max_length=64)
    kind: str = Field(max_length=64)
    stage: str = Field(max_length=64)
    amount: int = Field(ge=1, le=MOST)
    unit: Unit
    extension: int = Field(default=0, ge=0, le=MOST)
    starts: Start = Start.ENTERED
    warn_pct: int = Field(default=80, ge=1, le=100)
    valid_from: date
    basis: str = Field(min_length=1, max_length=200)
    op_id: UUID | None = None


class DayOut(BaseModel):
    """A day that is not what the week says. `basis` and `area`, the place that wrote it down, are null where the
    State Council's calendar says so."""

    on: date
    is_working: bool
    area: str | None
    basis: str | None


class YearOut(BaseModel):
    """A year as it is counted here. Where it is not known, `missing` says which days a notice typed in still lacks."""

    year: int
    is_known: bool
    missing: list[str]
    days: list[DayOut]


class DayIn(BaseModel):
    """Whether a day is worked."""

    on: date
    is_working: bool


class DaysIn(BaseModel):
    """Days of a place, and the notice they stand in."""

    area: str = Field(max_length=64)
    days: list[DayIn] = Field(min_length=1, max_length=400)
    basis: str = Field(min_length=1, max_length=200)
    op_id: UUID | None = None


class ForgottenIn(BaseModel):
    """Days that are to be again what they were before a place wrote them down."""

    area: str = Field(max_length=64)
    days: list[date] = Field(min_length=1, max_length=400)
    op_id: UUID | None = None


class NamedOut(BaseModel):
    """A code and what it is called."""

    code: str
    name: str


class RouteLevelOut(BaseModel):
    """A level a kind is handled at, and the role it goes to where the place's table says nothing (null: nobody)."""

    level: Level
    name: str
    role: str | None
    role_name: str | None


class RouteKindOut(BaseModel):
    """A kind of matter that is sent by the table: its levels, lowest first, and what it is divided into."""

    kind: str
    name: str
    levels: list[RouteLevelOut]
    categories: list[NamedOut]


class RouteChoicesOut(BaseModel):
    """What a line of the table can say: kinds with their levels, and roles."""

    kinds: list[RouteKindOut]
    roles: list[NamedOut]


class RouteOut(BaseModel):
    """Where matters of a kind go at a level."""

    id: UUID
    area: str
    area_name: str
    kind: str
    kind_name: str
    category: str
    category_name: str | None
    level: str
    role: str | None
    role_name: str | None
    account: str | None
    account_name: str | None
    office: str
    order: int
    valid_from: date
    valid_until: date | None


class RouteIn(BaseModel):
    """A line of the table: to a role or to a named person."""

    area: str = Field(max_length=64)
    kind: str = Field(max_length=64)
    category: str = Field(default="", max_length=64)
    level: Level
    role: str = Field(default="", max_length=64)
    account: str = Field(default="", max_length=64)
    office: str = Field(default="", max_length=64)
    order: int = Field(default=1, ge=1, le=99)
    valid_from: date
    op_id: UUID | None = None
