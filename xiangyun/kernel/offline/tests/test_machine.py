"""Five phones and a house: a short walk; the long one and its red control stand in `tests/faults`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.tests.machine import Machine

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def test_whatever_the_line_does_the_house_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "DROPS_AN_HOUR", 10_000)
    monkeypatch.setattr(rules, "DROPS_AN_HOUR_BY_ADDRESS", 10_000)
    walk = settings(
        max_examples=6,
        stateful_step_count=25,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=walk)
