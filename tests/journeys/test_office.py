"""What a town's office sets about work: where matters go, which days are worked, who stands in."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Tab
from tests.journeys.test_register import WIDE
from tests.journeys.test_tables import SLOW_MS, a_file, count
from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

SIDES = ("top", "bottom", "left", "right")
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


def test_a_limit_of_the_towns_own_is_set_from_a_day_on(box: LiveBox, tabs: Any) -> None:
    tab = a_desk(box, tabs, "/desk/limits", "town_admin")
    page = tab.page
    line = page.get_by_role("table", name="时限").get_by_role("row").filter(has_text="网格上报").nth(2)
    expect(line).to_contain_text("7 天")
    line.get_by_role("link").click()
    sheet = page.locator(".sheet")
    expect(sheet.locator("dl").first).to_contain_text("没有全国规定")
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=40)
    sheet.get_by_label("多长时间").fill("5")
    sheet.get_by_label("按什么算").select_option(label="个工作日")
    sheet.get_by_label("从哪天起").fill(day.isoformat())
    sheet.get_by_label("依据").fill("镇政府办公会纪要")
    tab.shoot("desk-limit")
    page.get_by_role("button", name="就这样定").click()
    expect(page.get_by_role("status").filter(has_text="5 个工作日办完")).to_be_visible()
    page.reload()
    expect(line).to_contain_text("7 天")
    expect(line).to_contain_text("起改")
    tab.shoot("desk-limits")
    # Once planned, what begins no later is refused with the sentence why, and what was typed stays.
    line.get_by_role("link").click()
    expect(sheet.get_by_role("list")).to_contain_text("镇政府办公会纪要")
    sheet.get_by_label("依据").fill("又一个纪要")
    page.get_by_role("button", name="就这样定").click()
    expect(sheet.get_by_role("alert")).to_be_visible()
    expect(sheet.get_by_label("依据")).to_have_value("又一个纪要")


def test_how_often_a_home_is_asked_after_is_set_from_a_day_on(box: LiveBox, tabs: Any) -> None:
    tab = a_desk(box, tabs, "/desk/intervals", "town_admin")
    page = tab.page
    line = page.get_by_role("row").filter(has_text="留守妇女")
    expect(line).to_contain_text("不单独排")
    page.get_by_role("button", name="改“留守妇女”").click()
    page.get_by_label("每多少天").fill("45")
    page.get_by_label("依据").fill("镇政府办公会纪要")
    page.get_by_role("button", name="定下").click()
    expect(line).to_contain_text("每 45 天")
    page.reload()
    expect(line).to_contain_text("镇政府办公会纪要")
    # The same day is not said twice; what was typed stays.
    page.get_by_role("button", name="改“留守妇女”").click()
    page.get_by_label("依据").fill("又一个纪要")
    page.get_by_role("button", name="定下").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("依据")).to_have_value("又一个纪要")


def test_a_day_of_the_towns_own_is_set_and_taken_back(box: LiveBox, tabs: Any) -> None:
    tab = a_desk(box, tabs, "/desk/calendar/2026", "clerk")
    page = tab.page
    expect(page.get_by_role("button", name=re.compile("^10月10日星期六，调休上班$"))).to_be_visible()
    tab.shoot("desk-calendar")
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", margin=dict.fromkeys(SIDES, "10mm")))
    assert len(sheets) == 1, "a year is one sheet of A4"
    day = page.get_by_role("button", name=re.compile("^3月10日星期二，"))
    # By keys alone: one day is reached by Tab, the next by an arrow.
    page.get_by_role("button", name=re.compile("^3月9日星期一，")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2026年3月9日星期一")).to_be_visible()
    page.get_by_role("button", name=re.compile("^3月9日星期一，")).focus()
    page.keyboard.press("ArrowRight")
    expect(day).to_be_focused()
    day.click()
    sheet = page.locator(".sheet")
    expect(sheet).to_contain_text("照周一到周五")
    sheet.get_by_label("依据").fill("镇政府办公会纪要")
    page.get_by_role("button", name="就这样定").click()
    own = page.locator("section", has_text="自己定的日子")
    expect(own).to_contain_text("3月10日")
    page.reload()
    expect(own).to_contain_text("镇政府办公会纪要")
    expect(day).to_have_accessible_name("3月10日星期二，本地定的放假")
    day.click()
    page.get_by_role("button", name="不另外定了").click()
    expect(own).to_contain_text("没有自己定的日子")
    expect(day).to_have_accessible_name("3月10日星期二，上班")
    assert tab.complaints == []


def test_a_year_without_its_notice_says_so_aloud(box: LiveBox, tabs: Any) -> None:
    page = a_desk(box, tabs, "/desk/calendar/2031", "clerk").page
    expect(page.get_by_role("status").filter(has_text="2031 年的放假安排还没有")).to_contain_text("5月1日")
    expect(page.get_by_role("link", name="导入放假安排")).to_be_visible()


def pick(page: Page, label: str, name: str) -> None:
    """Somebody in a sheet, by a part of the name."""
    sheet = page.locator(".sheet")
    sheet.get_by_label(label, exact=True).fill(name)
    sheet.get_by_role("list", name="找到的人").get_by_role("button", name=name).first.click()


def test_somebody_stands_in_until_the_other_is_back(box: LiveBox, tabs: Any) -> None:
    clerk, officer = box.demo("clerk")["name"], box.demo("duty_officer")["name"]
    tab = a_desk(box, tabs, "/desk/stand_ins", "town_leader")
    page = tab.page
    page.get_by_role("link", name="安排代班").click()
    page.get_by_role("button", name="别人").click()
    pick(page, "哪一位", clerk)
    pick(page, "谁代班", officer)
    tab.shoot("desk-stand-in")
    page.get_by_role("button", name="安排上").click()
    expect(page.get_by_role("status").filter(has_text=f"{clerk}的新事派给{officer}")).to_be_visible()
    page.reload()
    line = page.get_by_role("row").filter(has_text=clerk)
    expect(line).to_contain_text(officer)
    expect(line).to_contain_text("正在代")
    page.get_by_role("button", name=f"{clerk}回来了").click()
    expect(line).to_have_count(0)
    page.get_by_role("button", name="过去的").click()
    expect(line).to_contain_text("过去了")
    assert tab.complaints == []


def test_all_open_work_is_handed_over_after_a_look_at_it(box: LiveBox, tabs: Any) -> None:
    agronomist, admin = box.demo("agronomist"), box.demo("town_admin")
    desk = box.as_demo("clerk")
    given = (
        desk.post(f"/api/matters/{one['id']}/assign", json={"account": agronomist["account"], "note": ""})
        for one in desk.items("/api/matters?kind=grid.report&state=open")
    )
    assert any(answer.status_code == 200 for answer in given), "a report is somebody's to do"
    had = {one["number"] for one in box.as_demo("agronomist").items("/api/inbox?box=todo")}
    tab = a_desk(box, tabs, "/desk/stand_ins", "town_leader")
    page = tab.page
    page.get_by_role("link", name="交接", exact=True).click()
    page.get_by_role("button", name="别人").click()
    pick(page, "哪一位", agronomist["name"])
    pick(page, "交给谁", admin["name"])
    sheet = page.locator(".sheet")
    expect(sheet.locator("dl")).to_contain_text("网格上报")
    sheet.get_by_role("button", name=re.compile(r"^交接 \d+ 件$")).click()
    sure = page.get_by_role("group", name="交接")
    expect(sure).to_contain_text(re.compile(rf"把{agronomist['name']}手上的 \d+ 件事都交给{admin['name']}？"))
    tab.shoot("desk-hand-over")
    sure.get_by_role("button", name=re.compile(rf"都交给{admin['name']}$")).click()
    expect(page.get_by_role("status").filter(has_text=f"已经交给{admin['name']}")).to_be_visible()
    assert box.as_demo("agronomist").items("/api/inbox?box=todo") == []
    assert had <= {one["number"] for one in box.as_demo("town_admin").items("/api/inbox?box=todo")}
    assert tab.complaints == []
