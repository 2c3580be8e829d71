"""What the room of matters and work announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class GridEnded:
    """A grid was split or joined with another; its homes and open matters stand in one of those that began."""

    town: str
    path: str
    into: tuple[str, ...]
    at: datetime
