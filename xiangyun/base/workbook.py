"""A new workbook, written as a stream into memory: no row of it ever stands in a temporary file.

(XlsxWriter keeps memory flat only by laying the rows in plain temporary files, which is not done here.)
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from typing import IO

from xiangyun.base.sheets import Cell

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# What a program that reads a table would take for the start of a formula (OWASP: CSV injection).
RISKY = frozenset("=+-@\t\r\n＝＋－＠")
SHIELD = "'"

LONGEST = 32_767
NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EXACT_DIGITS = 15
DAY_ZERO = date(1899, 12, 30)
PLAIN, BOLD, DAY, BAD = range(4)

STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFECECEC"/></patternFill></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFE0CC"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf/><xf fontId="1" fillId="2" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf fillId="3" applyFill="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0"/></cellStyles></styleSheet>'
)
FROZEN = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
)
# Printed on A4 lying down, as wide as the paper and as long as it needs.
ONE_PAGE_WIDE = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
PRINTED = '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/>'
)
LINKS = f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell that is drawn as wrong."""

    value: Cell


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet to write: the title on its tab, the columns' titles, then rows as they come."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell | Decimal | Marked]]
    widths: Sequence[int] = ()


def shielded(text: str) -> str:
    """Text that no program takes for a formula: where it begins like one, an apostrophe stands before it. It is kept
    when the sheet is saved as CSV, so it stays harmless there too; a reader takes it away again."""
    return SHIELD + text if text.lstrip(" ")[:1] in RISKY and text.strip(" ") else text


def write(tables: Sequence[Table], out: IO[bytes]) -> list[int]:
    """Write the tables as one workbook; returns how many rows each got."""
    counts = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as package:
        for number, table in enumerate(tables, start=1):
            with package.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                count = 0
                for piece, rows in _pieces(table):
                    part.write(piece.encode())
                    count += rows
            counts.append(count)
        for name, body in _frame([table.title for table in tables]):
            package.writestr(name, body)
    return counts


def _pieces(table: Table) -> Iterator[tuple[str, int]]:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(table.widths, start=1)
    )
    opening = ONE_PAGE_WIDE + (FROZEN if table.header else "") + (f"<cols>{columns}</cols>" if columns else "")
    yield f'{HEAD}<worksheet xmlns="{MAIN}">{opening}<sheetData>', 0
    number = 0
    if table.header:
        number = 1
        yield _line(1, [_string(letters(n), 1, BOLD, shielded(t)) for n, t in enumerate(table.header, start=1)]), 0
    for row in table.rows:
        number += 1
        yield _line(number, [_cell(letters(n), number, value) for n, value in enumerate(row, start=1)]), 1
    yield f"</sheetData>{PRINTED}</worksheet>", 0


def _line(number: int, cells: Iterable[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(column: str, row: int, cell: Cell | Decimal | Marked) -> str:
    style, value = (BAD, cell.value) if isinstance(cell, Marked) else (PLAIN, cell)
    if value is None or value == "":
        return f'<c r="{column}{row}" s="{style}"/>' if style else ""
    if isinstance(value, bool):
        return f'<c r="{column}{row}" s="{style}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal) and len(str(value).strip("-0.")) <= EXACT_DIGITS:
        return f'<c r="{column}{row}" s="{style}"><v>{value}</v></c>'
    if isinstance(value, date) and value >= date(1900, 3, 1):
        return f'<c r="{column}{row}" s="{style or DAY}"><v>{(value - DAY_ZERO).days}</v></c>'
    return _string(column, row, style, shielded(str(value)))


def _string(column: str, row: int, style: int, text: str) -> str:
    told = quoted(text[:LONGEST])
    return f'<c r="{column}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{told}</t></is></c>'


def plain_sheet(header: Sequence[str], rows: Iterable[Sequence[Cell | Decimal | Marked]]) -> str:
    """One sheet as a part to be laid into a workbook that has styles of its own: no style is named."""
    whole = "".join(piece for piece, _ in _pieces(Table("", header, rows)))
    for style in (PLAIN, BOLD, DAY, BAD):
        whole = whole.replace(f' s="{style}"', "")
    return whole


def _frame(titles: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every part that is no sheet."""
    sheets = range(1, len(titles) + 1)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{OFFICE}.worksheet+xml"/>' for n in sheets
    )
    yield "[Content_Types].xml", f"{TYPES}{types}</Types>"
    office = f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/>'
    yield "_rels/.rels", f"{LINKS}{office}</Relationships>"
    tabs = "".join(
        f'<sheet name="{quoted(tab(title))}" sheetId="{n}" r:id="rId{n}"/>' for n, title in enumerate(titles, start=1)
    )
    book = f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{tabs}</sheets></workbook>'
    yield "xl/workbook.xml", book
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATION}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in sheets
    )
    styles = f'<Relationship Id="rId{len(titles) + 1}" Type="{RELATION}/styles" Target="styles.xml"/>'
    yield "xl/_rels/workbook.xml.rels", f"{LINKS}{links}{styles}</Relationships>"
    yield "xl/styles.xml", STYLES


def tab(title: str) -> str:
    """A title as a tab may carry it: 31 signs, none of those that Excel forbids."""
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:31] or "Sheet"


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def quoted(text: str) -> str:
    """Text for XML: quotes escaped, signs XML does not know left out."""
    return text if text.isalnum() else escape(NO_XML.sub("", text), quote=True)
