"""Every page of the three shells, as the person sees it who works there: what design.md says a machine can check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live_box import ROOT, LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

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
        "/desk/work", "/desk/work?box=todo", "/desk/work?box=watching", "/desk/work/{work}", "/desk/matters/{matter}",
        "/desk/alerts", "/desk/alerts/{alert}", "/desk/search", "/desk/nowhere",
    ),
    "maintainer": ("/desk/devices", "/desk/devices/new", "/desk/devices/{station}", "/desk/devices/{gauge}"),
    "town_admin": (
        "/desk/accounts", "/desk/accounts/new", "/desk/accounts/{villager}", "/desk/keys", "/desk/duty", "/desk/me",
        "/desk/areas", "/desk/areas/{village}", "/desk/areas/grids", "/desk/areas/grids/{village}.g01", "/desk/vault",
        "/desk/channels", "/desk/categories", "/desk/limits", "/desk/limits/grid.report~village",
        "/desk/intervals",
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
    "clerk, grid": (
        "/desk/grid", "/desk/grid/{report}", "/desk/grid/new", "/desk/published", "/desk/grid/figures",
        "/desk/grid/figures/{village}", "/desk/figures/grid.open_reports?area={village}", "/desk/visits",
        "/desk/mediations", "/desk/mediations/{mediation}", "/desk/mediations/new",
        "/desk/monitoring", "/desk/monitoring/{followed}", "/desk/monitoring/new",
    ),
    "clerk, settings": ("/desk/routes", "/desk/routes/new", "/desk/routes/grid.report~town", "/desk/calendar",
        "/desk/calendar/2031?day=2031-05-04", "/desk/stand_ins", "/desk/stand_ins/new", "/desk/stand_ins/hand_over",
    ),
    "clerk, phones": (
        "/desk/phones", "/desk/phones/{phone}", "/desk/phones/{lost}", "/desk/differences",
        "/desk/differences/{difference}", "/desk/quarantine", "/desk/quarantine/{waits}",
        "/desk/quarantine/{waits_sealed}",
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
    None: ("/app", "/app/ticket", "/app/board/15.08.02.100.201"),
    "villager": ("/app", "/app/village", "/app/me", "/app/notices", "/app/tips/{tip}", "/app/nowhere"),
    "villager, record": (
        "/app/record/{own}",
        "/app/record/{own}/looks",
        "/app/record/{own}/consents",
        "/app/record/{own}/ask",
    ),
    "villager, reports": (
        "/app/report", "/app/report?of=dispute", "/app/report/tell", "/app/report/where", "/app/reports",
        "/app/reports/{report}", "/app/reports/{settled}", "/app/published",
    ),
    "grid_worker, reports": ("/app/work", "/app/village", "/app/grid", "/app/grid/{report}", "/app/report/tell"),
    "clerk": ("/app/mediations", "/app/mediations/{mediation}"),
    "grid_worker": (
        "/app/me", "/app/pin", "/app/outbox", "/app/outbox/rescue", "/app/outbox/bring", "/app/outbox/mend/{other}",
        "/app/outbox/differs/{other}", "/app/homes", "/app/homes/{home}", "/app/visits", "/app/visits/{home}",
    ),
    "grid_worker, pack": (
        "/app/me", "/app/outbox", "/app/outbox/mend/{refused}", "/app/outbox/differs/{differs}", "/app/outbox/rescue",
        "/app/homes", "/app/homes/{carried}", "/app/homes/new", "/app/visits", "/app/visits/{carried}",
    ),
    "duty_officer": ("/app/work", "/app/work/{work}", "/app/notices", "/app/village", "/app/me", "/app"),
}  # fmt: skip
WALL_PAGES = {None: ("/screen",), "town_leader": ("/screen",), "county_viewer": ("/screen?town=15.08.02.101&visitors",)}


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
    ("villager, reports", "elder"),
    ("grid_worker, reports", "standard"),
    ("clerk", "standard"),
    ("grid_worker", "standard"),
    ("grid_worker, pack", "standard"),
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
