"""Devices over HTTP: who may, what is shown, at a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.devices import registry, rules
from xiangyun.kernel.devices.models import Parked, Presence, Quarantine, RawLine
from xiangyun.kernel.devices.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_device

pytestmark = pytest.mark.usefixtures("house")

BODY = {"name": "迎丰气象站", "profile": "weather_station", "area": VILLAGE, "lon": 107.3, "lat": 40.9}


def wire(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post(client, path, **body):
    return client.post(path, body, content_type="application/json")


@pytest.fixture
def desk():
    return a_browser("maintainer", TOWN)


def test_registering_shows_the_secret_once(desk):
    op_id = str(ids.uuid7())
    made = post(desk, "/api/devices", **BODY, op_id=op_id)
    assert made.status_code == 201
    assert set(made.json()) == {"id", "key", "secret", "name", "profile", "area"}
    again = post(desk, "/api/devices", **BODY, op_id=op_id)
    assert (again.status_code, again.json()) == (201, {**made.json(), "secret": None})
    assert desk.get("/api/devices").json()["total"] == 1
    assert made.json()["secret"] not in desk.get(f"/api/devices/{made.json()['id']}").content.decode()
    assert post(desk, "/api/devices", **{**BODY, "name": "别的"}, op_id=op_id).status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"profile": "toaster"}, 422),
        ({"area": OTHER_TOWN}, 404),
        ({"area": "15.08.02.100.999"}, 404),
        ({"lon": 200}, 422),
        ({"name": "  "}, 422),
        ({"owner": "me"}, 422),
        ({"expected_every_s": 0}, 422),
    ],
)
def test_what_cannot_be_registered(desk, change, status):
    answer = post(desk, "/api/devices", **{**BODY, **change})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_new_device_was_never_heard(desk):
    device = a_device()
    shown = desk.get(f"/api/devices/{device.pk}").json()
    assert shown["state"] == "never_heard"
    assert (shown["last_heard_at"], shown["silent_since"], shown["expected_every_s"]) == (None, None, 600)
    assert (shown["quarantine"], shown["parked"], shown["area_name"]) == ([], 0, "迎丰村")
    assert shown["may"] == ["revoke", "start_maintenance", "set_keeper"]


def test_silence_is_computed_at_every_look(desk):
    device = a_device()
    heard = clock.now() - timedelta(hours=2)
    Presence.objects.filter(num=device.num).update(last_heard_at=heard)
    shown = desk.get(f"/api/devices/{device.pk}").json()
    assert (shown["state"], shown["silent_since"]) == ("silent", shown["last_heard_at"])
    assert [row["key"] for row in desk.get("/api/devices?state=silent").json()["items"]] == [device.key]
    assert desk.get("/api/devices?state=reporting").json()["items"] == []


def test_troubles_are_shown(desk):
    device = a_device()
    common = {"device": device, "area_path": device.area_path, "received_at": AT, "value": "7"}
    for minute in range(2):
        Quarantine.objects.create(metric="mystery", ts=AT + timedelta(minutes=minute), **common)
    Parked.objects.create(reason="conflict", metric="rain_mm", ts=AT, fingerprint=b"1", **common)
    shown = desk.get(f"/api/devices/{device.pk}").json()
    assert shown["quarantine"] == [{"metric": "mystery", "count": 2, "last_at": "2026-11-24T08:00:00Z"}]
    assert shown["parked"] == 1
    (parked,) = desk.get(f"/api/devices/{device.pk}/parked").json()["items"]
    assert (parked["reason"], parked["why"][:4]) == ("conflict", "同一时刻")
    english = desk.get(f"/api/devices/{device.pk}/parked", headers={"Accept-Language": "en"}).json()["items"][0]
    assert english["why"].startswith("Another value")


def test_raw_lines_newest_first(desk):
    device = a_device()
    for minute in range(3):
        RawLine.objects.create(
            device=device,
            area_path=device.area_path,
            received_at=AT + timedelta(minutes=minute),
            door="mqtt",
            line=f"{minute}",
            stored=1,
            duplicate=0,
            rejected=0,
        )
    page = desk.get(f"/api/devices/{device.pk}/raw?limit=2").json()
    assert [row["line"] for row in page["items"]] == ["2", "1"]
    rest = desk.get(f"/api/devices/{device.pk}/raw?limit=2&cursor={page['next']}").json()
    assert [row["line"] for row in rest["items"]] == ["0"]


def test_a_device_that_is_cut_off_says_until_when_and_why(desk):
    device, now = a_device(), clock.now()
    url = f"/api/devices/{device.pk}"
    assert desk.get(url).json()["cut_off"] is None
    Presence.objects.filter(device=device).update(cut_at=now, cut_reason="flood")
    shown = desk.get(url, headers={"Accept-Language": "en"}).json()["cut_off"]
    assert (shown["since"], shown["until"]) == (wire(now), wire(now + rules.CUT_FOR))
    assert (shown["reason"], shown["why"].split(",")[0]) == (
        "flood",
        "it sent far more than a backlog would explain",
    )
    Presence.objects.filter(device=device).update(cut_at=now - rules.CUT_FOR)
    assert desk.get(url).json()["cut_off"] is None


DERIVED = {"rel_humidity_pct": {"from_what": "气温、露点", "how": "Magnus 公式"}}


def test_what_a_device_computes_is_said_with_it(desk):
    made = post(desk, "/api/devices", **BODY, derived_metrics=DERIVED).json()
    url = f"/api/devices/{made['id']}"
    assert desk.get(url).json()["derived_metrics"] == DERIVED
    said = desk.patch(url, {"derived_metrics": {}, "note": "换了探头"}, content_type="application/json")
    assert (said.status_code, said.json()["derived_metrics"], said.json()["note"]) == (200, {}, "换了探头")
    said = desk.patch(url, {"derived_metrics": DERIVED}, content_type="application/json").json()
    assert (said["derived_metrics"], said["note"]) == (DERIVED, "换了探头")
    for wrong in ({"dew_point_c": DERIVED["rel_humidity_pct"]}, {"rel_humidity_pct": {"how": "x"}}):
        assert desk.patch(url, {"derived_metrics": wrong}, content_type="application/json").status_code == 422
        assert post(desk, "/api/devices", **BODY, derived_metrics=wrong).status_code == 422
    assert desk.get(url).json()["derived_metrics"] == DERIVED


def test_moves(desk):
    device = a_device()
    path = f"/api/devices/{device.pk}"
    assert post(desk, f"{path}/maintenance", on=True).json()["state"] == "maintenance"
    assert post(desk, f"{path}/maintenance", on=False).json()["state"] == "never_heard"
    assert post(desk, f"{path}/keeper", account=desk.who.account).json()["keeper"]["account"] == desk.who.account
    revoked = desk.generic("POST", f"{path}/revoke")
    assert (revoked.status_code, revoked.json()["state"], revoked.json()["may"]) == (200, "revoked", [])
    assert desk.generic("POST", f"{path}/revoke").status_code == 200
    assert post(desk, f"{path}/maintenance", on=True).status_code == 409


PATHS = [
    ("get", "/api/devices/{id}"),
    ("get", "/api/devices/{id}/parked"),
    ("get", "/api/devices/{id}/raw"),
    ("post", "/api/devices/{id}/revoke"),
    ("post", "/api/devices/{id}/maintenance"),
    ("post", "/api/devices/{id}/keeper"),
]


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_nobody_wrong_ability_next_village_other_town(verb, path):
    device = a_device()
    body = {"on": True} if "maintenance" in path else {"account": "x"} if "keeper" in path else {}

    def status(client):
        url = path.format(id=device.pk)
        return client.get(url).status_code if verb == "get" else post(client, url, **body).status_code

    assert status(Client()) == 401
    assert status(a_browser("villager", VILLAGE)) == 403
    assert status(a_browser("maintainer", NEXT_VILLAGE)) == 404
    assert status(a_browser("maintainer", OTHER_TOWN)) == 404


def test_registering_nobody_and_wrong_ability():
    assert post(Client(), "/api/devices", **BODY).status_code == 401
    assert post(a_browser("clerk", TOWN), "/api/devices", **BODY).status_code == 403
    assert post(a_browser("maintainer", OTHER_TOWN), "/api/devices", **BODY).status_code == 404


def test_the_list_filters_and_costs_the_same_for_one_and_three(desk):
    a_device(name="一号")

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = desk.get("/api/devices").json()
        return len(queries), page["total"]

    one = cost()
    a_device(name="二号", profile="soil_probe")
    a_device(name="三号", area=NEXT_VILLAGE)
    three = cost()
    assert (one[0], three[0]) == (three[0], one[0])
    assert (one[1], three[1]) == (1, 3)
    assert [d["name"] for d in desk.get("/api/devices?profile=soil_probe").json()["items"]] == ["二号"]
    assert [d["name"] for d in desk.get(f"/api/devices?area={NEXT_VILLAGE}").json()["items"]] == ["三号"]
    assert [d["name"] for d in desk.get("/api/devices?q=一").json()["items"]] == ["一号"]


def test_profiles_are_for_everybody_signed_in():
    answer = a_browser("villager", VILLAGE).get("/api/device_profiles", headers={"Accept-Language": "en"}).json()
    assert [profile["code"] for profile in answer["items"]] == sorted(each.code for each in registry.each_profile())
    lamp = next(profile for profile in answer["items"] if profile["code"] == "pest_lamp")
    assert lamp["metrics"][0]["title"] == "Moths"
    assert Client().get("/api/device_profiles").status_code == 401
