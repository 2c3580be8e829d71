"""Makes `data/mess.xlsx`: one workbook as clerks keep them, with every kind of mess in `KINDS` at a known place.

`python -m xiangyun.kernel.exchange.tests.make_mess`. Everybody in it is made up.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from xiangyun.kernel.people.rules.identity import make_id_number

FILE = Path(__file__).parent / "data" / "mess.xlsx"

KINDS = {
    1: "the first sheet is an explanation, the data is on another",
    2: "a title merged over the whole table",
    3: "a line with the unit and the date under the title",
    4: "a header of two lines with merged cells",
    5: "columns in an order of their own",
    6: "synonyms in the header (公民身份号码, 户主编号)",
    7: "blanks and line breaks inside titles (姓 名)",
    8: "（必填） and * in titles",
    9: "columns nobody asked for",
    10: "a line of column numbers under the header",
    11: "a line with an example",
    12: "a household number merged down over its members",
    13: "an ID number typed as text with an apostrophe",
    14: "an ID number with full-width digits and a small x",
    15: "an ID number with blanks in it",
    16: "an ID number that the spreadsheet rounded (1.50826E+17)",
    17: "a rounded ID number as text",
    18: "a date as 2020-1-2",
    19: "a date as 2020/1/2",
    20: "a date as 2020.1.2",
    21: "a date as 2020年1月2日",
    22: "a date as 20200102, as a number",
    23: "a date as a serial number",
    24: "a date as a serial number typed as text",
    25: "a real date cell",
    26: "a day that never was (2020-2-30)",
    27: "a date that could be two days (1/2/2020)",
    28: "a number typed as text",
    29: "a number with its unit (12.5亩)",
    30: "full-width digits in a number, and a comma for thousands",
    31: "/ and — for nothing",
    32: "a blank line in the middle",
    33: "the header again, where a page was turned",
    34: "a subtotal and a total",
    35: "a foot: who filled it in, who checked it",
    36: "a hidden row and a hidden column",
    37: "the same person twice",
    38: "a required cell left empty",
    39: "a formula's error (#N/A)",
    40: "blanks around a name, of every kind",
    41: "a comment that was there before",
    42: "formatted empty rows far below",
    43: "a word nobody knows in a column of choices",
}


def number(seq: int, born: date = date(1980, 5, 6)) -> str:
    """An ID number of nobody: the prefix was abolished."""
    return make_id_number("152801", born, seq)


def mess() -> bytes:
    """The workbook."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = "填表说明"
    first["A1"] = "填表说明：一户一行，身份证号请用文本格式。"
    sheet = book.create_sheet("人口（迎丰村）")
    _head(sheet)
    _lines(sheet)
    out = io.BytesIO()
    book.save(out)
    return _dated(out.getvalue())


def _head(sheet: Worksheet) -> None:
    sheet.merge_cells("A1:K1")
    sheet["A1"] = "狼山镇迎丰村２０２６年人口基本情况登记表"
    sheet["A1"].font = Font(size=18, bold=True, name="方正小标宋简体")
    sheet["A1"].alignment = Alignment(horizontal="center")
    sheet["A2"] = "填报单位：迎丰村委会"
    sheet["I2"] = "单位：亩、人"
    for area, title in (
        ("A3:A4", "序号"),
        ("B3:B4", "出生\n日期"),
        ("C3:D3", "基本情况"),
        ("E3:E4", "户主编号*"),
        ("F3:G3", "承包地"),
        ("H3:H4", "性  别"),
        ("I3:I4", "联系电话（手机）"),
        ("J3:J4", "谁包联"),
        ("K3:K4", "备 注"),
    ):
        sheet.merge_cells(area)
        sheet[area.partition(":")[0]] = title
    sheet["C4"], sheet["D4"] = "公民身份号码（必填）", "姓 名 ※"
    sheet["F4"], sheet["G4"] = "面 积(亩)", "块数"
    thin = Side(style="thin")
    for row in sheet["A3:K4"]:
        for cell in row:
            cell.border = Border(thin, thin, thin, thin)
            cell.fill = PatternFill("solid", fgColor="FFDDEEFF")
    for column, told in enumerate("ABCDEFGHIJK", start=1):
        sheet.cell(5, column, column)
        sheet.column_dimensions[told].width = 20
    sheet.column_dimensions["G"].hidden = True


def _lines(sheet: Worksheet) -> None:
    e = 0
    rows: list[list[object]] = [
        ["示例", "1980-01-02", number(1), "张三", "0001", "10", e, "男", "139...", None, None],  # 6
        [1, "2020-1-2", "'" + number(2), "王建国", "0012", "12.5亩", 2, "男", "13900000001", "李", None],  # 7
        [
            2,
            "2020/1/2",
            "１５２８０１１９８００５０６００３" + number(3)[-1],
            "乌云其木格",
            None,
            "８",
            1,
            "女",
            "/",
            "李",
            "—",
        ],  # 8
        [
            3,
            "2020.1.2",
            f"{number(4)[:6]} {number(4)[6:14]} {number(4)[14:]}",
            "李秀英",
            None,
            "1,250.5",
            1,
            "女",
            None,
            None,
            None,
        ],
        [4, "2020年1月2日", number(5), "那仁满都拉", "0013", 6, 1, "1", "13900000002", None, None],  # 10
        [None] * 11,  # 11
        [5, 20200102, number(6), " 赵\u00a0小军\u3000", "0014", "3", 1, "男性", None, None, None],  # 12
        ["小计", None, None, None, None, 1279.5, 6, None, None, None, None],  # 13
        [
            "序号",
            "出生日期",
            "公民身份号码",
            "姓名",
            "户主编号",
            "面积",
            "块数",
            "性别",
            "联系电话",
            "谁包联",
            "备注",
        ],  # 14
        [6, 43832, number(7), "孙丽", "0015", "2", 1, "女", None, None, None],  # 15
        [7, "43832", number(8), "周强", "0016", "2", 1, "男", None, None, "原有批注"],  # 16
        [8, date(2020, 1, 2), number(9), "吴敏", "0017", "2", 1, "女", None, None, None],  # 17
        [9, "2020-2-30", number(10), "郑华", "0018", "2", 1, "男", None, None, None],  # 18
        [10, "1/2/2020", number(11), "冯军", "0019", "2", 1, "男", None, None, None],  # 19
        [11, "2020-1-2", 152801198005060123, "陈伟", "0020", "2", 1, "男", None, None, None],  # 20
        [12, "2020-1-2", "1.52801E+17", "褚红", "0021", "2", 1, "女", None, None, None],  # 21
        [13, "2020-1-2", number(2), "王建国", "0012", "12.5", 2, "男", None, None, None],  # 22
        [14, "2020-1-2", number(14), None, "0023", "2", 1, "男", None, None, None],  # 23
        [15, "2020-1-2", number(15), "卫东", "0024", "#N/A", 1, "男", None, None, None],  # 24
        [16, "2020-1-2", number(16), "蒋文", "0025", "五亩", 1, "未说明的", None, None, None],  # 25
        [17, "2020-1-2", number(17), "沈芳", "0026", "2", 1, "女", None, None, None],  # 26, hidden
        ["合  计", None, None, "17人", None, "1,300", None, None, None, None, None],  # 27
        [
            "填表人：王会计",
            None,
            None,
            "审核人：李主任",
            None,
            None,
            None,
            "填表日期：2026年11月",
            None,
            None,
            None,
        ],  # 28
    ]
    for at, row in enumerate(rows, start=6):
        for column, value in enumerate(row, start=1):
            sheet.cell(at, column, value)
    sheet.merge_cells("E7:E9")
    sheet.row_dimensions[26].hidden = True
    sheet["K16"].comment = Comment("村里核过", "王会计")
    sheet["C20"].comment = Comment("这个号要再问", "王会计")
    sheet["C20"].number_format = "0"
    for row in range(29, 400):
        for column in range(1, 12):
            sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFFFFFEE")


def _dated(made: bytes) -> bytes:
    """openpyxl tells the time in what it writes; the same workbook must be the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as same:
        for name in book.namelist():
            body = book.read(name)
            if name == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-11-26T08:00:00Z", body)
            same.writestr(zipfile.ZipInfo(name, (2026, 11, 26, 8, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


if __name__ == "__main__":
    FILE.write_bytes(mess())
