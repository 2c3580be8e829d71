"""Wire shapes of matters, work and duty."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from xiangyun.kernel.workflow.rules import ShiftKind


class PersonOut(BaseModel):
    """Somebody, as others may know them."""

    account: str
    name: str


class SubjectOut(BaseModel):
    """A thing somewhere in the house."""

    kind: str
    id: str


class WorkOut(BaseModel):
    """One person's task. `alert` is the alert that opened its matter.

    `is_unaccepted`: somebody was asked and let the time pass, or nobody is left to ask.
    """

    id: UUID
    matter: UUID
    number: str
    kind: str
    title: str
    area: str
    area_name: str
    state: str
    assignee: PersonOut | None
    due_at: datetime
    may: list[str]
    severity: int
    subject: SubjectOut
    alert: str | None
    rule: str | None
    offered_at: datetime
    take_by_at: datetime | None
    taken_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    note: str
    point: tuple[float, float] | None
    is_late: bool
    is_unaccepted: bool


class StepOut(BaseModel):
    """One thing that happened to a matter; `says` is the sentence for it."""

    id: UUID
    at: datetime
    act: str
    says: str
    by: str
    to: PersonOut | None
    state_from: str
    state_to: str
    work: UUID | None
    note: str


class MatterOut(BaseModel):
    """One thing somebody must see to."""

    id: UUID
    number: str
    kind: str
    kind_name: str
    title: str
    area: str
    area_name: str
    state: str
    severity: int
    subject: SubjectOut
    alert: str | None
    rule: str | None
    owner: PersonOut | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    point: tuple[float, float] | None
    is_unaccepted: bool


class MatterWholeOut(MatterOut):
    """A matter with its work and its history, oldest first."""

    work: list[WorkOut]
    history: list[StepOut]


class WorkWholeOut(WorkOut):
    """A work item with its matter and what happened to it, oldest first."""

    whole_matter: MatterOut
    history: list[StepOut]


class AnswerIn(BaseModel):
    """What somebody says while taking, finishing or returning work."""

    note: str = Field(default="", max_length=500)
    op_id: UUID | None = None


class ReassignIn(BaseModel):
    """Whom a work item goes to."""

    account: str = Field(max_length=64)
    note: str = Field(default="", max_length=500)
    op_id: UUID | None = None


class DutyPersonOut(BaseModel):
    """Somebody on duty: name, post, the public duty number, and for which place."""

    account: str = Field(description="the name they sign in with; empty for villagers")
    name: str
    post: str
    phone: str
    area: str
    area_name: str


class ShiftOut(DutyPersonOut):
    """One line of the roster."""

    id: UUID
    kind: ShiftKind
    rank: int
    starts_at: datetime
    ends_at: datetime | None
    is_on: bool


class DutyOut(BaseModel):
    """Who is on duty for a place now, the roster in force or to come, and how long offered work may wait."""

    area: str
    area_name: str
    leader: DutyPersonOut | None
    officers: list[DutyPersonOut]
    shifts: list[ShiftOut]
    take_within_min: int


class ShiftIn(BaseModel):
    """Somebody goes on duty."""

    account: str = Field(max_length=64)
    area: str = Field(max_length=64)
    kind: ShiftKind
    rank: int = Field(default=1, ge=1, le=99)
    phone: str = Field(default="", max_length=32)
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    op_id: UUID | None = None


class TakeLimitIn(BaseModel):
    """How long an offered item may wait in a place, and who decided so."""

    area: str = Field(max_length=64)
    minutes: int = Field(ge=1, le=1440)
    basis: str = Field(default="", max_length=200)
    op_id: UUID | None = None


class TakeLimitOut(BaseModel):
    """A limit as it now stands."""

    area: str
    minutes: int
    starts_at: datetime
    basis: str
