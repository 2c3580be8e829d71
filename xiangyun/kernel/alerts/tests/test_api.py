"""Alerts and rules over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.alerts import actions, queries
from xiangyun.kernel.alerts.models import Alert, AlertRule
from xiangyun.kernel.alerts.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_station, minutes, send

pytestmark = pytest.mark.usefixtures("house")

GUST = {"wind_gust_ms": 20.0}
CALM = {"wind_gust_ms": 2.0}


@pytest.fixture(autouse=True)
def _fresh_rules():
    yield
    queries.forget()


def an_alert(area=VILLAGE):
    station = a_station(area=area, name="气象站 A01")
    send(station, [(AT, GUST)])
    return Alert.objects.get(device=station)


def listed(client, query=""):
    answer = client.get(f"/api/alerts{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_an_alert_on_the_wire():
    alert = an_alert()
    (shown,) = listed(a_browser("duty_officer", TOWN), "?state=open&rule=gale")
    assert shown == {
        "id": str(alert.pk),
        "rule": "gale",
        "title": "大风",
        "kind": "alert",
        "severity": 2,
        "area": VILLAGE,
        "subject": {"kind": "device", "id": str(alert.device_id)},
        "device": str(alert.device_id),
        "starts_at": "2026-06-20T06:00:00Z",
        "event_at": "2026-06-20T06:00:00Z",
        "cleared_at": None,
        "silent_since": None,
        "raised_at": "2026-06-20T06:00:00Z",
        "is_late": False,
        "state": "open",
        "reason": "气象站 A01测到阵风 20.0 米每秒，到了 17.2 米每秒的线。",
        "inputs": {"station": "气象站 A01", "metric": "wind_gust_ms", "value": 20.0, "limit": 17.2, "held_s": 0},
        "matter": str(alert.matter_id),
    }


def test_an_alert_of_a_station_that_went_silent_says_so():
    alert = an_alert()
    actions.end_unheard(town=TOWN, at=minutes(7 * 60))
    client = a_browser("duty_officer", TOWN)
    shown = client.get(f"/api/alerts/{alert.pk}").json()
    assert (shown["state"], shown["cleared_at"], shown["silent_since"]) == (
        "closed",
        "2026-06-20T12:00:00Z",
        "2026-06-20T06:00:00Z",
    )
    assert shown["reason"].endswith("从 06-20 14:00 起没有再收到这个数，后来怎样不知道。")
    english = client.get(f"/api/alerts/{alert.pk}", headers={"Accept-Language": "en"}).json()
    assert english["reason"].endswith("Nothing was heard of it since 06-20 14:00: how it went on is unknown.")


def test_in_the_readers_language():
    an_alert()
    client = a_browser("duty_officer", TOWN)
    shown = client.get("/api/alerts", headers={"Accept-Language": "en"}).json()["items"][0]
    assert (shown["title"], shown["reason"]) == (
        "Gale",
        "气象站 A01 measured a gust of 20.0 m/s; the line is 17.2 m/s.",
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?state=open", 1),
        ("?state=closed", 1),
        ("?state=withdrawn", 0),
        ("?rule=frost", 0),
        ("?kind=tip", 0),
        (f"?area={NEXT_VILLAGE}", 1),
    ],
)
def test_filters(query, count):
    an_alert()
    other = a_station(area=NEXT_VILLAGE)
    send(other, [(AT, GUST)] + [(minutes(10 * n), CALM) for n in range(1, 5)])
    assert len(listed(a_browser("duty_officer", TOWN), query)) == count


def test_of_one_device():
    alert, _ = an_alert(), an_alert(NEXT_VILLAGE)
    assert [row["id"] for row in listed(a_browser("duty_officer", TOWN), f"?device={alert.device_id}")] == [
        str(alert.pk)
    ]


def test_who_sees_it():
    alert = an_alert()
    path = f"/api/alerts/{alert.pk}"
    assert Client().get(path).status_code == 401
    assert Client().get("/api/alerts").status_code == 401
    assert a_browser("villager", f"{VILLAGE}.g01").get(path).status_code == 403
    foreign = (a_browser("duty_officer", OTHER_TOWN), a_browser("village_secretary", NEXT_VILLAGE))
    for client in foreign:
        assert client.get(path).status_code == 404
        assert listed(client) == []
        assert client.get(path).json() == client.get(f"/api/alerts/{ids.uuid7()}").json()
    for client in (a_browser("village_secretary", VILLAGE), a_browser("county_viewer", "15.08.02")):
        assert client.get(path).status_code == 200
        assert len(listed(client)) == 1


def test_a_fact_is_nobodys_alert():
    station = a_station()
    send(station, [(AT, {"rain_mm": 1.0})])
    fact = Alert.objects.get(rule="rain_falling")
    client = a_browser("duty_officer", TOWN)
    assert listed(client) == []
    assert client.get(f"/api/alerts/{fact.pk}").status_code == 404


@pytest.mark.parametrize("path", ["/api/alerts", "/api/alert_rules"])
def test_lists_ask_the_database_as_often_for_three_as_for_one(path):
    client = a_browser("duty_officer", TOWN)
    counts = []
    for _ in range(2):
        an_alert()
        if counts:
            an_alert(), an_alert()
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_rules_stand_with_their_sources():
    answer = a_browser("agronomist", TOWN).get("/api/alert_rules").json()
    assert {row["code"] for row in answer["items"]} == {
        "continuous_rain",
        "heavy_rain",
        "frost",
        "gale",
        "stop_watering",
    }
    assert all(row["source"] and row["basis"] and row["valid_until"] is None for row in answer["items"])


A_LIMIT = [{"metric": "wind_gust_ms", "above": 25.0, "calm": 20.0}]


def a_change(**changes):
    return {
        "town": TOWN,
        "params": {"limits": [{"metric": "wind_gust_ms", "above": 25.0, "calm": 20.0}], "calm_for_s": 600},
        "severity": 1,
        "valid_from": (clock.now() + timedelta(minutes=5)).isoformat(),
        "source": "镇农技站 2026-11",
        "basis": "本镇大棚能扛到 25 米每秒",
        **changes,
    }


def test_a_town_gets_numbers_of_its_own():
    client = a_browser("agronomist", TOWN)
    made = client.post("/api/alert_rules/gale", a_change(), content_type="application/json")
    assert made.status_code == 201, made.content
    own = AlertRule.objects.filter(code="gale", town=TOWN).order_by("valid_from")
    assert [row.valid_until for row in own] == [own[1].valid_from, None]
    assert own[1].params["limits"][0]["above"] == 25.0
    rows = client.get("/api/alert_rules?code=gale").json()["items"]
    assert [row["town"] for row in rows] == ["", TOWN, TOWN]
    stranger = a_browser("agronomist", OTHER_TOWN)
    assert [row["town"] for row in stranger.get("/api/alert_rules?code=gale").json()["items"]] == [""]


@pytest.mark.parametrize(
    ("code", "change", "status"),
    [
        ("gale", {"town": OTHER_TOWN}, 404),
        ("gale", {"town": VILLAGE}, 404),
        ("gale", {"town": f"{TOWN}.x"}, 404),
        ("storm", {}, 404),
        ("gale", {"params": {"limits": [{"metric": "wind_gust_ms"}]}}, 422),
        ("gale", {"params": {"limits": []}}, 422),
        ("gale", {"params": {"limits": [{"metric": "wind_gust_ms", "above": 20, "calm": 25}]}}, 422),
        ("gale", {"params": {"limits": [{"metric": "soil_ph_10", "above": 20, "calm": 15}]}}, 422),
        ("gale", {"params": {"limits": A_LIMIT, "gap_s": 10**12}}, 422),
        ("gale", {"params": {"limits": A_LIMIT, "calm_for_s": -1}}, 422),
        ("gale", {"params": {"limits": A_LIMIT, "silent_s": 60}}, 422),
        ("gale", {"params": {"limits": A_LIMIT, "silent_s": 10**9}}, 422),
        ("gale", {"params": {"limits": [{**A_LIMIT[0], "hold_s": 10**9}]}}, 422),
        ("heavy_rain", {"params": {"metric": "rain_mm", "hours": 0, "limit": 5, "calm": 1}}, 422),
        ("continuous_rain", {"params": {"metric": "rain_mm", "days": 3, "at_least": 0}}, 422),
        ("stop_watering", {"params": {"lead_h": 48}}, 422),
        ("gale", {"valid_from": "2026-01-01T00:00:00Z"}, 409),
        ("gale", {"severity": 9}, 422),
        ("gale", {"code": "frost"}, 422),
    ],
)
def test_what_cannot_be_changed(code, change, status):
    client = a_browser("agronomist", TOWN)
    before = AlertRule.objects.count()
    answer = client.post(f"/api/alert_rules/{code}", a_change(**change), content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert AlertRule.objects.count() == before


def test_a_change_before_one_that_is_planned_is_refused_and_says_when():
    client = a_browser("agronomist", TOWN)
    later = a_change(valid_from=(clock.now() + timedelta(days=2)).isoformat())
    assert client.post("/api/alert_rules/gale", later, content_type="application/json").status_code == 201
    before = AlertRule.objects.count()
    for told in (a_change(), later):
        answer = client.post("/api/alert_rules/gale", told, content_type="application/json")
        assert (answer.status_code, answer.json()["title"]) == (409, "alerts.rule_change_planned")
    assert AlertRule.objects.count() == before


def test_who_changes_rules():
    assert Client().post("/api/alert_rules/gale", a_change(), content_type="application/json").status_code == 401
    grid = a_browser("grid_worker", f"{VILLAGE}.g01")
    assert grid.post("/api/alert_rules/gale", a_change(), content_type="application/json").status_code == 403
