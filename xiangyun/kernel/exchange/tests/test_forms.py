"""An empty form is filled from the register: its look kept, its lists grown, each cell with its source."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from openpyxl.styles import Border, Font, Side

from xiangyun.base.errors import BadInput, NotAllowed, NotFound
from xiangyun.base.sheets import Unfit
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.exchange import actions, figures, queries, rules
from xiangyun.kernel.exchange.models import Filled, Form
from xiangyun.kernel.exchange.sheets import forms
from xiangyun.kernel.exchange.sheets.forms import Lines
from xiangyun.kernel.exchange.sheets.parts import Package
from xiangyun.kernel.exchange.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_form, a_workbook
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.people.tests import factories as people

CELLS = [{"cell": "B2", "fact": "tests.homes"}, {"cell": "B10", "fact": "tests.unknown"}]
LISTS = [{"roll": "tests.all_homes", "first_row": 5, "last_row": 6, "columns": {"A": "#", "B": "tests.address"}}]


def form_book() -> bytes:
    """A form with a merged title, a list of two lines with a frame, a sum below it, a foot and a print area."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "登记 表"
    sheet.merge_cells("A1:D1")
    sheet["A1"] = "住户登记表"
    sheet["A1"].font = Font(size=20, bold=True)
    sheet["A2"] = "户数"
    sheet.merge_cells("B2:D2")
    sheet.append([])
    for column, title in enumerate(("序号", "住址", "亩", "备注"), start=1):
        sheet.cell(4, column, title)
    thin = Side(style="thin")
    for row in (5, 6):
        sheet.merge_cells(f"C{row}:D{row}")
        for column in range(1, 5):
            sheet.cell(row, column).border = Border(thin, thin, thin, thin)
        sheet.row_dimensions[row].height = 33
    sheet["A7"], sheet["C7"] = "合计", "=SUM(C5:C6)"
    sheet["A8"] = '=IF(C7>0,"C5:C7 见上",B2)'
    sheet.merge_cells("A9:D9")
    sheet["A9"] = "填表说明"
    sheet["A10"] = "备注"
    sheet.print_area = "A1:D10"
    sheet.conditional_formatting.add("C7:C8", openpyxl.formatting.rule.CellIsRule("greaterThan", ["$C$7"], fill=None))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def homes(house):
    for number in range(1, 6):
        people.a_household(VILLAGE, number=f"{number:04}", address=f"三组 {number} 号" if number != 3 else "")


def opened(filled: Filled):
    filled = Filled.objects.select_related("file__blob").get(pk=filled.pk)
    return openpyxl.load_workbook(io.BytesIO(stored.content(filled.file)))


def test_a_form_is_filled_its_list_grown_and_what_was_below_moved_along(clerk, homes):
    form = a_form(clerk, form_book(), cells=CELLS, lists=LISTS)
    filled = actions.fill(form_id=form.pk, area=VILLAGE, by=clerk, at=AT)
    book = opened(filled)
    sheet = book["登记 表"]
    assert sheet["B2"].value == 5
    assert [(sheet[f"A{row}"].value, sheet[f"B{row}"].value) for row in range(5, 10)] == [
        (1, "三组 1 号"),
        (2, "三组 2 号"),
        (3, None),
        (4, "三组 4 号"),
        (5, "三组 5 号"),
    ]
    assert {sheet[f"B{row}"].border.left.style for row in range(5, 10)} == {"thin"}
    assert {sheet.row_dimensions[row].height for row in range(5, 10)} == {33.0}
    assert (sheet["A10"].value, sheet["C10"].value) == ("合计", "=SUM(C5:C9)")
    assert sheet["A11"].value == '=IF(C10>0,"C5:C7 见上",B2)'
    assert sheet["A12"].value == "填表说明"
    assert sorted(str(span) for span in sheet.merged_cells.ranges) == sorted(
        ["A1:D1", "B2:D2", "A12:D12", *(f"C{row}:D{row}" for row in range(5, 10))]
    )
    assert sheet["A1"].font.sz == 20
    assert sheet.print_area == "'登记 表'!$A$1:$D$13"
    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["C10:C11"]


def test_each_cell_says_where_it_came_from_and_the_share_is_a_figure(clerk, homes):
    form = a_form(clerk, form_book(), cells=CELLS, lists=LISTS)
    filled = actions.fill(form_id=form.pk, area=VILLAGE, by=clerk, at=AT)
    told = [[cell.value for cell in line] for line in opened(filled)["来源"]]
    assert told[0] == ["单元格", "内容", "来源", "截至"]
    assert told[2:] == [
        ["B2", "行数", "登记簿", "2026-11-26"],
        ["B13", "说明", "登记簿里还没有", None],
        *([f"B{row}", "来源", "导入" if row != 7 else "登记簿里还没有", "2026-11-26"] for row in range(5, 10)),
    ]
    assert (filled.asked, filled.said) == (7, 5)
    share = figures._share(TOWN, AT)
    assert (share.value, share.have, share.of) == (71.4, 5, 7)
    assert figures._share(OTHER_TOWN, AT).reason == "exchange.nothing_filled"
    [row] = figures._rows(VILLAGE, AT)
    assert (row.id, row.value) == (str(filled.pk), 71.4)
    entry = Entry.objects.get(act="exchange.fill_form")
    assert (entry.area_path, entry.detail) == (VILLAGE, {"asked": 7, "said": 5, "lists_people": True})


def test_a_list_shorter_than_its_form_leaves_the_rest_empty(clerk, house):
    people.a_household(VILLAGE, number="1", address="=1+1")
    form = a_form(clerk, form_book(), cells=CELLS, lists=LISTS)
    sheet = opened(actions.fill(form_id=form.pk, area=VILLAGE, by=clerk, at=AT))["登记 表"]
    assert [sheet[f"B{row}"].value for row in (5, 6)] == ["'=1+1", None]
    assert sheet["B5"].data_type == "s"
    assert sheet["C7"].value == "=SUM(C5:C6)"


def test_two_lists_push_one_another_down():
    package = Package(a_workbook(["上"], [None], ["下"], [None], ["=A2", "=SUM(A2:A4)"]))
    lists = [Lines(4, 4, [{"A": n} for n in (7, 8)]), Lines(2, 2, [{"A": n} for n in (1, 2, 3)])]
    laid = forms.lay_in(package, 0, {"C5": date(2026, 1, 2)}, lists)
    assert (laid.cells, laid.starts) == ({"C5": "C8"}, [6, 2])
    out = io.BytesIO()
    package.save(out)
    sheet = openpyxl.load_workbook(out).active
    assert [cell.value for cell in sheet["A"]] == ["上", 1, 2, 3, "下", 7, 8, "=A4"]
    assert (sheet["B8"].value, sheet["C8"].value) == ("=SUM(A4:A7)", "2026-01-02")
    with pytest.raises(Unfit):
        forms.lay_in(Package(a_workbook(["a"])), 0, {}, [Lines(2, 4, []), Lines(4, 5, [])])


def test_a_form_says_what_it_needs_before_it_is_kept(clerk):
    for cells, lists in (
        ([{"cell": "B2", "fact": "tests.nothing"}], []),
        ([{"cell": "B2", "fact": "tests.address"}], []),
        ([], [{**LISTS[0], "roll": "tests.nothing"}]),
        ([], [{**LISTS[0], "columns": {"A": "tests.homes"}}]),
        ([], [{**LISTS[0], "last_row": 4}]),
    ):
        with pytest.raises(BadInput):
            a_form(clerk, form_book(), cells=cells, lists=lists)
    with pytest.raises(BadInput):
        a_form(clerk, form_book(), sheet=4)
    with pytest.raises(BadInput):
        a_form(clerk, "户数\n1\n".encode())
    assert Form.objects.count() == 0


def test_forms_are_the_towns_and_are_filled_where_one_may(clerk, homes):
    form = a_form(clerk, form_book(), cells=CELLS)
    secretary = accounts.a_person("village_secretary", VILLAGE, at=AT)
    assert actions.fill(form_id=form.pk, area=VILLAGE, by=secretary, at=AT).asked == 2
    with pytest.raises(NotAllowed):
        actions.fill(form_id=form.pk, area=NEXT_VILLAGE, by=secretary, at=AT)
    with pytest.raises(NotAllowed):
        actions.change_form(form_id=form.pk, title="x", cells=[], lists=[], by=secretary, at=AT)
    stranger = accounts.a_person("clerk", OTHER_TOWN, at=AT)
    for act in (
        lambda: actions.fill(form_id=form.pk, area=f"{OTHER_TOWN}.201", by=stranger, at=AT),
        lambda: actions.retire_form(form_id=form.pk, by=stranger, at=AT),
        lambda: actions.fill(form_id=form.pk, area=VILLAGE, by=accounts.a_person("agronomist", TOWN, at=AT), at=AT),
    ):
        with pytest.raises(NotFound):
            act()
    changed = actions.change_form(form_id=form.pk, title="新名", cells=CELLS[:1], lists=[], by=clerk, at=AT)
    assert (changed.title, changed.cells) == ("新名", CELLS[:1])
    actions.retire_form(form_id=form.pk, by=clerk, at=AT)
    with pytest.raises(NotFound):
        actions.fill(form_id=form.pk, area=VILLAGE, by=clerk, at=AT)


def test_a_filled_form_is_taken_by_who_filled_it_and_by_clerks_who_may_read_its_facts(clerk, homes):
    form = a_form(clerk, form_book(), cells=CELLS, lists=LISTS)
    people = {who: accounts.a_browser(*who) for who in (("village_secretary", VILLAGE), ("town_leader", TOWN))}
    filler, leader = people.values()
    body = {"area": VILLAGE}
    made = filler.post(f"/api/exchange/forms/{form.pk}/fill", body, content_type="application/json").json()
    assert made["may"] == ["take"]
    path = f"/api/exchange/filled/{made['id']}/file"
    others = [accounts.a_browser("village_secretary", VILLAGE), accounts.a_browser("village_secretary", NEXT_VILLAGE)]
    colleague, next_ = accounts.a_browser("clerk", TOWN), accounts.a_browser("clerk", OTHER_TOWN)
    told = [one.get(path).status_code for one in (filler, colleague, leader, *others, next_)]
    assert told == [200, 200, 404, 404, 404, 404]
    listed = [one.get("/api/exchange/filled").json()["items"] for one in (filler, colleague, leader, *others)]
    assert [[one["may"] for one in rows] for rows in listed] == [[["take"]], [["take"]], [[]], [[]], []]
    taken = Entry.objects.filter(act="files.download").values_list("by_id", flat=True)
    assert sorted(taken) == sorted((filler.who.pk, colleague.who.pk))


def test_a_filled_form_is_gone_after_its_days(clerk, homes):
    form = a_form(clerk, form_book(), cells=CELLS)
    filled = actions.fill(form_id=form.pk, area=VILLAGE, by=clerk, at=AT)
    last = AT + timedelta(days=rules.EXPORT_KEPT_DAYS)
    assert queries.filled_file(filled.pk, clerk, last - timedelta(seconds=1)).pk == filled.file_id
    with pytest.raises(NotFound):
        queries.filled_file(filled.pk, clerk, last)
