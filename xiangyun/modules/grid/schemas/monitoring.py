"""Wire shapes of monitoring."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from xiangyun.kernel.workflow.schemas import PersonOut
from xiangyun.modules.grid.rules.monitoring import (
    MOST_PUBLIC_DAYS,
    PUBLIC_DAYS,
    How,
    MeasureKind,
    MonitoringState,
    Target,
)
from xiangyun.modules.grid.schemas.reports import ReportHomeOut, Sent

Long = Annotated[str, Field(max_length=4000)]


class FoundIn(Sent):
    """A family of the register that may fall into poverty. `target` where the day knows several."""

    household: UUID
    how: How
    found: Long
    income: Long = ""
    target: Target | None = None


class HomeVerifiedIn(Sent):
    """What whoever verified it saw, and whether it holds."""

    is_met: bool
    words: Long


class PublicIn(Sent):
    """For how many days the name hangs out, from today."""

    days: int = Field(default=PUBLIC_DAYS, ge=1, le=MOST_PUBLIC_DAYS)


class SaidIn(Sent):
    """A word of it: what was objected, why it is refused or over."""

    words: Long


class ApprovedIn(Sent):
    """What the county writes beside its yes."""

    words: Long = ""


class MeasureIn(Sent):
    """What is done for the family, since when, and who answers for it."""

    what: MeasureKind
    answerable: str = Field(max_length=40)
    since: date
    words: Long = ""


class MonitoringOut(BaseModel):
    """A file in a list; the name of the head of the home is masked. `is_public` while the name hangs out."""

    id: UUID
    matter: UUID
    number: str
    area: str
    area_name: str
    state: MonitoringState
    state_name: str
    head: str
    how: How
    target: Target
    target_name: str
    owner: PersonOut | None
    publicised_from: date | None
    publicised_until: date | None
    is_public: bool
    decided_at: datetime | None
    stable_since: date | None
    exited_at: datetime | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    may: list[str]


class ObjectionOut(BaseModel):
    """What somebody had against it."""

    at: datetime
    words: str


class MeasureOut(BaseModel):
    """What is done for the family."""

    id: UUID
    what: MeasureKind
    what_name: str
    answerable: str
    since: date
    words: str


class MonitoringWholeOut(MonitoringOut):
    """The whole file, names and all; that somebody read it is written down."""

    home: ReportHomeOut
    found: str
    income: str
    verified: str
    decided: str
    decided_by: PersonOut | None
    objections: list[ObjectionOut]
    why_ended: str
    measures: list[MeasureOut]
