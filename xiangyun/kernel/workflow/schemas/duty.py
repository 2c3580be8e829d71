"""Wire shapes of duty."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from xiangyun.kernel.workflow.rules import ShiftKind


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
