"""The round of the files."""

from __future__ import annotations

from datetime import datetime

from xiangyun.kernel.files import actions


def sweep_round(town: str, at: datetime) -> None:
    """Take away what a town's files no longer need; called inside the town's scope."""
    actions.sweep(town=town, at=at)
