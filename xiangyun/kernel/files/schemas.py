"""Wire shapes of files and uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class UploadIn(BaseModel):
    """A file announced: how many bytes will come, what for, and if known their SHA-256 (hex)."""

    name: str = Field(min_length=1, max_length=255)
    size: int = Field(ge=1)
    kind: Literal["photo", "paper", "workbook", "voice"]
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    area: str | None = None
    op_id: UUID | None = None


class UploadOut(BaseModel):
    """How much of a file has come; `file` is what it became once it was finished."""

    id: UUID
    size: int
    received: int
    piece_bytes: int
    expires_at: datetime
    file: UUID | None


class FinishIn(BaseModel):
    """Everything was sent."""

    op_id: UUID | None = None


class FileOut(BaseModel):
    """A file as it was kept: a picture is a JPEG by now, whatever it was.

    Without its name, which may be somebody's: an answer is remembered for repeats, and the sender knows it.
    """

    id: UUID
    kind: Literal["photo", "paper", "workbook", "export", "voice"]
    media_type: str
    size: int
    area: str
    has_thumbnail: bool
    made_at: datetime
    expires_at: datetime | None
