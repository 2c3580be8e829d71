"""Agriculture over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.alerts import queries, registry
from xiangyun.kernel.alerts.rules import CHINA
from xiangyun.kernel.alerts.tests.factories import a_station, send
from xiangyun.kernel.org import seeds as places
from xiangyun.modules.agriculture import actions, answers, rules
from xiangyun.modules.agriculture.models import Forecast, Planting
from xiangyun.modules.agriculture.tests.factories import NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE

pytestmark = pytest.mark.usefixtures("house", "grids")

JSON = "application/json"


@pytest.fixture
def grids(house):
    """Groups and grids, and the villages' points on the map."""
    for town in (TOWN, OTHER_TOWN):
        places.plant(town, clock.now())


@pytest.fixture
def own_numbers(house):
    """The town's tip stays 36 hours after the rain."""
    before = clock.now() - timedelta(days=2)
    alerts.change_rule(
        code=rules.STOP_WATERING,
        town=TOWN,
        params={**registry.rule(rules.STOP_WATERING).params, "stays_h": 36},
        severity=4,
        valid_from=before,
        source="镇农技站",
        basis="试",
        by=system("15.08"),
        at=before,
    )
    queries.forget()
    yield
    queries.forget()


def a_word(**changes):
    now = clock.now()
    return {
        "area": TOWN,
        "source": "市气象台",
        "issued_at": (now - timedelta(minutes=30)).isoformat(),
        "starts_at": (now + timedelta(hours=2)).isoformat(),
        "ends_at": (now + timedelta(hours=14)).isoformat(),
        "rain_mm": 12,
        "temp_min_c": 13,
        "wind_ms": 11,
        **changes,
    }


def a_sowing(**changes):
    today = clock.now().astimezone(CHINA).date()
    return {
        "area": VILLAGE,
        "crop": "spring_wheat",
        "sown_on": (today - timedelta(days=80)).isoformat(),
        "heading_on": (today - timedelta(days=5)).isoformat(),
        "ripe_on": (today + timedelta(days=30)).isoformat(),
        "size_mu": 120,
        **changes,
    }


def an_approval(**changes):
    now = clock.now()
    return {
        "area": TOWN,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=30)).isoformat(),
        **changes,
    }


def post(client, path, body):
    return client.post(f"/api/agriculture/{path}", body, content_type=JSON)


def test_the_towns_own_story_on_a_villagers_phone():
    agronomist, duty = a_browser("agronomist", TOWN, name="陈志强"), a_browser("duty_officer", TOWN)
    a_browser("grid_worker", f"{VILLAGE}.g01", name="李秀兰")
    station = a_station(area=VILLAGE, name="气象站 A01", lon=107.08, lat=40.87)
    now = clock.now()
    send(station, [(now - timedelta(minutes=6), {"air_temp_c": 18.4, "wind_speed_ms": 3.0})], at=now)
    assert post(agronomist, "plantings", a_sowing()).status_code == 201
    assert post(duty, "forecasts", a_word()).status_code == 201
    villager = a_browser("villager", f"{VILLAGE}.g01")
    assert villager.get("/api/agriculture/home").json()["tip"] is None
    assert post(agronomist, "approvals", an_approval()).status_code == 201

    home = villager.get("/api/agriculture/home").json()
    assert (home["area"], home["grid_worker"]) == (f"{VILLAGE}.g01", {"name": "李秀兰", "phone": None})
    assert (home["weather"]["headline_code"], home["weather"]["headline"]) == ("rain_coming", "有雨")
    assert home["weather"]["lines"] == ["夜里 13 度", "风 6 级"]
    assert home["weather"]["now"]["temp_c"] == 18.4
    assert home["weather"]["now"]["station"] == "气象站 A01"
    assert home["weather"]["forecast"]["source"] == "市气象台"
    assert (home["tip"]["headline"], home["tip"]["checked_by"]) == ("小麦先别浇水", "农技员陈志强看过")
    assert "有雨 12 毫米，风 6 级" in home["tip"]["what"]
    assert home["tip"]["valid_words"] is None
    assert a_browser("villager", f"{NEXT_VILLAGE}.g01").get("/api/agriculture/home").json()["tip"] is None
    (tip,) = duty.get("/api/agriculture/tips?state=open").json()["items"]
    assert (tip["alert_id"], tip["villages"]) == (home["tip"]["alert_id"], ["迎丰村"])
    (alert,) = duty.get("/api/alerts?rule=stop_watering").json()["items"]
    assert (alert["kind"], alert["matter"], alert["subject"]) == ("tip", None, {"kind": "area", "id": TOWN})


def test_a_home_where_nobody_said_and_nothing_reports():
    home = a_browser("villager", f"{VILLAGE}.g01").get("/api/agriculture/home").json()
    assert (home["weather"]["headline_code"], home["weather"]["now"], home["weather"]["forecast"]) == (
        "nobody_said",
        None,
        None,
    )
    assert (home["tip"], home["grid_worker"]) == (None, None)


def test_falling_rain_is_said_before_any_forecast():
    now = clock.now()
    send(a_station(area=VILLAGE), [(now - timedelta(minutes=5), {"air_temp_c": 12.0, "rain_mm": 2.4})], at=now)
    home = a_browser("villager", f"{VILLAGE}.g01").get("/api/agriculture/home").json()
    assert (home["weather"]["headline_code"], home["weather"]["now"]["rain_3h_mm"]) == ("rain_now", 2.4)


def test_while_it_rains_the_tip_says_in_words_until_when():
    agronomist = a_browser("agronomist", TOWN)
    now = clock.now()
    post(agronomist, "plantings", a_sowing())
    post(agronomist, "approvals", an_approval())
    send(a_station(area=VILLAGE), [(now, {"rain_mm": 2.4})], at=now)
    actions.renew_tips(town=TOWN, since=now - timedelta(days=3), at=now + timedelta(seconds=9))
    villager = a_browser("villager", f"{VILLAGE}.g01")
    tip = villager.get("/api/agriculture/home").json()["tip"]
    assert (tip["valid_until"], tip["valid_words"]) == (None, "雨停一天为止")
    english = villager.get("/api/agriculture/home", headers={"Accept-Language": "en"}).json()["tip"]
    assert english["valid_words"] == "until a day after the rain stops"
    assert english["later"].startswith("Look again a day after the rain")
    post(agronomist, "forecasts", a_word())
    (shown,) = agronomist.get("/api/agriculture/tips").json()["items"]
    assert shown["valid_words"] == "雨停一天为止"


def test_a_tip_under_numbers_of_the_town_says_them(own_numbers):
    now = clock.now()
    agronomist = a_browser("agronomist", TOWN)
    post(agronomist, "plantings", a_sowing())
    post(agronomist, "approvals", an_approval())
    send(a_station(area=VILLAGE), [(now, {"rain_mm": 2.4})], at=now)
    actions.renew_tips(town=TOWN, since=now - timedelta(days=3), at=now + timedelta(seconds=9))
    tip = a_browser("villager", f"{VILLAGE}.g01").get("/api/agriculture/home").json()["tip"]
    assert tip["valid_words"] == "雨停 36 小时为止"
    assert tip["later"] == "雨停 36 小时以后，地皮干了再看。"


@pytest.mark.parametrize(
    ("stays_h", "lang", "says"),
    [
        (0, "zh-Hans", "雨停为止"),
        (1, "zh-Hans", "雨停一小时为止"),
        (24, "zh-Hans", "雨停一天为止"),
        (36, "zh-Hans", "雨停 36 小时为止"),
        (48, "zh-Hans", "雨停 2 天为止"),
        (0, "en", "until the rain stops"),
        (1, "en", "until an hour after the rain stops"),
        (1.5, "en", "until 1.5 hours after the rain stops"),
        (72, "en", "until 3 days after the rain stops"),
    ],
)
def test_how_long_after_the_rain_is_said_in_days_where_they_are_whole(stays_h, lang, says):
    assert answers.after_rain("until", stays_h, lang) == says


def test_a_home_elsewhere_does_not_exist():
    villager = a_browser("villager", f"{VILLAGE}.g01")
    for area in (OTHER_TOWN, f"{OTHER_TOWN}.201", "15.08.02", f"{TOWN}.999", "nonsense"):
        assert villager.get(f"/api/agriculture/home?area={area}").status_code == 404, area
    assert Client().get("/api/agriculture/home").status_code == 401


def test_a_forecast_above_the_towns_is_refused_since_no_town_would_see_it():
    answer = post(a_browser("town_admin", "15.08.02"), "forecasts", {**a_word(), "area": "15.08.02"})
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "area"])
    assert not Forecast.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "able", "unable"),
    [
        ("forecasts", a_word, "duty_officer", "villager"),
        ("plantings", a_sowing, "agronomist", "clerk"),
        ("approvals", an_approval, "agronomist", "duty_officer"),
    ],
)
def test_who_writes(path, body, able, unable):
    assert post(Client(), path, body()).status_code == 401
    assert post(a_browser(unable, TOWN), path, body()).status_code == 403
    assert post(a_browser(able, OTHER_TOWN), path, body()).status_code == 404
    assert post(a_browser(able, TOWN), path, {**body(), "entered_by": "me"}).status_code == 422
    made = post(a_browser(able, TOWN), path, body())
    assert made.status_code == 201, made.content


def test_the_same_op_id_is_one_row():
    duty, op_id = a_browser("duty_officer", TOWN), str(ids.uuid7())
    body = a_word(op_id=op_id)
    first, again = post(duty, "forecasts", body), post(duty, "forecasts", body)
    assert first.json() == again.json()
    assert Forecast.objects.count() == 1
    assert post(duty, "forecasts", {**body, "rain_mm": 3}).status_code == 409


def test_a_forecast_file_and_taking_a_row_back():
    duty = a_browser("duty_officer", TOWN)
    word = a_word()
    text = "source,issued_at,starts_at,ends_at,rain_mm\n" + ",".join(
        str(word[name]) for name in ("source", "issued_at", "starts_at", "ends_at", "rain_mm")
    )
    made = post(duty, "forecasts/file", {"area": TOWN, "csv": text})
    assert made.status_code == 201, made.content
    (row,) = made.json()["items"]
    assert (row["entered_how"], row["may"]) == ("file", ["withdraw"])
    stranger = a_browser("duty_officer", OTHER_TOWN)
    assert post(stranger, f"forecasts/{row['id']}/withdraw", {}).status_code == 404
    taken = post(duty, f"forecasts/{row['id']}/withdraw", {})
    assert (taken.status_code, taken.json()["may"]) == (200, [])
    assert post(duty, f"forecasts/{row['id']}/withdraw", {}).status_code == 409
    bad = post(duty, "forecasts/file", {"area": TOWN, "csv": text.replace(",12", ",lots")})
    assert (bad.status_code, bad.json()["errors"][0]["loc"]) == (422, ["body", "csv", "2", "rain_mm"])
    assert "第 2 行" in bad.json()["detail"]


def test_a_villager_reads_forecasts_of_the_town():
    post(a_browser("duty_officer", TOWN), "forecasts", a_word())
    assert len(a_browser("villager", f"{VILLAGE}.g01").get("/api/agriculture/forecasts").json()["items"]) == 1
    assert a_browser("villager", f"{OTHER_TOWN}.201.g01").get("/api/agriculture/forecasts").json()["items"] == []


def test_marking_the_stages():
    agronomist = a_browser("agronomist", TOWN)
    body = {name: value for name, value in a_sowing().items() if name not in ("heading_on", "ripe_on")}
    made = post(agronomist, "plantings", body).json()
    assert (made["is_estimated"], made["crop_name"], made["area_name"]) == (True, "春小麦", "迎丰村")
    days = {name: a_sowing()[name] for name in ("heading_on", "ripe_on")}
    marked = post(agronomist, f"plantings/{made['id']}/stages", days)
    assert (marked.json()["is_estimated"], marked.json()["stage"]) == (False, "heading")
    assert post(a_browser("agronomist", OTHER_TOWN), f"plantings/{made['id']}/stages", days).status_code == 404
    assert (
        post(
            agronomist, f"plantings/{made['id']}/stages", {"heading_on": "2020-01-01", "ripe_on": "2020-02-01"}
        ).status_code
        == 422
    )


def test_ending_an_approval():
    agronomist = a_browser("agronomist", TOWN)
    made = post(agronomist, "approvals", an_approval()).json()
    assert (made["holds"], made["may"]) == (True, ["end"])
    assert post(a_browser("agronomist", OTHER_TOWN), f"approvals/{made['id']}/end", {}).status_code == 404
    assert post(agronomist, f"approvals/{made['id']}/end", {}).json()["holds"] is False
    assert post(agronomist, f"approvals/{made['id']}/end", {}).status_code == 409
    assert [row["holds"] for row in agronomist.get("/api/agriculture/approvals").json()["items"]] == [False]


def _three_of_everything(n):
    at, by = clock.now(), system("15.08")
    for place in range(n):
        village = f"{TOWN}.{201 + place}"
        field = actions.register_field(area=village, code=f"B{n}{place}", size_mu=50, lon=107.1, lat=40.9, by=by, at=at)
        today = at.astimezone(CHINA).date()
        actions.register_planting(
            area=village, crop="maize", sown_on=today, field_id=field.pk, by=by, at=at, heading_on=None, ripe_on=None
        )
        told = a_word(source=f"台 {n}{place}")
        told = {**told, **{name: at.fromisoformat(told[name]) for name in ("issued_at", "starts_at", "ends_at")}}
        actions.enter_forecast(area=village, told=told, by=by, at=at)


@pytest.mark.parametrize("path", ["fields", "plantings", "forecasts", "approvals", "tips", "rules"])
def test_lists_ask_the_database_as_often_for_three_as_for_one(path):
    agronomist = a_browser("agronomist", TOWN)
    counts, totals = [], []
    for n in (1, 3):
        _three_of_everything(n)
        for _ in range(n):
            post(agronomist, "approvals", an_approval())
        agronomist.get(f"/api/agriculture/{path}")
        with CaptureQueriesContext(connection) as asked:
            totals.append(agronomist.get(f"/api/agriculture/{path}").json()["total"])
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert path in ("tips", "rules") or totals == [1, 4]


def test_lists_show_only_ones_own_places():
    _three_of_everything(3)
    secretary = a_browser("village_secretary", VILLAGE)
    for path, count in (("fields", 1), ("plantings", 1), ("forecasts", 1)):
        assert secretary.get(f"/api/agriculture/{path}").json()["total"] == count, path
    assert a_browser("agronomist", OTHER_TOWN).get("/api/agriculture/plantings").json()["total"] == 0
    assert a_browser("villager", f"{VILLAGE}.g01").get("/api/agriculture/fields").status_code == 403
    crop = a_browser("agronomist", TOWN).get("/api/agriculture/fields?crop=maize").json()
    assert {row["crop_name"] for row in crop["items"]} == {"玉米"}
    assert Planting.objects.count() == 3


def test_figures_of_agriculture():
    now = clock.now()
    send(a_station(area=VILLAGE), [(now - timedelta(minutes=5), {"rain_mm": 2.4})], at=now)
    post(a_browser("agronomist", TOWN), "plantings", a_sowing())
    duty = a_browser("duty_officer", TOWN)
    codes = "agriculture.rain_24h,agriculture.topsoil_water,agriculture.wheat_at_risk"
    found = {row["code"]: row for row in duty.get(f"/api/figures?area={TOWN}&codes={codes}").json()["items"]}
    assert found["agriculture.rain_24h"]["value"] == 2.4
    assert found["agriculture.wheat_at_risk"]["value"] == 120
    assert (found["agriculture.topsoil_water"]["value"], found["agriculture.topsoil_water"]["reason"]) == (
        None,
        "没有探头报数",
    )
    for code in codes.split(","):
        assert duty.get(f"/api/figures/{code}/rows?area={TOWN}").status_code == 200
