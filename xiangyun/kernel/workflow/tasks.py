"""What the room does by the clock; each batch in a door of its own, so that nobody waits for all of them."""

from __future__ import annotations

from datetime import datetime

from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import actions
from xiangyun.kernel.workflow.actions.rounds import AT_ONCE

BATCHES_A_ROUND = 100


def clock_round(at: datetime) -> None:
    """Turn every town's clocks whose time has come; what is left over waits for the next round."""
    for town in org.towns_run_here():
        for _ in range(BATCHES_A_ROUND):
            with doors.scoped(town.path):
                if actions.turn_clocks(at=at, by=system(town.path)) < AT_ONCE:
                    break


def recount_round(at: datetime) -> None:
    """Count anew what was counted before the holidays were known."""
    for town in org.towns_run_here():
        for _ in range(BATCHES_A_ROUND):
            with doors.scoped(town.path):
                if actions.recount_unsure(at=at, by=system(town.path)) < AT_ONCE:
                    break
