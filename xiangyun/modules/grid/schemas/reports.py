"""Wire shapes of reports and categories."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from xiangyun.base.paging import Page
from xiangyun.kernel.workflow.schemas import PersonOut
from xiangyun.modules.grid.rules.categories import Group
from xiangyun.modules.grid.rules.reports import Channel, PublicState, ReportState

LevelName = Literal["grid", "village", "town"]
LevelNow = Literal["grid", "village", "town", "banner"]
"""A report goes to the county by being handed up, never by being classified."""
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Files = Annotated[list[UUID], Field(max_length=9)]
Words = Annotated[str, Field(max_length=2000)]


class ReportsWantedIn(BaseModel):
    """Which reports a list is about."""

    area: str | None = Field(default=None, max_length=40)
    state: ReportState | None = None
    level: LevelName | None = None
    group: Group | None = None
    category: str | None = Field(default=None, max_length=40)
    household: UUID | None = None
    is_open: bool | None = None
    cell: str | None = Field(default=None, pattern=r"^-?\d{1,5},-?\d{1,5}$")


class Sent(BaseModel):
    """A body somebody sends: a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    op_id: UUID | None = None


class CategoryOut(BaseModel):
    """What can be reported; `is_own` where the town wrote it itself."""

    code: str
    name: str
    group: Group
    level: LevelName
    severity: int
    is_sensitive: bool
    source: str
    valid_from: date
    valid_until: date | None


class CategoriesOut(BaseModel):
    """All that can be reported now, and whom to call first where somebody's life is in danger."""

    items: list[CategoryOut]
    danger: str


class CategoryIn(Sent):
    """What a category is from a day on; with `valid_until` it ends."""

    code: str = Field(pattern=r"^[a-z][a-z_]{1,39}$")
    group: Group
    zh: str = Field(min_length=1, max_length=20)
    en: str = Field(min_length=1, max_length=40)
    level: LevelName
    severity: int = Field(ge=1, le=4)
    valid_from: date
    valid_until: date | None = None
    source: str = Field(min_length=1, max_length=200)


class CallerIn(BaseModel):
    """Who told it, if they say so."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=20)


class ReportIn(Sent):
    """What somebody reports: a category, and words or a file."""

    category: str = Field(max_length=40)
    words: Words = ""
    area: str | None = Field(default=None, max_length=40)
    place: str = Field(default="", max_length=100)
    point: tuple[Lon, Lat] | None = None
    household: UUID | None = None
    plot: UUID | None = None
    files: Files = []
    how: Literal["", "for_somebody", "phone"] = ""
    caller: CallerIn | None = None


class ReportVerifyIn(Sent):
    """What somebody saw who went and looked."""

    is_real: bool = True
    note: Words = ""


class ReportClassifyIn(Sent):
    """What it is, how grave, and who settles it."""

    category: str = Field(max_length=40)
    level: LevelName
    severity: int = Field(ge=1, le=4)
    account: str | None = Field(default=None, max_length=64)
    note: Words = ""


class ReportResultIn(Sent):
    """What was done, as the village may read it: no names."""

    words: Words
    files: Files = []


class ReportCheckIn(Sent):
    """Whether what was told was done."""

    is_good: bool
    note: Words = ""


class ReportLawIn(Sent):
    """Where the law takes it."""

    channel: Channel
    note: Words


class CallerRevealIn(Sent):
    """Why somebody's number is opened: it is written down."""

    reason: str = Field(max_length=32)


class CallerOut(BaseModel):
    """Who told it: masked, or opened for a moment."""

    name: str | None
    phone: str | None


class ReportHomeOut(BaseModel):
    """A home, for whoever may see it."""

    id: UUID
    number: str


class ReportPlotOut(BaseModel):
    """A piece of land, for whoever may see the home it belongs to."""

    id: UUID
    name: str
    size_mu: Decimal


class JoinedOut(BaseModel):
    """The report another became part of; without `id` for whoever may not open it."""

    id: UUID | None
    number: str


class ReportFileOut(BaseModel):
    """A photo or a recording of a report; its content comes from `/api/grid/reports/{id}/files/{file}`."""

    id: UUID
    kind: str
    media_type: str
    size: int
    made_at: datetime


class PublicReportOut(BaseModel):
    """What the village reads: no words, no name, no point on the map."""

    number: str
    category: str
    category_name: str
    area_name: str
    opened_on: date
    state: PublicState
    state_name: str
    result: str | None
    settled_on: date | None


class BoardOut(Page[PublicReportOut]):
    """What hangs on the board of a place."""

    area_name: str


class MyReportOut(BaseModel):
    """A report as whoever made it follows it: by name who has it, and by when it is to be settled."""

    id: UUID
    number: str
    category: str
    category_name: str
    area_name: str
    place: str
    words: str
    opened_at: datetime
    state: PublicState
    state_name: str
    owner: str | None
    due_at: datetime | None
    result: str | None
    settled_at: datetime | None
    is_sealed: bool


class ReportOut(BaseModel):
    """A report with where its matter stands."""

    id: UUID
    matter: UUID
    number: str
    category: str
    category_name: str
    group: Group | None
    title: str
    area: str
    area_name: str
    state: ReportState
    state_name: str
    level: LevelNow
    severity: int
    is_sealed: bool
    how: str
    words: str
    place: str
    point: tuple[float, float] | None
    home: ReportHomeOut | None
    plot: ReportPlotOut | None
    caller: CallerOut | None
    owner: PersonOut | None
    handler: PersonOut | None
    result: str | None
    result_at: datetime | None
    channel: str | None
    merged_into: JoinedOut | None
    reopened: int
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    may: list[str]


class ReportWholeOut(ReportOut):
    """A report with its files."""

    files: list[ReportFileOut]


class LikelyOut(BaseModel):
    """A report that may speak of the same thing, and why."""

    report: ReportOut
    same_home: bool
    same_plot: bool
    distance_m: int | None
    hours_apart: int
    same_category: bool
    words: float


class LikelyListOut(BaseModel):
    """Suggestions, the likeliest first; a person decides."""

    items: list[LikelyOut]


class NothingIn(Sent):
    """A body that says nothing but that it comes once."""
