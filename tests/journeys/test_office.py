"""What a town's office sets about work: where matters go."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Tab
from tests.journeys.test_register import WIDE
from tests.journeys.test_tables import SLOW_MS, a_file, count
from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

CATEGORY = "骗子、传销、卖假药"


def a_desk(box: LiveBox, tabs: Any, where: str, role: str) -> Tab:
    tab: Tab = tabs(**WIDE)
    tab.sign_in(box, role, where)
    return tab


def choose(page: Page, label: str, answer: str) -> None:
    page.locator(".sheet").get_by_label(label, exact=True).select_option(label=answer)


def test_a_line_of_the_routing_table_is_written_changed_and_ended(box: LiveBox, tabs: Any) -> None:
    tab = a_desk(box, tabs, "/desk/routes", "clerk")
    page = tab.page
    table = page.get_by_role("table", name="分派表")
    expect(table.get_by_role("row").filter(has_text="系统自带").first).to_be_visible()
    page.get_by_role("link", name="加一条").click()
    choose(page, "事项", "网格上报")
    choose(page, "层级", "镇")
    choose(page, "分类", CATEGORY)
    choose(page, "岗位", "农技员")
    page.locator(".sheet").get_by_label("承办单位").fill("农技站")
    page.get_by_role("button", name="就这样派").click()
    expect(page.get_by_role("status").filter(has_text="派给农技员")).to_be_visible()
    page.reload()
    line = table.get_by_role("row").filter(has_text=CATEGORY)
    expect(line).to_contain_text("农技员")
    expect(line).to_contain_text("农技站")
    tab.shoot("desk-routes")

    line.get_by_role("link").click()
    leader = box.demo("town_leader")["name"]
    sheet = page.locator(".sheet")
    sheet.get_by_role("button", name="派给一个人").click()
    sheet.get_by_label("哪一位").fill(leader)
    sheet.get_by_role("button", name=leader).click()
    tab.shoot("desk-route")
    page.get_by_role("button", name="就这样派").click()
    expect(line).to_contain_text(leader)
    page.reload()
    expect(line).to_contain_text(leader)

    line.get_by_role("link").click()
    page.get_by_role("button", name="不再这样派").click()
    page.get_by_role("group", name="不再这样派").get_by_role("button", name="不再这样派").click()
    expect(line).to_have_count(0)
    assert tab.complaints == []


def test_the_routing_table_comes_back_as_a_workbook_with_its_bad_rows_named(box: LiveBox, tabs: Any) -> None:
    tab = a_desk(box, tabs, "/desk/routes", "clerk")
    page = tab.page
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["事项种类", "分类", "层级", "岗位", "顺序"],
        ["网格上报", "fraud", "镇", "农技员", 1],
        ["网格上报", "road", "镇", "飞行员", 1],
    ):
        sheet.append(line)
    content = io.BytesIO()
    book.save(content)
    page.get_by_role("link", name="导入 Excel").click()
    expect(page.locator(".sheet").get_by_label("内容", exact=True).locator("option:checked")).to_have_text("分派表")
    choose(page, "地方", box.as_demo("clerk").get("/api/session").json()["town_name"])
    page.locator("input[type=file]").set_input_files(a_file("分派表.xlsx", content.getvalue()))
    page.get_by_role("button", name="上传，看看表里有什么").click()
    page.get_by_role("button", name="试一遍").click(timeout=SLOW_MS)
    expect(count(page, "新登记")).to_have_text("1行", timeout=SLOW_MS)
    expect(count(page, "有问题")).to_have_text("1行")
    expect(page.get_by_role("group", name=re.compile("行|问题")).first).to_contain_text("没有这个岗位")
    assert tab.complaints == []


def test_who_may_only_look_sees_the_routing_table_without_buttons(box: LiveBox, tabs: Any) -> None:
    page = a_desk(box, tabs, "/desk/routes", "town_leader").page
    first = page.get_by_role("table", name="分派表").get_by_role("link").first
    expect(first).to_be_visible()
    expect(page.get_by_role("link", name="加一条")).to_have_count(0)
    first.click()
    expect(page.locator(".sheet dl")).to_contain_text("派给")
    expect(page.locator(".sheet form")).to_have_count(0)
