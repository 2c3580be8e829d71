"""Wire shapes of what a person may see and ask, and of opening a masked field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from xiangyun.kernel.people.rules.purposes import RequestKind, RequestState


class RevealIn(BaseModel):
    """Which field, and why: the person concerned reads it."""

    field: str = Field(max_length=32)
    reason: str = Field(max_length=32)


class RevealOut(BaseModel):
    """An opened field; the page masks it again at `masks_at`."""

    field: str
    value: str
    masks_at: datetime


class LookOut(BaseModel):
    """Somebody opened a field of mine, made a copy for me, or took out a table of a place in which I stood: who, when,
    why; `field` (or the table) and `reason` are codes with their words beside."""

    at: datetime
    by: str
    post: str
    kind: Literal["field", "copy", "export"]
    field: str
    field_name: str
    area_name: str = Field(description="which place the table is of; empty otherwise")
    reason: str
    reason_name: str


class OwnPersonOut(BaseModel):
    """A record I may see: my own, a child's, somebody's I look after."""

    resident: UUID
    name: str
    kind: Literal["self", "guardian", "proxy"]
    looks: int = Field(description="how often somebody looked in the last 90 days")


class OwnFactOut(BaseModel):
    """One fact the register holds about me: masked where others see it masked; its source and day."""

    field: str
    name: str
    value: str
    is_masked: bool
    source: str
    as_of: date | None


class OwnRecordOut(OwnPersonOut):
    """What the register holds about me, group by group."""

    facts: list[OwnFactOut]
    household_number: str
    area_name: str


class PurposeOut(BaseModel):
    """What people are told about one purpose, in the reader's language."""

    purpose: str
    title: str
    basis: str
    kept: str
    needs_consent: bool
    fields: list[str]
    version: str
    text: str


class ConsentOut(BaseModel):
    """One consent in the ledger; withdrawn ones stay."""

    id: UUID
    purpose: str
    title: str
    notice_version: str
    given_by: Literal["self", "guardian", "proxy"]
    how: Literal["paper", "app", "spoken"]
    given_at: datetime
    withdrawn_at: datetime | None
    has_paper: bool = Field(description="whether the paper that was signed is kept and can be opened")


class ConsentIn(BaseModel):
    """A consent as it was given; under 14 a guardian is named."""

    purpose: str = Field(max_length=32)
    given_by: Literal["self", "guardian", "proxy"] = "self"
    guardian: UUID | None = None
    how: Literal["paper", "app", "spoken"]
    evidence: UUID | None = Field(default=None, description="the signed paper: a file of kind paper, just sent")
    op_id: UUID | None = None


class OwnConsentIn(BaseModel):
    """I agree to one purpose, having read its notice."""

    purpose: str = Field(max_length=32)
    notice_version: str = Field(max_length=32)
    op_id: UUID | None = None


class RequestIn(BaseModel):
    """What a person asks."""

    kind: RequestKind
    text: str = Field(default="", max_length=1000)
    op_id: UUID | None = None


class RequestOut(BaseModel):
    """A person's request and its answer."""

    id: UUID
    resident: UUID
    name: str
    kind: RequestKind
    state: RequestState
    text: str
    answer: str
    asked_at: datetime
    due_on: date
    closed_at: datetime | None
    copy_until: datetime | None = Field(description="until when the copy that was made can be taken; null without one")
    may: list[str]


class MakeCopyIn(BaseModel):
    """Make the copy that was asked for."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID | None = None


class AnswerRequestIn(BaseModel):
    """How a request ends."""

    state: Literal["done", "refused"]
    answer: str = Field(min_length=1, max_length=1000)
    op_id: UUID | None = None


class OwnRecordIn(BaseModel):
    """Who may see a person's record from their own phone."""

    account: str = Field(max_length=64)
    kind: Literal["self", "guardian", "proxy"]
    op_id: UUID | None = None


class OwnRecordRowOut(BaseModel):
    """An account that may see the record."""

    id: UUID
    account: str
    name: str
    kind: Literal["self", "guardian", "proxy"]
    from_at: datetime
