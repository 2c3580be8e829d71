"""What is no table, or too much of one, is refused in seconds and in a sentence; the rest is read as it stands."""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import subprocess
import time
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from xiangyun.base import words, workbook
from xiangyun.base.sheets import Unfit
from xiangyun.base.workbook import Table, shielded
from xiangyun.kernel.exchange.sheets import comments, inspect, limits, reading
from xiangyun.kernel.exchange.sheets.parts import Package
from xiangyun.kernel.exchange.tests.factories import a_workbook

REFUSED_WITHIN_S = 5.0
SHEET = "xl/worksheets/sheet1.xml"


def refusal(content: bytes) -> str:
    """The code of the sentence with which a file is refused, in time."""
    began = time.process_time() + os.times().children_user + os.times().children_system
    with pytest.raises(Unfit) as caught:
        reading.survey(content)
    spent = time.process_time() + os.times().children_user + os.times().children_system - began
    assert spent < REFUSED_WITHIN_S
    assert caught.value.code in words.catalogue("zh-Hans")
    assert caught.value.code in words.catalogue("en")
    return caught.value.code


def with_part(name: str, body: bytes, content: bytes | None = None) -> bytes:
    """A workbook with a part put in or replaced."""
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(content or a_workbook(["户号"], ["1"])))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.namelist():
            if entry != name:
                made.writestr(entry, source.read(entry))
        made.writestr(name, body)
    return out.getvalue()


def readers() -> list[str]:
    """The children of this process that read."""
    found = []
    for told in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if told.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.append((told.parent / "cmdline").read_text())
    return [line for line in found if reading.CHILD in line]


def rows_of(count: int, cells: str) -> bytes:
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    rows = "".join(f'<row r="{n}">{cells.replace("N", str(n))}</row>' for n in range(1, count + 1))
    return head + rows.encode() + b"</sheetData></worksheet>"


def test_a_million_rows_are_refused_before_a_parser_sees_them():
    content = with_part(SHEET, rows_of(1_000_000, '<c r="AN"><v>N</v></c><c r="BN"><v>7</v></c>'))
    assert len(content) < limits.MOST_BYTES
    assert refusal(content) == "exchange.too_many_rows"


def test_two_hundred_thousand_rows_are_not_too_many():
    content = with_part(SHEET, rows_of(limits.MOST_ROWS, '<c r="AN"><v>N</v></c>'))
    book = reading.survey(content)
    assert (book.sheets[0].filled, len(book.sheets[0].head)) == (limits.MOST_ROWS, limits.SURVEYED_ROWS)


def test_a_million_formatted_rows_without_anything_in_them_are_no_rows():
    empty = rows_of(300_000, '<c r="AN" s="0"/>').replace(b'<c r="A1" s="0"/>', b'<c r="A1"><v>5</v></c>')
    assert reading.survey(with_part(SHEET, empty)).sheets[0].filled == 1


@pytest.mark.parametrize("size_mib", [200, 900])
def test_a_bomb_is_refused_by_its_directory(size_mib: int):
    out = io.BytesIO(a_workbook(["户号"]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made, made.open("xl/media/a.xml", "w") as part:
        for _ in range(size_mib):
            part.write(bytes(limits.MIB))
    assert refusal(out.getvalue()) == "exchange.bomb"


def test_a_bomb_that_lies_about_its_size_is_refused():
    content = bytearray(with_part("xl/media/a.xml", bytes(64 * limits.MIB)))
    size = (64 * limits.MIB).to_bytes(4, "little")
    assert content.count(size) == 2
    assert refusal(bytes(content).replace(size, (1000).to_bytes(4, "little"))) == "exchange.broken_file"


def test_many_parts_are_refused():
    out = io.BytesIO(a_workbook(["户号"]))
    with zipfile.ZipFile(out, "a") as made:
        for number in range(limits.MOST_ENTRIES):
            made.writestr(f"xl/media/{number}.bin", b"")
    assert refusal(out.getvalue()) == "exchange.bomb"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!doctype x [<!entity a SYSTEM "http://127.0.0.1/">]>',
    ],
)
def test_a_document_type_is_refused_wherever_it_stands(declaration: str):
    told = f'<?xml version="1.0"?>{declaration}<sst xmlns="x"><si><t>a</t></si></sst>'
    assert refusal(with_part("xl/sharedStrings.xml", told.encode())) == "exchange.broken_file"
    padded = f'<?xml version="1.0"?>{" " * (inspect.CHUNK - 25)}{declaration}<sst/>'
    assert refusal(with_part("xl/sharedStrings.xml", padded.encode())) == "exchange.broken_file"
    assert refusal(with_part("xl/sharedStrings.xml", told.encode("utf-16"))) == "exchange.broken_file"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "exchange.empty_file"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "exchange.html_named_xls"),
        (b"%PDF-1.7 \n", "exchange.not_a_workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "exchange.not_a_workbook"),
        (with_part("xl/vbaProject.bin", b"x"), "exchange.macros"),
        (b"PK\x03\x04 and then nothing", "exchange.broken_file"),
        (inspect.OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "exchange.locked"),
        (inspect.OLE + bytes(600) + "_VBA_PROJECT_CUR".encode("utf-16-le"), "exchange.macros"),
        (inspect.OLE + bytes(600), "exchange.not_a_workbook"),
    ],
)
def test_what_is_no_table_we_read_is_refused_in_its_own_sentence(content: bytes, code: str):
    assert refusal(content) == code


def test_other_packages_are_told_apart():
    for names, code in (
        (("[Content_Types].xml", "xl/workbook.bin"), "exchange.xlsb"),
        (("mimetype", "content.xml"), "exchange.ods"),
        (("word/document.xml", "[Content_Types].xml"), "exchange.not_a_workbook"),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name in names:
                made.writestr(name, "<x/>")
        assert refusal(out.getvalue()) == code


def test_a_flipped_byte_is_refused():
    whole = a_workbook(*([f"{n}", "张三"] for n in range(300)))
    with zipfile.ZipFile(io.BytesIO(whole)) as book:
        at = book.getinfo(SHEET).header_offset + 120
    assert refusal(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]) == "exchange.broken_file"


def test_noise_never_ends_the_reader_without_a_sentence():
    chance = random.Random(7)
    whole = a_workbook(*([f"{n}", "张三", n] for n in range(20)))
    for _ in range(15):
        at = chance.randrange(len(whole))
        broken = whole[:at] + chance.randbytes(chance.randrange(1, 40)) + whole[at + chance.randrange(1, 40) :]
        said = "read"
        try:
            reading.survey(broken)
        except Unfit as unfit:
            said = unfit.code
        assert said == "read" or said in words.catalogue("zh-Hans")


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8-sig", ","), ("gb18030", ","), ("utf-16", "\t"), ("utf-8", ";")])
def test_a_csv_is_read_in_any_of_its_letters_and_separators(encoding: str, sign: str):
    text = f'户号{sign}住址\r\n0012{sign}"三组，12 号"\r\n{sign}\r\n０１３{sign}\r\n'
    book = reading.survey(text.encode(encoding))
    assert book.kind == "csv"
    assert [row for _, row in reading.rows(text.encode(encoding), 0)] == [
        ["户号", "住址"],
        ["0012", "三组，12 号"],
        [],
        ["０１３"],
    ]


def test_a_csv_of_a_million_rows_is_refused():
    assert refusal(b"a,b\n" + b"1,2\n" * 1_000_000) == "exchange.too_many_rows"


def test_rows_keep_their_numbers_and_cells_their_kinds():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["E3"] = "户", 12, 12.5, date(2020, 1, 2)
    sheet["B5"] = True
    out = io.BytesIO()
    book.save(out)
    assert list(reading.rows(out.getvalue(), 0)) == [
        (1, []),
        (2, []),
        (3, [None, "户", 12, 12.5, date(2020, 1, 2)]),
        (4, []),
        (5, [None, True]),
    ]


def test_the_child_is_gone_when_the_reader_stops_early():
    # more than a pipe holds: a child that could say everything at once would be gone by itself
    lines = reading.rows(a_workbook(*(["字" * 200] for _ in range(5000))), 0)
    assert next(lines)[0] == 1
    assert len(readers()) == 1
    lines.close()
    assert readers() == []


# Comments


def test_a_comment_is_laid_beside_a_cell_of_a_sheet_that_has_none():
    package = Package(a_workbook(["户号", "住址"], ["1", '<三组> & "四组"']))
    comments.lay_in(package, 0, {(2, 1): "一行\n<两行> & ‘引号’", (5000, 27): "远处"}, "乡云")
    out = io.BytesIO()
    package.save(out)
    sheet = openpyxl.load_workbook(out).active
    assert sheet["A2"].comment.text == "一行\n<两行> & ‘引号’"
    assert sheet["AA5000"].comment.text == "远处"
    assert sheet["B2"].value == '<三组> & "四组"'


def test_a_sheet_with_everything_behind_its_rows_takes_the_comment_at_its_place():
    tail = (
        '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells><pageMargins left="1" right="1" top="1" bottom="1" '
        'header="1" footer="1"/><tableParts count="0"/><extLst/></worksheet>'
    )
    sheet = rows_of(3, '<c r="AN"><v>N</v></c>').replace(b"</worksheet>", tail.encode())
    package = Package(with_part(SHEET, sheet))
    comments.lay_in(package, 0, {(2, 1): "看这里"}, "乡云")
    out = io.BytesIO()
    package.save(out)
    text = zipfile.ZipFile(out).read(SHEET).decode()
    order = [text.index(f"<{name}") for name in ("mergeCells", "pageMargins", "legacyDrawing", "tableParts", "extLst")]
    assert order == sorted(order)
    assert openpyxl.load_workbook(out).active["A2"].comment.text == "看这里"


def test_parts_that_are_not_touched_stay_byte_for_byte():
    picture = os.urandom(5000)
    content = with_part("xl/media/image1.png", picture)
    package = Package(content)
    comments.lay_in(package, 0, {(1, 1): "看"}, "乡云")
    out = io.BytesIO()
    package.save(out)
    before, after = zipfile.ZipFile(io.BytesIO(content)), zipfile.ZipFile(out)
    touched = {"[Content_Types].xml", SHEET}
    same = [name for name in before.namelist() if name not in touched]
    assert [after.read(name) for name in same] == [before.read(name) for name in same]


# Writing


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "＠x", '=HYPERLINK("http://x")']
)
def test_text_that_begins_like_a_formula_is_text_and_stays_harmless_as_csv(text: str):
    out = io.BytesIO()
    workbook.write([Table("表", ["标题", text], [[text, 5]])], out)
    sheet = openpyxl.load_workbook(out).active
    for cell in (sheet["A2"], sheet["B1"]):
        assert cell.data_type == "s"
        assert cell.value.startswith("'")
        assert cell.value.removeprefix("'").strip() == text.strip()
    assert (sheet["B2"].data_type, sheet["B2"].value) == ("n", 5)


def test_other_text_is_left_alone():
    assert [shielded(text) for text in ("张三", "3-1 号", "138****1234", "", "  ", "a=b")] == [
        "张三",
        "3-1 号",
        "138****1234",
        "",
        "  ",
        "a=b",
    ]


def test_long_numbers_go_out_as_text_and_come_back_whole():
    out = io.BytesIO()
    row = [110105194912310021, "110105194912310021", 12.5, date(2020, 1, 2), date(1899, 1, 2), None, True, "a\x00\x0bb"]
    assert workbook.write([Table("表", ["a"], [row]), Table("说明[/]", (), [["x"]])], out) == [1, 1]
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["表", "说明   "]
    values = [cell.value for cell in book["表"][2]]
    assert values[:3] == ["110105194912310021", "110105194912310021", 12.5]
    assert values[3].date() == date(2020, 1, 2)
    assert values[4:] == ["1899-01-02", None, True, "ab"]
    assert [row for _, row in reading.rows(out.getvalue(), 0)][1][0] == "110105194912310021"


def test_only_the_time_the_child_takes_counts_not_what_is_done_with_its_rows(monkeypatch):
    monkeypatch.setattr(limits, "CHILD_WALL_S", 0.5)
    with subprocess.Popen(["sleep", "60"]) as child:
        for n in reading._in_time(child, iter(range(3))):
            time.sleep(0.3)
            assert child.poll() is None, n

        def slow():
            yield 1
            child.wait(20)  # nothing comes until it is ended

        assert list(reading._in_time(child, slow())) == [1]
        assert child.poll() == -signal.SIGKILL


def test_a_child_that_says_nothing_in_time_is_ended_in_a_sentence(monkeypatch):
    monkeypatch.setattr(limits, "CHILD_WALL_S", 0.001)
    assert refusal(a_workbook(["户号"], ["1"])) == "exchange.too_heavy"
