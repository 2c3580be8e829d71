"""What the grid platform does by the clock."""

from __future__ import annotations

from datetime import datetime

from xiangyun.modules.grid.actions import mediations

FOLLOW_EVERY_S = 600.0


def tell_follow_ups(town: str, at: datetime) -> None:
    """The day of a follow-up has come: whoever keeps the file is told."""
    mediations.tell_due(town=town, at=at)


# (name, how often in seconds, what is done for each town in a door of its own)
ROUNDS = (("grid.follow_ups", FOLLOW_EVERY_S, tell_follow_ups),)
