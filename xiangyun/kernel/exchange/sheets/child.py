"""The child that reads a workbook: bytes on stdin, frames on stdout, no network, no database, little memory and time.

`python -m xiangyun.kernel.exchange.sheets.child survey`, or `… rows <sheet> <first row>`.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import mmap
import os
import resource
import sys
from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper
from typing import IO, Any

import python_calamine

from xiangyun.base.sheets import Unfit
from xiangyun.kernel.exchange.sheets import frames, inspect, limits, parts
from xiangyun.kernel.exchange.sheets.frames import End, Lines, Refused, SheetSurvey, Survey
from xiangyun.kernel.exchange.sheets.inspect import Findings, SheetFacts

LINES_A_FRAME = 1000
LARGEST_INT = 2**53
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",\t;|"


def main() -> None:
    """Read what stdin holds and say what was asked."""
    _hold_back()
    out = sys.stdout.buffer
    try:
        data = _stdin()
        found = inspect.inspect(data) if sys.argv[1] == "survey" else inspect.look_in(data)
        for message in _csv(data) if found.kind == "csv" else _workbook(data, found):
            frames.send(out, message)
    except Unfit as refused:
        frames.send(out, Refused(refused.code, dict(refused.params)))
    except MemoryError:
        frames.send(out, Refused("exchange.too_heavy", {}))
    frames.send(out, End(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def _hold_back() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.CHILD_BYTES, limits.CHILD_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.CHILD_CPU_S, limits.CHILD_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _stdin() -> memoryview:
    size = os.fstat(0).st_size
    if not size:
        raise Unfit("exchange.empty_file")
    return memoryview(mmap.mmap(0, size, access=mmap.ACCESS_READ))


def _workbook(data: memoryview, found: Findings) -> Iterator[frames.Message]:
    try:
        # A password first, then a fault of the bytes: calamine tells them apart only by its exceptions.
        book = python_calamine.load_workbook(BytesIO(data))
    except python_calamine.PasswordError as locked:
        raise Unfit("exchange.locked") from locked
    except Exception as broken:
        raise Unfit("exchange.broken_file") from broken
    sheets = [
        (index, sheet)
        for index, sheet in enumerate(book.sheets_metadata)
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    if len(sheets) > limits.MOST_SHEETS:
        raise Unfit("exchange.too_many_sheets", most=limits.MOST_SHEETS)
    if sys.argv[1] == "rows":
        yield from _lines(_rows_of(book, int(sys.argv[2])))
        return
    facts = _facts_by_index(data, found)
    yield Survey(
        found.kind,
        [
            _surveyed(
                book, index, sheet.name, facts.get(index), sheet.visible != python_calamine.SheetVisibleEnum.Visible
            )
            for index, sheet in sheets
        ],
    )


def _facts_by_index(data: memoryview, found: Findings) -> dict[int, SheetFacts]:
    if found.kind != "xlsx":
        return {}
    names = parts.sheet_parts(data)
    return {index: found.sheets[name] for index, name in enumerate(names) if name in found.sheets}


def _surveyed(
    book: python_calamine.CalamineWorkbook, index: int, name: str, facts: SheetFacts | None, is_hidden: bool
) -> SheetSurvey:
    sheet = _sheet(book, index)
    head: list[list[Any]] = []
    filled = 0
    for row in _plain_rows(sheet):
        if len(head) < limits.SURVEYED_ROWS:
            head.append(row)
        elif facts is not None:
            break
        filled += any(cell is not None for cell in row)
    merged = [(a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1) for a, b in sheet.merged_cell_ranges or ()]
    return SheetSurvey(
        index=index,
        name=name,
        is_hidden=is_hidden,
        height=sheet.total_height,
        filled=facts.rows if facts else filled,
        head=head,
        merged=[range_ for range_ in merged if range_[0] <= limits.SURVEYED_ROWS],
        hidden_rows=facts.hidden_rows if facts else 0,
        hidden_columns=sorted(facts.hidden_columns) if facts else [],
        errors=facts.errors if facts else 0,
    )


def _sheet(book: python_calamine.CalamineWorkbook, index: int) -> python_calamine.CalamineSheet:
    try:
        return book.get_sheet_by_index(index)
    except Exception as broken:
        raise Unfit("exchange.broken_file") from broken


def _rows_of(book: python_calamine.CalamineWorkbook, index: int) -> Iterator[list[Any]]:
    return _plain_rows(_sheet(book, index))


def _plain_rows(sheet: python_calamine.CalamineSheet) -> Iterator[list[Any]]:
    left = [None] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield _cut(left + [_plain(cell) for cell in row])


def _cut(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] is None:
        cells.pop()
    if len(cells) > limits.MOST_COLUMNS:
        raise Unfit("exchange.too_many_columns", most=limits.MOST_COLUMNS)
    return cells


def _plain(cell: Any) -> Any:
    if cell == "":
        return None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < LARGEST_INT else cell
    if isinstance(cell, dt.datetime):
        return frames.packed(cell.date()) if cell.year > 1 else None
    if isinstance(cell, dt.date):
        return frames.packed(cell)
    if isinstance(cell, dt.time | dt.timedelta):
        return str(cell)
    return cell


def _lines(rows: Iterator[list[Any]]) -> Iterator[Lines]:
    first, held = 1, []
    for number, row in enumerate(rows, start=1):
        held.append(row)
        if len(held) == LINES_A_FRAME:
            yield Lines(first, held)
            first, held = number + 1, []
    if held:
        yield Lines(first, held)


def _csv(data: memoryview) -> Iterator[frames.Message]:
    text = _text_of(data)
    if sys.argv[1] == "rows":
        yield from _lines(_csv_rows(text))
        return
    head: list[list[Any]] = []
    filled = 0
    for row in _csv_rows(text):
        if len(head) < limits.SURVEYED_ROWS:
            head.append(row)
        filled += any(cell is not None for cell in row)
    yield Survey("csv", [SheetSurvey(0, "", False, filled, filled, head, [], 0, [], 0)])


def _text_of(data: memoryview) -> IO[str]:
    marked = bytes(data[:2]) in inspect.MARKS
    for encoding in ("utf-16",) if marked else ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(data), limits.MIB):
                decoder.decode(data[start : start + limits.MIB])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return TextIOWrapper(BytesIO(data), encoding=encoding, newline="")
    raise Unfit("exchange.unknown_letters")


def _csv_rows(text: IO[str]) -> Iterator[list[Any]]:
    csv.field_size_limit(32_767)
    start = text.read(1 << 14)
    text.seek(0)
    delimiter = max(DELIMITERS, key=lambda sign: _columns(start, sign))
    count = 0
    try:
        for row in csv.reader(text, delimiter=delimiter, strict=True):
            count += any(row)
            if count > limits.MOST_ROWS + limits.SURVEYED_ROWS:
                raise Unfit("exchange.too_many_rows", most=limits.MOST_ROWS)
            yield _cut([cell.strip() or None for cell in row])
    except csv.Error as broken:
        raise Unfit("exchange.broken_file") from broken


def _columns(start: str, delimiter: str) -> int:
    """How many columns the lines have in common under a delimiter."""
    rows = list(csv.reader(StringIO(start), delimiter=delimiter))
    widths = sorted(len(row) for row in rows[:-1] or rows if row)
    return widths[len(widths) // 2] if widths else 0


if __name__ == "__main__":
    main()
