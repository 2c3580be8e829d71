"""The pictures of the documentation: `.venv/bin/python -m tests.pictures [name …]` writes `docs/pictures/*.png`.

A demo box of its own, a storm played to one station over MQTT, then each shell as the person sees it who works there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.journeys import reports
from tests.journeys.browsers import FLAGS, chromium
from tests.journeys.conftest import Tab
from tests.journeys.phone import Phone, a_photo, open_cold, open_home, take_along, to_the_homes
from tests.live_box import ROOT, LiveBox, running, until

FOLDER = ROOT / "docs" / "pictures"
LARGEST_KB = 300
TOWN = "15.08.02.100"
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
# The wall in full, at half its dots: the map's thousand edges cost more bytes than a page of text.
WALL: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}, "device_scale_factor": 0.5}


# What a phone shows that has no signal: reached by doing things on it, not by an address.
WALKED = ("app-door", "app-outbox", "app-differs", "app-visits", "app-visit", "app-people", "app-visit-table")


@dataclass(frozen=True)
class Picture:
    """One page: who looks at it, on what, and where the storm stands by then (`is_taken`)."""

    name: str
    role: str
    path: str
    shape: dict[str, Any] = field(default_factory=lambda: DESK)
    is_taken: bool = False
    press: str = ""
    """Words of a button or link to press before the picture is taken."""


PICTURES = (
    Picture("desk-work", "duty_officer", "/desk/work/{work}"),
    Picture("desk-device", "maintainer", "/desk/devices/{station}"),
    Picture("desk-register", "maintainer", "/desk/devices/new"),
    Picture("desk-agriculture", "agronomist", "/desk/agriculture/forecasts"),
    Picture("desk-accounts", "town_admin", "/desk/accounts"),
    Picture("desk-home", "clerk", "/desk/homes/{home}"),
    Picture("desk-merge", "clerk", "/desk/people/merge?kind=resident&a={twin_a}&b={twin_b}"),
    Picture("desk-figures", "clerk", "/desk/people/figures"),
    Picture("desk-channels", "town_admin", "/desk/channels"),
    Picture("desk-duty", "town_admin", "/desk/duty"),
    Picture("desk-grid", "clerk", "/desk/grid/{report}"),
    Picture("desk-mediation", "clerk", "/desk/mediations/{mediation}"),
    Picture("desk-monitoring", "clerk", "/desk/monitoring/{monitoring}"),
    Picture("desk-heat", "clerk", "/desk/grid/figures", press="近 365 天"),
    Picture("app-what", "villager", "/app/report", PHONE),
    Picture("app-mine", "villager", "/app/reports/{report}", PHONE),
    Picture("app-tell", "grid_worker", "/app/report/tell", PHONE),
    Picture("app-report", "grid_worker", "/app/grid/{report}", PHONE),
    Picture("app-home", "villager", "/app", PHONE),
    Picture("app-tip", "villager", "/app/tips/{tip}", PHONE),
    Picture("app-work", "duty_officer", "/app/work", PHONE),
    Picture("app-task", "duty_officer", "/app/work/{work}", PHONE),
    Picture("desk-slip", "town_admin", "/desk/accounts/{villager}", press="打登录纸条"),
    Picture("screen", "town_leader", "/screen", WALL, is_taken=True),
)


def storm(end: datetime) -> Iterator[dict[str, Any]]:
    """Twelve times ten minutes of 4.2 mm; the last one, now, passes the station's own 50 mm in 12 h."""
    for n in range(12):
        yield {
            "ts": (end - timedelta(minutes=10 * (11 - n))).isoformat(),
            "values": {"air_temp_c": 19.0 - 0.3 * n, "rel_humidity_pct": 93, "rain_mm": 4.2, "wind_speed_ms": 6.5},
        }


def play_storm(box: LiveBox) -> dict[str, str]:
    """Register a station, rain on it; returns the ids the pictures' paths ask for."""
    keeper = box.as_demo("maintainer")
    place = {"area": f"{TOWN}.213", "lon": 107.1296, "lat": 40.9106}
    fresh = {"name": "富强村雨量站", "profile": "weather_station", **place}
    gauge = keeper.post("/api/devices", json=fresh).raise_for_status().json()
    line = box.mqtt(gauge["key"], gauge["secret"])
    for record in storm(datetime.now(UTC).replace(microsecond=0)):
        line.publish(f"up/{gauge['key']}", json.dumps(record), qos=1).wait_for_publish(10)

    officer = box.as_demo("duty_officer")
    [alert] = until(lambda: officer.items(f"/api/alerts?state=open&rule=heavy_rain&device={gauge['id']}"))
    mine = until(lambda: [one for one in officer.items("/api/work?mine=true") if one["matter"] == alert["matter"]])
    [tip, *_] = until(lambda: officer.items("/api/alerts?state=open&rule=stop_watering"))
    station = next(one for one in keeper.items("/api/devices") if one["name"] == "气象站 A01")
    people = box.as_demo("town_admin").items("/api/accounts")
    villager = next(one for one in people if one["account"] == box.demo("villager")["account"])
    return {
        "work": mine[0]["id"],
        "tip": tip["id"],
        "station": station["id"],
        "villager": villager["id"],
        **register(box),
        **reports.made(box),
        **files(box),
    }


def files(box: LiveBox) -> dict[str, str]:
    """The mediation and the family under monitoring of the demo town."""
    clerk = box.as_demo("clerk")
    return {
        kind: clerk.items(path)[0]["id"]
        for kind, path in (("mediation", "/api/grid/mediations"), ("monitoring", "/api/grid/monitoring"))
    }


def register(box: LiveBox) -> dict[str, str]:
    """The first home of the town, and two rows that may be one person."""
    clerk = box.as_demo("clerk")
    [home, *_] = clerk.items("/api/people/households")
    twins = next(one for one in clerk.get("/api/people/duplicates").json() if one["kind"] == "resident")
    return {"home": home["id"], "twin_a": twins["people"][0]["id"], "twin_b": twins["people"][1]["id"]}


def settle(box: LiveBox) -> None:
    """Wait until the pretend devices have told all of their past."""
    keeper = box.as_demo("maintainer")

    def heard() -> list[Any]:
        return [(one["id"], one["last_heard_at"]) for one in keeper.items("/api/devices") if one["last_heard_at"]]

    until(lambda: len(heard()) >= 10, wait_s=120, every_s=1)
    told = box.home / "secrets" / "demo_told.json"
    cast = box.home / "secrets" / "demo_devices.json"
    until(
        lambda: told.is_file() and len(json.loads(told.read_text())) >= len(json.loads(cast.read_text())),
        wait_s=240,
        every_s=1,
    )


@contextmanager
def a_browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        sys.exit("no Chromium: install one or name it with CHROMIUM=")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


def shoot(picture: Picture, browser: Browser, box: LiveBox, ids: dict[str, str]) -> list[str]:
    """Take one picture; returns what the page complained of."""
    tab = Tab(browser, box.url, **picture.shape)
    try:
        one = box.demo(picture.role)
        tab.context.request.post("/api/session", data={"account": one["account"], "password": one["password"]})
        tab.page.goto(picture.path.format(**ids))
        if picture.press:
            tab.page.get_by_text(picture.press).first.click()
        tab.page.mouse.move(0, 0)
        tab.page.evaluate("document.fonts.ready")
        # Charts and maps draw after their data; nothing on these pages says when the last of them is done.
        tab.page.wait_for_timeout(2500)
        file = FOLDER / f"{picture.name}.png"
        tab.page.screenshot(path=file, animations="disabled")
        size_kb = file.stat().st_size / 1000
        print(f"{file.relative_to(ROOT)}  {size_kb:.0f} kB", flush=True)
        too_large = [f"{file.name} has {size_kb:.0f} kB, more than {LARGEST_KB}"] if size_kb > LARGEST_KB else []
        return [f"{picture.name}: {one}" for one in tab.complaints] + too_large
    finally:
        tab.close()


def walk(box: LiveBox, browser: Browser) -> None:
    """A grid worker writes of two homes without signal; of one the clerk writes something else meanwhile."""
    phone = Phone(browser, box, device_scale_factor=2)
    try:
        take_along(phone)
        phone.signal(False)
        page = phone.page
        open_cold(page, "/app/visits")
        page.get_by_text("先去看看").wait_for()
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "app-visits.png", animations="disabled")
        page.locator("a.home[href*='for=census']").first.click()
        page.get_by_role("heading", name="跟上次一样吗").wait_for()
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "app-visit.png", animations="disabled")
        page.get_by_role("button", name="有变化").click()
        while not page.get_by_role("heading", name="家里人变了吗？").count():
            page.get_by_role("button", name="问不到，先放着").click()
        page.get_by_role("button", name="有变化").click()
        page.get_by_role("button", name="添人").wait_for()
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "app-people.png", animations="disabled")
        page.get_by_role("button", name="一张表", exact=True).click()
        page.locator("input[name=house_size_m2]").fill("96.5")
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "app-visit-table.png", animations="disabled")
        to_the_homes(page)
        open_home(page, 0)
        a_photo(page)
        page.wait_for_timeout(500)
        page.screenshot(path=FOLDER / "app-door.png", animations="disabled")
        page.get_by_role("button", name="没变").click()
        home = open_home(page, 2)
        page.get_by_role("button", name="有变化").click()
        page.locator("input[name=address]").fill("迎丰村二组 18 号")
        page.get_by_role("button", name="存下").click()
        page.locator("a.strip").click()
        page.get_by_role("button", name="看看写了什么").first.wait_for()
        page.screenshot(path=FOLDER / "app-outbox.png", animations="disabled")
        clerk = box.as_demo("clerk")
        told = clerk.get(f"/api/people/households/{home}").raise_for_status().json()
        change = {"version": told["version"], "address": "迎丰村二组 81 号", "source": {"kind": "form"}}
        clerk.patch(f"/api/people/households/{home}", json=change).raise_for_status()
        phone.signal(True)
        page.get_by_role("link", name="去定").click(timeout=30_000)
        page.get_by_text("哪个也没丢").wait_for()
        page.wait_for_timeout(1000)
        page.screenshot(path=FOLDER / "app-differs.png", animations="disabled")
    finally:
        phone.close()


def main(names: list[str]) -> int:
    """Take the named pictures, or all; 0 when no page complained."""
    unknown = set(names) - {one.name for one in PICTURES} - set(WALKED)
    if unknown:
        print(f"no such picture: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    subprocess.run(["make", "--silent", "site"], cwd=ROOT, check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    trouble: list[str] = []
    wanted = [one for one in PICTURES if not names or one.name in names]
    with running(demo=True) as box, a_browser() as browser:
        if not names or set(names) & set(WALKED):
            walk(box, browser)
        if not wanted:
            return 0
        settle(box)
        ids = play_storm(box)
        for picture in (one for one in wanted if not one.is_taken):
            trouble += shoot(picture, browser, box, ids)
        officer = box.as_demo("duty_officer")
        officer.post(f"/api/work/{ids['work']}/take", json={}).raise_for_status()
        for picture in (one for one in wanted if one.is_taken):
            trouble += shoot(picture, browser, box, ids)
    for line in trouble:
        print(line, file=sys.stderr)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
