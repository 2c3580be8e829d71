"""The fault catalogue of `make faults`: FAULTS=1,7 picks, SEED= repeats a run exactly."""

import os
import random
import re

import pytest

PICKED = {int(one) for one in re.findall(r"\d+", os.environ.get("FAULTS", ""))}
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))


def pytest_report_header() -> str:
    return f"faults: {sorted(PICKED) or 'all'}, SEED={SEED}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A file `test_fault_07_….py` holds fault 7 and its red controls."""
    if not PICKED:
        return
    chosen, others = [], []
    for item in items:
        found = re.search(r"test_fault_(\d+)_", item.path.name)
        (chosen if found and int(found[1]) in PICKED else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen


@pytest.fixture
def chance() -> random.Random:
    """The one source of chance; the same SEED plays the same faults."""
    return random.Random(SEED)
