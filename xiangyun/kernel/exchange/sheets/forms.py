"""Values laid into an empty form, its look kept: cells filled, lines of a list repeated, what is below moved down.

What refers to moved rows moves along: merged cells, formulas of the sheet, checks and colours of cells, the print area.
Not moved are pictures below a list, and formulas of other sheets that point below it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from xiangyun.base.sheets import Cell, Unfit
from xiangyun.base.workbook import EXACT_DIGITS, letters, quoted, shielded
from xiangyun.kernel.exchange.sheets.parts import WORKBOOK, Package

Value = Cell | Decimal

PLACE = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})$")
IN_FORMULA = re.compile(r"(?<![A-Za-z0-9_!.'])(\$?[A-Z]{1,3}\$?)([1-9]\d{0,6})(?![\dA-Za-z_(!])")
MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a list: rows `first` to `last` of the form, and a value by column letters for each line."""

    first: int
    last: int
    items: Sequence[Mapping[str, Value]]

    @property
    def more(self) -> int:
        """How many lines the form has too few."""
        return max(0, len(self.items) - (self.last - self.first + 1))


@dataclass(slots=True)
class _Row:
    attributes: str
    cells: dict[int, tuple[str, str]] = field(default_factory=dict)


def place_of(cell: str) -> tuple[int, int]:
    """B3 → (3, 2). Refuses (Unfit): what is no cell."""
    found = PLACE.match(cell.upper())
    if not found:
        raise Unfit("exchange.no_such_cell")
    return int(found.group(2)), column_of(found.group(1))


def column_of(name: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(frozen=True, slots=True)
class Laid:
    """Where things stand in the filled sheet: each cell, and the first line of each list, in the order given."""

    cells: Mapping[str, str]
    starts: Sequence[int]


def lay_in(package: Package, sheet: int, cells: Mapping[str, Value], lists: Sequence[Lines]) -> Laid:
    """Fill a sheet (index from 0). Refuses (Unfit): a form that is not
    as Excel and WPS write it, too many lines, lists that lie in one another."""
    names = package.sheets()
    if sheet >= len(names) or not package.has(names[sheet]):
        raise Unfit("exchange.broken_file")
    ordered = sorted(lists, key=lambda one: one.first)
    if any(above.last >= below.first for above, below in pairwise(ordered)):
        raise Unfit("exchange.lists_overlap")
    if any(len(one.items) > MOST_LINES for one in ordered):
        raise Unfit("exchange.too_many_lines", most=MOST_LINES)
    text = package.read(names[sheet])
    form = _Form(text)
    title = package.sheet_titles()[sheet]
    wanted = {cell: place_of(cell) for cell in cells}
    for one in reversed(ordered):
        if one.more:
            form.insert(one.last, one.more)
            _move_names(package, title, _mover(one.last, one.more))
            wanted = {cell: (_moved(row, one.last, one.more), column) for cell, (row, column) in wanted.items()}
    starts: dict[int, int] = {}
    down = 0
    for one in ordered:
        starts[one.first] = one.first + down
        for number, item in enumerate(one.items):
            for column, value in item.items():
                form.put(one.first + down + number, column_of(column), value)
        down += one.more
    for cell, place in wanted.items():
        form.put(*place, cells[cell])
    package.write(names[sheet], form.text())
    package.forget_calculation_order()
    _calculate_when_opened(package)
    placed = {cell: f"{letters(column)}{row}" for cell, (row, column) in wanted.items()}
    return Laid(placed, [starts[one.first] for one in lists])


class _Form:
    """The text of one sheet, its rows taken apart."""

    def __init__(self, text: str) -> None:
        data = re.search(r"<((?:\w+:)?)sheetData\s*(?:/>|>(.*?)</\1sheetData\s*>)", text, re.DOTALL)
        if data is None:
            raise Unfit("exchange.broken_file")
        self._prefix = prefix = data.group(1)
        self._head, self._tail = text[: data.start()], text[data.end() :]
        self._rows: dict[int, _Row] = {}
        number = 0
        for told, inner in re.findall(
            rf"<{prefix}row\b([^>]*?)(?:/>|>(.*?)</{prefix}row>)", data.group(2) or "", re.DOTALL
        ):
            found = re.search(r"""\br=["'](\d+)["']""", told)
            number = int(found.group(1)) if found else number + 1
            self._rows[number] = _Row(told, self._cells_of(inner))

    def _cells_of(self, inner: str) -> dict[int, tuple[str, str]]:
        cells: dict[int, tuple[str, str]] = {}
        column = 0
        pattern = rf"<{self._prefix}c\b([^>]*?)(?:/>|>(.*?)</{self._prefix}c>)"
        for told, body in re.findall(pattern, inner, re.DOTALL):
            found = re.search(r"""\br=["']([A-Z]+)\d+["']""", told)
            column = column_of(found.group(1)) if found else column + 1
            cells[column] = (told, body)
        return cells

    def insert(self, before: int, count: int) -> None:
        """Put rows before a row, looking like it; what stands there and below moves down."""
        pattern = self._rows.get(before, _Row(""))
        moved = {_moved(number, before, count): row for number, row in self._rows.items()}
        for number in range(before, before + count):
            cells = {column: (_bare(told), "") for column, (told, _) in pattern.cells.items()}
            moved[number] = _Row(pattern.attributes, cells)
        move = _mover(before, count)
        for row in moved.values():
            for column, (told, body) in row.cells.items():
                row.cells[column] = (told, _formulas_moved(body, move))
        self._rows = moved
        self._head = _references_moved(self._head, move)
        self._tail = self._with_merges(_references_moved(self._tail, move), before, count)

    def _with_merges(self, tail: str, before: int, count: int) -> str:
        """The cells merged within the row that was the pattern are merged in its copies too."""
        below = before + count
        spans = re.findall(rf"""<{self._prefix}mergeCell ref=["']([A-Z]+){below}:([A-Z]+){below}["']\s*/>""", tail)
        more = "".join(
            f'<{self._prefix}mergeCell ref="{left}{row}:{right}{row}"/>'
            for row in range(before, below)
            for left, right in spans
        )
        return tail.replace(f"</{self._prefix}mergeCells>", f"{more}</{self._prefix}mergeCells>", 1) if more else tail

    def put(self, row: int, column: int, value: Value) -> None:
        """Write a value; in a merged range, into its first cell."""
        row, column = self._first_of(row, column)
        held = self._rows.setdefault(row, _Row(""))
        told = _bare(held.cells.get(column, ("", ""))[0])
        held.cells[column] = (told, "")
        if value is None or value == "":
            return
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and len(str(value)) <= EXACT_DIGITS:
            held.cells[column] = (told, f"<{self._prefix}v>{value}</{self._prefix}v>")
            return
        written = value.isoformat() if isinstance(value, date) else shielded(str(value))
        inner = f'<{self._prefix}t xml:space="preserve">{quoted(written)}</{self._prefix}t>'
        body = f"<{self._prefix}is>{inner}</{self._prefix}is>"
        held.cells[column] = (f'{told} t="inlineStr"', body)

    def _first_of(self, row: int, column: int) -> tuple[int, int]:
        for left, top, right, bottom in re.findall(
            r"""<(?:\w+:)?mergeCell ref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""", self._tail
        ):
            if int(top) <= row <= int(bottom) and column_of(left) <= column <= column_of(right):
                return int(top), column_of(left)
        return row, column

    def text(self) -> str:
        """The sheet with its rows put together again."""
        rows = []
        for number, row in sorted(self._rows.items()):
            cells = "".join(self._cell(number, column, *cell) for column, cell in sorted(row.cells.items()))
            told = re.sub(r"""\s(?:r|spans)=["'][^"']*["']""", "", row.attributes)
            rows.append(f'<{self._prefix}row r="{number}"{told}>{cells}</{self._prefix}row>')
        name = f"{self._prefix}sheetData"
        return f"{self._head}<{name}>{''.join(rows)}</{name}>{self._tail}"

    def _cell(self, row: int, column: int, told: str, body: str) -> str:
        told = re.sub(r"""\sr=["'][^"']*["']""", "", told).rstrip()
        start = f'<{self._prefix}c r="{letters(column)}{row}"{told}'
        return f"{start}>{body}</{self._prefix}c>" if body else f"{start}/>"


def _bare(told: str) -> str:
    """The attributes of a cell without what says how its value is written."""
    return re.sub(r"""\s(?:t|cm|vm)=["'][^"']*["']""", "", told).rstrip()


def _moved(row: int, before: int, count: int) -> int:
    return row + count if row >= before else row


def _mover(before: int, count: int) -> Callable[[str], str]:
    """References in a text, moved; text in quotes is left as it is."""

    def move(text: str) -> str:
        pieces = re.split(r'("(?:[^"]|"")*"|&quot;.*?&quot;)', text)
        for number in range(0, len(pieces), 2):
            pieces[number] = IN_FORMULA.sub(
                lambda found: f"{found.group(1)}{_moved(int(found.group(2)), before, count)}", pieces[number]
            )
        return "".join(pieces)

    return move


def _formulas_moved(body: str, move: Callable[[str], str]) -> str:
    def formula(found: re.Match[str]) -> str:
        told = re.sub(r"""(\bref=["'])([^"']*)""", lambda ref: ref.group(1) + move(ref.group(2)), found.group(1))
        return f"{told}{move(found.group(2))}{found.group(3)}"

    return re.sub(r"(<(?:\w+:)?f\b[^>]*>)(.*?)(</(?:\w+:)?f>)", formula, body, flags=re.DOTALL)


def _references_moved(text: str, move: Callable[[str], str]) -> str:
    """Everything of a sheet outside its rows that names cells: ranges in attributes, formulas of checks and colours."""
    text = re.sub(
        r"""(\s(?:ref|sqref|topLeftCell|activeCell)=["'])([^"']*)""",
        lambda told: told.group(1) + move(told.group(2)),
        text,
    )
    return re.sub(
        r"(<(?:\w+:)?(?:formula|formula1|formula2)>)([^<]*)(<)",
        lambda told: f"{told.group(1)}{move(told.group(2))}{told.group(3)}",
        text,
    )


def _move_names(package: Package, title: str, move: Callable[[str], str]) -> None:
    """Names of the workbook that lead into this sheet: the print area, the rows printed on every page."""
    start = re.escape(quoted(title))

    def name(found: re.Match[str]) -> str:
        inner = re.sub(
            rf"((?:'{start}'|{start})!)([$A-Z0-9:]+)", lambda told: told.group(1) + move(told.group(2)), found.group(2)
        )
        return f"{found.group(1)}{inner}{found.group(3)}"

    text = package.read(WORKBOOK)
    moved = re.sub(r"(<(?:\w+:)?definedName\b[^>]*>)([^<]*)(</(?:\w+:)?definedName>)", name, text)
    if moved != text:
        package.write(WORKBOOK, moved)


def _calculate_when_opened(package: Package) -> None:
    text = package.read(WORKBOOK)
    found = re.search(r"<(?:\w+:)?calcPr\b[^>]*", text)
    if found and "fullCalcOnLoad" not in found.group(0):
        at = found.end() - 1 if text[found.end() - 1] == "/" else found.end()
        package.write(WORKBOOK, f'{text[:at]} fullCalcOnLoad="1"{text[at:]}')
