"""Wire shapes of the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class AuditActor(BaseModel):
    kind: Literal["person", "machine", "system"]
    id: UUID | None
    account: str
    name: str


class AuditObject(BaseModel):
    kind: str
    id: str


class EntryOut(BaseModel):
    """One act; `seq` is its place in the town's chain, null while it waits for its link."""

    id: int
    at: datetime
    act: str
    by: AuditActor
    object: AuditObject
    area: str
    detail: dict[str, Any]
    seq: int | None


class VerdictOut(BaseModel):
    """What the verifier found; `head` is what to print or to send upward."""

    town: str
    is_good: bool
    says: str
    sealed: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    head: str | None
