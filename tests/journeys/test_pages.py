"""Every page of the three shells, as the person sees it who works there: what design.md says a machine can check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import register
from tests.journeys.conftest import Tab
from tests.live_box import ROOT, LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

TOWN = "15.08.02.100"
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
MOST_SHIFT = 0.05
ENGLISH_KEEPS = ["乡云", "中文", "演示气象台", *"甲乙丙丁戊己庚辛"]
"""The product's own name, the name of the other language, who made a forecast, the letters of the wall."""

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}
WALL: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}}
DESK_SIZES = ((1440, 900), (1920, 1080), (360, 780))
PHONE_SIZES = ((360, 776), (320, 640))
WALL_SIZES = ((3840, 2160), (844, 390))

# Who sees what; after a comma, which part of it.
DESK_PAGES = {
    None: ("/desk", "/desk/welcome"),
    "duty_officer": (
        "/desk/work", "/desk/work/{work}", "/desk/alerts", "/desk/alerts/{alert}", "/desk/search", "/desk/nowhere",
    ),
    "maintainer": ("/desk/devices", "/desk/devices/new", "/desk/devices/{station}", "/desk/devices/{gauge}"),
    "town_admin": (
        "/desk/accounts", "/desk/accounts/new", "/desk/accounts/{villager}", "/desk/keys", "/desk/duty", "/desk/me",
        "/desk/areas", "/desk/areas/{village}", "/desk/vault", "/desk/channels",
    ),
    "security_admin": ("/desk/vault",),
    "clerk": (
        "/desk/homes", "/desk/homes/new", "/desk/homes/{home}", "/desk/people/{own}", "/desk/people/figures",
        "/desk/people/counted?area={village}&of=elderly", "/desk/people/duplicates",
        "/desk/people/merge?kind=resident&a={one}&b={other}", "/desk/people/requests",
        "/desk/people/requests/{request}", "/desk/people/notices",
    ),
    "clerk, tables": (
        "/desk/imports", "/desk/imports/new", "/desk/imports/{tried}", "/desk/imports/{taken_in}", "/desk/exports",
        "/desk/exports/new", "/desk/exports/{export}", "/desk/forms", "/desk/forms/new", "/desk/forms/{form}",
    ),
    "village_secretary": ("/desk/homes", "/desk/imports", "/desk/forms/{form}"),
    "county_viewer": ("/desk/people/figures", "/desk/people/figures/{town}"),
    "audit_admin": ("/desk/audit",),
    "agronomist": (
        "/desk/alert-rules", "/desk/agriculture", "/desk/agriculture/forecasts", "/desk/agriculture/tips",
        "/desk/agriculture/plantings", "/desk/agriculture/approvals",
    ),
}  # fmt: skip
PHONE_PAGES = {
    None: ("/app", "/app/ticket"),
    "villager": ("/app", "/app/village", "/app/me", "/app/notices", "/app/tips/{tip}", "/app/nowhere"),
    "villager, record": (
        "/app/record/{own}",
        "/app/record/{own}/looks",
        "/app/record/{own}/consents",
        "/app/record/{own}/ask",
    ),
    "grid_worker": (
        "/app/me", "/app/pin", "/app/outbox", "/app/outbox/rescue", "/app/outbox/bring", "/app/outbox/mend/{other}",
        "/app/outbox/differs/{other}", "/app/homes", "/app/homes/{home}",
    ),
    "duty_officer": ("/app/work", "/app/work/{work}", "/app/notices", "/app/village", "/app/me", "/app"),
}  # fmt: skip
WALL_PAGES = {None: ("/screen",), "town_leader": ("/screen",), "county_viewer": ("/screen?town=15.08.02.101&visitors",)}


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

    def see(self, path: str, sizes: tuple[tuple[int, int], ...] = (), *, on_paper: bool = False) -> list[str]:
        """Open a page, look at it at each size; returns what is wrong, a line each."""
        page = self.tab.page
        start = dict(page.viewport_size or {})
        page.goto(path.format(**self.places))
        found = [] if page.evaluate("look.settled()") else ["never came to rest"]
        shift, shifted = page.evaluate("[look.seen.shift, look.seen.shifted]")
        if shift > MOST_SHIFT:
            found.append(f"layout shift {shift:.3f}: {shifted[:6]}")
        page.evaluate(AXE)
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


@pytest.fixture(scope="module")
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
    return {
        "gauge": gauge["id"],
        "alert": alert["id"],
        "work": work["id"],
        "tip": tip["id"],
        "station": station["id"],
        "villager": villager["id"],
        "village": f"{TOWN}.201",
        "town": TOWN,
        **register.made(box),
    }


@pytest.fixture(scope="module")
def names(box: LiveBox, places: dict[str, str]) -> list[str]:
    """What an English page shows in Chinese because it is called so: places, devices, people, posts' areas."""
    admin, keeper = box.as_demo("town_admin"), box.as_demo("maintainer")
    areas = [admin.get(f"/api/areas/{path}").json() for path in ("15.08", "15.08.02", TOWN, "15.08.02.101")]
    areas += [one for parent in (TOWN, f"{TOWN}.201") for one in admin.items(f"/api/areas?parent={parent}")]
    things = keeper.items("/api/devices")
    told = box.as_demo("clerk").get("/api/people/duplicates").raise_for_status().json()
    residents = [one for pair in told for one in pair["people"]]
    called = (one["name"] for one in (*areas, *things, *residents, *box.demo_accounts()))
    return [*ENGLISH_KEEPS, register.FORM_TITLE, register.ASKED, *called]


@pytest.fixture
def walker(box: LiveBox, tabs: Any, places: dict[str, str], names: list[str]) -> Any:
    """Make a walker: a tab signed in as a role (or as nobody), its words and preferences set before the first page."""

    def make(part: str | None, where: str, shape: dict[str, Any], kept: dict[str, str], **law: Any) -> Walker:
        tab = tabs(**shape)
        if part:
            tab.sign_in(box, part.partition(",")[0], where)
        keep = f"for (const [key, value] of Object.entries({json.dumps(kept)})) localStorage.setItem(key, value);"
        tab.context.add_init_script(keep + LOOK)
        return Walker(tab, places, names, kept.get("xiangyun.language", "zh-Hans"), **law)

    return make


def said(found: list[str]) -> str:
    return "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("role", DESK_PAGES)
def test_the_desk(walker: Any, role: str | None) -> None:
    rules = {"target-size": {"enabled": True}}
    chinese = walker(role, "/desk", DESK, {}, least_px=12, rules=rules)
    found = [one for path in DESK_PAGES[role] for one in chinese.see(path, DESK_SIZES, on_paper=True)]
    english = walker(role, "/desk", DESK, {"xiangyun.language": "en"}, least_px=12, rules=rules)
    found += [one for path in DESK_PAGES[role] for one in english.see(path)]
    assert not found, said(found)


MODES = {
    "elder": ({"mode": "elder", "step": {"elder": 1, "plain": 0}}, 18, 60),
    "elder, largest": ({"mode": "elder", "step": {"elder": 4, "plain": 0}}, 18, 60),
    "standard": ({"mode": "plain", "step": {"elder": 1, "plain": 0}}, 14, 56),
}


# Each page once in each language; the other modes change sizes, not words.
READ_IN_ENGLISH = (
    (None, "elder"),
    ("villager", "elder"),
    ("villager, record", "elder"),
    ("grid_worker", "standard"),
    ("duty_officer", "standard"),
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", PHONE_PAGES)
def test_the_phone(walker: Any, role: str | None, mode: str) -> None:
    kept, least_px, target_px = MODES[mode]
    phone = {"xiangyun.phone": json.dumps(kept)}
    found = []
    for language in ("zh-Hans", "en"):
        if language == "en" and (role, mode) not in READ_IN_ENGLISH:
            continue
        words = {**phone, "xiangyun.language": language}
        who = walker(role, "/app", PHONE, words, least_px=least_px, target_px=target_px, name=f"{mode}-")
        sizes = PHONE_SIZES if language == "zh-Hans" else ((320, 640),)
        found += [one for path in PHONE_PAGES[role] for one in who.see(path, sizes)]
    assert not found, said(found)


@pytest.mark.parametrize("role", WALL_PAGES)
def test_the_wall(walker: Any, role: str | None) -> None:
    found = []
    for language in ("zh-Hans", "en"):
        who = walker(role, "/screen", WALL, {"xiangyun.language": language}, least_px=20, checks_wide=role is None)
        found += [one for path in WALL_PAGES[role] for one in who.see(path, WALL_SIZES)]
    assert not found, said(found)


def routes() -> Iterator[str]:
    """Every path a feature or a shell draws a page for."""
    shells = {shell: (ROOT / "web" / shell / "routes.ts").read_text() for shell in ("desk", "app", "screen")}
    for file in ROOT.glob("xiangyun/*/*/web/feature.ts"):
        parts = re.split(r"\n  (desk|app|screen): \{", file.read_text())
        for shell, text in zip(parts[1::2], parts[2::2], strict=True):
            shells[shell] += text
    for shell, text in shells.items():
        for path in re.findall(r"\bpath: '([^']+)'", text):
            yield f"/{shell}{path}"


def pattern_of(route: str) -> str:
    """A route as a regular expression: a parameter is any one step, or none where it may be left out."""
    pattern = re.sub(r"/:\w+\?", "(/[^/]+)?", route.rstrip("/"))
    return re.sub(r"/:\w+", "/[^/]+", pattern)


def test_no_page_is_left_out() -> None:
    kept = [route for route in routes() if "(.*)" not in route]
    left = set(kept)
    for path in (path for pages in (DESK_PAGES, PHONE_PAGES, WALL_PAGES) for paths in pages.values() for path in paths):
        drawn = [route for route in kept if re.fullmatch(pattern_of(route), path.partition("?")[0])]
        # /people/figures is a page of its own, though /people/:person would take it too
        left -= set(sorted(drawn, key=lambda route: route.count(":") - 0.1 * route.count("?"))[:1])
    assert left == set()


def test_every_demo_role_lands_on_a_page(box: LiveBox, tabs: Any) -> None:
    tab = tabs(**DESK)
    lost = []
    for one in {(one["role"], one["area"][:12]): one for one in reversed(box.demo_accounts())}.values():
        where = "/app" if one["role"] in ("villager", "grid_worker", "village_secretary") else "/desk"
        tab.context.clear_cookies()
        tab.page.goto(where)
        form = tab.page.locator("form:has(input[name=password])")
        form.locator("input[name=account]").fill(one["account"])
        form.locator("input[name=password]").fill(one["password"])
        form.locator("button[type=submit]").click()
        tab.page.locator("input[name=password]").wait_for(state="detached", timeout=15_000)
        heading = tab.page.locator("h1:visible, .huge:visible").first
        heading.wait_for(timeout=10_000)
        if tab.page.locator("[role=alert]:visible, .error:visible").count() or tab.page.url.endswith(where):
            lost.append(f"{one['account']}: {tab.page.url} {heading.inner_text()}")
    assert lost == []
    assert tab.complaints == []
