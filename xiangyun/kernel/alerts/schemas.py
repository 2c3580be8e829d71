"""Wire shapes of alerts and rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from xiangyun.kernel.workflow.schemas import SubjectOut


class AlertOut(BaseModel):
    """One alert or tip. Times of the spell are event times; `raised_at` is when the house knew.

    `silent_since` is the last evidence, where it ended only because nothing was heard after that: unknown since.
    """

    id: UUID
    rule: str
    title: str
    kind: Literal["alert", "tip"]
    severity: int
    area: str
    subject: SubjectOut
    device: UUID | None
    starts_at: datetime
    event_at: datetime
    cleared_at: datetime | None
    silent_since: datetime | None
    raised_at: datetime
    is_late: bool
    state: Literal["open", "closed", "withdrawn"]
    reason: str
    inputs: dict[str, Any]
    matter: UUID | None


class RuleOut(BaseModel):
    """The numbers of one rule for one stretch of time; an empty `town` means every town."""

    id: UUID
    code: str
    title: str
    kind: Literal["alert", "tip"]
    shape: str
    town: str
    severity: int
    params: dict[str, Any]
    valid_from: datetime
    valid_until: datetime | None
    source: str
    basis: str


class RuleIn(BaseModel):
    """New numbers for a rule in a town, from a moment on."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    town: str
    params: dict[str, Any]
    severity: int = Field(ge=1, le=4)
    valid_from: AwareDatetime
    source: str = Field(min_length=2, max_length=500)
    basis: str = Field(min_length=2, max_length=500)
    op_id: UUID | None = None
