"""A grid is drawn on the map, split along a line with homes on both sides, joined again, and goes to another worker."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

VILLAGE = "15.08.02.100.213"
GRID = f"{VILLAGE}.g01"


def tap(page: Page, along: float, down: float) -> None:
    """The map at a part of its width and height."""
    box = page.locator("figure svg").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + along * box["width"], box["y"] + down * box["height"])


def test_a_grid_is_drawn_split_and_joined_again(box: LiveBox, tabs: Any) -> None:
    tab = tabs(viewport={"width": 1440, "height": 900})
    tab.sign_in(box, "town_admin", "/desk")
    page: Page = tab.page
    page.goto(f"/desk/areas/{VILLAGE}")
    page.get_by_role("link", name="网格地图").click()
    page.wait_for_url(f"**/areas/grids/{VILLAGE}")
    first = page.locator(".list a").first
    old = first.locator("b").inner_text()
    first.click()
    page.get_by_role("button", name="画边界").click()
    # One too many is taken back; Escape begins anew.
    tap(page, 0.5, 0.5)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="画边界").click()
    for along, down in ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.5, 0.5)):
        tap(page, along, down)
    expect(page.locator(".corner")).to_have_count(5)
    page.keyboard.press("Backspace")
    expect(page.locator(".corner")).to_have_count(4)
    page.keyboard.press("Enter")
    expect(page.get_by_text("在地图上手画，")).to_be_visible()
    tab.shoot("grid-drawn")

    page.get_by_role("button", name="拆成两个").click()
    tap(page, 0.5, 0.03)
    tap(page, 0.5, 0.97)
    page.keyboard.press("Enter")
    held = page.locator(".half .note")
    expect(held).to_have_count(2)
    homes = [int(re.findall(r"\d+", told)[0]) for told in held.all_inner_texts()]
    assert min(homes) > 0
    if page.get_by_role("button", name="都归左边").count():
        expect(page.get_by_role("button", name=re.compile("户没选"))).to_be_disabled()
        page.get_by_role("button", name="都归左边").click()
    tab.shoot("grid-split")
    page.get_by_role("textbox", name="线左边的叫").fill("渠东网格")
    page.get_by_role("textbox", name="线右边的叫").fill("渠西网格")
    page.get_by_role("button", name="拆成两个").click()
    expect(page.locator(".list b", has_text="渠东网格")).to_be_visible()
    expect(page.locator(".list b", has_text=old)).to_have_count(0)
    told = {one["name"]: one for one in box.as_demo("town_admin").items(f"/api/grids?area={VILLAGE}")}
    assert all(told[name]["homes"] >= n for name, n in zip(("渠东网格", "渠西网格"), homes, strict=True))
    assert GRID not in {one["path"] for one in told.values()}

    # A wrong split: the other half and the old name are there already.
    page.get_by_role("button", name="和别的网格合并").click()
    expect(page.get_by_role("textbox", name="合并以后叫")).to_have_value(old)
    page.get_by_role("button", name="下一步").click()
    together = sum(told[name]["homes"] for name in ("渠东网格", "渠西网格"))
    expect(page.get_by_role("status")).to_contain_text(f"{old}：{together} 户")
    tab.shoot("grid-joined")
    page.get_by_role("button", name="合并", exact=True).click()
    expect(page.locator(".list b", has_text=old)).to_be_visible()
    expect(page.get_by_text("合并网格时画的")).to_be_visible()
    [whole] = [one for one in box.as_demo("town_admin").items(f"/api/grids?area={VILLAGE}") if one["name"] == old]
    assert whole["homes"] == together
    assert whole["outline"]["source"] == "joined"


def test_a_grid_goes_to_another_worker(box: LiveBox, tabs: Any) -> None:
    tab = tabs(viewport={"width": 1440, "height": 900})
    tab.sign_in(box, "town_admin", "/desk")
    page: Page = tab.page
    page.goto("/desk/areas/grids/15.08.02.100.207.g01")
    # And back, for everybody else signs in to this box as well.
    for one, other in (("张福来", "李建军"), ("李建军", "张福来")):
        page.get_by_role("button", name="换网格员").click()
        chooser = page.get_by_role("combobox", name="换成")
        chooser.select_option(chooser.locator("option", has_text=other).get_attribute("value"))
        page.get_by_role("button", name="下一步").click()
        expect(page.get_by_role("status")).to_contain_text(f"从{one}换成{other}")
        tab.shoot("grid-handed-over")
        page.get_by_role("button", name=f"换成{other}").click()
        expect(page.get_by_text(f"网格员 {other}")).to_be_visible()


def test_a_worker_sees_on_the_phone_how_far_the_grid_reaches(box: LiveBox, tabs: Any) -> None:
    grid = box.demo("grid_worker")["area"]
    admin = box.as_demo("town_admin")
    village = admin.get(f"/api/areas/{grid.rpartition('.')[0]}").raise_for_status().json()
    lon, lat = village["point"]
    ring = [[lon + x, lat + y] for x, y in ((-0.01, -0.008), (0.01, -0.008), (0.012, 0.008), (-0.01, 0.006))]
    told = {"geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, "source": "drawn"}
    admin.post(f"/api/areas/{grid}/outline", json=told).raise_for_status()
    tab = tabs(viewport={"width": 360, "height": 776}, is_mobile=True, has_touch=True)
    tab.context.add_init_script("localStorage.setItem('xiangyun.phone', '{\"mode\": \"plain\"}')")
    tab.sign_in(box, "grid_worker", "/app")
    page: Page = tab.page
    page.goto("/app/work")
    page.get_by_role("button", name="地图").click()
    expect(page.get_by_text("绿虚线是网格")).to_be_visible()
    outline = page.locator("path.grid").get_attribute("d")
    assert outline is not None
    assert outline.count("L") == len(ring)
    tab.shoot("phone-map-outline")
