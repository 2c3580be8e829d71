"""Behind the grid's figure on the wall: all it counts, a row a village, where hazards lie; what visitors do not see."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.reports import POINT, told
from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

SIZES: dict[str, dict[str, Any]] = {
    "1080": {"viewport": {"width": 1920, "height": 1080}},
    "2160": {"viewport": {"width": 3840, "height": 2160}},
}
TOWN = "15.08.02.100"


@pytest.mark.parametrize("size", SIZES)
def test_behind_the_grids_figure_stand_all_and_a_row_a_village(box: LiveBox, tabs: Any, size: str) -> None:
    told(box.as_demo("villager"), "road", "渠边的路塌了", point=POINT)
    leader = box.as_demo("town_leader")
    figures = leader.get("/api/grid/figures", params={"area": TOWN}).raise_for_status().json()
    wall = tabs(**SIZES[size])
    wall.sign_in(box, "town_leader", "/screen")
    page = wall.page
    page.locator(".foot .fig", has_text="网格").first.click()
    sheet = page.get_by_role("dialog")
    villages = sheet.locator("tbody th")
    expect(villages).to_have_text([one["area_name"] for one in figures["items"]])
    assert [one["area"] for one in figures["items"]] == sorted(one["area"] for one in figures["items"])
    expect(sheet.locator(".whole dt")).to_have_text([one["name"] for one in figures["columns"]])
    # of a square of about a kilometre it is known how many, and of what is counted the legend tells
    expect(page.locator("svg[data-map] .square").first).to_be_visible()
    expect(page.locator(".legend")).to_contain_text("近 90 天的隐患")
    wall.shoot(f"wall-grid-{size}")
    assert sheet.locator(".by").evaluate("at => at.scrollWidth <= at.clientWidth"), "the table is cut off"

    sheet.locator("tbody button").first.click()
    expect(sheet.get_by_role("listitem").first).to_be_visible()
    wall.shoot(f"wall-rows-{size}")
    sheet.get_by_role("button", name="回到全部数字").click()
    expect(villages).to_have_count(len(figures["items"]))
    page.keyboard.press("Escape")
    expect(page.locator("svg[data-map] .square")).to_have_count(0)


def test_before_visitors_no_hazard_lies_on_the_map_and_no_row_says_what_it_is_about(box: LiveBox, tabs: Any) -> None:
    told(box.as_demo("villager"), "road", "渠边的路塌了", point=POINT)
    wall = tabs(**SIZES["1080"])
    wall.sign_in(box, "town_leader", "/screen?visitors")
    page = wall.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".foot .fig", has_text="网格").first.click()
    sheet = page.get_by_role("dialog")
    sheet.locator(".whole button").first.click()
    expect(sheet.get_by_role("listitem").first).to_be_visible()
    expect(sheet.locator("li .note")).to_have_count(0)
    sheet.get_by_role("button", name="回到全部数字").click()
    expect(sheet.locator("tbody th").first).to_be_visible()
    assert not [one for one in asked if "/api/grid/heat" in one]
    expect(page.locator("svg[data-map] .square")).to_have_count(0)
    wall.shoot("wall-visitors")
