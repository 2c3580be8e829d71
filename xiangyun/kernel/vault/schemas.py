"""Wire shapes of the vault."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class RotationOut(BaseModel):
    """A walk to a new key."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    started_at: datetime
    finished_at: datetime | None
    done: int
    total: int


class BackupOut(BaseModel):
    """How this box's backups stand. Everything committed before `safe_until` survives the loss of this machine; the
    last restore that came out equal began at `proven_at`."""

    target: str | None
    safe_until: datetime | None
    checked_at: datetime | None
    made_at: datetime | None
    proven_at: datetime | None
    trouble: str | None


class VaultOut(BaseModel):
    """How a town's personal data is sealed. `asks` are the words (1-based) of the recovery sheet to type back."""

    suite: Literal["AES_256_GCM", "SM4_GCM"] | None
    key_since: datetime | None
    is_confirmed: bool
    asks: list[int]
    rotation: RotationOut | None
    backup: BackupOut


class ConfirmIn(BaseModel):
    """The asked words of the recovery sheet, in the order asked."""

    words: list[str] = Field(min_length=3, max_length=3)
    op_id: UUID | None = None


class RotateIn(BaseModel):
    """A new key; without a suite the present one stays."""

    suite: Literal["AES_256_GCM", "SM4_GCM"] | None = None
    op_id: UUID | None = None
