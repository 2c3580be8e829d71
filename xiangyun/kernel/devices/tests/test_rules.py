"""What a device is at a moment, and why it may be silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xiangyun.kernel.devices import registry, rules
from xiangyun.kernel.devices.registry import Metric, Profile
from xiangyun.kernel.devices.rules import State

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("standing", "ago_s", "state"),
    [
        ("registered", None, State.NEVER_HEARD),
        ("registered", 0, State.REPORTING),
        ("registered", 1800, State.REPORTING),
        ("registered", 1801, State.SILENT),
        ("maintenance", 99_999, State.MAINTENANCE),
        ("revoked", 0, State.REVOKED),
    ],
)
def test_state(standing, ago_s, state):
    heard = None if ago_s is None else AT - timedelta(seconds=ago_s)
    assert rules.state_of(standing, heard, 600, AT) == state


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"battery_v": 3.0, "usual_v": 3.6, "others_silent": 0, "others": 5}, "battery"),
        ({"battery_v": 3.5, "usual_v": 3.6, "others_silent": 0, "others": 5}, "device"),
        ({"battery_v": 3.0, "usual_v": 3.6, "others_silent": 2, "others": 4}, "village_line"),
        ({"battery_v": None, "usual_v": None, "others_silent": 1, "others": 1}, "device"),
    ],
)
def test_likely_cause(facts, cause):
    assert rules.likely_cause(**facts) == cause


# The metrics of the contract, each in the slot it was released with: stored rows are read by these numbers.
RELEASED = {
    "weather_station": (
        "air_temp_c rel_humidity_pct pressure_hpa rain_mm wind_speed_ms wind_gust_ms wind_dir_deg radiation_wm2"
    ),
    "soil_probe": (
        "soil_temp_c_10 soil_temp_c_20 soil_temp_c_40 soil_temp_c_60"
        " soil_vwc_pct_10 soil_vwc_pct_20 soil_vwc_pct_40 soil_vwc_pct_60 soil_ec_dsm_10 soil_ph_10 battery_v"
    ),
    "pest_lamp": "moth_count battery_v",
}


@pytest.mark.parametrize("code", RELEASED)
def test_released_metrics_keep_their_slots(code):
    profile = registry.profile_of(code)
    assert [(metric.code, metric.slot) for metric in profile.metrics] == [
        (metric, slot) for slot, metric in enumerate(RELEASED[code].split())
    ]


def test_how_metrics_are_folded():
    promised = (registry.profile_of(code) for code in ("weather_station", "soil_probe", "pest_lamp"))
    kinds = {metric.code: metric.agg for profile in promised for metric in profile.metrics}
    assert {code for code, agg in kinds.items() if agg == "sum"} == {"rain_mm", "moth_count"}
    assert {code for code, agg in kinds.items() if agg == "vector"} == {"wind_dir_deg"}


def test_every_profile_and_metric_has_a_name_in_every_language():
    for profile in registry.each_profile():
        for named in (profile, *profile.metrics):
            assert set(named.title) == {"zh-Hans", "en"}


def metric(**changes):
    return Metric(**{"code": "x", "slot": 0, "unit": "m", "low": 0, "high": 1, "title": {}, **changes})


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": (metric(), metric(code="y"))},
        {"metrics": (metric(slot=16),)},
        {"metrics": (metric(), metric(slot=1))},
        {"metrics": (metric(),), "dead_if_all_zero": (("nobody",),)},
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValueError, match="profile p"):
        Profile(code="p", title={}, expected_every_s=60, **wrong)


def test_a_profile_is_declared_once():
    with pytest.raises(ValueError, match="there already"):
        registry.declare_profile(Profile(code="pest_lamp", title={}, expected_every_s=60, metrics=(metric(),)))
