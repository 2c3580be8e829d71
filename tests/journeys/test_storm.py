"""The first promise: a storm, record by record over MQTT, becomes readings, an alert, a matter, a work item on the
duty person's phone and a changed picture on the command screen, with nothing lost."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.live_box import LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.slow, pytest.mark.browser]

TOWN = "15.08.02.100"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
WALL = {"viewport": {"width": 1920, "height": 1080}}


def a_station(box: LiveBox, area: str = f"{TOWN}.212", name: str = "永乐村雨量站") -> dict[str, Any]:
    """Register a weather station as the maintainer does."""
    answer = box.as_demo("maintainer").post(
        "/api/devices",
        json={"name": name, "profile": "weather_station", "area": area, "lon": 107.29, "lat": 40.87},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def storm(end: datetime) -> list[dict[str, Any]]:
    """Twelve hours of 5 mm each, ending now: 60 mm, past the station's own 50 mm in 12 h."""
    return [
        {
            "ts": (end - timedelta(hours=11 - n)).isoformat(),
            "values": {"air_temp_c": 18.0 - 0.2 * n, "rain_mm": 5.0, "wind_speed_ms": 4.0},
        }
        for n in range(12)
    ]


def test_a_storm_from_the_sensor_to_the_phone_and_the_wall(box: LiveBox, tabs: Any) -> None:
    station = a_station(box)
    wall = tabs(**WALL)
    wall.sign_in(box, "town_leader", "/screen")
    phone = tabs(**PHONE)
    phone.sign_in(box, "duty_officer", "/app")
    loads = wall.loads, phone.loads

    device = box.mqtt(station["key"], station["secret"])
    end = datetime.now(UTC).replace(microsecond=0)
    for record in storm(end):
        device.publish(f"up/{station['key']}", json.dumps(record), qos=1).wait_for_publish(10)

    clerk = box.as_demo("duty_officer")
    sent = {
        "metric": "rain_mm",
        "from": (end - timedelta(hours=12)).isoformat(),
        "to": (end + timedelta(seconds=1)).isoformat(),
        "step": "raw",
    }

    def kept() -> list[float]:
        answer = clerk.get(f"/api/telemetry/{station['id']}/series", params=sent).raise_for_status()
        return [point["value"] for point in answer.json()["points"]]

    # A record is acknowledged once it is safe, and read a moment later.
    until(lambda: len(kept()) >= 12)
    assert kept() == [5.0] * 12
    latest = clerk.get(f"/api/telemetry/{station['id']}/latest").json()
    assert latest["rain_mm"]["quality"] == "ok"

    [alert] = until(lambda: clerk.items(f"/api/alerts?state=open&rule=heavy_rain&device={station['id']}"))
    assert alert["kind"] == "alert"
    assert alert["matter"]
    work = until(
        lambda: [one for one in clerk.items("/api/work?state=open&mine=true") if one["matter"] == alert["matter"]]
    )[0]

    # The phone shows it without being touched; its owner takes it.
    card = phone.page.get_by_text(work["title"], exact=False).first
    card.wait_for()
    phone.shoot("phone-work")
    # The wall shows the same matter, without a reload: on a card, or among those that found no room.
    number = wall.page.get_by_text(work["number"], exact=False).first
    more = wall.page.get_by_role("button", name=re.compile("还有 .* 件，看全部"))
    number.or_(more).first.wait_for()
    if not number.count():
        more.click()
    number.wait_for()
    wall.shoot("wall-storm")
    taken = clerk.post(f"/api/work/{work['id']}/take", json={})
    assert taken.status_code == 200
    assert taken.json()["state"] == "taken"
    assert clerk.post(f"/api/work/{work['id']}/take", json={}).status_code == 200

    until(lambda: wall.page.get_by_text("已接").count() > 0, wait_s=20)
    assert (wall.loads, phone.loads) == loads, "nothing was reloaded"
    assert wall.complaints == []
    assert phone.complaints == []


def test_every_demo_role_signs_in(box: LiveBox) -> None:
    accounts = box.demo_accounts()
    for town in (TOWN, "15.08.02.101"):
        roles = {one["role"] for one in accounts if one["area"].startswith(town)}
        assert roles >= {
            "villager", "grid_worker", "village_secretary", "clerk", "agronomist", "duty_officer",
            "town_leader", "maintainer", "town_admin", "security_admin", "audit_admin",
        }  # fmt: skip
    assert {one["role"] for one in accounts} >= {"county_viewer", "city_viewer"}
    for one in accounts:
        person = box.person()
        answer = person.sign_in(one["account"], one["password"])
        assert answer.status_code == 200, one
        body = answer.json()
        assert body == person.get("/api/session").json()
        assert any(post["role"] == one["role"] for post in body["posts"])


def test_another_town_sees_nothing_of_it(box: LiveBox) -> None:
    station = a_station(box, name="邻镇看不见的站")
    stranger = box.as_demo("maintainer", "15.08.02.101")
    assert stranger.get(f"/api/devices/{station['id']}").status_code == 404
    assert stranger.get(f"/api/telemetry/{station['id']}/latest").status_code == 404
    assert stranger.post(f"/api/devices/{station['id']}/revoke", json={}).status_code == 404
    missing = stranger.get("/api/devices/01930000-0000-7000-8000-000000000000")
    foreign = stranger.get(f"/api/devices/{station['id']}")
    assert missing.json() == foreign.json()
