"""Series: raw and stepped, folded or not, with gaps; latest and rhythm; over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.base.errors import NotFound
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.devices.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_device
from xiangyun.kernel.telemetry import actions, ledger, packing, queries
from xiangyun.kernel.telemetry.models import Dirty, Hour
from xiangyun.kernel.telemetry.tests.conftest import send, stamp

pytestmark = pytest.mark.usefixtures("days")


def series(device, metric, *, back=timedelta(days=3), ahead=timedelta(0), step="raw", at=AT):
    return queries.on_wire(queries.series(device, metric=metric, start=AT - back, end=AT + ahead, step=step, at=at))


@pytest.fixture
def station():
    """Two days of records every 10 minutes, with two hours missing and one spike nobody should average."""
    device = a_device()
    minutes = [m for m in range(2 * 1440, 0, -10) if not 600 < m <= 720]
    records = [
        {"ts": stamp(m), "air_temp_c": 10 + m % 7, "rain_mm": 0.1, "wind_dir_deg": 350 if m % 20 else 10}
        for m in minutes
    ]
    records[5]["air_temp_c"] = 327.67
    for start in range(0, len(records), 100):
        send(device, records[start : start + 100])
    return device


def test_raw_shows_every_kept_reading_with_its_grade(station):
    found = series(station, "air_temp_c")
    assert (found["metric"], found["unit"], found["step"]) == ("air_temp_c", "°C", "raw")
    assert len(found["points"]) == 288 - 12
    assert found["points"][5] == {
        "ts": "2026-11-22T08:50:00Z",
        "value": 327.67,
        "min": 327.67,
        "max": 327.67,
        "count": 1,
        "quality": "bad",
    }
    assert found["gaps"] == [
        {"from": "2026-11-21T08:00:00Z", "to": "2026-11-22T08:00:00Z"},
        {"from": "2026-11-23T19:50:00Z", "to": "2026-11-23T22:00:00Z"},
    ]


@pytest.mark.parametrize("step", ["10m", "1h", "1d"])
@pytest.mark.parametrize("metric", ["air_temp_c", "rain_mm", "wind_dir_deg"])
def test_folding_changes_nothing_that_is_read(station, step, metric):
    ragged = {"back": timedelta(hours=30, minutes=25), "ahead": timedelta(minutes=-35)}
    before = series(station, metric, step=step), series(station, metric, step=step, **ragged)
    while actions.fold(at=AT):
        pass
    assert not Dirty.objects.filter(device_num=station.num, hour__lt=AT).exists()
    assert Hour.objects.filter(device_num=station.num).count() == 46
    assert (series(station, metric, step=step), series(station, metric, step=step, **ragged)) == before


def test_steps_use_ok_readings_alone(station):
    first = series(station, "air_temp_c", step="1h")["points"][0]
    assert (first["ts"], first["count"], first["quality"]) == ("2026-11-22T08:00:00Z", 5, "ok")
    assert first["max"] < 20
    rain = series(station, "rain_mm", step="1h")["points"][0]
    assert (rain["value"], rain["count"]) == (0.6, 6)
    wind = series(station, "wind_dir_deg", step="1h")["points"][0]
    assert (wind["value"], wind["min"], wind["max"]) == (pytest.approx(0, abs=0.01), None, None)


def test_days_are_local(station):
    days = series(station, "rain_mm", step="1d")["points"]
    assert [day["ts"] for day in days] == ["2026-11-21T16:00:00Z", "2026-11-22T16:00:00Z", "2026-11-23T16:00:00Z"]
    assert sum(day["count"] for day in days) == 276


def test_a_late_record_makes_its_hour_true_again(station):
    while actions.fold(at=AT):
        pass
    send(station, {"ts": stamp(650), "rain_mm": 5.0})
    send(station, {"ts": stamp(2 * 1440 - 1), "rain_mm": 7.0})
    now = series(station, "rain_mm", step="1h")["points"]
    assert now[0]["value"] == 7.6
    assert {"ts": "2026-11-23T21:00:00Z", "value": 5.0, "min": 5.0, "max": 5.0, "count": 1, "quality": "ok"} in now
    assert actions.fold(at=AT) == 2
    assert series(station, "rain_mm", step="1h")["points"] == now


def test_the_open_hour_is_not_folded():
    device = a_device()
    send(device, {"ts": stamp(), "rain_mm": 1})
    assert actions.fold(at=AT + timedelta(minutes=59)) == 0
    assert actions.fold(at=AT + timedelta(minutes=60)) == 1


def test_from_is_inclusive_and_to_exclusive(station):
    found = queries.series(
        station, metric="rain_mm", start=AT - timedelta(hours=2), end=AT - timedelta(hours=1), step="raw", at=AT
    )
    assert len(found.ts) == 6


def test_an_unknown_metric_is_not_found(station):
    with pytest.raises(NotFound):
        series(station, "soil_ph_10")


def test_rhythm():
    device = a_device()
    send(device, [{"ts": stamp(5), "rain_mm": 0}, {"ts": stamp(15), "rain_mm": 0}, {"ts": stamp(55), "rain_mm": 0}])
    found = queries.rhythm(device, hours=1, at=AT)
    assert (found.step_s, found.received) == (600, [True, False, False, False, True, True])
    probe = a_device(profile="soil_probe")
    assert queries.rhythm(probe, hours=24, at=AT).step_s == 3600


@pytest.fixture
def fresh():
    """A device that reported just now."""
    device = a_device()
    at = clock.now()
    ledger.open_days(packing.cursor(connection), [at.date(), (at - timedelta(hours=1)).date()])
    send(device, [{"ts": at.isoformat(), "air_temp_c": 21.5}], at=at)
    return device


def test_latest_over_http(fresh):
    found = a_browser("grid_worker", VILLAGE).get(f"/api/telemetry/{fresh.pk}/latest")
    assert found.status_code == 200
    reading = found.json()["air_temp_c"]
    assert (reading["value"], reading["quality"], set(found.json())) == (21.5, "ok", {"air_temp_c"})


def test_series_over_http(fresh):
    desk = a_browser("clerk", TOWN)
    path = f"/api/telemetry/{fresh.pk}/series"
    begin = (clock.now() - timedelta(hours=1)).isoformat()
    answer = desk.get(path, {"metric": "air_temp_c", "from": begin, "step": "raw"})
    assert [point["value"] for point in answer.json()["points"]] == [21.5]
    assert len(answer.json()["gaps"]) == 1
    assert len(desk.get(f"{path}?metric=air_temp_c&from={begin}&step=1h").json()["points"]) == 1
    for query, status in {
        "metric=mystery": 404,
        "": 422,
        "metric=air_temp_c&step=2h": 422,
        "metric=air_temp_c&from=yesterday": 422,
        "metric=air_temp_c&from=2026-11-24T08:00:00": 422,
        "metric=air_temp_c&from=2026-11-25T08:00:00Z&to=2026-11-24T08:00:00Z": 422,
        "metric=air_temp_c&from=0001-01-01T00:00:00%2B14:00": 422,
        "metric=air_temp_c&step=1d&from=9999-12-31T22:00:00Z&to=9999-12-31T23:00:00Z": 422,
    }.items():
        refused = desk.get(f"{path}?{query}")
        assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json"), query


@pytest.mark.parametrize("path", ["telemetry/{}/latest", "telemetry/{}/series?metric=air_temp_c", "devices/{}/rhythm"])
def test_nobody_wrong_ability_next_village_other_town(fresh, path):
    url = "/api/" + path.format(fresh.pk)
    assert Client().get(url).status_code == 401
    assert a_browser("villager", VILLAGE).get(url).status_code == 403
    assert a_browser("grid_worker", NEXT_VILLAGE).get(url).status_code == 404
    assert a_browser("clerk", OTHER_TOWN).get(url).status_code == 404
    assert a_browser("clerk", TOWN).get(url).status_code == 200


def test_reading_costs_a_fixed_number_of_queries(fresh):
    desk = a_browser("clerk", TOWN)
    with CaptureQueriesContext(connection) as found:
        desk.get(f"/api/telemetry/{fresh.pk}/latest")
    assert len(found) <= 6
