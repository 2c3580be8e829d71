"""The real thing, no demo: an empty box, its first administrator, staff, a device, and an alert on a real account."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.live_box import LiveBox, Person, until

pytestmark = [pytest.mark.box, pytest.mark.slow]

TOWN, VILLAGE = "15.08.02.100", "15.08.02.100.212"
LINK = re.compile(r"\S*/desk/welcome\?token=\S+")


@pytest.fixture(scope="module")
def real() -> Iterator[tuple[LiveBox, str]]:
    """A box made by `init` while nothing runs; yields it and the first administrator's link."""
    box = LiveBox(demo=False)
    said = box.command("init", "--area", "150802100000").stdout
    link = LINK.search(said)
    assert link, said
    box.start()
    try:
        yield box, link.group()
    finally:
        box.visitors.close()
        box.stop()


def welcome(box: LiveBox, link: str, account: str, password: str) -> Person:
    """Use a one-time link as its page does."""
    [token] = parse_qs(urlsplit(link).query)["token"]
    person = box.person()
    answer = person.post("/api/session", json={"token": token, "account": account, "password": password})
    assert answer.status_code == 200, answer.text
    again = box.person().post("/api/session", json={"token": token, "account": "someone", "password": "Another-9-pass"})
    assert again.status_code in (401, 409, 422), "a link works once"
    return person


def test_from_an_empty_box_to_an_alert_on_a_real_account(real: tuple[LiveBox, str]) -> None:
    box, link = real
    assert httpx.get(f"{box.url}/api/demo/accounts").status_code == 404
    admin = welcome(box, link, "zhang.admin", "Wheat-and-2-canals")
    assert admin.get("/api/session").json()["posts"][0]["role"] == "town_admin"

    said = box.command("staff", "add", "--name", "陈敏", "--role", "duty_officer", "--area", "150802100000").stdout
    found = LINK.search(said)
    assert found, said
    officer = welcome(box, found.group(), "chen.min", "Canal-gate-7-open")
    made = admin.post("/api/accounts", json={"name": "赵强", "role": "maintainer", "area": TOWN})
    assert made.status_code == 201, made.text
    keeper = welcome(box, made.json()["welcome_url"], "zhao.qiang", "Solar-panel-3-clean")

    device = keeper.post(
        "/api/devices",
        json={"name": "永乐村气象站", "profile": "weather_station", "area": VILLAGE, "lon": 107.28, "lat": 40.87},
    ).json()
    line = box.mqtt(device["key"], device["secret"])
    now = datetime.now(UTC).replace(microsecond=0)
    for n in range(13):
        record = {"ts": (now - timedelta(minutes=10 * (12 - n))).isoformat(), "values": {"rain_mm": 6.0}}
        line.publish(f"up/{device['key']}", json.dumps(record), qos=1).wait_for_publish(10)
    [alert] = until(lambda: officer.items(f"/api/alerts?state=open&rule=heavy_rain&device={device['id']}"))
    [work] = until(lambda: [w for w in officer.items("/api/work?mine=true") if w["matter"] == alert["matter"]])
    assert work["assignee"]["account"] == "chen.min"
    for move, state in (("take", "taken"), ("done", "done")):
        answer = officer.post(f"/api/work/{work['id']}/{move}", json={"note": "看过了，排水沟通着"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == state

    # Revoked: the line is cut and refused within five seconds, over HTTP too.
    assert keeper.post(f"/api/devices/{device['id']}/revoke", json={}).status_code == 200
    until(lambda: not line.is_connected(), wait_s=5)
    refused = httpx.post(
        f"{box.url}/ingest/{device['key']}",
        headers={"Authorization": f"Bearer {device['secret']}"},
        json={"rain_mm": 1.0},
    )
    assert refused.status_code == 401
    said = box.command("audit", "verify").stdout
    assert said
    assert box.command("status").returncode == 0


def test_a_post_that_ended_opens_nothing(real: tuple[LiveBox, str]) -> None:
    box, _ = real
    admin = box.person()
    assert admin.sign_in("zhang.admin", "Wheat-and-2-canals").status_code == 200
    made = admin.post("/api/accounts", json={"name": "临时工", "role": "clerk", "area": TOWN}).json()
    clerk = welcome(box, made["welcome_url"], "lin.shi", "Paper-and-5-stamps")
    assert clerk.get("/api/devices").status_code == 200
    [post] = made["posts"]
    assert admin.post(f"/api/posts/{post['id']}/end", json={}).status_code in (200, 204)
    until(lambda: clerk.get("/api/devices").status_code in (401, 403), wait_s=5)
    reset = admin.post(f"/api/accounts/{made['id']}/reset_password", json={})
    assert reset.status_code == 200
    assert "/desk/welcome?token=" in reset.json()["welcome_url"]


def test_five_wrong_passwords_lock_the_door(real: tuple[LiveBox, str]) -> None:
    box, _ = real
    stranger = box.person()
    answers = [stranger.sign_in("zhang.admin", f"wrong-{n}-guess").status_code for n in range(5)]
    assert answers[:4] == [401] * 4
    locked = stranger.sign_in("zhang.admin", "Wheat-and-2-canals")
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 0
