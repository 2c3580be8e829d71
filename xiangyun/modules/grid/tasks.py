"""What the grid platform does by the clock."""

from __future__ import annotations

from datetime import datetime

from xiangyun.modules.grid.actions import mediations, monitoring, visits

FOLLOW_EVERY_S = 600.0
MISSED_EVERY_S = 3600.0
COUNTY_EVERY_S = 3600.0


def tell_follow_ups(town: str, at: datetime) -> None:
    """The day of a follow-up has come: whoever keeps the file is told."""
    mediations.tell_due(town=town, at=at)


def tell_missed_visits(town: str, at: datetime) -> None:
    """Nobody asked after a home in special care in time: somebody who can help out is told."""
    visits.tell_missed(town=town, at=at)


def ask_county(town: str, at: datetime) -> None:
    """The name of a family under monitoring has hung out: the county is asked to decide."""
    monitoring.ask_county(town=town, at=at)


# (name, how often in seconds, what is done for each town in a door of its own)
ROUNDS = (
    ("grid.follow_ups", FOLLOW_EVERY_S, tell_follow_ups),
    ("grid.missed_visits", MISSED_EVERY_S, tell_missed_visits),
    ("grid.names_hung_out", COUNTY_EVERY_S, ask_county),
)
