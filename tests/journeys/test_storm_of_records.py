"""A few records through the storm; `make faults FAULTS=5` writes a thousand."""

from __future__ import annotations

import os
import random

import pytest
from playwright.sync_api import Browser

from tests.journeys.storm import Size, ridden, storm
from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
FEW = Size(records=12, photos=4, signatures=2, batteries=1, full=1, versions=1)


def test_whatever_happens_to_the_phone_each_record_arrives_once_with_its_files(box: LiveBox, browser: Browser) -> None:
    print(f"SEED={SEED}")
    with storm(browser, box, SEED) as made:
        told = ridden(made, FEW, wait_s=120)
        assert told["records"] >= FEW.records
        assert (made.batteries, made.was_full) == (FEW.batteries, FEW.full)
