"""Rounds: what fails is made again soon, however seldom its turn comes."""

import threading
import time

from xiangyun.entry import rounds
from xiangyun.entry.rounds import Round, Rounds


def test_a_round_that_failed_is_made_again_long_before_its_turn(monkeypatch):
    monkeypatch.setattr(rounds, "AGAIN_S", 0.0)
    made: list[float] = []

    def fail_once(_at):
        made.append(time.monotonic())
        if len(made) == 1:
            raise ValueError

    thread = Rounds("test", [Round("seldom", 3600, fail_once)], threading.Event())
    for expected in ({"seldom"}, set(), set()):
        thread._make(thread._rounds[0])
        assert thread.failing == expected
    assert len(made) == 2
