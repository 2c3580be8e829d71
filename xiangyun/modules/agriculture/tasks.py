"""What agriculture does by the clock."""

from __future__ import annotations

from datetime import datetime

from xiangyun.kernel.access import doors
from xiangyun.kernel.org import queries as org
from xiangyun.modules.agriculture import actions, rules

RENEW_EVERY_S = 30.0


def renew_all_tips(at: datetime) -> None:
    """A forecast's hour comes, wheat heads or ripens, an approval runs out: nobody sends a record then."""
    for town in org.towns_run_here():
        with doors.scoped(town.path):
            actions.renew_tips(town=town.path, since=at - rules.LOOK_BACK, at=at)
