"""Fault 1: a random process of the box is killed every two to ten seconds under load.

Whatever was acknowledged is there exactly once, with the same content; each planted storm raised exactly one alert;
nobody had to help.

KILLS= sets the number (100 by default). The controls break a promise on purpose and must be seen.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.faults import killing
from tests.live_box import running

KILLS = int(os.environ.get("KILLS") or 100)
CONTROLS = str(Path(__file__).parent / "controls")

pytestmark = [pytest.mark.box, pytest.mark.slow]


def test_nothing_acknowledged_is_lost_or_doubled(chance: random.Random) -> None:
    with running(demo=True) as box:
        result = killing.run(box, chance, kills=KILLS, pause_s=(2, 10))
    print(f"\nfault 1: {sum(result.kills.values())} kills {dict(result.kills)}, {result.acked} acknowledged, ", end="")
    print(f"{result.unacked} not, {len(result.lost)} lost, {len(result.doubled)} doubled, {result.breaches} storms")
    assert result.acked > 10 * KILLS
    assert result.breaches > 0
    assert result.is_clean(), (result.lost[:5], result.doubled[:5], result.wrong[:5])


def test_control_acknowledging_before_the_commit_is_seen(chance: random.Random) -> None:
    with running(demo=True, env={"PYTHONPATH": CONTROLS, "XY_CONTROL": "acknowledge_before_commit"}) as box:
        result = killing.run(box, chance, kills=6, pause_s=(3, 5), victims=("mqtt",))
    assert result.lost, "a box that acknowledges before the commit must lose something here"


def test_control_without_the_idempotency_check_is_seen(chance: random.Random) -> None:
    with running(demo=True, env={"PYTHONPATH": CONTROLS, "XY_CONTROL": "no_idempotency"}) as box:
        result = killing.run(box, chance, kills=3, pause_s=(3, 5), victims=("web",))
    assert result.doubled, "a box that does not know a repeat must double something here"
