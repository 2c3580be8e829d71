"""Steps and holes, without a database."""

from __future__ import annotations

import numpy as np
import pytest

from xiangyun.kernel.telemetry.rules import folding

S = folding.SECOND
T0 = 1_750_000_000 * S // (3600 * S) * (3600 * S)
MINUTES = 60 * S


def fold(values, agg="mean", every=10 * MINUTES, step="1h"):
    ts = T0 + np.arange(len(values)) * every
    return folding.fold([folding.of_readings(ts, np.array(values, float), agg)], folding.STEPS[step])


def test_a_mean_with_least_and_most():
    folded = fold([1, 2, 3, 4, 5, 9, 7])
    assert folded.start.tolist() == [T0, T0 + 60 * MINUTES]
    assert folding.value_of(folded, "mean").tolist() == [4.0, 7.0]
    assert (folded.least.tolist(), folded.most.tolist(), folded.count.tolist()) == ([1, 7], [9, 7], [6, 1])


def test_a_sum():
    assert folding.value_of(fold([0.1, 0.2, 0.3], "sum"), "sum").tolist() == [0.6]


@pytest.mark.parametrize(
    ("directions", "mean"), [([350, 10], 0.0), ([80, 100], 90.0), ([270, 270, 270], 270.0), ([350, 330], 340.0)]
)
def test_the_mean_of_directions_goes_round_north(directions, mean):
    assert folding.value_of(fold(directions, "vector"), "vector").tolist() == [pytest.approx(mean, abs=1e-3)]


def test_folds_of_folds_are_folds_of_readings():
    values = np.linspace(0, 100, 300)
    ts = T0 + np.arange(300) * 10 * MINUTES
    for agg in ("mean", "sum", "vector"):
        readings = folding.of_readings(ts, values, agg)
        hours = folding.fold([readings], folding.STEPS["1h"])
        whole = folding.fold([readings], folding.STEPS["1d"], 8 * 3600 * S)
        twice = folding.fold([hours], folding.STEPS["1d"], 8 * 3600 * S)
        assert whole.start.tolist() == twice.start.tolist()
        assert folding.value_of(whole, agg) == pytest.approx(folding.value_of(twice, agg))


def test_days_begin_at_local_midnight():
    folded = folding.fold(
        [folding.of_readings(np.array([T0]), np.array([1.0]), "sum")], folding.STEPS["1d"], 8 * 3600 * S
    )
    assert (folded.start[0] + 8 * 3600 * S) % folding.STEPS["1d"] == 0


def test_nothing_folds_to_nothing():
    assert len(folding.fold([], folding.STEPS["1h"])) == 0


def holes(minutes, step=0, until=240):
    ts = T0 + np.array(minutes, np.int64) * MINUTES
    found = folding.gaps(ts, step=step * MINUTES, every=10 * MINUTES, start=T0, end=T0 + until * MINUTES)
    return [((a - T0) // MINUTES, (b - T0) // MINUTES) for a, b in found]


@pytest.mark.parametrize(
    ("minutes", "step", "found"),
    [
        (list(range(0, 240, 10)), 0, []),
        ([], 0, [(0, 240)]),
        ([*range(0, 60, 10), *range(120, 240, 10)], 0, [(50, 120)]),
        ([*range(60, 240, 10)], 0, [(0, 60)]),
        ([*range(0, 120, 10)], 0, [(110, 240)]),
        ([0, 20, 40, *range(60, 240, 10)], 0, []),
        ([0, 60, 120, 180], 60, []),
        ([0, 120, 180], 60, [(60, 120)]),
        ([0, 60], 60, [(120, 240)]),
        ([0, 10, 20, *range(60, 240, 10)], 10, [(30, 60)]),
    ],
)
def test_holes(minutes, step, found):
    assert holes(minutes, step) == found


def test_stretches_of_hours():
    hour = folding.STEPS["1h"]
    assert folding.hours_apart(np.array([0, 1, 2, 5, 7, 8]) * hour, hour) == [
        (0, 3 * hour),
        (5 * hour, 6 * hour),
        (7 * hour, 9 * hour),
    ]
    assert folding.hours_apart(np.empty(0, np.int64), hour) == []
