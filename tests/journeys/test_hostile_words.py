"""What people and devices write is drawn as text: markup, braces, words without end, turned writing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live_box import LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

VILLAGE = "15.08.02.100.205"
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
MARKUP = '<img src=x onerror="window.ran=1">{{7*7}}'
ENDLESS = "W" * 100
TURNED = "\u202eنص معكوس\u202c 站"
SCRIPT = '"><script>window.ran=1</script>${7*7}{{constructor}}'
SMALL: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def written(box: LiveBox) -> dict[str, str]:
    """Devices, a colleague and a piece of work whose names and notes are hostile; returns their ids."""
    keeper, admin, officer = (box.as_demo(role) for role in ("maintainer", "town_admin", "duty_officer"))
    place = {"profile": "weather_station", "area": VILLAGE, "lon": 107.15, "lat": 40.85, "note": SCRIPT}
    devices = [
        keeper.post("/api/devices", json={"name": name, **place}).raise_for_status().json()
        for name in (MARKUP, ENDLESS, TURNED)
    ]
    colleague = {"name": MARKUP, "role": "duty_officer", "area": "15.08.02.100"}
    account = admin.post("/api/accounts", json=colleague).raise_for_status().json()

    line = box.mqtt(devices[0]["key"], devices[0]["secret"])
    end = datetime.now(UTC).replace(microsecond=0)
    for n in range(12):
        values = {"rain_mm": 5.0, "<b>{{7*7}}": 1, SCRIPT: 2}
        record = {"ts": (end - timedelta(minutes=10 * (11 - n))).isoformat(), "values": values}
        line.publish(f"up/{devices[0]['key']}", json.dumps(record), qos=1).wait_for_publish(10)
    line.publish(f"up/{devices[0]['key']}", f"{SCRIPT}\0", qos=1).wait_for_publish(10)
    [alert] = until(lambda: officer.items(f"/api/alerts?state=open&rule=heavy_rain&device={devices[0]['id']}"))
    [work] = until(lambda: [one for one in officer.items("/api/work") if one["matter"] == alert["matter"]])
    officer.post(f"/api/work/{work['id']}/take", json={}).raise_for_status()
    return {
        "markup": devices[0]["id"],
        "endless": devices[1]["id"],
        "turned": devices[2]["id"],
        "account": account["id"],
        "alert": alert["id"],
        "work": work["id"],
    }


PAGES = (
    ("maintainer", "/desk/devices", (MARKUP, ENDLESS, TURNED)),
    ("maintainer", "/desk/devices/{markup}", (MARKUP,)),
    ("maintainer", "/desk/devices/{endless}", (ENDLESS,)),
    ("maintainer", "/desk/devices/{turned}", (TURNED,)),
    ("town_admin", "/desk/accounts", (MARKUP,)),
    ("town_admin", "/desk/accounts/{account}", (MARKUP,)),
    ("duty_officer", "/desk/work/{work}", (MARKUP,)),
    ("duty_officer", "/desk/alerts/{alert}", (MARKUP,)),
    ("duty_officer", "/app/work/{work}", (MARKUP,)),
    ("duty_officer", "/app/village", (MARKUP, ENDLESS, TURNED)),
    ("town_leader", "/screen", (MARKUP,)),
)


@pytest.mark.parametrize("role", dict.fromkeys(role for role, _, _ in PAGES))
@pytest.mark.parametrize("shell", ["desk", "app", "screen"])
def test_what_is_written_is_text(box: LiveBox, tabs: Any, written: dict[str, str], role: str, shell: str) -> None:
    pages = [(path, words) for who, path, words in PAGES if who == role and path.startswith(f"/{shell}")]
    if not pages:
        return
    tab = tabs(**(SMALL if shell == "app" else {"viewport": {"width": 1280, "height": 720}}))
    tab.sign_in(box, role, f"/{shell}")
    tab.context.add_init_script(LOOK)
    found: list[str] = []
    for path, words in pages:
        tab.page.goto(path.format(**written))
        tab.page.evaluate("look.settled()")
        if shell == "screen" and (rest := tab.page.locator("button.rest")).count():
            rest.click()  # what found no room on the wall
            tab.page.evaluate("look.settled()")
        text = tab.page.evaluate("document.body.textContent")
        found += [f"{path}: not drawn: {one}" for one in words if one not in text]
        if tab.page.evaluate("window.ran !== undefined || document.querySelector('img[src=x]') !== null"):
            found.append(f"{path}: words became markup")
        if shell != "screen":
            found += [f"{path}: wide: {one}" for one in tab.page.evaluate("look.wide()")]
        found += [f"{path}: policy: {one}" for one in tab.page.evaluate("look.seen.refusedByPolicy")]
        tab.shoot(f"hostile-{path.replace('/', '-')}")
    assert found + tab.complaints == []


def test_a_nul_is_refused_by_name(box: LiveBox, written: dict[str, str]) -> None:
    """PostgreSQL keeps no NUL: it is refused at the door, in a sentence, wherever somebody may write."""
    keeper, admin, officer = (box.as_demo(role) for role in ("maintainer", "town_admin", "duty_officer"))
    nul = "一\0二"
    answers = {
        "device": keeper.post("/api/devices", json={"name": nul, "profile": "weather_station", "area": VILLAGE}),
        "note": keeper.post(
            "/api/devices", json={"name": "站", "note": nul, "profile": "weather_station", "area": VILLAGE}
        ),
        "account": admin.post("/api/accounts", json={"name": nul, "role": "clerk", "area": "15.08.02.100"}),
        "work": officer.post(f"/api/work/{written['work']}/done", json={"note": nul}),
        "search": keeper.get("/api/devices", params={"q": nul}),
        "login": box.person().sign_in(nul, nul),
    }
    assert {what: answer.status_code for what, answer in answers.items()} == {
        "device": 422, "note": 422, "account": 422, "work": 422, "search": 422, "login": 422,
    }  # fmt: skip
    assert all("detail" in answer.json() for answer in answers.values())
