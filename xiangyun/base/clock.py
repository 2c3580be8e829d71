"""The one clock; only doors ask it, everything else is given `at`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_moved = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC; on a moved demo box the moment it plays."""
    return datetime.now(UTC) + _moved


def move(by: timedelta) -> None:
    """Play another day, in a demo alone: said once as the process starts, the same in every process of the box."""
    global _moved  # noqa: PLW0603 -- the one clock
    _moved = by
