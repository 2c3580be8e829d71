"""Wire shapes of what people do with matters."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from xiangyun.kernel.workflow.rules.deadlines import MOST

NOTE = Field(default="", max_length=500)
WHY = Field(max_length=500)


class ActIn(BaseModel):
    """An act that needs no more than a word."""

    note: str = NOTE
    op_id: UUID | None = None


class AssignIn(ActIn):
    """Whom a matter goes to: a named person, or all who hold a role at its level."""

    account: str = Field(default="", max_length=64)
    role: str = Field(default="", max_length=64)


class ReasonIn(BaseModel):
    """An act that needs a reason."""

    reason: str = WHY
    op_id: UUID | None = None


class HelpersIn(ActIn):
    """Who is asked to help."""

    accounts: list[str] = Field(min_length=1, max_length=10)


class IntoIn(ActIn):
    """Into which matter this one goes."""

    into: UUID


class PartsIn(BaseModel):
    """What each part is about."""

    titles: list[str] = Field(min_length=1, max_length=10)
    op_id: UUID | None = None


class SuspendIn(ReasonIn):
    """Why the clock stands still, and what is waited for."""

    waits_for: str = NOTE


class ExtensionIn(ReasonIn):
    """How much more time, in the clock's unit."""

    amount: int = Field(ge=1, le=MOST)


class ProofIn(BaseModel):
    """A file uploaded before, and what is said of it."""

    file: UUID
    words: str = Field(default="", max_length=200)


class CloseIn(BaseModel):
    """How it ended."""

    words: str = WHY
    evidence: list[ProofIn] = Field(default_factory=list, max_length=20)
    op_id: UUID | None = None


class RemarkIn(BaseModel):
    """A sentence for the history."""

    note: str = WHY
    evidence: list[ProofIn] = Field(default_factory=list, max_length=20)
    op_id: UUID | None = None
