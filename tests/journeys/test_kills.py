"""A short run of fault 1 with every suite; `make faults FAULTS=1` makes the long one."""

from __future__ import annotations

import random

import pytest

from tests.faults import killing
from tests.live_box import running

pytestmark = [pytest.mark.box, pytest.mark.slow]


def test_a_few_kills_lose_and_double_nothing() -> None:
    with running(demo=True) as box:
        result = killing.run(box, random.Random(11), kills=6, pause_s=(1, 3))
    assert result.acked > 50
    assert result.is_clean(), (result.lost[:5], result.doubled[:5], result.wrong[:5])
