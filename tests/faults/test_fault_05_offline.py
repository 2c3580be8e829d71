"""Fault 5, the phones: requests lost, repeated, reordered and delayed, answers lost, apps killed at every step of their
disk, clocks ten years off, whole outboxes carried in by others; five phones and a desk write the same homes.

After every request the house must stand as it is told in plain dicts, and in the end every acknowledged record is there
once. Red controls: without the recognition of repeats, and without the order of what one phone wrote, it is caught.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.conftest import SEED
from xiangyun.base import ids
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.actions import intake, turns
from xiangyun.kernel.offline.tests.conftest import confirmed, grids
from xiangyun.kernel.offline.tests.machine import Machine

__all__ = ["confirmed", "grids"]

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids", "patient")

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No walk is cut short because somebody brings rescue files too often."""
    monkeypatch.setattr(rules, "DROPS_AN_HOUR", 1_000_000)
    monkeypatch.setattr(rules, "DROPS_AN_HOUR_BY_ADDRESS", 1_000_000)


def walk(examples: int, phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink)) -> None:
    told = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seeded(SEED)(Machine), settings=told)


def test_whatever_the_line_does_every_acknowledged_record_is_there_once() -> None:
    walk(EXAMPLES)


def test_without_the_recognition_of_repeats_it_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    drafted = intake._drafted

    def under_a_new_id(*told: Any) -> Any:
        item, text = drafted(*told)
        sealed = {name: getattr(item, name) for name in ("body_sealed", "outcome_sealed")}
        item.pk = ids.uuid7()
        for name in sealed:
            setattr(item, name, None)
        plain = intake._Keys(item.area_path).opened(told[0])
        intake._put_body(item, plain, told[4])
        return item, text

    monkeypatch.setattr(intake, "_known", lambda sent: {})
    monkeypatch.setattr(intake, "_drafted", under_a_new_id)
    with pytest.raises(AssertionError):
        walk(20, (Phase.generate,))


def test_without_the_order_of_what_one_phone_wrote_it_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_is_here(phone: Any, *_told: Any, **_more: Any) -> None:
        phone.upto = 2**40

    monkeypatch.setattr(turns, "count_up", all_is_here)
    with pytest.raises(AssertionError):
        walk(20, (Phase.generate,))
