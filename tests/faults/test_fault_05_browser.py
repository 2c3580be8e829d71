"""Fault 5, the phone in a real browser: 1,000 records with 300 photos and 100 signatures, while signal comes and goes,
answers are lost, the battery is pulled at any moment, the disk is full and two versions of the app come out.

0 missing, 0 doubled, every photo and signature there. Red controls: a phone that lets go before the receipt, and a town
that forgets its ledger, are caught. RECORDS= makes it smaller for a try.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.faults.conftest import SEED
from tests.journeys.conftest import browser
from tests.journeys.storm import LETS_GO, LINE, Size, ridden, storm
from tests.live_box import LiveBox, running

__all__ = ["browser"]

CONTROLS = str(Path(__file__).parent / "controls")
RECORDS = int(os.environ.get("RECORDS", "1000"))
ALL = Size(
    records=RECORDS,
    photos=RECORDS * 3 // 10,
    signatures=RECORDS // 10,
    batteries=max(2, RECORDS // 50),
    full=max(1, RECORDS // 200),
)
FEW = Size(records=8, photos=0, signatures=0, batteries=0, full=0, versions=0)
HOUR_S = 3600


@pytest.fixture(scope="module")
def box() -> Iterator[LiveBox]:
    with running(demo=True) as started:
        yield started


def test_a_thousand_records_arrive_once_each_with_its_files(box: LiveBox, browser: Browser) -> None:
    with storm(browser, box, SEED) as made:
        told = ridden(made, ALL, wait_s=HOUR_S)
        assert told["records"] >= RECORDS
        assert (made.batteries, made.was_full) == (ALL.batteries, ALL.full)


def test_a_phone_that_lets_go_before_the_receipt_is_caught(box: LiveBox, browser: Browser) -> None:
    with storm(browser, box, SEED, (LINE, LETS_GO)) as made, pytest.raises(AssertionError, match=r"^missing"):
        ridden(made, FEW, wait_s=120)


def test_a_town_that_forgets_its_ledger_is_caught(browser: Browser) -> None:
    with (
        running(demo=True, env={"PYTHONPATH": CONTROLS, "XY_CONTROL": "forget_ledger"}) as forgetful,
        storm(browser, forgetful, SEED) as made,
        pytest.raises(AssertionError, match=r"^doubled"),
    ):
        ridden(made, FEW, wait_s=120)
