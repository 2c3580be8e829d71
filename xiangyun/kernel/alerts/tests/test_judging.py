"""What records do to alerts, through the ledger."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.alerts import actions, queries
from xiangyun.kernel.alerts.models import Alert, Watch
from xiangyun.kernel.alerts.rules import CHINA
from xiangyun.kernel.alerts.tests.factories import AT, DAYS, TOWN, a_station, minutes, rest, send, told
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.rules import HOUSE

pytestmark = pytest.mark.usefixtures("house")

DATA = Path(__file__).parents[4] / "sim" / "data"
SUMMER = DATA / "beijing_huairou_2016.csv"

CALM = {"air_temp_c": 15.0, "rain_mm": 0.0, "wind_speed_ms": 2.0, "wind_gust_ms": 4.0}
GUST = {**CALM, "wind_gust_ms": 20.0}


def test_a_gust_opens_an_alert_a_matter_and_work():
    station = a_station(area=f"{TOWN}.201", name="气象站 A01")
    send(station, [(AT, GUST)])
    alert = Alert.objects.get()
    assert (alert.rule, alert.kind, alert.state, alert.event_at, alert.is_late) == ("gale", "alert", "open", AT, False)
    assert (alert.subject_kind, alert.subject_id, alert.area_path) == ("device", str(station.pk), f"{TOWN}.201")
    assert alert.inputs == {
        "station": "气象站 A01",
        "metric": "wind_gust_ms",
        "value": 20.0,
        "limit": 17.2,
        "held_s": 0,
    }
    matter = Matter.objects.get()
    assert alert.matter == matter
    assert (matter.source_kind, matter.source_id, matter.severity) == ("alert", str(alert.pk), 2)
    assert matter.number.startswith("农业-0620-")
    assert WorkItem.objects.get().matter == matter
    assert set(matter.steps.values_list("by_name", flat=True)) == {HOUSE}
    assert Entry.objects.filter(act="alerts.raise_alert", object_id=str(alert.pk)).count() == 1


def test_where_its_module_is_switched_off_a_rule_judges_nothing_until_it_is_on_again():
    station = a_station()
    town = Area.objects.filter(path=TOWN)
    town.update(modules_off=["agriculture"])
    queries.forget()
    send(station, [(AT, GUST)])
    assert told() == []
    town.update(modules_off=[])
    queries.forget()
    send(station, [(minutes(10), GUST)])
    assert [rule for rule, *_ in told()] == ["gale"]


def test_the_same_batch_again_changes_nothing():
    station = a_station()
    for _ in range(3):
        send(station, [(AT, GUST)])
    assert told() == [("gale", AT, None, "open")]
    assert Matter.objects.count() == WorkItem.objects.count() == 1


def test_calm_closes_it_at_the_record_that_showed_it():
    station = a_station()
    send(station, [(AT, GUST)])
    for n in range(10, 50, 10):
        send(station, [(minutes(n), CALM)])
    assert told() == [("gale", AT, minutes(40), "closed")]
    send(station, [(minutes(60), GUST)])
    assert told() == [("gale", AT, minutes(40), "closed"), ("gale", minutes(60), None, "open")]


def test_the_calm_path_asks_for_its_watches_and_nothing_else():
    station = a_station()
    batches = []
    original = actions.judge
    send(station, [(AT, CALM)])
    actions.judge = batches.append  # type: ignore[assignment]
    try:
        send(station, [(minutes(n), CALM) for n in range(1, 200)])
    finally:
        actions.judge = original
    with CaptureQueriesContext(connection) as asked:
        actions.judge(batches[0])
    # The watches are asked for below Django, prepared.
    assert len(asked) == 0


def test_an_open_gale_costs_nothing_while_it_blows():
    station = a_station()
    send(station, [(AT, GUST)])
    batches = []
    original = actions.judge
    actions.judge = batches.append  # type: ignore[assignment]
    try:
        send(station, [(minutes(n), GUST) for n in range(1, 20)])
    finally:
        actions.judge = original
    with CaptureQueriesContext(connection) as asked:
        actions.judge(batches[0])
    assert len(asked) == 0


def test_late_data_raises_a_late_alert_and_sends_nobody_to_what_is_long_over():
    station = a_station()
    send(station, [(AT, CALM)])
    storm = [(AT - timedelta(days=3, minutes=n), GUST) for n in range(5)]
    after = [(AT - timedelta(days=3) + timedelta(minutes=n), CALM) for n in range(1, 60)]
    send(station, storm + after, at=AT)
    alert = Alert.objects.get()
    assert (alert.is_late, alert.state, alert.raised_at) == (True, "closed", AT)
    assert alert.event_at == AT - timedelta(days=3, minutes=4)
    assert Matter.objects.get().closed_at == AT
    assert not WorkItem.objects.exists()


def test_a_late_alert_of_this_morning_sends_somebody():
    station = a_station()
    send(station, [(AT - timedelta(hours=5), GUST)], at=AT)
    assert Alert.objects.get().is_late
    assert WorkItem.objects.count() == 1


def test_late_calm_takes_an_alert_back():
    station = a_station()
    windy = {**CALM, "wind_speed_ms": 12.0}
    send(station, [(AT, windy)])
    send(station, [(minutes(10), windy)])
    assert told() == [("gale", minutes(10), None, "open")]
    send(station, [(minutes(5), CALM)], at=minutes(11))
    assert told() == []
    assert Alert.objects.get().state == "withdrawn"
    send(station, [(minutes(20), windy)])
    assert told() == [("gale", minutes(20), None, "open")]


def test_a_bad_reading_never_alarms():
    station = a_station()
    send(station, [(AT, {**CALM, "wind_gust_ms": 327.67, "air_temp_c": -327.68})])
    assert told() == []


def test_continuous_rain_grows_and_ends_on_event_time():
    station = a_station()
    days = [AT + timedelta(days=n) for n in range(8)]
    for n, day in enumerate(days):
        rain = 0.2 if n < 4 else 0.0
        for hour in range(0, 24, 6):
            send(station, [(day + timedelta(hours=hour), {**CALM, "rain_mm": rain if hour == 6 else 0.0})])
    assert told("continuous_rain") == [
        ("continuous_rain", days[2] + timedelta(hours=6), days[4] + timedelta(hours=12), "closed")
    ]
    alert = Alert.objects.get(rule="continuous_rain")
    assert (alert.inputs["first_day"], alert.inputs["last_day"], alert.inputs["days"]) == (
        "2026-06-20",
        "2026-06-23",
        4,
    )


def test_heavy_rain_needs_its_sum_in_twelve_hours():
    station = a_station()
    for n in range(5):
        send(station, [(minutes(60 * n), {**CALM, "rain_mm": 12.0})])
    assert told("heavy_rain") == [("heavy_rain", minutes(240), None, "open")]
    for n in range(5, 20):
        send(station, [(minutes(60 * n), CALM)])
    # 12 h after 13:00 the sum is 24: below 25.
    assert told("heavy_rain") == [("heavy_rain", minutes(240), minutes(60 * 14), "closed")]


def test_two_stations_are_two_subjects():
    for station in (a_station(), a_station()):
        send(station, [(AT, GUST)])
    assert told() == [("gale", AT, None, "open")] * 2


def test_one_watch_a_rule_and_device():
    station = a_station()
    send(station, [(AT, {**GUST, "air_temp_c": -3.0})])
    assert {(watch.rule, watch.device_num) for watch in Watch.objects.all()} == {
        ("gale", station.num),
        ("frost", station.num),
    }


WEATHER = st.sampled_from(
    [
        CALM,
        {**CALM, "wind_gust_ms": 18.0},
        {**CALM, "wind_speed_ms": 11.5},
        {**CALM, "wind_gust_ms": 15.0},
        {**CALM, "air_temp_c": -1.0},
        {**CALM, "air_temp_c": 1.0},
        {**CALM, "rain_mm": 30.0},
        {**CALM, "rain_mm": 0.2},
        {"rain_mm": 0.0},
        {"wind_speed_ms": 2.0},
        {},
    ]
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_any_batches_any_repeats_end_in_the_same_alerts(data):
    every = data.draw(st.sampled_from([10, 60, 480]))
    weather = data.draw(st.lists(WEATHER, min_size=4, max_size=24))
    records = [(minutes(every * n), one) for n, one in enumerate(weather) if one]
    assume(records)
    heard = AT + timedelta(days=9)
    speaking, silent = (data.draw(st.integers(0, 9 * DAYS)) for _ in range(2))

    in_order, shuffled = a_station(area=f"{TOWN}.201"), a_station(area=f"{TOWN}.201")
    for record in records:
        send(in_order, [record], at=heard)
        if data.draw(st.booleans()):
            rest(9 * DAYS + speaking)
    left = data.draw(st.permutations(records)) + data.draw(st.lists(st.sampled_from(records), max_size=4))
    while left:
        size = data.draw(st.integers(1, len(left)))
        send(shuffled, left[:size], at=heard)
        left = left[size:]
        if data.draw(st.booleans()):
            rest(9 * DAYS + silent)
    rest(20 * DAYS)

    def stands(device):
        rows = Alert.objects.filter(device=device).exclude(state="withdrawn").order_by("rule", "starts_at")
        facts = (
            "rule",
            "starts_at",
            "event_at",
            "cleared_at",
            "state",
            "is_late",
            "severity",
            "reason_code",
            "silent_since",
        )
        shown = []
        for row in rows:
            inputs = {name: value for name, value in row.inputs.items() if name != "station"}
            shown.append((*(getattr(row, name) for name in facts), inputs))
        return shown

    assert stands(shuffled) == stands(in_order)
    assert Device.objects.count() >= 2


def test_the_door_of_one_town_judges_alone(house):
    with doors.scoped(TOWN):
        station = a_station(area=f"{TOWN}.201")
        send(station, [(AT, GUST)])
        assert told() == [("gale", AT, None, "open")]


def test_the_real_summer_through_the_ledger(house):
    """The file this project replays, in its own batches, moved to days a device may still speak of."""
    shift = timedelta(days=3650)
    records = []
    with SUMMER.open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            at = datetime(*(int(line[part]) for part in ("year", "month", "day", "hour")), tzinfo=CHINA) + shift
            told_values = {"rain_mm": "RAIN", "wind_speed_ms": "WSPM", "air_temp_c": "TEMP"}
            records.append((at, {metric: float(line[name]) for metric, name in told_values.items()}))
    station = a_station()
    for start in range(0, len(records), 500):
        send(station, records[start : start + 500], at=records[-1][0])
    rain = Alert.objects.filter(rule="continuous_rain").order_by("event_at")
    assert [
        (
            date.fromisoformat(one.inputs["first_day"]) - shift,
            date.fromisoformat(one.inputs["last_day"]) - shift,
        )
        for one in rain
    ] == [
        (date(2016, 6, 13), date(2016, 6, 15)),
        (date(2016, 6, 27), date(2016, 6, 30)),
        (date(2016, 7, 19), date(2016, 7, 25)),
    ]
    assert all((one.state, one.is_late) == ("closed", True) for one in rain)
    assert Alert.objects.filter(rule="heavy_rain").count() == 1
    assert not Alert.objects.filter(rule="gale").exists()
    assert not WorkItem.objects.exists()


def test_the_made_up_gale_is_one_gale(house):
    with (DATA / "gale_made_up.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    shift = AT - datetime.fromisoformat(lines[-1]["ts"])
    records = [
        (
            datetime.fromisoformat(line["ts"]) + shift,
            {metric: float(text) for metric, text in line.items() if metric != "ts"},
        )
        for line in lines
    ]
    station = a_station()
    for record in records:
        send(station, [record], at=record[0])
    (gale,) = Alert.objects.filter(rule="gale")
    assert (gale.state, gale.is_late) == ("closed", False)
    assert gale.event_at - shift == datetime(2026, 4, 21, 20, 10, tzinfo=CHINA)
    assert WorkItem.objects.count() == 1


def test_a_backlog_sends_nobody_until_it_has_caught_up(house):
    over, lasting = a_station(), a_station()
    began = AT - timedelta(days=4)
    for station in (over, lasting):
        for n in range(3):
            send(station, [(began + timedelta(minutes=10 * n), {"air_temp_c": -2.0})], at=AT)
    assert Alert.objects.filter(state="open", is_waiting=True).count() == 2
    assert not WorkItem.objects.exists()
    for n in range(3, 12):
        send(over, [(began + timedelta(minutes=10 * n), {"air_temp_c": 6.0})], at=AT)
    assert Matter.objects.get(source_id=str(Alert.objects.get(device=over).pk)).outcome == "over"
    for hours in range(6, 49, 6):
        send(lasting, [(began + timedelta(hours=hours), {"air_temp_c": -3.0})], at=AT)
    assert not WorkItem.objects.exists()
    for hours in range(54, 96, 6):
        send(lasting, [(began + timedelta(hours=hours), {"air_temp_c": -4.0})], at=AT)
    assert WorkItem.objects.get().matter_id == Alert.objects.get(device=lasting).matter_id
    assert not Alert.objects.filter(is_waiting=True).exists()
    assert WorkItem.objects.count() == 1


def test_own_numbers_keep_the_days_of_rain_that_were_counted(house):
    station = a_station(area=f"{TOWN}.201")
    for n in range(3):
        send(station, [(AT + timedelta(days=n), {"rain_mm": 1.0})])
    change = {"metric": "rain_mm", "days": 5, "at_least": 1.0}
    at = AT + timedelta(days=2, hours=1)
    actions.change_rule(
        code="continuous_rain",
        town=TOWN,
        params=change,
        severity=2,
        valid_from=at + timedelta(days=30),
        source="镇农技站",
        basis="试",
        by=system("15.08"),
        at=at,
    )
    queries.forget()
    send(station, [(AT + timedelta(days=3), {"rain_mm": 1.0})])
    queries.forget()
    (alert,) = Alert.objects.filter(rule="continuous_rain").exclude(state="withdrawn")
    assert (alert.state, alert.inputs["days"]) == ("open", 4)
