"""The demo town's parts: the same words for the same time, whenever they are asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, pairwise

from sim import town
from sim.doors import Credential
from sim.seasons import LOCAL

BEGAN = datetime(2026, 11, 24, 15, 20, tzinfo=LOCAL)


def a_part(profile="weather_station", **changes):
    return town.Part(Credential("k", "s"), profile, BEGAN.date().isoformat(), **changes)


def test_the_summers_last_day_is_the_day_the_demo_began():
    said = town.script(a_part(), BEGAN - timedelta(days=200), BEGAN)
    assert said[0].at == datetime(2026, 5, 25, 0, 0, tzinfo=LOCAL)
    assert said[-1].at == datetime(2026, 11, 24, 15, 0, tzinfo=LOCAL)
    assert len(said) == 183 * 24 + 16


def test_what_was_said_is_said_again_on_another_day():
    for profile in ("weather_station", "soil_probe", "pest_lamp"):
        part = a_part(profile, keep_days=40)
        first = town.script(part, BEGAN - timedelta(days=30), BEGAN)
        later = town.script(part, BEGAN - timedelta(days=30), BEGAN + timedelta(days=45))
        assert later[: len(first)] == first


def test_the_summer_never_runs_out_and_days_stay_whole():
    said = town.script(a_part(), BEGAN, BEGAN + timedelta(days=100))
    assert len(said) == 100 * 24
    assert all(b.at - a.at == timedelta(hours=1) for a, b in pairwise(said))


def test_the_cast_speaks_in_the_order_of_time():
    parts = [a_part(), a_part("soil_probe", keep_days=30)]
    times = [moment.at for _, moment in islice(town.ahead(parts, BEGAN), 100)]
    assert times == sorted(times)
    assert times[0] > BEGAN


def test_villages_differ_by_their_factors():
    own, other = (town.script(a_part(rain_factor=factor), BEGAN - timedelta(days=30), BEGAN) for factor in (1.0, 0.5))
    assert 0 < sum(one.values["rain_mm"] for one in other) < sum(one.values["rain_mm"] for one in own)
