"""The grid's figures as plain values: what they are called, how far back they look, how few tell whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from xiangyun.modules.grid.rules import abilities as may

# As far back as a home is said to be refreshed.
LOOK_BACK = timedelta(days=90)

# Fewer mediations than these would tell how whose quarrel ended.
TOLD_FROM = 3

TENTH_S = 360
MATTERS = "workflow.unit_matters"
SUCCESS = "mediation_success"
HOURS = "hours_to_close"

# Figure → its unit and who may see it, in the order of the page; the first stands on the wall.
FIGURES: dict[str, tuple[str, str]] = {
    "open_reports": (MATTERS, may.SEE),
    "overdue_reports": (MATTERS, may.SEE),
    "closed_in_grid": (MATTERS, may.SEE),
    "closed_in_village": (MATTERS, may.SEE),
    "closed_in_town": (MATTERS, may.SEE),
    HOURS: ("grid.unit_hours", may.SEE),
    "reopened_reports": (MATTERS, may.SEE),
    SUCCESS: ("%", may.SEE_MEDIATION),
}


def since(midnight: datetime) -> datetime:
    """What closed after it counts: from the town's midnight, so that a number opens the same rows all day."""
    return midnight - LOOK_BACK


def hours(span: timedelta) -> float:
    """A span in hours, as people say it."""
    return round(span / timedelta(hours=1), 1)


def median_hours(tenths: Sequence[int]) -> float | None:
    """The median of spans in whole tenths of an hour."""
    return round(median(tenths) / 10, 1) if tenths else None


def share(agreed: int, ended: int) -> float | None:
    """How many of a hundred mediations came to an agreement; nothing where they are so few that it names a quarrel."""
    return round(100 * agreed / ended, 1) if ended >= TOLD_FROM else None
