"""Wire shapes of notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class NoticeOut(BaseModel):
    """One notice; `subject` is what it is about, for the link."""

    id: UUID
    code: str
    text: str
    subject: dict[str, str] | None
    area: str
    created_at: datetime
    seen_at: datetime | None


class SeenIn(BaseModel):
    """The receipt."""

    op_id: UUID | None = None
