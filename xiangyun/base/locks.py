"""When a door that can be guessed at locks, and for how long: plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

# Safety brief, fault 13: locked at 5 failures.
FAILURES = 5
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=15)


def locked_until(failures: Sequence[datetime], most: int = FAILURES) -> datetime | None:
    """Until when a door stays shut, from the latest failures since the last success (any order); None if open."""
    latest = sorted(failures)[-most:]
    if len(latest) < most or latest[-1] - latest[0] > WINDOW:
        return None
    return latest[-1] + LOCK
