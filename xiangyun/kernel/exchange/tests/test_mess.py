"""A clerk's workbook with forty-three kinds of mess, from the upload to the workbook that goes back."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from xiangyun.base import words
from xiangyun.kernel.exchange import queries
from xiangyun.kernel.exchange.answers import Answers
from xiangyun.kernel.exchange.tests import factories, make_mess
from xiangyun.kernel.exchange.tests.factories import checked, taken_in
from xiangyun.kernel.files import queries as stored

CONTENT = make_mess.FILE.read_bytes()

GOOD = (7, 8, 9, 10, 12, 15, 16, 17, 24, 26)
BAD = {
    18: ("born_on", "base.cell_no_such_day", "B18"),
    19: ("born_on", "base.cell_no_day", "B19"),
    20: ("id_no", "base.cell_digits_lost", "C20"),
    21: ("id_no", "base.cell_digits_lost", "C21"),
    22: ("id_no", "exchange.twice_in_file", "C22"),
    23: ("name", "exchange.cell_required", "D23"),
    25: ("size_mu", "base.cell_no_number", "F25"),
}


def looks(sheet):
    """Every cell with what is drawn of it."""
    return [
        [(cell.value, cell.number_format, repr(cell.font), repr(cell.fill), repr(cell.border)) for cell in line]
        for line in sheet
    ]


@pytest.fixture
def row(clerk):
    return factories.an_import(CONTENT, clerk, kind=factories.PEOPLE.code, name="人口.xlsx")


def test_the_file_is_what_the_script_makes():
    assert len(make_mess.KINDS) >= 30
    made, kept = (
        [[cell.value for cell in line] for line in openpyxl.load_workbook(io.BytesIO(content))["人口（迎丰村）"]]
        for content in (make_mess.mess(), CONTENT)
    )
    assert made == kept


def test_the_sheet_and_its_header_are_found(row, clerk):
    assert row.state == "read"
    assert (row.sheet, row.first_row, row.last_row) == (1, 3, 4)
    assert row.mapping == {
        "1": "born_on",
        "2": "id_no",
        "3": "name",
        "4": "number",
        "5": "size_mu",
        "7": "sex",
        "8": "phone",
        "10": "note",
    }
    told = Answers(clerk, "zh-Hans").import_whole(row)
    assert told["notes"] == [
        "选了工作表“人口（迎丰村）”。",
        "有 1 行是隐藏的，也会读进来。",
        "这些列是隐藏的，也会读：G。",
        "有 1 个格子是公式错误（如 #N/A），当作空白读。",
    ]
    titles = told["sheets"][1]["header"]["columns"]
    assert titles[2]["title"] == "基本情况\n公民身份号码（必填）"


def test_good_rows_are_read_as_meant_and_bad_ones_are_named(row, clerk):
    row = checked(row, clerk)
    assert row.state == "previewed"
    assert [one.number for one in factories.SEEN] == list(GOOD)
    assert row.counts == {
        "made": len(GOOD),
        "changed": 0,
        "unchanged": 0,
        "bad": len(BAD),
        "skipped": {"numbers": 1, "example": 1, "blank": 1, "total": 2, "header": 1, "foot": 1},
    }
    read = {one.number: one.values for one in factories.SEEN}
    assert {values["born_on"] for values in read.values()} == {date(2020, 1, 2)}
    assert [read[number]["number"] for number in (7, 8, 9, 10)] == ["0012", "0012", "0012", "0013"]
    assert [read[number]["id_no"] for number in (7, 8, 9)] == [make_mess.number(seq) for seq in (2, 3, 4)]
    assert [read[number]["size_mu"] for number in (7, 8, 9, 10, 24)] == [
        Decimal("12.5"),
        Decimal(8),
        Decimal("1250.5"),
        Decimal(6),
        None,
    ]
    assert read[12]["name"] == "赵 小军"
    assert (read[8]["phone"], read[8]["note"], read[8]["sex"]) == (None, None, "2")
    found = {}
    for fault in queries.opened(row, "faults_sealed"):
        found.setdefault(fault["row"], (fault["column"], fault["code"]))
    assert found == {number: (column, code) for number, (column, code, _) in BAD.items()}


def test_the_same_workbook_comes_back_with_a_comment_in_each_bad_cell(row, clerk):
    row = checked(row, clerk)
    before = openpyxl.load_workbook(io.BytesIO(CONTENT))["人口（迎丰村）"]
    after = openpyxl.load_workbook(io.BytesIO(stored.content(row.faults_file)))
    assert after.sheetnames == ["填表说明", "人口（迎丰村）"]
    sheet = after["人口（迎丰村）"]
    told = {cell.coordinate: cell.comment.text for line in sheet for cell in line if cell.comment}
    for _, code, cell in BAD.values():
        assert words.say(code, "zh-Hans", row=7, least="…", most="…") in told.pop(cell)
    assert told.pop("K16") == "村里核过"
    assert words.say("base.cell_unknown_word", choices="男、女、1、男性") == told.pop("H25")
    assert told == {}
    assert looks(sheet) == looks(before)
    assert sheet.merged_cells.ranges == before.merged_cells.ranges
    assert sheet["C20"].comment.text == "这个号要再问\n乡云: " + words.say("base.cell_digits_lost")
    assert (sheet.row_dimensions[26].hidden, sheet.column_dimensions["G"].hidden) == (True, True)


def test_what_the_clerk_said_of_the_columns_is_known_next_time(row, clerk):
    mapping = {int(index): code for index, code in row.mapping.items() if code != "phone"}
    taken_in(checked(row, clerk, mapping), clerk)
    again = factories.an_import(CONTENT, clerk, kind=factories.PEOPLE.code)
    assert {int(index): code for index, code in again.mapping.items()} == mapping
    told = Answers(clerk, "en").import_whole(again)
    assert told["sheets"][1]["header"]["is_remembered"] is True
