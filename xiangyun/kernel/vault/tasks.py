"""The vault's round."""

from __future__ import annotations

from datetime import datetime

from xiangyun.kernel.vault import actions, queries

BATCHES_A_ROUND = 10


def reseal_round(town: str, at: datetime) -> None:
    """Go on with a town's walk to its new key, if it has one; called inside the town's scope."""
    rotation = queries.running_rotation(town)
    for _ in range(BATCHES_A_ROUND):
        if rotation is None or not actions.carry_on(rotation_id=rotation.pk, at=at):
            return
