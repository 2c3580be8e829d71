"""A limit that ends within a public holiday waits for it; after it, what is late goes up by itself and all are told."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.days import days
from tests.journeys.reports import VILLAGE, told
from tests.live_box import LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

CHINA = ZoneInfo("Asia/Shanghai")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WIDE = {"viewport": {"width": 1440, "height": 900}}
WORDS = "二支渠闸门关不严，水白流"
# National Day 2026: 1 to 7 October are free, the 8th is worked (General Office of the State Council, notice for 2026).
BEFORE, WITHIN, AFTER = date(2026, 9, 29), date(2026, 10, 5), date(2026, 10, 9)
LAST = date(2026, 10, 8)


def test_late_over_a_public_holiday(browser: Browser) -> None:
    with days(browser, BEFORE) as time:
        report = given_to_the_village(time.box)
        due = datetime.fromisoformat(report["due_at"]).astimezone(CHINA)
        # three days from the day after: the 2nd, which is free; the next working day is the 8th
        assert (due.date(), due.hour) in ((LAST, 23), (date(2026, 10, 9), 0))
        secretary = time.tab(**PHONE)
        secretary.sign_in(time.box, "village_secretary", "/app/work", VILLAGE)
        card = secretary.page.locator("article.work-card", has_text=report["number"])
        expect(card).to_contain_text("还剩 9 天")
        secretary.shoot("before-the-holiday")

        time.pass_to(WITHIN)
        clerk = time.box.as_demo("clerk")
        stands = clerk.get(f"/api/grid/reports/{report['id']}").json()
        assert (stands["level"], stands["due_at"]) == ("village", report["due_at"])
        secretary = time.tab(**PHONE)
        secretary.sign_in(time.box, "village_secretary", "/app/work", VILLAGE)
        card = secretary.page.locator("article.work-card", has_text=report["number"])
        expect(card).to_contain_text("还剩 3 天")
        expect(card).not_to_contain_text("超期")

        time.pass_to(AFTER)
        clerk = time.box.as_demo("clerk")

        def gone_up() -> dict | None:
            found = clerk.get(f"/api/grid/reports/{report['id']}").json()
            return found if found["level"] == "town" else None

        late = until(gone_up, wait_s=120, every_s=1)
        assert late["number"] == report["number"], "a matter keeps its number"
        assert datetime.fromisoformat(late["due_at"]).astimezone(CHINA).date() >= date(2026, 10, 16)
        desk = time.tab(**WIDE)
        desk.sign_in(time.box, "clerk", f"/desk/grid/{report['id']}")
        expect(desk.page.locator(".sheet").get_by_text("镇").first).to_be_visible()
        desk.shoot("after-the-holiday")
        secretary = time.tab(**PHONE)
        secretary.sign_in(time.box, "village_secretary", "/app/notices", VILLAGE)
        expect(secretary.page.get_by_text(report["number"]).first).to_be_visible()
        secretary.shoot("told-after-the-holiday")


def given_to_the_village(box: LiveBox) -> dict:
    """A villager's report, seen by the grid worker and given to the village."""
    made = told(box.as_demo("villager", VILLAGE), "canal", WORDS)
    at = f"/api/grid/reports/{made['id']}"
    box.as_demo("grid_worker", VILLAGE).post(f"{at}/verify", json={}).raise_for_status()
    judged = {"category": "canal", "level": "village", "severity": 2}
    clerk = box.as_demo("clerk")
    clerk.post(f"{at}/classify", json=judged).raise_for_status()
    return dict(clerk.get(at).raise_for_status().json())
