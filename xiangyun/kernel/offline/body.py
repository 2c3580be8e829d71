"""What stands in an envelope once it is opened: read strictly where the house needs it, kept as it was written."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from xiangyun.kernel.offline import rules

Name = Annotated[str, Field(min_length=1, max_length=80)]


class WrittenFile(BaseModel):
    """A file that belongs to it; its bytes come by themselves."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    role: Literal["small", "original", "voice", "signature"]
    size: Annotated[int, Field(ge=0, le=2**53)] = 0
    group: Annotated[int, Field(ge=0, le=1000)] | None = None


class WrittenSubject(BaseModel):
    """What it is about."""

    kind: Name
    id: UUID


class Written(BaseModel):
    """One thing as a phone wrote it; what a later app adds is let be."""

    v: int
    id: UUID
    phone: UUID
    seq: int
    form: Name
    subject: WrittenSubject
    base: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    facts: dict[Name, Any] = Field(default={}, max_length=200)
    was: dict[Name, Any] = Field(default={}, max_length=200)
    made_at: AwareDatetime
    files: list[WrittenFile] = Field(default=[], max_length=rules.FILES_A_PIECE)
    mends: UUID | None = None


def read(plain: str) -> Written | None:
    """What was written; None where it cannot be read."""
    try:
        return Written.model_validate(json.loads(plain))
    except (ValueError, ValidationError, RecursionError):
        return None
