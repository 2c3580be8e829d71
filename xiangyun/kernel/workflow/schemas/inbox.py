"""Wire shapes of the inbox, stand-ins and hand-over."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from xiangyun.kernel.workflow.schemas.matters import ClockOut, PersonOut

Box = Literal["todo", "doing", "done", "late", "watching"]


class InboxItemOut(BaseModel):
    """One thing in somebody's inbox: a matter, and their task on it (none where they only watch).

    A matter that is only watched may have no clock and no end: `clock` and `due_at` are null then.
    `may` are acts on the matter, `work_may` moves of the task, as on their own pages.
    """

    id: UUID
    matter: UUID
    work: UUID | None
    number: str
    kind: str
    kind_name: str
    title: str
    category: str
    area: str
    area_name: str
    state: str
    level: str
    level_name: str
    severity: int
    has: PersonOut | None
    role: str | None
    role_name: str | None
    in_place_of: PersonOut | None
    reporter: PersonOut | None
    clock: ClockOut | None
    due_at: datetime | None
    may: list[str]
    work_may: list[str]
    is_main: bool
    is_sealed: bool
    offered_at: datetime
    done_at: datetime | None
    outcome: str | None


class InboxCountsOut(BaseModel):
    """How many: by box, and of what waits for me (todo and doing) by when it is due."""

    todo: int
    doing: int
    late: int
    watching: int
    today: int
    three_days: int
    later: int
    stopped: int


class StandInIn(BaseModel):
    """Who is asked in whose place, from when to when; without `account` in mine."""

    deputy: str = Field(max_length=64)
    account: str = Field(default="", max_length=64)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    op_id: UUID | None = None


class StandInOut(BaseModel):
    """Somebody asked in another's place."""

    id: UUID
    account: PersonOut
    deputy: PersonOut
    starts_at: datetime
    ends_at: datetime
    is_on: bool


class HandOverIn(BaseModel):
    """Whose open work goes to whom; without `account` mine."""

    to: str = Field(max_length=64)
    account: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=500)
    op_id: UUID | None = None


class HandOverLookIn(BaseModel):
    """Whose open work would go to whom; without `account` mine."""

    to: str = Field(max_length=64)
    account: str = Field(default="", max_length=64)


class CountedOut(BaseModel):
    """So many matters of a kind."""

    kind: str
    kind_name: str
    n: int


class HandOverLookOut(BaseModel):
    """What would go over and what would stay, by kind; `n` and `stays` are all of them."""

    n: int
    stays: int
    went: list[CountedOut]
    stayed: list[CountedOut]


class HandedOut(BaseModel):
    """One thing that went over."""

    work: UUID
    matter: UUID
    number: str
    title: str


class HandOverOut(BaseModel):
    """What went over, and what could not: the other holds no post for its place."""

    went: list[HandedOut]
    stayed: list[HandedOut]
