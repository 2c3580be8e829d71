"""Grades: what real sensors say when they are gone, frozen, unplugged or dark."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiangyun.kernel.devices.registry import SLOTS, profile_of
from xiangyun.kernel.telemetry.batch import BAD, MISSING, OK, SUSPECT
from xiangyun.kernel.telemetry.rules import grading

STATION, PROBE = profile_of("weather_station"), profile_of("soil_probe")
MINUTE = 60 * grading.SECOND
T0 = 1_750_000_000 * grading.SECOND


def rows(profile, *records):
    values = np.full((len(records), SLOTS), np.nan)
    for line, record in enumerate(records):
        for code, value in record.items():
            values[line, profile.metric(code).slot] = value
    return values


def graded(profile, code, series, every=10 * MINUTE):
    values = rows(profile, *[{code: value} for value in series])
    ts = T0 + np.arange(len(series)) * every
    grades, _ = grading.grade(profile, np.zeros(len(series), np.int64), ts, values, grading.blank(1))
    return grades[:, profile.metric(code).slot].tolist()


@pytest.mark.parametrize(
    ("code", "value", "grade"),
    [
        ("air_temp_c", 21.5, OK),
        ("air_temp_c", 327.67, BAD),
        ("air_temp_c", -327.68, BAD),
        ("air_temp_c", 45.1, BAD),
        ("rel_humidity_pct", 100.0, OK),
        ("rel_humidity_pct", 101.0, BAD),
        ("radiation_wm2", -3.2, SUSPECT),
        ("radiation_wm2", -50.0, BAD),
        ("rain_mm", -0.2, BAD),
        ("rain_mm", 0.0, OK),
    ],
)
def test_one_reading_of_a_station(code, value, grade):
    assert graded(STATION, code, [value]) == [grade]


def test_a_probe_out_of_the_ground_reads_all_zero():
    dead = rows(PROBE, {"soil_temp_c_10": 0, "soil_vwc_pct_10": 0, "soil_ph_10": 0, "battery_v": 3.6})
    grades = grading.grade_alone(PROBE, dead)[0]
    assert grades[PROBE.metric("soil_temp_c_10").slot] == BAD
    assert grades[PROBE.metric("soil_vwc_pct_10").slot] == BAD
    assert grades[PROBE.metric("battery_v").slot] == OK
    assert grades[PROBE.metric("soil_temp_c_60").slot] == MISSING


def test_a_frozen_soil_at_zero_degrees_is_not_a_dead_probe():
    cold = rows(PROBE, {"soil_temp_c_10": 0.0, "soil_vwc_pct_10": 11.0})
    assert grading.grade_alone(PROBE, cold)[0, PROBE.metric("soil_temp_c_10").slot] == OK


def test_a_jump_within_minutes_is_suspect_and_within_hours_is_weather():
    assert graded(STATION, "air_temp_c", [20.0, 30.0]) == [OK, SUSPECT]
    assert graded(STATION, "air_temp_c", [20.0, 30.0], every=60 * MINUTE) == [OK, OK]


def test_a_step_is_measured_from_the_last_usable_reading():
    assert graded(STATION, "air_temp_c", [20.0, 327.67, 20.5], every=5 * MINUTE) == [OK, BAD, OK]


def test_soil_water_may_rise_at_once_but_not_fall():
    assert graded(PROBE, "soil_vwc_pct_10", [20.0, 33.0]) == [OK, OK]
    assert graded(PROBE, "soil_vwc_pct_10", [33.0, 20.0]) == [OK, SUSPECT]


def test_a_thermometer_that_stands_still_for_a_day_is_suspect():
    grades = graded(STATION, "air_temp_c", [12.5] * 146)
    assert grades[143:] == [OK, SUSPECT, SUSPECT]
    assert set(grades[:144]) == {OK}


def test_a_hole_breaks_a_standstill():
    values = rows(STATION, {"air_temp_c": 12.5}, {"air_temp_c": 12.5})
    ts = np.array([T0, T0 + 30 * 60 * MINUTE])
    grades, _ = grading.grade(STATION, np.zeros(2, np.int64), ts, values, grading.blank(1))
    assert grades[:, 0].tolist() == [OK, OK]


def test_two_devices_in_one_batch_do_not_see_each_other():
    values = rows(STATION, {"air_temp_c": 20.0}, {"air_temp_c": 35.0})
    grades, memory = grading.grade(STATION, np.array([0, 1]), np.array([T0, T0 + MINUTE]), values, grading.blank(2))
    assert grades[:, 0].tolist() == [OK, OK]
    assert memory["lv"][:, 0].tolist() == [20.0, 35.0]


@settings(max_examples=60, deadline=None)
@given(
    series=st.lists(st.sampled_from([10.0, 10.0, 12.0, 25.0, 327.67, None]), min_size=1, max_size=30),
    every=st.sampled_from([5, 60, 360]),
    cut=st.integers(0, 30),
)
def test_a_series_cut_anywhere_is_graded_the_same(series, every, cut):
    """The memory between two batches carries exactly what grading needs."""
    values = rows(STATION, *[{} if v is None else {"air_temp_c": v} for v in series])
    ts = T0 + np.arange(len(series)) * every * MINUTE
    none = np.zeros(len(series), np.int64)
    whole, end = grading.grade(STATION, none, ts, values, grading.blank(1))
    cut = min(cut, len(series))
    one, memory = grading.grade(STATION, none[:cut], ts[:cut], values[:cut], grading.blank(1))
    two, memory = grading.grade(STATION, none[cut:], ts[cut:], values[cut:], memory)
    assert np.concatenate([one, two]).tolist() == whole.tolist()
    assert memory.tobytes() == end.tobytes()
