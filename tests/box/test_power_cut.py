"""The power goes twice under load; twenty times, and with the red controls, by `make faults FAULTS=2`."""

from __future__ import annotations

import pytest

from tests.faults.conftest import chance
from tests.faults.test_fault_02_power import Town, cut_off, town, uml

__all__ = ["chance", "town", "uml"]

CUTS = 2

pytestmark = [pytest.mark.box, pytest.mark.slow]


def test_nothing_acknowledged_is_lost_when_the_power_goes(town: Town) -> None:
    assert len(cut_off(town, CUTS).acked) > 0
