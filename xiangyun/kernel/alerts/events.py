"""What the room of alerts announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """A rule's condition holds (or, late, held) for a subject."""

    alert_id: UUID
    rule: str
    town: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """A spell ended, or late data moved or withdrew it."""

    alert_id: UUID
    rule: str
    town: str
    at: datetime
