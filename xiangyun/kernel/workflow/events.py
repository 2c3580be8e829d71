"""What the room of matters and work announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class GridSplit:
    """A grid ended and two began; its homes and open matters stand in one of them now."""

    town: str
    path: str
    first: str
    second: str
    at: datetime
