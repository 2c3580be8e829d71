"""Forecasts, plantings and approvals, and the tip that follows from them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from xiangyun.base.errors import BadInput, Conflict, NotFound, TooLarge, WrongState
from xiangyun.kernel.accounts.tests.factories import a_person
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.tests.factories import a_station, send
from xiangyun.modules.agriculture import actions, handlers, queries
from xiangyun.modules.agriculture.models import Forecast
from xiangyun.modules.agriculture.tests.factories import (
    AT,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_forecast,
    a_planting,
    an_approval,
    day,
)

pytestmark = pytest.mark.usefixtures("house")

HEAD = "source,issued_at,starts_at,ends_at,rain_mm,wind_ms\n"
LINE = "市气象台,2026-06-20T13:00:00+08:00,2026-06-20T20:00:00+08:00,2026-06-21T08:00:00+08:00,12,11\n"


def tips():
    return [(tip.state, tip.event_at, tip.cleared_at) for tip in Alert.objects.filter(kind="tip").order_by("event_at")]


def test_a_forecast_wheat_and_a_name_make_a_tip():
    a_planting()
    a_forecast()
    assert tips() == []
    an_approval()
    assert tips() == [("open", AT, None)]
    tip = Alert.objects.get(kind="tip")
    assert (tip.rule, tip.subject_kind, tip.subject_id, tip.matter) == ("stop_watering", "area", TOWN, None)
    assert tip.inputs["villages"] == [VILLAGE]
    assert tip.inputs["checked_by"] == "陈志强"
    assert queries.tip_for(f"{VILLAGE}.g01") == tip
    assert queries.tip_for(f"{TOWN}.202") is None


def test_without_wheat_between_heading_and_ripe_no_tip():
    a_planting(heading_on=day(3), ripe_on=day(40))
    an_approval()
    a_forecast()
    assert tips() == []


def test_measured_rain_makes_a_tip_through_what_the_module_hears():
    a_planting()
    an_approval(valid_from=AT, at=AT)
    station = a_station(area=VILLAGE, name="气象站 A01")
    rain_at = AT + timedelta(minutes=30)
    send(station, [(rain_at, {"rain_mm": 1.2})])
    fact = Alert.objects.get(kind="fact")
    handlers.rain_was_measured(handlers.AlertRaised(alert_id=fact.pk, rule=fact.rule, town=TOWN, at=rain_at))
    assert [event for _, event, _ in tips()] == [rain_at]
    assert Alert.objects.get(kind="tip").inputs["station"] == "气象站 A01"


def test_a_station_that_falls_silent_in_the_rain_ends_the_tip_a_day_after_its_last_word():
    a_planting()
    an_approval()
    station = a_station(area=VILLAGE)
    rain_at = AT + timedelta(minutes=30)
    send(station, [(rain_at, {"rain_mm": 1.2}), (rain_at + timedelta(hours=1), {"rain_mm": 0.4})])
    ends_at = rain_at + timedelta(hours=25)

    def renew(at):
        alerts.end_unheard(town=TOWN, at=at)
        actions.renew_tips(town=TOWN, since=at - timedelta(days=3), at=at)
        return Alert.objects.get(kind="tip").inputs["valid_until"]

    assert renew(rain_at + timedelta(hours=6)) is None
    assert datetime.fromisoformat(renew(rain_at + timedelta(hours=8))) == ends_at
    assert tips() == [("open", rain_at, None)]
    renew(rain_at + timedelta(hours=26))
    assert tips() == [("closed", rain_at, ends_at)]


def test_renewing_again_changes_nothing_and_time_ends_it():
    a_planting()
    an_approval()
    row = a_forecast()
    before = Alert.objects.get(kind="tip")
    for hours in (1, 2, 17):
        actions.renew_tips(town=TOWN, since=AT - timedelta(days=3), at=AT + timedelta(hours=hours))
    assert Alert.objects.get(kind="tip").raised_at == before.raised_at
    assert tips() == [("open", AT, None)]
    actions.renew_tips(town=TOWN, since=AT - timedelta(days=3), at=AT + timedelta(hours=19))
    assert tips() == [("closed", AT, row.ends_at)]


def test_taking_the_forecast_back_ends_the_tip():
    a_planting()
    an_approval()
    row = a_forecast()
    duty = a_person("duty_officer", TOWN)
    actions.withdraw_forecast(forecast_id=row.pk, by=duty, at=AT + timedelta(hours=2))
    assert tips() == [("closed", AT, AT + timedelta(hours=2))]
    with pytest.raises(WrongState):
        actions.withdraw_forecast(forecast_id=row.pk, by=duty, at=AT + timedelta(hours=3))


def test_ending_the_approval_ends_the_tip():
    a_planting()
    agronomist = a_person("agronomist", TOWN)
    approval = an_approval(by=agronomist)
    a_forecast()
    actions.end_approval(approval_id=approval.pk, by=agronomist, at=AT + timedelta(hours=1))
    assert tips() == [("closed", AT, AT + timedelta(hours=1))]


def test_only_a_person_who_is_agronomist_there_approves():
    for by in (a_person("town_admin", TOWN), a_person("agronomist", OTHER_TOWN)):
        with pytest.raises(NotFound):
            an_approval(by=by)


def test_the_same_word_of_a_station_is_one_row():
    duty = a_person("duty_officer", TOWN)
    assert a_forecast(by=duty) == a_forecast(by=duty)
    assert Forecast.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"rain_mm": 3.0}, {"temp_max_c": 20.0}, {"wind_ms": None}, {"ends_at": AT + timedelta(hours=20)}]
)
def test_a_station_does_not_say_two_things_at_once(other):
    duty = a_person("duty_officer", TOWN)
    row = a_forecast(by=duty)
    with pytest.raises(Conflict) as refused:
        a_forecast(by=duty, **other)
    assert refused.value.code == "agriculture.forecast_says_otherwise"
    actions.withdraw_forecast(forecast_id=row.pk, by=duty, at=AT)
    assert a_forecast(by=duty, **other) != row


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": AT + timedelta(hours=6)},
        {"issued_at": AT + timedelta(minutes=1)},
        {"starts_at": AT - timedelta(hours=5), "ends_at": AT - timedelta(hours=1)},
        {"source": "  "},
    ],
)
def test_a_forecast_must_be_of_now_and_of_somebody(wrong):
    with pytest.raises(BadInput):
        a_forecast(**wrong)


def test_a_forecast_file_comes_in_whole():
    duty = a_person("duty_officer", TOWN)
    (row,) = actions.read_forecasts(area=TOWN, text="\ufeff" + HEAD + LINE, by=duty, at=AT)
    assert (row.rain_mm, row.wind_ms, row.temp_min_c, row.entered_how) == (12.0, 11.0, None, "file")
    assert actions.read_forecasts(area=TOWN, text=HEAD + LINE, by=duty, at=AT) == [row]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("source,issued_at\n", ["body", "csv"]),
        (HEAD + LINE + "市气象台,昨天,2026-06-20T20:00:00+08:00,2026-06-21T08:00:00+08:00,1,1\n", "issued_at"),
        (HEAD + "市气象台,2026-06-20T13:00:00,2026-06-20T20:00:00+08:00,2026-06-21T08:00:00+08:00,1,1\n", "issued_at"),
        (HEAD + LINE.replace(",12,", ",很多,"), "rain_mm"),
        (HEAD + LINE.replace(",12,", ",nan,"), "rain_mm"),
        (HEAD + LINE.replace(",12,", ",-5,"), "rain_mm"),
    ],
)
def test_a_wrong_line_refuses_the_file_by_name(text, where):
    with pytest.raises(BadInput) as refused:
        actions.read_forecasts(area=TOWN, text=text, by=a_person("duty_officer", TOWN), at=AT)
    loc = refused.value.errors[0]["loc"]
    assert where in (loc, loc[-1])


def test_a_file_has_a_limit():
    with pytest.raises(TooLarge):
        actions.read_forecasts(area=TOWN, text=HEAD + LINE * 201, by=a_person("duty_officer", TOWN), at=AT)


def test_wheat_without_days_gets_the_usual_ones():
    planting = a_planting(heading_on=None, ripe_on=None)
    assert planting.is_estimated
    assert (planting.heading_on, planting.ripe_on) == (day(-18), day(29))


def test_the_days_of_a_planting_follow_one_another():
    for wrong in ({"heading_on": day(-91)}, {"ripe_on": day(-10)}, {"ripe_on": None}):
        with pytest.raises(BadInput):
            a_planting(**wrong)


def test_another_town_plants_nothing_here():
    with pytest.raises(NotFound):
        a_planting(by=a_person("agronomist", OTHER_TOWN))


def test_a_grid_worker_of_the_next_village_marks_nothing_here():
    planting = a_planting()
    with pytest.raises(NotFound):
        actions.mark_stages(
            planting_id=planting.pk,
            heading_on=day(0),
            ripe_on=day(9),
            by=a_person("grid_worker", f"{TOWN}.202.g01"),
            at=AT,
        )
