"""Wire shapes of matters, work, clocks and history."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field


class PersonOut(BaseModel):
    """Somebody, as others may know them."""

    account: str
    name: str


class SubjectOut(BaseModel):
    """A thing somewhere in the house."""

    kind: str
    id: str


class WorkOut(BaseModel):
    """One person's task. `alert` is the alert that opened its matter; `stopped_at`: since when the matter's clock
    stands still.

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
    is_main: bool
    is_sealed: bool
    matter_kind: str
    matter_kind_name: str
    stopped_at: datetime | None
    role: str | None
    role_name: str | None
    in_place_of: PersonOut | None


class ClockOut(BaseModel):
    """How a matter stands against its time. `last_day` is the day at whose end it is due (null: hours run from the
    moment). `says` is what people say: 还剩 2 天. `unsure_year`: its holidays are not known, so the end is a guess."""

    stage: str
    started_at: datetime
    due_at: datetime
    last_day: date | None
    lamp: str
    used: float = Field(ge=0, le=1)
    stopped_since: datetime | None
    left: str = Field(description="days hours late_days late_hours stopped")
    left_n: int
    says: str
    unsure_year: int | None
    amount: int
    unit: str
    extension: int
    extended: int
    basis: str


class StopOut(BaseModel):
    """A time in which the clock stood still."""

    since: datetime
    until: datetime | None
    reason: str
    waits_for: str


class ExtensionOut(BaseModel):
    """More time, asked for, and what was said to it."""

    amount: int
    reason: str
    asked_by: PersonOut | None
    asked_at: datetime
    decided_by: PersonOut | None
    decided_at: datetime | None
    is_granted: bool | None
    answer: str


class ProofOut(BaseModel):
    """A file beside a step; `GET /api/files/{id}` gives it to whoever may see it."""

    file: UUID
    words: str


class MatterLinkOut(BaseModel):
    """Another matter."""

    id: UUID
    number: str


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
    evidence: list[ProofOut]


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
    category: str
    level: str
    level_name: str
    clock: ClockOut | None
    may: list[str] = Field(description="the acts open to the reader now")
    reporter: PersonOut | None
    is_sealed: bool
    sent_back: int
    reopened: int
    merged_into: MatterLinkOut | None
    split_from: MatterLinkOut | None


class MatterWholeOut(MatterOut):
    """A matter with its work, its clock's stops, what was asked, and its history, oldest first."""

    work: list[WorkOut]
    history: list[StepOut]
    stops: list[StopOut]
    extensions: list[ExtensionOut]
    merged: list[MatterLinkOut]
    parts: list[MatterLinkOut]
    is_watched: bool


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
