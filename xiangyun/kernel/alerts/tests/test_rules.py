"""The rules on plain readings, and on a real summer."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from xiangyun.kernel.alerts import rules
from xiangyun.kernel.alerts.rules import CHINA, DaysInRow, Limit, Row, Spell, Threshold, WindowSum

SUMMER = Path(__file__).parents[4] / "sim" / "data" / "beijing_huairou_2016.csv"
MINUTE = 60 * rules.SECOND
WIND = Threshold((Limit("wind", 10.8, 8.0, hold_s=600), Limit("gust", 17.2, 13.9)), calm_for_s=1800)


def rows(metric: str, *values: float | None, every: int = 5 * MINUTE) -> list[Row]:
    return [Row(n * every, {} if value is None else {metric: value}) for n, value in enumerate(values)]


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * rules.SECOND


@pytest.fixture(scope="module")
def summer() -> list[Row]:
    with SUMMER.open(encoding="utf-8") as file:
        return [
            Row(
                micros(datetime(*(int(line[part]) for part in ("year", "month", "day", "hour")), tzinfo=CHINA)),
                {"rain_mm": float(line["RAIN"]), "wind": float(line["WSPM"]), "air_temp_c": float(line["TEMP"])},
            )
            for line in csv.DictReader(file)
        ]


def test_a_mean_wind_must_hold_its_time():
    assert rules.breaches(rows("wind", 11, 12, 5, 11, 12), WIND) == []
    assert rules.breaches(rows("wind", 5, 11, 12, 12), WIND) == [Spell(5 * MINUTE, 15 * MINUTE, None)]


def test_a_gust_needs_no_hold():
    assert rules.breaches(rows("gust", 3, 17.2), WIND) == [Spell(5 * MINUTE, 5 * MINUTE, None)]


def test_between_the_limits_nothing_changes():
    wind = rows("wind", 11, 11, 11, 9, 9, 9, 9, 9, 9, 9, 9)
    assert rules.breaches(wind, WIND) == [Spell(0, 10 * MINUTE, None)]


def test_calm_must_hold_too():
    gust = rows("gust", 20, 5, 5, 15, 5, 5, 5, 5, 5, 5, 5)
    assert rules.breaches(gust, WIND) == [Spell(0, 0, 50 * MINUTE)]


def test_silence_is_neither_storm_nor_calm():
    stormy = [Row(0, {"wind": 12}), Row(3 * rules.HOUR, {"wind": 12}), Row(3 * rules.HOUR + 10 * MINUTE, {"wind": 12})]
    assert rules.breaches(stormy, WIND) == [Spell(3 * rules.HOUR, 3 * rules.HOUR + 10 * MINUTE, None)]
    quiet = [Row(0, {"gust": 20}), Row(MINUTE, {"gust": 2}), Row(5 * rules.HOUR, {"gust": 2})]
    assert rules.breaches(quiet, WIND) == [Spell(0, 0, None)]


def silent(starts_at: int, event_at: int, heard_at: int, bound: int = 6 * rules.HOUR) -> Spell:
    return Spell(starts_at, event_at, heard_at + bound, is_silent=True)


def test_after_long_silence_nobody_knows_whether_it_still_blows():
    gust = [Row(0, {"gust": 20}), Row(rules.HOUR, {"gust": 16})]
    assert rules.breaches(gust, WIND, now=7 * rules.HOUR) == [Spell(0, 0, None)]
    gone = silent(0, 0, rules.HOUR)
    assert rules.breaches(gust, WIND, now=7 * rules.HOUR + 1) == [gone]
    again = Row(9 * rules.HOUR, {"gust": 21})
    assert rules.breaches([*gust, again], WIND) == [gone, Spell(9 * rules.HOUR, 9 * rules.HOUR, None)]
    between = Row(6 * rules.HOUR, {"gust": 15})
    assert rules.breaches([*gust, between, again], WIND) == [Spell(0, 0, None)]


def test_mean_wind_does_not_end_what_a_gust_began():
    calm = [Row(n * 10 * MINUTE, {"wind": 2}) for n in range(1, 60)]
    gust = Row(0, {"gust": 20, "wind": 6})
    assert rules.breaches([gust, *calm[:30]], WIND) == [Spell(0, 0, None)]
    assert rules.breaches([gust, *calm], WIND) == [silent(0, 0, 0)]
    seen = [Row(row.ts, {**row.values, "gust": 3}) for row in calm]
    assert rules.breaches([gust, *seen], WIND) == [Spell(0, 0, 40 * MINUTE)]
    blowing = [Row(row.ts, {"wind": 12}) for row in calm]
    assert rules.breaches([gust, *blowing], WIND) == [Spell(0, 0, None)]


def test_a_gust_now_and_then_is_no_half_hour_of_calm():
    told = [Row(0, {"gust": 20}), Row(3 * rules.HOUR, {"gust": 2})]
    mean = [Row(n * 10 * MINUTE, {"wind": 2}) for n in range(1, 36)]
    rows = sorted([*told, *mean, Row(6 * rules.HOUR - 1, {"gust": 2})], key=lambda row: row.ts)
    assert rules.breaches(rows, WIND) == [Spell(0, 0, None)]


def test_a_sum_of_which_all_left_the_window_is_unknown():
    heavy = WindowSum("rain", hours=12, limit=50, calm=25)
    rain = [Row(0, {"rain": 30}), Row(rules.HOUR, {"rain": 30})]
    gone = silent(0, rules.HOUR, rules.HOUR, 12 * rules.HOUR)
    assert rules.breaches(rain, heavy, now=13 * rules.HOUR) == [Spell(0, rules.HOUR, None)]
    assert rules.breaches(rain, heavy, now=13 * rules.HOUR + 1) == [gone]
    assert rules.breaches([*rain, Row(20 * rules.HOUR, {"rain": 0})], heavy) == [gone]


def test_a_run_of_days_is_over_two_days_after_the_last_word():
    rule = DaysInRow("rain", days=2, at_least=0.1)
    rain = [Row(rules.DAY, {"rain": 1.0}), Row(2 * rules.DAY, {"rain": 1.0}), Row(2 * rules.DAY + 1, {"rain": 0.0})]
    (run,) = rules.breaches(rain, rule, now=4 * rules.DAY + 1)
    assert (run.cleared_at, run.is_silent) == (None, False)
    (run,) = rules.breaches(rain, rule, now=4 * rules.DAY + 2)
    assert (run.cleared_at, run.is_silent) == (4 * rules.DAY + 1, True)
    assert rules.breaches([*rain, Row(9 * rules.DAY, {"rain": 0.0})], rule) == [run]


def test_two_limits_of_one_rule_make_one_spell():
    winds = [(12, 5), (12, 20), (12, 5), (12, 5)]
    both = [Row(n * 5 * MINUTE, {"wind": wind, "gust": gust}) for n, (wind, gust) in enumerate(winds)]
    assert rules.breaches(both, WIND) == [Spell(5 * MINUTE, 5 * MINUTE, None)]


def test_frost_is_below():
    frost = Threshold((Limit("t", 0, 2, is_above=False),), calm_for_s=3600)
    cold = rows("t", 3, 0, -2, 1, 2, 3, every=30 * MINUTE)
    assert rules.breaches(cold, frost) == [Spell(30 * MINUTE, 30 * MINUTE, None)]
    assert rules.breaches([*cold, Row(180 * MINUTE, {"t": 4})], frost) == [
        Spell(30 * MINUTE, 30 * MINUTE, 180 * MINUTE)
    ]


def test_inside_an_open_spell_only_the_calm_matters():
    given = Spell(-rules.DAY, -rules.DAY, None, {"metric": "gust"})
    calm = rows("gust", *[5] * 7)
    assert rules.breaches(calm, WIND, given=given) == [Spell(-rules.DAY, -rules.DAY, 30 * MINUTE)]
    heavy = WindowSum("rain", hours=12, limit=50, calm=25)
    rain = [Row(0, {"rain": 30}), Row(rules.HOUR, {"rain": 0}), Row(13 * rules.HOUR, {"rain": 0})]
    over = [Spell(-rules.DAY, -rules.DAY, 13 * rules.HOUR)]
    assert rules.breaches(rain, heavy, given=given, since=rules.HOUR) == over


def test_a_window_sum_names_the_record_that_completed_it():
    heavy = WindowSum("rain", hours=12, limit=50, calm=25)
    spells = rules.breaches(rows("rain", 0, 20, 20, 10, 0, *[0] * 10, every=rules.HOUR), heavy)
    assert spells == [Spell(rules.HOUR, 3 * rules.HOUR, 14 * rules.HOUR)]
    assert spells[0].inputs["sum"] == 50


def test_rain_before_the_window_does_not_count():
    heavy = WindowSum("rain", hours=12, limit=50, calm=25)
    assert rules.breaches([Row(0, {"rain": 40}), Row(12 * rules.HOUR, {"rain": 40})], heavy) == []


def test_rows_without_the_metric_say_nothing():
    assert rules.breaches(rows("gust", None, float("nan"), None), WIND) == []


def test_three_tenths_of_hundredths_make_a_wet_day():
    rule = DaysInRow("rain", days=1, at_least=0.1)
    assert rules.full_days(rows("rain", 0.05, 0.05), rule) == {date(1970, 1, 1): 5 * MINUTE}


def test_a_day_without_data_is_not_a_day_with_rain():
    rule = DaysInRow("rain", days=3, at_least=0.1)
    days = [0, 1, 3, 4]
    assert rules.breaches([Row(day * rules.DAY, {"rain": 1.0}) for day in days], rule) == []


def test_continuous_rain_of_the_real_summer(summer):
    spells = rules.breaches(summer, DaysInRow("rain_mm", days=3, at_least=0.1))
    assert [(one.inputs["first_day"], one.inputs["last_day"]) for one in spells] == [
        ("2016-06-13", "2016-06-15"),
        ("2016-06-27", "2016-06-30"),
        ("2016-07-19", "2016-07-25"),
    ]
    over = micros(datetime(2016, 6, 17, tzinfo=CHINA))
    assert spells[0].cleared_at == over
    assert all(
        rules.local_day(one.event_at).isoformat() == day
        for one, day in zip(spells, ("2016-06-15", "2016-06-29", "2016-07-21"), strict=True)
    )


def test_the_real_summer_has_one_heavy_rain_and_no_gale(summer):
    heavy = rules.breaches(summer, WindowSum("rain_mm", hours=12, limit=50, calm=25))
    assert [one.event_at for one in heavy] == [micros(datetime(2016, 7, 20, 14, tzinfo=CHINA))]
    assert rules.breaches(summer, WIND) == []


def test_midnight_and_local_day_agree():
    noon = datetime(2026, 11, 24, 12, tzinfo=CHINA)
    day = rules.local_day(micros(noon))
    assert day == date(2026, 11, 24)
    assert rules.midnight(day) == micros(noon - timedelta(hours=12))


def test_reconcile_matches_by_overlap():
    stored = [Spell(0, 0, 10), Spell(20, 20, None)]
    assert rules.reconcile(stored, [Spell(5, 6, None)]) == rules.Plan((1,), ((0, Spell(5, 6, None)),), ())
    split = rules.reconcile([Spell(0, 0, None)], [Spell(0, 0, 4), Spell(8, 8, None)])
    assert split == rules.Plan((), ((0, Spell(0, 0, 4)),), (Spell(8, 8, None),))
    assert rules.reconcile([], [Spell(1, 1, 2)]).added == (Spell(1, 1, 2),)


def test_where_two_lists_of_stretches_meet():
    assert rules.meet([(0, 10), (20, 30)], [(5, 22), (40, 50)]) == [(5, 10), (20, 22)]
