"""Wire shapes of visits."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from xiangyun.kernel.workflow.schemas import PersonOut
from xiangyun.modules.grid.rules.visits import MOST_DAYS, VisitKind, VisitOutcome
from xiangyun.modules.grid.schemas.reports import ReportFileOut, ReportHomeOut, Sent


class CareKindOut(BaseModel):
    """A kind of special care."""

    code: str
    name: str


class DueHeadOut(BaseModel):
    """Whose home it is, as they are called."""

    id: UUID
    name: str


class DueHomeOut(BaseModel):
    """A home that somebody is to visit, and why."""

    id: UUID
    number: str
    area: str
    area_name: str
    grid: str
    address: str
    point: tuple[float, float] | None
    head: DueHeadOut | None
    members: int
    is_care: bool
    is_census: bool
    care: list[CareKindOut]
    due_on: date | None
    checked_at: datetime
    last_at: datetime | None
    last_kind: VisitKind | None
    last_outcome: VisitOutcome | None


class DueOut(BaseModel):
    """The homes that are due, special care first, then what waits longest; `total` counts those beyond the list too."""

    items: list[DueHomeOut]
    total: int
    care: int


class VisitsWantedIn(BaseModel):
    """Which visits a list is about."""

    area: str | None = Field(default=None, max_length=40)
    household: UUID | None = None
    kind: VisitKind | None = None
    outcome: VisitOutcome | None = None


class VisitOut(BaseModel):
    """One visit. What was said stands sealed and is opened with a reason."""

    id: UUID
    home: ReportHomeOut
    area: str
    area_name: str
    kind: VisitKind
    outcome: VisitOutcome
    outcome_name: str
    visitor: PersonOut | None
    visited_at: datetime
    came_at: datetime
    call_back_on: date | None
    has_words: bool


class VisitWholeOut(VisitOut):
    """A visit with its files; their content comes from `/api/grid/visits/{id}/files/{file}`."""

    files: list[ReportFileOut]


class VisitRevealIn(Sent):
    """Why what was said at a visit is opened: it is written down."""

    reason: str = Field(max_length=32)


class VisitToldOut(BaseModel):
    """What was said at a visit, opened for a moment; `report` where help was asked for and the reader may see it."""

    note: str
    help: str
    report: UUID | None


class VisitIntervalOut(BaseModel):
    """How often homes of a kind of special care are asked after; null: not at all, and nobody ever said so."""

    kind: str
    name: str
    days: int | None
    source: str | None
    valid_from: date | None
    valid_until: date | None


class VisitIntervalsOut(BaseModel):
    """The intervals in force today, and the kinds that have none."""

    items: list[VisitIntervalOut]


class VisitIntervalIn(Sent):
    """How often homes of a kind of special care are asked after from a day on."""

    kind: str = Field(max_length=40)
    days: int | None = Field(ge=1, le=MOST_DAYS)
    valid_from: date
    valid_until: date | None = None
    source: str = Field(min_length=1, max_length=200)
