"""What agriculture does by the clock."""

from __future__ import annotations

from datetime import datetime

from xiangyun.modules.agriculture import actions, rules

RENEW_EVERY_S = 30.0


def renew_tips(town: str, at: datetime) -> None:
    """A forecast's hour comes, wheat heads or ripens, an approval runs out: nobody sends a record then."""
    actions.renew_tips(town=town, since=at - rules.LOOK_BACK, at=at)


# (name, how often in seconds, what is done for each town in a door of its own)
ROUNDS = (("agriculture.tips", RENEW_EVERY_S, renew_tips),)
