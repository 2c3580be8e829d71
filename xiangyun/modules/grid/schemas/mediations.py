"""Wire shapes of mediation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from xiangyun.kernel.workflow.schemas import PersonOut
from xiangyun.modules.grid.rules.mediation import AgreementForm, Kept, MediationState, Origin, Prevented, Side
from xiangyun.modules.grid.schemas.reports import ReportFileOut, Sent

Long = Annotated[str, Field(max_length=4000)]


class PartyIn(BaseModel):
    """One who quarrels: of the register, or by name."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    side: Side
    resident: UUID | None = None
    name: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=20)


class MediationIn(Sent):
    """A quarrel brought before the committee of a village."""

    area: str = Field(max_length=40)
    category: str = Field(max_length=40)
    origin: Origin
    facts: Long
    issues: Long = ""
    parties: list[PartyIn] = Field(min_length=2, max_length=20)
    report: UUID | None = None
    before: UUID | None = None


class MediatorIn(Sent):
    """Who mediates: an account, or a mediator by name."""

    account: str | None = Field(default=None, max_length=64)
    mediator_name: str = Field(default="", max_length=40)


class SittingIn(Sent):
    """When and where the mediator sat with whom, and what was said."""

    held_at: AwareDatetime
    place: str = Field(default="", max_length=100)
    came: list[UUID] = Field(min_length=1, max_length=20)
    notes: Long


class RefusalIn(Sent):
    """Which party clearly refuses."""

    party: UUID
    note: Long = ""


class FailureIn(Sent):
    """Why no agreement can be had."""

    note: Long


class AgreementIn(Sent):
    """What was agreed: who owes what, how and until when."""

    form: AgreementForm
    content: Long
    liability: Long = ""
    method: Long = ""
    due_on: date | None = None
    amount_fen: int | None = Field(default=None, ge=0, le=10**13)
    prevented: Prevented = Prevented.NOTHING


class PaperIn(Sent):
    """Photos or scans of the signed copy."""

    files: list[UUID] = Field(min_length=1, max_length=20)


class FollowUpIn(Sent):
    """What somebody found who asked whether it is kept."""

    found: Kept
    words: Long = ""


class PartyOut(BaseModel):
    """A party; in a list the name is masked and the phone not there."""

    id: UUID
    side: Side
    name: str
    phone: str | None
    resident: UUID | None
    refused_at: datetime | None


class MediationOut(BaseModel):
    """A mediation in a list."""

    id: UUID
    matter: UUID
    number: str
    category: str
    category_name: str
    area: str
    area_name: str
    state: MediationState
    state_name: str
    is_sealed: bool
    origin: Origin
    mediator_name: str
    owner: PersonOut | None
    parties: list[PartyOut]
    form: AgreementForm | None
    amount_fen: int | None
    agreed_on: date | None
    report: str | None
    before: str | None
    relapsed: int
    follow_ups_left: int
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    may: list[str]


class SittingOut(BaseModel):
    """One time the parties sat together."""

    id: UUID
    held_at: datetime
    place: str
    came: list[UUID]
    notes: str


class AgreementOut(BaseModel):
    """What was agreed."""

    liability: str
    content: str
    method: str
    due_on: date | None


class FollowUpOut(BaseModel):
    """A day on which somebody asks whether it is kept."""

    due_on: date
    done_at: datetime | None
    found: Kept | None
    words: str


class MediationWholeOut(MediationOut):
    """The whole file, names and all; that somebody read it is written down. `remedies`: what the parties were told
    where it ended without an agreement."""

    facts: str
    issues: str
    sittings: list[SittingOut]
    agreement: AgreementOut | None
    prevented: Prevented
    why_ended: str
    remedies: str | None
    remedies_told_at: datetime | None
    follow_ups: list[FollowUpOut]
    files: list[ReportFileOut]
