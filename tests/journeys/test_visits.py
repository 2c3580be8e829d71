"""A grid worker's day: the pack at the office, then visits and a report without signal; all of it arrives once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.phone import Phone, open_cold, take_along, take_photo
from tests.live_box import LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]


def visit(page: Page, why: str) -> str:
    """Open the first home of the day's list that is due for this; returns its id."""
    link = page.locator(f"a.home[href*='for={why}']").first
    link.click()
    page.wait_for_url(re.compile("/visits/[0-9a-f-]{36}"))
    return page.url.rsplit("/", 1)[1].partition("?")[0]


def waits(page: Page, count: int) -> None:
    expect(page.get_by_text(f"没有信号·{count} 条没送出")).to_be_visible(timeout=15_000)


def answer(page: Page, *words: str) -> None:
    for one in words:
        page.get_by_role("button", name=one, exact=True).click()


def due_of(box: LiveBox) -> dict[str, Any]:
    return dict(box.as_demo("grid_worker").get("/api/grid/due").raise_for_status().json())


def land_of(box: LiveBox) -> dict[str, Any]:
    """A home with land, as the pack holds it."""
    homes = box.as_demo("grid_worker").get("/api/offline/pack").raise_for_status().json()["households"]
    return dict(next(one for one in homes if one["plots"]))


def test_a_workers_day_without_signal_arrives_once(box: LiveBox, phone: Phone) -> None:
    before = due_of(box)
    assert before["care"] >= 1
    assert before["total"] - before["care"] >= 2
    take_along(phone)
    phone.signal(False)
    page = phone.page
    open_cold(page, "/app/visits")
    expect(page.get_by_role("heading", name=f"要走 {before['total']} 户")).to_be_visible()
    phone.shoot("visits")

    # somebody in special care needs what the worker cannot give
    cared = visit(page, "care")
    phone.shoot("visit-care")
    answer(page, "有变化", "要帮")
    page.locator("textarea[name=help]").fill("腿疼，没人买煤")
    phone.shoot("visit-help")
    answer(page, "下一问", "3 天后")
    page.locator("textarea[name=note]").fill("说话没力气")
    answer(page, "存下")
    waits(page, 1)
    # its facts may be old as well: then it stays, to be checked
    stays = next(one["is_census"] for one in before["items"] if one["id"] == cared)
    left = before["total"] - (0 if stays else 1)
    expect(page.get_by_role("heading", name=f"要走 {left} 户")).to_be_visible()

    # no change: two taps
    same = visit(page, "census")
    phone.shoot("visit-same")
    answer(page, "没变")
    waits(page, 2)
    expect(page.get_by_role("heading", name=f"要走 {left - 1} 户")).to_be_visible()

    # something changed, with a photo
    changed = visit(page, "census")
    assert len({cared, same, changed}) == 3
    answer(page, "有变化", "没变", "有变化")
    page.locator("input[name=house_size_m2]").fill("88.5")
    phone.shoot("visit-fact")
    answer(page, "下一问", "没变", "没变", "有变化")
    phone.shoot("visit-choice")
    answer(page, "集中供热", "没变", "没变")
    take_photo(page)
    expect(page.get_by_role("button", name="照片 1")).to_be_visible()
    phone.shoot("visit-last")
    answer(page, "存下")
    waits(page, 4)

    # a report with a photo, its category out of the pack
    page.get_by_role("link", name="今天").click()
    page.get_by_role("link", name=re.compile("^上报")).click()
    page.get_by_role("link", name=re.compile("哪一类")).click()
    page.get_by_role("button", name="路、桥、涵洞").click()
    page.locator("textarea").fill("渠北桥面裂了一道缝")
    take_photo(page)
    expect(page.get_by_role("button", name="去掉照片 1")).to_be_visible()
    # on the land of a home, found in the pack
    page.get_by_role("link", name=re.compile("在哪儿")).click()
    owner = land_of(box)
    page.get_by_role("searchbox").fill(owner["number"])
    page.get_by_role("button", name=re.compile(f"{owner['number']} 号户")).click()
    page.locator("select[name=plot]").select_option(index=1)
    phone.shoot("report-where")
    answer(page, "就是这儿")
    phone.shoot("report-no-signal")
    answer(page, "送出去")
    expect(page.get_by_role("heading", name="5 条没送出")).to_be_visible(timeout=15_000)

    phone.kill()
    page = phone.start()
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="5 条没送出")).to_be_visible()
    phone.shoot("outbox-visits")
    phone.signal(True)
    phone.sign_in("grid_worker")
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=60_000)

    clerk = box.as_demo("clerk")
    for home, kind, outcome in ((cared, "care", "changed"), (same, "census", "same"), (changed, "census", "changed")):
        [row] = clerk.items(f"/api/grid/visits?household={home}")
        assert (row["kind"], row["outcome"]) == (kind, outcome)
    [of_care] = clerk.items(f"/api/grid/visits?household={cared}")
    assert "力气" not in str(of_care)
    told = clerk.post(f"/api/grid/visits/{of_care['id']}/reveal", json={"reason": "visit"}).raise_for_status().json()
    assert (told["note"], told["help"]) == ("说话没力气", "腿疼，没人买煤")
    [crack] = [one for one in clerk.items("/api/grid/reports") if one["words"] == "渠北桥面裂了一道缝"]
    photos = until(lambda: clerk.get(f"/api/grid/reports/{crack['id']}").json()["files"], wait_s=60)
    assert (crack["home"]["number"], crack["plot"]["id"]) == (owner["number"], owner["plots"][0]["id"])
    assert [one["kind"] for one in photos] == ["photo"]
    home = clerk.get(f"/api/people/households/{changed}").raise_for_status().json()
    assert (float(home["house_size_m2"]), home["heating"]) == (88.5, "central")
    after = due_of(box)
    assert {one["id"] for one in after["items"]}.isdisjoint({same, changed})
    assert after["total"] == left - 2

    # the phone takes along what the house knows by now
    open_cold(page, "/app/visits")
    expect(page.get_by_role("heading", name=f"要走 {after['total']} 户")).to_be_visible(timeout=30_000)


def test_a_guided_visit_that_asked_nothing_is_not_kept(box: LiveBox, phone: Phone) -> None:
    home = box.as_demo("grid_worker").items("/api/people/households")[-1]["id"]
    take_along(phone)
    phone.signal(False)
    page = phone.page
    open_cold(page, f"/app/visits/{home}")
    answer(page, "有变化", *["问不到，先放着"] * 7)
    page.locator("textarea[name=note]").fill("狗叫得凶")
    answer(page, "存下")
    expect(page.get_by_role("alert")).to_have_text("一项也没填，先填一项再存。")
    phone.shoot("visit-nothing")
    answer(page, "上一问", "没变")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("textarea[name=note]")).to_have_value("狗叫得凶")
    answer(page, "存下")
    waits(page, 1)


def test_a_home_filled_in_by_table_without_signal_arrives_as_a_guided_visit_does(box: LiveBox, phone: Phone) -> None:
    # whichever home: others may have visited all that were due
    home, other = (one["id"] for one in box.as_demo("grid_worker").items("/api/people/households")[-2:])
    take_along(phone)
    phone.signal(False)
    page = phone.page
    open_cold(page, f"/app/visits/{home}")
    # begun one by one, and gone on with in the table: nothing is lost
    answer(page, "有变化", "没变", "有变化")
    size = page.locator("input[name=house_size_m2]")
    size.fill("-5")
    answer(page, "一张表")
    expect(size).to_have_value("-5")
    expect(page.get_by_text("不能小于 0。")).to_be_visible()
    answer(page, "都没变")
    expect(page.get_by_text("都填了")).to_be_visible()
    answer(page, "撤回“都没变”", "还有 5 项没填")
    expect(page.get_by_role("heading", name="饮水")).to_be_focused()
    page.get_by_role("group", name="饮水").get_by_role("combobox").select_option("自来水")
    for width, height in ((320, 640), (360, 776), (768, 1024), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("scrollTo(0, 0)")
        phone.shoot(f"visit-table-{width}")
    size.fill("77.5")
    expect(page.get_by_role("group", name="房屋面积")).to_contain_text("有变化")
    answer(page, "都没变")
    take_photo(page)
    expect(page.get_by_role("button", name="照片 1")).to_be_visible()
    page.locator("textarea[name=note]").fill("一张表填的")
    answer(page, "存下")
    waits(page, 2)

    # the next visit on this phone opens as a table
    open_cold(page, f"/app/visits/{other}")
    expect(page.get_by_role("button", name="一张表")).to_have_attribute("aria-pressed", "true")
    phone.signal(True)
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=60_000)
    clerk = box.as_demo("clerk")
    [row] = clerk.items(f"/api/grid/visits?household={home}")
    assert (row["kind"], row["outcome"]) == ("census", "changed")
    told = clerk.post(f"/api/grid/visits/{row['id']}/reveal", json={"reason": "visit"}).raise_for_status().json()
    assert told["note"] == "一张表填的"
    kept = clerk.get(f"/api/people/households/{home}").raise_for_status().json()["house_size_m2"]
    assert float(kept) == 77.5
