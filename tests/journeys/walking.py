"""Going from page to page: things to look at in the demo box, and a tab that says what falls short of the law."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys import carrying, phones, register, reports
from tests.journeys.phone import PIN, type_pin
from tests.live_box import ROOT, LiveBox, until

if TYPE_CHECKING:
    from tests.journeys.conftest import Tab

TOWN = "15.08.02.100"
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
MOST_SHIFT = 0.05
ENGLISH_KEEPS = ["乡云", "中文", "演示气象台", *"甲乙丙丁戊己庚辛"]
"""The product's own name, the name of the other language, who made a forecast, the letters of the wall."""


@dataclass
class Walker:
    """One signed-in tab that goes from page to page and says what falls short of the law."""

    tab: Tab
    places: dict[str, str]
    names: list[str]
    language: str
    least_px: float
    target_px: float = 0
    checks_wide: bool = True
    rules: dict[str, Any] | None = None
    name: str = ""
    """Goes into the names of pictures."""
    pin: str = ""
    """Of what this phone took along: each page is opened behind it."""

    def see(self, path: str, sizes: tuple[tuple[int, int], ...] = (), *, on_paper: bool = False) -> list[str]:
        """Open a page, look at it at each size; returns what is wrong, a line each."""
        page = self.tab.page
        start = dict(page.viewport_size or {})
        found = self._open(path)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found += self._here() + page.evaluate("rules => look.axe(rules)", self.rules or {})
        page.keyboard.press("Tab")
        found += [f"focus not seen: {one}" for one in page.evaluate("look.unmarked()")]
        self._shoot(path, start)
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("look.redrawn()")
            found += [f"{width}: {one}" for one in self._here((width, height))]
            self._shoot(path, {"width": width})
        if sizes:
            if on_paper:  # the desk at 360 px is another layout; a phone is a phone
                found += [f"{width}: {one}" for one in page.evaluate("rules => look.axe(rules)", self.rules or {})]
            page.set_viewport_size(start)
            page.evaluate("look.redrawn()")
        if on_paper:
            found += self._on_paper()
        found += [f"policy: {one}" for one in page.evaluate("look.seen.refusedByPolicy")]
        found += [f"console: {one}" for one in self.tab.complaints]
        self.tab.complaints.clear()
        return [f"{path} {self.language}: {one}" for one in found]

    def _open(self, path: str) -> list[str]:
        """The page from anew; what is wrong with how it came in."""
        page = self.tab.page
        where = path.format(**self.places)
        if self.pin:
            page.goto(f"/app/pin?to={where.removeprefix('/app') or '/'}")
            type_pin(page, self.pin)
            page.wait_for_url(re.compile(re.escape(where) + "$"))
            page.evaluate("look.anew()")
        else:
            page.goto(where)
        found = [] if page.evaluate("look.settled()") else ["never came to rest"]
        shift, shifted = page.evaluate("[look.seen.shift, look.seen.shifted]")
        if shift > MOST_SHIFT:
            found.append(f"layout shift {shift:.3f}: {shifted[:6]}")
        return found

    def _here(self, size: tuple[int, int] | None = None) -> list[str]:
        """What can be seen wrong at this size."""
        page = self.tab.page
        least = self.least_px
        if size and least == 20:  # the wall: one unit for everything, but on a phone lying on its side
            least = 12 if size[1] < 560 else 20 * size[1] / 1080
        found = [f"small: {one}" for one in page.evaluate("px => look.small(px)", least)]
        found += [f"target: {one}" for one in page.evaluate("px => look.narrow(px)", self.target_px)]
        found += [f"key: {one}" for one in page.evaluate("look.keys()")]
        if self.checks_wide:
            found += [f"wide: {one}" for one in page.evaluate("look.wide()")]
        if self.language == "en":
            found += [f"Chinese: {one}" for one in page.evaluate("names => look.chinese(names)", self.names)]
        return found

    def _on_paper(self) -> list[str]:
        page = self.tab.page
        before = page.evaluate("look.words()")
        page.emulate_media(media="print")
        page.evaluate("look.redrawn()")
        left = page.evaluate("look.words()")
        found = [f"print hides: {one}" for one in before if one not in left]
        found += [f"print cuts: {one}" for one in page.evaluate("look.cut()")]
        page.emulate_media(media="screen")
        return found

    def _shoot(self, path: str, size: dict[str, int]) -> None:
        name = re.sub(r"\W+", "-", path).strip("-")
        self.tab.shoot(f"{name}-{self.language}-{self.name}{size['width']}")


@pytest.fixture(scope="session")
def places(box: LiveBox) -> dict[str, str]:
    """Ids of things to look at: a gauge on which a storm fell, its alert and work, the town's tip, a villager."""
    keeper = box.as_demo("maintainer")
    fresh = {"name": "联丰村雨量站", "profile": "weather_station", "area": f"{TOWN}.201", "lon": 107.1, "lat": 40.9}
    gauge = keeper.post("/api/devices", json=fresh).raise_for_status().json()
    line = box.mqtt(gauge["key"], gauge["secret"])
    end = datetime.now(UTC).replace(microsecond=0)
    for n in range(12):
        values = {"air_temp_c": 18 - n / 4, "rain_mm": 5.0, "wind_speed_ms": 4.0, "soil_smell": 3}
        record = {"ts": (end - timedelta(minutes=10 * (11 - n))).isoformat(), "values": values}
        line.publish(f"up/{gauge['key']}", json.dumps(record), qos=1).wait_for_publish(10)
    line.publish(f"up/{gauge['key']}", '{"ts": "1970-01-01T00:00:00Z", "values": {"rain_mm": 1}}').wait_for_publish(10)
    officer = box.as_demo("duty_officer")
    [alert] = until(lambda: officer.items(f"/api/alerts?state=open&rule=heavy_rain&device={gauge['id']}"))
    [work] = until(lambda: [one for one in officer.items("/api/work?mine=true") if one["matter"] == alert["matter"]])
    [tip, *_] = until(lambda: officer.items("/api/alerts?state=open&rule=stop_watering"), wait_s=60)
    station = next(one for one in keeper.items("/api/devices") if one["name"] == "气象站 A01")
    people = box.as_demo("town_admin").items("/api/accounts")
    villager = next(one for one in people if one["account"] == box.demo("villager")["account"])
    reported = reports.made(box)
    [matter, *_] = officer.items("/api/matters?kind=grid.report&state=open")
    return {
        "gauge": gauge["id"],
        "matter": matter["id"],
        "alert": alert["id"],
        "work": work["id"],
        "tip": tip["id"],
        "station": station["id"],
        "villager": villager["id"],
        "village": f"{TOWN}.201",
        "town": TOWN,
        **register.made(box),
        **phones.made(box),
        **reported,
    }


@pytest.fixture(scope="module")
def names(box: LiveBox, places: dict[str, str]) -> list[str]:
    """What an English page shows in Chinese because it is called so: places, devices, people, posts' areas."""
    admin, keeper = box.as_demo("town_admin"), box.as_demo("maintainer")
    areas = [admin.get(f"/api/areas/{path}").json() for path in ("15.08", "15.08.02", TOWN, "15.08.02.101")]
    areas += [admin.get(f"/api/areas/{box.demo('grid_worker')['area']}").json()]
    villages = admin.items(f"/api/areas?parent={TOWN}")
    areas += villages + [one for village in villages for one in admin.items(f"/api/areas?parent={village['path']}")]
    things = keeper.items("/api/devices")
    told = box.as_demo("clerk").get("/api/people/duplicates").raise_for_status().json()
    residents = [one for pair in told for one in pair["people"]]
    # An address is what the register says; two of one home stand side by side.
    bases = [one["base"]["value"] for one in box.as_demo("clerk").items("/api/offline/conflicts?state=office")]
    called = (one["name"] for one in (*areas, *things, *residents, *box.demo_accounts()))
    return [*ENGLISH_KEEPS, register.FORM_TITLE, register.ASKED, phones.NOTE, *bases, *called]


@pytest.fixture
def walker(box: LiveBox, tabs: Any, places: dict[str, str], names: list[str]) -> Iterator[Any]:
    """Make a walker: a tab signed in as a role (or as nobody), its words and preferences set before the first page. A
    part "pack" carries its homes along, with things in the outbox that wait for a person."""
    waiting: list[str] = []

    def make(part: str | None, where: str, shape: dict[str, Any], kept: dict[str, str], **law: Any) -> Walker:
        tab = tabs(**shape)
        seen, said = places, names
        role, _, what = (part or "").partition(", ")
        if what == "pack":
            carried = carrying.carried(tab, box, role)
            waiting.append(carried.places["differs"])
            seen, said, law["pin"] = {**places, **carried.places}, [*names, *carried.names], PIN
        elif part:
            tab.sign_in(box, role, where)
        keep = f"for (const [key, value] of Object.entries({json.dumps(kept)})) localStorage.setItem(key, value);"
        tab.context.add_init_script(keep + LOOK)
        return Walker(tab, seen, said, kept.get("xiangyun.language", "zh-Hans"), **law)

    yield make
    carrying.decided(box, waiting)
