"""What time alone ends, and what happens when a station speaks again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.tests.factories import (
    AT,
    DAYS,
    HOURS,
    OTHER_TOWN,
    TOWN,
    a_station,
    minutes,
    rest,
    send,
    told,
)
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.workflow.models import WorkItem

pytestmark = pytest.mark.usefixtures("house")

CALM = {"air_temp_c": 15.0, "rain_mm": 0.0, "wind_speed_ms": 2.0, "wind_gust_ms": 4.0}
GUST = {**CALM, "wind_gust_ms": 20.0}
LONG = 9 * HOURS


def test_a_station_that_falls_silent_in_a_gale_leaves_it_open_six_hours_and_no_longer():
    station = a_station(area=f"{TOWN}.201")
    send(station, [(AT, GUST), (minutes(30), GUST)])
    rest(30 + 6 * HOURS)
    assert told() == [("gale", AT, None, "open")]
    for _ in range(2):
        rest(31 + 6 * HOURS)
        assert told() == [("gale", AT, minutes(30 + 6 * HOURS), "closed")]
    alert = Alert.objects.get()
    assert (alert.silent_since, WorkItem.objects.count()) == (minutes(30), 1)
    assert Entry.objects.filter(act="alerts.close_alert").count() == 1


def test_what_fills_the_silence_is_judged_as_usual():
    station = a_station(area=f"{TOWN}.201")
    send(station, [(AT, GUST)])
    rest(LONG)
    send(station, [(minutes(LONG + 5), GUST)])
    assert told() == [
        ("gale", AT, minutes(6 * HOURS), "closed"),
        ("gale", minutes(LONG + 5), None, "open"),
    ]
    send(station, [(minutes(4 * HOURS), GUST)], at=minutes(LONG + 6))
    assert told() == [("gale", AT, None, "open")]
    assert Alert.objects.get(state="open").silent_since is None
    send(station, [(minutes(2 * HOURS + 10 * n), CALM) for n in range(4)], at=minutes(LONG + 7))
    assert told() == [
        ("gale", AT, minutes(2 * HOURS + 30), "closed"),
        ("gale", minutes(4 * HOURS), None, "open"),
    ]


def test_a_revoked_station_ends_its_spells_too():
    station = a_station(area=f"{TOWN}.201")
    send(station, [(AT, {"rain_mm": 30.0}), (minutes(60), {"rain_mm": 30.0, "air_temp_c": -1.0})])
    devices.revoke_device(device_id=station.pk, by=system(TOWN), at=minutes(70))
    rest(14 * HOURS)
    assert told() == [
        ("frost", minutes(60), minutes(7 * HOURS), "closed"),
        ("heavy_rain", minutes(60), minutes(13 * HOURS), "closed"),
        ("rain_falling", AT, minutes(7 * HOURS), "closed"),
    ]


def test_days_of_rain_end_two_days_after_the_last_word():
    station = a_station(area=f"{TOWN}.201")
    days = [AT + timedelta(days=n) for n in range(3)]
    for day in days:
        send(station, [(day, {"rain_mm": 1.0})])
    send(station, [(days[2] + timedelta(hours=3), {"rain_mm": 0.0})])
    rest(2 * DAYS + 51 * HOURS)
    assert told("continuous_rain") == [("continuous_rain", days[2], None, "open")]
    rest(2 * DAYS + 51 * HOURS + 1)
    assert told("continuous_rain") == [
        ("continuous_rain", days[2], days[2] + timedelta(hours=51), "closed"),
    ]
    send(station, [(days[2] + timedelta(days=1), {"rain_mm": 1.0})], at=days[2] + timedelta(days=4))
    assert told("continuous_rain") == [("continuous_rain", days[2], None, "open")]


def test_a_station_at_work_on_its_backlog_is_not_called_silent():
    station = a_station(area=f"{TOWN}.201")
    send(station, [(AT, GUST)], at=minutes(3 * DAYS))
    rest(3 * DAYS + 5)
    assert told() == [("gale", AT, None, "open")]
    rest(3 * DAYS + 11)
    assert told() == [("gale", AT, minutes(6 * HOURS), "closed")]
    assert not WorkItem.objects.exists()


def test_a_gale_known_by_its_gusts_does_not_end_while_only_the_mean_is_told():
    station = a_station(area=f"{TOWN}.201")
    mean = {name: value for name, value in CALM.items() if name != "wind_gust_ms"}
    send(station, [(AT, GUST)])
    for n in range(1, 36):
        send(station, [(minutes(10 * n), mean)])
        rest(10 * n)
    assert told() == [("gale", AT, None, "open")]
    send(station, [(minutes(370), mean)])
    assert told() == [("gale", AT, minutes(360), "closed")]


def test_a_silence_over_before_anybody_looked_was_one_all_the_same():
    station = a_station()
    send(station, [(AT, GUST)])
    send(station, [(minutes(LONG), GUST)])
    assert told() == [("gale", AT, minutes(6 * HOURS), "closed"), ("gale", minutes(LONG), None, "open")]


def test_the_round_of_one_town_leaves_the_others():
    station = a_station(area=f"{TOWN}.201")
    send(station, [(AT, GUST)])
    rest(LONG, OTHER_TOWN)
    assert told() == [("gale", AT, None, "open")]
