"""Tables at the desk: one comes in and is taken back, one goes out with its watermark, a form fills itself."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.journeys.conftest import Tab
from tests.journeys.test_register import WIDE
from tests.live_box import ROOT, LiveBox, Person

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

VILLAGE, VILLAGE_PATH = "迎胜村", "15.08.02.100.202"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MESS = (ROOT / "xiangyun" / "kernel" / "exchange" / "tests" / "data" / "mess.xlsx").read_bytes()
MESS_SHEET = "人口（迎丰村）"
# Whose birth date and sex the table has other than their numbers say: both columns are left out, and these stay.
STAY_OUT = {"C20": "丢了", "C21": "丢了", "C22": "重复", "D23": "不能空"}
GOOD_ROWS = 13
SLOW_MS = 60_000


def a_desk(box: LiveBox, tabs: Any, where: str, role: str = "clerk") -> Tab:
    tab: Tab = tabs(**WIDE)
    tab.sign_in(box, role, where)
    return tab


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": XLSX, "buffer": content}


def choose(page: Page, label: str, answer: str) -> None:
    page.locator(".sheet").get_by_label(label, exact=True).select_option(label=answer)


def taken(page: Page, button: Locator) -> Workbook:
    """The workbook behind a download."""
    with page.expect_download(timeout=SLOW_MS) as download:
        button.click()
    return openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))


def count(page: Page, name: str) -> Locator:
    """A number a try or an import came to."""
    return page.locator(".counts > div", has=page.get_by_text(name, exact=True)).locator("dd")


def homes_of(clerk: Person) -> set[str]:
    return {one["number"] for one in clerk.items(f"/api/people/households?area={VILLAGE_PATH}")}


def test_a_messy_workbook_comes_in_and_is_taken_back(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    before = homes_of(clerk)
    tab = a_desk(box, tabs, "/desk/imports")
    page = tab.page
    page.get_by_role("link", name="导入一张表").click()
    choose(page, "内容", "居民表")
    choose(page, "地方", VILLAGE)
    page.locator("input[type=file]").set_input_files(a_file("人口登记表.xlsx", MESS))
    page.get_by_role("button", name="上传，看看表里有什么").click()

    # What it is, is seen: the right sheet, the header of two lines, a column it is not sure of.
    mapping = page.get_by_role("table", name="每一列是什么")
    expect(mapping).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_label("工作表", exact=True).locator("option:checked")).to_have_text(MESS_SHEET)
    expect(page.get_by_label("表头从第几行起")).to_have_value("3")
    home_column = mapping.get_by_role("row").filter(has_text="户主编号")
    expect(home_column).to_contain_text("猜的，请看一眼")
    expect(home_column.locator("option:checked")).to_have_text("户号（必填）")

    # The table's birth dates are not those of the numbers: a try says so and nothing comes in.
    page.get_by_role("button", name="试一遍").click()
    expect(count(page, "有问题")).to_have_text("17行", timeout=SLOW_MS)
    expect(page.get_by_role("button", name=re.compile("收进来"))).to_have_count(0)
    for column in ("出生 日期", "性 别"):
        mapping.get_by_label(f"“{column}”收作什么").select_option(label="不收")
    page.get_by_role("button", name="再试一遍").click()
    expect(count(page, "新登记")).to_have_text(f"{GOOD_ROWS}行", timeout=SLOW_MS)
    expect(count(page, "有问题")).to_have_text(f"{len(STAY_OUT)}行")
    expect(page.get_by_text("只是试，登记册还没有动。")).to_be_visible()
    assert homes_of(clerk) == before
    page.evaluate("document.querySelector('.sheet .body').scrollTo(0, 0)")
    tab.shoot("desk-import")

    marked = taken(page, page.get_by_role("link", name="下载标了批注的原表"))
    sheet = marked[MESS_SHEET]
    told = {cell.coordinate: cell.comment.text for line in sheet for cell in line if cell.comment}
    assert told.pop("K16") == "村里核过", "what somebody else wrote stays"
    assert told.keys() == STAY_OUT.keys()
    for cell, word in STAY_OUT.items():
        assert word in told[cell]
    assert sheet["D7"].value == "王建国"

    page.get_by_role("button", name=f"收进来（{GOOD_ROWS} 行）").click()
    expect(page.get_by_role("heading", name="收进来的结果")).to_be_visible(timeout=SLOW_MS)
    expect(count(page, "新登记")).to_have_text(f"{GOOD_ROWS}行")
    made_at = page.url
    number = "0012"
    assert number in homes_of(clerk) - before

    page.goto("/desk/homes")
    page.locator("input.find").fill("赵小军")
    page.get_by_text("姓名对上了").first.wait_for()
    page.locator("input.find").press("Enter")
    expect(page.get_by_role("table", name="家里人")).to_contain_text("赵小军")
    expect(page.get_by_text("用表格导入").first).to_be_visible()

    page.goto(made_at)
    page.get_by_role("button", name="撤回", exact=True).click()
    page.get_by_role("group", name=re.compile("撤回这次导入")).get_by_role("button", name="撤回").click()
    expect(page.get_by_role("heading", name="撤回的结果")).to_be_visible(timeout=SLOW_MS)
    assert homes_of(clerk) == before
    [told_of] = [one for one in clerk.items("/api/exchange/imports") if one["id"] == made_at.rpartition("/")[2]]
    assert told_of["state"] == "undone"
    assert tab.complaints == []


def test_a_file_that_is_no_table_is_refused_with_a_sentence(box: LiveBox, tabs: Any) -> None:
    page = a_desk(box, tabs, "/desk/imports/new").page
    choose(page, "内容", "居民表")
    choose(page, "地方", VILLAGE)
    page.locator("input[type=file]").set_input_files(a_file("假的.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(200)))
    page.get_by_role("button", name="上传，看看表里有什么").click()
    expect(page.locator("form").get_by_role("alert").first).to_be_visible()
    expect(page.locator(".sheet").get_by_label("内容", exact=True).locator("option:checked")).to_have_text("居民表")
    # What was chosen stays; the right file goes through.
    page.locator("input[type=file]").set_input_files(a_file("人口登记表.xlsx", MESS))
    page.get_by_role("button", name="上传，看看表里有什么").click()
    expect(page.get_by_role("table", name="每一列是什么")).to_be_visible(timeout=SLOW_MS)


def test_a_table_goes_out_by_keys_alone_and_says_who_took_it(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    tab = a_desk(box, tabs, "/desk/exports")
    page = tab.page
    keys = Keys(page)
    keys.reach("导出一张表")
    keys.press("Enter")
    page.wait_for_url("**/exports/new")
    keys.choose("内容", "居民表")
    keys.choose("地方", VILLAGE)
    keys.reach("全不要")
    keys.press("Space")
    keys.reach("姓名")
    keys.press("Space")
    keys.reach("身份证号")
    keys.press("Space")
    keys.choose("拿去做什么", "走访核对")
    keys.reach("说明")
    page.keyboard.type("入冬走访")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/exports/[0-9a-f-]{36}$"))
    sheet = page.locator(".sheet")
    expect(sheet.get_by_role("link", name="下载")).to_be_visible(timeout=SLOW_MS)
    expect(sheet).to_contain_text("走访核对")
    tab.shoot("desk-export")
    with page.expect_download(timeout=SLOW_MS) as download:
        keys.reach("下载", within=".sheet")
        keys.press("Enter")
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    data, mark = book[book.sheetnames[0]], book["导出说明"]
    rows = list(data.iter_rows(values_only=True))
    assert rows[0] == ("姓名", "身份证号")
    people = sum(one["members"] for one in clerk.items(f"/api/people/households?area={VILLAGE_PATH}"))
    assert len(rows) == 1 + people
    assert all(number is None or "*" in str(number) for _, number in rows[1:]), "a number in full is opened singly"
    told = {name: value for name, value in mark.iter_rows(min_row=2, max_col=2, values_only=True) if name}
    said = " ".join(str(value) for value in told.values())
    for word in (box.demo("clerk")["name"], box.demo("clerk")["account"], VILLAGE, "走访核对", "入冬走访"):
        assert word in said
    [export] = [one for one in clerk.items("/api/exchange/exports") if one["id"] == page.url.rpartition("/")[2]]
    assert (export["rows"], export["purpose"]) == (people, "visit")
    assert str(export["entry"]) in said
    assert tab.complaints == []


def an_empty_form() -> bytes:
    """As it comes from above: a title, two numbers asked for, a list of old people with one line drawn."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["高龄老人情况表"],
        ["户数", None, "人数", None],
        ["序号", "姓名", "性别", "出生日期"],
        [None, None, None, None],
        ["填表人：", None, None, None],
    ):
        sheet.append(line)
    sheet.merge_cells("A1:D1")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_empty_form_is_told_once_and_fills_itself_for_a_village(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    tab = a_desk(box, tabs, "/desk/forms/new")
    page = tab.page
    page.locator("input[type=file]").set_input_files(a_file("高龄老人情况表.xlsx", an_empty_form()))
    expect(page.get_by_label("表名")).to_have_value("高龄老人情况表")
    page.get_by_role("button", name="上传", exact=True).click()
    expect(page.get_by_role("heading", name="高龄老人情况表")).to_be_visible(timeout=SLOW_MS)
    form = page.url.rpartition("/")[2]

    def cell(name: str) -> None:
        page.get_by_role("button", name=re.compile(rf"^{name}( |$)")).click()

    cell("B2")
    choose(page, "B2 填什么", "户数")
    cell("D2")
    choose(page, "D2 填什么", "人口数")
    cell("A4")
    page.get_by_role("button", name="从第 4 行起填名单").click()
    choose(page, "名单", "60 岁以上老人")
    choose(page, "A 列填什么", "序号")
    for column, fact in (("B", "姓名"), ("C", "性别"), ("D", "出生日期")):
        cell(f"{column}4")
        choose(page, f"{column} 列填什么", fact)
    expect(page.get_by_text("改了还没有存")).to_be_visible()
    page.get_by_role("button", name="存下").click()
    expect(page.get_by_text("改了还没有存")).to_have_count(0)

    page.get_by_label("给哪里填").select_option(label=VILLAGE)
    page.get_by_role("button", name="填好").click()
    line = page.locator(".line", has_text=VILLAGE)
    expect(line).to_contain_text("格", timeout=SLOW_MS)
    [filled] = clerk.items(f"/api/exchange/filled?form={form}")
    share = filled["said"] * 100 // filled["asked"]
    expect(line).to_contain_text(f"填上 {filled['said']} 格，共 {filled['asked']} 格（{share}%）")
    tab.shoot("desk-form")
    book = taken(page, line.get_by_role("link", name="下载"))
    sheet = book[book.sheetnames[0]]
    homes = clerk.items(f"/api/people/households?area={VILLAGE_PATH}")
    assert (sheet["B2"].value, sheet["D2"].value) == (len(homes), sum(one["members"] for one in homes))
    people = [row[:2] for row in sheet.iter_rows(min_row=4, values_only=True) if row[1]]
    old = clerk.items(f"/api/people/tally/rows?area={VILLAGE_PATH}&of=elderly")
    assert [number for number, _ in people] == list(range(1, len(people) + 1))
    assert {name for _, name in people} == {one["name"] for one in old}
    assert sheet.cell(sheet.max_row, 1).value == "填表人：", "what stood below the list moved along"
    assert "来源" in book.sheetnames
    assert tab.complaints == []


class Keys:
    """Somebody without a mouse: Tab until the thing is reached, then press."""

    MOST = 120

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def reach(self, name: str, within: str = "body") -> None:
        """Tab on until the control of this name has the focus."""
        said = """([name, within]) => {
          const at = document.activeElement
          if (!at || !at.closest(within)) return false
          const label = at.labels?.[0]?.innerText ?? at.getAttribute('aria-label') ?? at.innerText ?? ''
          return label.trim() === name
        }"""
        for _ in range(self.MOST):
            if self._page.evaluate(said, [name, within]):
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"{name} is not reached by the Tab key")

    def choose(self, name: str, answer: str) -> None:
        """Reach a list and go down it to the answer."""
        self.reach(name, within=".sheet")
        chosen = self._page.locator(":focus").locator("option:checked")
        for _ in range(self.MOST):
            if chosen.inner_text() == answer:
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"{answer} is not in the list {name}")
