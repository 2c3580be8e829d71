"""The register at the window: a clerk finds, opens, looks, changes, merges; the villager sees who looked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Tab
from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
OPENED_ID = 18


def find(page: Page, typed: str) -> None:
    page.locator("input.find").fill(typed)
    page.get_by_text("怎么找到的").wait_for()


def a_home(box: LiveBox) -> dict[str, Any]:
    """The first home of the town: its head has a number and a phone."""
    clerk = box.as_demo("clerk")
    [first, *_] = clerk.items("/api/people/households?limit=1")
    return dict(clerk.get(f"/api/people/households/{first['id']}").json())


def a_clerk(box: LiveBox, tabs: Any) -> Tab:
    tab: Tab = tabs(**WIDE)
    tab.sign_in(box, "clerk", "/desk/homes")
    return tab


def test_a_clerk_finds_somebody_by_initials_and_opens_their_home(box: LiveBox, tabs: Any) -> None:
    tab = a_clerk(box, tabs)
    page = tab.page
    find(page, "wxl")
    expect(page.locator("td u").first).to_have_text("王秀兰")
    expect(page.get_by_text("没找到？")).to_be_visible()
    assert "wxl" not in page.url
    page.locator("input.find").press("Enter")
    expect(page.get_by_role("heading", name="王秀兰户")).to_be_visible()
    expect(page.get_by_role("table", name="家里人")).to_contain_text("末四位")
    tab.shoot("register-home")
    assert tab.complaints == []


def test_the_search_of_the_desk_finds_people_too(box: LiveBox, tabs: Any) -> None:
    page = a_clerk(box, tabs).page
    page.locator("input.find").wait_for()  # the key is heard once the page stands
    page.keyboard.press("/")
    page.wait_for_url("**/desk/search")
    page.locator("main input[type=search]").fill("wxl")
    page.get_by_role("link", name="王秀兰").click()
    expect(page.get_by_role("heading", name="王秀兰户")).to_be_visible()


def test_a_number_opens_with_a_reason_by_key_and_the_window_sees_who_looked(box: LiveBox, tabs: Any) -> None:
    home = a_home(box)
    head = home["members"][0]["resident"]
    page = a_clerk(box, tabs).page
    page.goto(f"/desk/people/{head['id']}")
    field = page.locator("dl > div", has=page.locator("dt", has_text=re.compile("^证件号码$"))).locator("dd")
    field.get_by_role("button", name="查看").click()
    expect(page.get_by_text("记下您和理由，本人看得到")).to_be_visible()
    page.keyboard.press("2")
    number = field.locator("b").first
    expect(number).to_be_visible()
    assert len(number.inner_text()) == OPENED_ID
    assert number.inner_text()[-4:] == head["id_no"][-4:]
    expect(field.get_by_text("后遮住")).to_be_visible()
    page.reload()
    looks = page.locator("section", has=page.get_by_role("heading", name="谁看过")).last
    expect(looks).to_contain_text("走访核对")
    expect(field).to_contain_text("末四位")


def test_a_changed_fact_shows_before_and_after_and_a_second_writer_sees_both(box: LiveBox, tabs: Any) -> None:
    home = a_home(box)
    page = a_clerk(box, tabs).page
    page.goto(f"/desk/homes/{home['id']}")
    page.locator("footer").get_by_role("button", name="改", exact=True).click()
    page.get_by_label("住址").fill("1组1号东院")
    other = box.as_demo("clerk")
    other.patch(
        f"/api/people/households/{home['id']}", json={"address": "1组1号西院", "version": home["version"]}
    ).raise_for_status()
    page.get_by_role("button", name="改好了").click()
    clash = page.get_by_role("alert")
    expect(clash).to_contain_text("哪个也没丢")
    expect(clash).to_contain_text("1组1号西院")
    expect(clash).to_contain_text("1组1号东院")
    page.get_by_role("button", name="改好了").click()
    page.get_by_role("button", name="改好了").wait_for(state="detached")
    history = page.locator("section", has=page.get_by_role("heading", name="经过"))
    expect(history.locator("li").first).to_contain_text("1组1号西院 → 1组1号东院")


def test_what_was_typed_is_still_there_after_a_reload_but_no_number(box: LiveBox, tabs: Any) -> None:
    page = a_clerk(box, tabs).page
    page.goto("/desk/homes/new")
    page.get_by_label("户主姓名").fill("王试写")
    page.get_by_label("证件号码").fill("150802")
    page.reload()
    expect(page.get_by_label("户主姓名")).to_have_value("王试写")
    expect(page.get_by_label("证件号码")).to_have_value("")
    page.get_by_role("button", name="重新写").click()
    expect(page.get_by_label("户主姓名")).to_have_value("")


def test_two_rows_of_one_person_are_merged_by_keys_and_made_two_again(box: LiveBox, tabs: Any) -> None:
    tab = a_clerk(box, tabs)
    page = tab.page
    page.goto("/desk/people/duplicates")
    page.get_by_role("link", name="放一起看").first.click()
    expect(page.get_by_text("不一样").first).to_be_visible()
    page.keyboard.press("1")
    page.get_by_role("button", name="合并", exact=True).click()
    expect(page.get_by_role("alertdialog")).to_contain_text("右边这条并到左边")
    tab.shoot("register-merge")
    page.get_by_role("alertdialog").get_by_role("button", name="合并").click()
    expect(page.get_by_role("status")).to_contain_text("合并好了")
    page.get_by_role("button", name="撤销合并").click()
    expect(page.get_by_role("status")).to_contain_text("还是两条")


def test_a_grid_worker_sees_only_the_homes_of_the_own_grid(box: LiveBox, tabs: Any) -> None:
    account = box.demo("grid_worker")
    tab: Tab = tabs(**WIDE)
    tab.sign_in(box, "grid_worker", "/desk/homes")
    homes = box.as_demo("grid_worker").items("/api/people/households")
    assert {one["grid"] for one in homes} == {account["area"]}
    expect(tab.page.locator("tbody tr")).to_have_count(len(homes))
    elsewhere = next(
        one for one in box.as_demo("clerk").items("/api/people/households") if one["grid"] != account["area"]
    )
    tab.page.goto(f"/desk/homes/{elsewhere['id']}")
    expect(tab.page.get_by_role("alert")).to_be_visible()
    expect(tab.page.get_by_role("heading", name=f"{elsewhere['head']['name']}户")).to_have_count(0)


def test_the_villager_sees_on_the_phone_who_looked(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    mine = box.as_demo("villager").get("/api/people/me").json()
    resident = mine[0]["resident"]
    clerk.post(
        f"/api/people/residents/{resident}/reveal", json={"field": "id_no", "reason": "service"}
    ).raise_for_status()
    tab: Tab = tabs(**PHONE)
    tab.sign_in(box, "villager", "/app")
    tab.page.goto(f"/app/record/{resident}/looks")
    expect(tab.page.locator("li").first).to_contain_text(box.demo("clerk")["name"])
    expect(tab.page.locator("li").first).to_contain_text("本人来办事")


def test_a_home_as_of_a_day_before_anybody_moved_in_is_empty(box: LiveBox, tabs: Any) -> None:
    home = a_home(box)
    page = a_clerk(box, tabs).page
    page.goto(f"/desk/homes/{home['id']}")
    page.get_by_label("这一户在哪天的样子").fill("1990-03-01")
    expect(page.get_by_text("这是 1990-03-01 的样子")).to_be_visible()
    expect(page.get_by_text("这一户现在没有人。")).to_be_visible()
    expect(page.locator("footer").get_by_role("button", name="改", exact=True)).to_have_count(0)
    page.get_by_role("button", name="回到今天").click()
    expect(page.get_by_role("heading", name="王秀兰户")).to_be_visible()


def test_every_number_of_the_figures_opens_its_rows(box: LiveBox, tabs: Any) -> None:
    page = a_clerk(box, tabs).page
    page.goto("/desk/people/figures")
    elderly = page.locator("a.figure", has_text="60 岁以上")
    value = elderly.locator(".value").inner_text().removesuffix("人").strip()
    elderly.click()
    expect(page.get_by_text(f"，{value} 人")).to_be_visible()
