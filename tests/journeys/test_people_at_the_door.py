"""Who came into a home and who left it, written at its door without signal; a home nobody had on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.phone import Phone, open_cold, take_along, type_pin
from tests.live_box import LiveBox
from xiangyun.base import clock

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]


def press(page: Page, *words: str) -> None:
    for one in words:
        page.get_by_role("button", name=one, exact=True).click()


def fill(page: Page, **facts: str) -> None:
    for name, value in facts.items():
        page.locator(f"input[name={name}]").fill(value)


def kin(page: Page, word: str) -> None:
    page.locator("select[name=relation]").select_option(label=word)


def waits(page: Page, count: int) -> None:
    expect(page.get_by_text(f"没有信号·{count} 条没送出")).to_be_visible(timeout=15_000)


def arrives(phone: Phone) -> None:
    phone.signal(True)
    phone.sign_in("grid_worker")
    phone.page.goto("/app/outbox")
    expect(phone.page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=60_000)


def renew(phone: Phone, name: str) -> None:
    """What arrived stands in the pack once the list of visits was open with signal."""
    open_cold(phone.page, "/app/visits")
    phone.page.get_by_role("link", name="全部住户").click()
    expect(phone.page.get_by_text(name)).to_be_visible(timeout=15_000)


def home_of(box: LiveBox, address: str) -> dict[str, Any]:
    clerk = box.as_demo("clerk")
    [home] = [one for one in clerk.items("/api/people/households") if one["address"] == address]
    return dict(clerk.get(f"/api/people/households/{home['id']}").raise_for_status().json())


def people_of(home: dict[str, Any]) -> dict[str, str]:
    """Name → what they are to the head, of those who live there."""
    return {one["resident"]["name"]: one["relation"] for one in home["members"] if not one.get("until_on")}


def test_a_new_home_then_a_birth_a_death_and_a_change_at_its_door(box: LiveBox, phone: Phone) -> None:
    day = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    yesterday = (day - timedelta(days=1)).isoformat()
    take_along(phone)
    phone.signal(False)
    page = phone.page

    # a home nobody has: its head, then his wife
    open_cold(page, "/app/homes")
    page.get_by_role("link", name="登记新的一户").click()
    phone.shoot("new-home")
    fill(page, address="渠东六组新房", name="张守田", born_on="1950-03-01")
    press(page, "男", "下一步", "添人")
    phone.shoot("new-home-join")
    press(page, "写好了")
    expect(page.get_by_role("alert").first).to_have_text("先选怎么来的。")
    press(page, "登记在册")
    kin(page, "妻")
    fill(page, name="刘桂兰", born_on="1953-05-01")
    press(page, "女", "写好了")
    phone.shoot("new-home-both")
    press(page, "存下")
    waits(page, 2)
    arrives(phone)
    home = home_of(box, "渠东六组新房")
    assert people_of(home) == {"张守田": "02", "刘桂兰": "12"}

    # at its door again: he died, a grandchild came, she goes to school
    renew(phone, "张守田")
    phone.signal(False)
    open_cold(page := phone.page, f"/app/visits/{home['id']}")
    asked = page.get_by_role("button", name="问不到，先放着")
    press(page, "有变化")
    while page.get_by_role("heading", name="家里人变了吗？").count() == 0:
        asked.click()
    press(page, "有变化")
    phone.shoot("visit-people")
    press(page, "去世、走了 张守田", "死亡")
    page.locator("select[name=head]").select_option(label="刘桂兰 (妻)")
    phone.shoot("visit-leave")
    press(page, "写好了", "添人", "出生")
    kin(page, "孙女")
    fill(page, name="张小麦", born_on=yesterday)
    press(page, "女")
    phone.shoot("visit-join")
    press(page, "写好了", "改情况 刘桂兰")
    page.locator("select[name=education]").select_option(label="小学教育")
    phone.shoot("visit-change")
    press(page, "写好了")
    phone.shoot("visit-people-told")
    press(page, "下一问", "存下")
    waits(page, 4)
    phone.kill()
    phone.start()
    arrives(phone)

    after = home_of(box, "渠东六组新房")
    assert people_of(after) == {"刘桂兰": "02", "张小麦": "42"}
    clerk = box.as_demo("clerk")
    [gone] = [one for one in home["members"] if one["resident"]["name"] == "张守田"]
    dead = clerk.get(f"/api/people/residents/{gone['resident']['id']}").raise_for_status().json()
    assert dead["died_on"] == day.isoformat()
    [wife] = [one for one in after["members"] if one["resident"]["name"] == "刘桂兰"]
    assert clerk.get(f"/api/people/residents/{wife['resident']['id']}").json()["education"] == "80"
    [visit] = clerk.items(f"/api/grid/visits?household={home['id']}")
    assert visit["outcome"] == "changed"


def test_who_is_born_after_the_visit_is_kept_marked_refused_and_mended(box: LiveBox, phone: Phone) -> None:
    day = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    home = box.as_demo("grid_worker").items("/api/people/households")[-1]["id"]
    take_along(phone)
    phone.signal(False)
    page = phone.page
    open_cold(page, f"/app/homes/{home}")
    press(page, "有变化", "添人", "出生")
    kin(page, "孙子")
    fill(page, name="小满", born_on=(day + timedelta(days=9)).isoformat())
    expect(page.get_by_role("alert")).to_contain_text("在今天之后")
    phone.shoot("born-after")
    press(page, "写好了", "存下")
    waits(page, 1)

    phone.signal(True)
    page.goto("/app/outbox")
    expect(page.get_by_text("这个日子在走访那天之后，请看一看。")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="改一改").click()
    page.get_by_role("link", name="输密码").click()
    type_pin(page)
    field = page.locator("input[aria-invalid=true]")
    expect(field).to_have_value((day + timedelta(days=9)).isoformat())
    phone.shoot("born-after-mend")
    field.fill((day - timedelta(days=9)).isoformat())
    press(page, "改好了，再送")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    told = box.as_demo("clerk").get(f"/api/people/households/{home}").raise_for_status().json()
    assert people_of(told)["小满"] == "41"


def test_a_newcomer_whom_the_town_wrote_down_too_is_looked_at_by_a_person(box: LiveBox, phone: Phone) -> None:
    home = box.as_demo("grid_worker").items("/api/people/households")[-2]["id"]
    take_along(phone)
    phone.signal(False)
    page = phone.page
    open_cold(page, f"/app/homes/{home}")
    press(page, "有变化", "添人", "迁入")
    kin(page, "儿媳")
    fill(page, name="乌日娜", born_on="1996-04-05")
    press(page, "女", "写好了", "存下")
    waits(page, 1)
    there = {
        "relation": "38",
        "began_by": "moved_in",
        "person": {"name": "乌日娜", "sex": "2", "born_on": "1996-04-05"},
    }
    box.as_demo("clerk").post(f"/api/people/households/{home}/members", json=there).raise_for_status()
    arrives(phone)
    found = box.as_demo("clerk").get("/api/people/duplicates").raise_for_status().json()
    assert [one["why"] for one in found if "乌日娜" in str(one)] == ["name_birth"]
