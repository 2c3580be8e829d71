"""A quarrel from a villager's report to the file closed ninety days after the agreement, and what breaks out again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.days import Days, days, today
from tests.journeys.reports import VILLAGE, told
from tests.live_box import until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WIDE = {"viewport": {"width": 1440, "height": 900}}
WORDS = "两家为先浇谁家的地吵起来了，把渠口都挖了"
AGREED = "按渠口轮流浇，先南后北，一家一天。"


def test_a_quarrel_from_the_report_to_the_ninetieth_day(browser: Browser) -> None:
    first = today()
    with days(browser, first) as time:
        report = told(time.box.as_demo("villager", VILLAGE), "irrigation_turn", WORDS)
        page = at_the_desk(time, f"/desk/grid/{report['id']}")
        page.get_by_role("link", name="申请调解").click()
        expect(page.get_by_label("纠纷的事实")).to_have_value(WORDS)
        name_the_parties(page)
        page.get_by_role("button", name="申请", exact=True).click()
        page.wait_for_url(re.compile("/mediations/[0-9a-f-]{36}$"))
        file = page.url.rsplit("/", 1)[1]
        number = agreed(page)
        paper = time.box.as_demo("village_secretary", VILLAGE).get(f"/api/grid/mediations/{file}/agreement.pdf")
        assert paper.content.startswith(b"%PDF")

        for made, passed in enumerate((8, 31, 91), start=1):
            time.pass_to(first + timedelta(days=passed))
            is_told(time, number)
            phone = time.tab(**PHONE)
            phone.sign_in(time.box, "village_secretary", f"/app/mediations/{file}", VILLAGE)
            phone.page.get_by_role("button", name="回访").click()
            phone.page.get_by_label("履行了", exact=True).check()
            phone.page.get_by_role("button", name="记下").click()
            # Said only once the town has it: the next day begins with another start of the box.
            expect(phone.page.locator(".days .kept")).to_have_count(made)
        phone.shoot("ninety-days")
        phone.page.get_by_role("button", name="归档").click()
        phone.page.get_by_role("button", name="归档").click()
        expect(phone.page.get_by_text("已归档").first).to_be_visible()

        page = at_the_desk(time, f"/desk/mediations/{file}")
        page.get_by_role("link", name="又闹起来了").click()
        expect(page.get_by_text(f"以前那件 {number}")).to_be_visible()
        page.get_by_label("纠纷的事实").fill("又为先浇后浇闹起来了")
        page.get_by_role("button", name="申请", exact=True).click()
        page.wait_for_url(re.compile("/mediations/[0-9a-f-]{36}$"))
        expect(page.locator(".sheet").get_by_text(number).first).to_be_visible()
        page.goto(f"/desk/mediations/{file}")
        expect(page.get_by_text("后来又闹了 1 次")).to_be_visible()


def at_the_desk(time: Days, where: str) -> Page:
    tab = time.tab(**WIDE)
    tab.sign_in(time.box, "village_secretary", where, VILLAGE)
    return tab.page


def name_the_parties(page: Page) -> None:
    for n, name in enumerate(("赵二柱", "钱三丫")):
        party = page.locator("fieldset.party").nth(n)
        party.get_by_label("姓名").fill(name)
        party.get_by_label("电话").fill(f"1381234000{n}")


def agreed(page: Page) -> str:
    """Taken on, sat together, agreed in writing; returns the number."""
    page.get_by_role("button", name="受理，定调解员").click()
    page.get_by_label("由谁来调解").fill("孙有福")
    page.get_by_role("button", name="受理", exact=True).click()
    page.get_by_role("button", name="记一次调解").click()
    page.get_by_label("各方怎么说").fill("都愿意让一步")
    page.get_by_role("button", name="记下", exact=True).click()
    page.get_by_role("button", name="达成协议").click()
    page.get_by_label("协议内容").fill(AGREED)
    page.get_by_role("button", name="记下协议").click()
    expect(page.locator(".sheet").get_by_text("达成协议，回访中").first).to_be_visible()
    expect(page.get_by_role("link", name="打印协议书")).to_be_visible()
    expect(page.get_by_role("link", name="又闹起来了")).to_be_visible()
    expect(page.get_by_role("button", name="存签好的文书")).to_be_visible()
    expect(page.get_by_role("button", name="回访")).to_have_count(0)
    return page.locator(".sheet b.nowrap").first.inner_text()


def is_told(time: Days, number: str) -> None:
    """Whoever keeps the file hears that a follow-up is due."""
    secretary = time.box.as_demo("village_secretary", VILLAGE)
    until(lambda: [one for one in secretary.items("/api/notices") if number in str(one)], wait_s=90, every_s=1)
