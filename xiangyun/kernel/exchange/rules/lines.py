"""Which lines below a header are rows, and what stands in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from xiangyun.base import cells
from xiangyun.base.sheets import Cell, Fault, ImportKind, Row, Unfit
from xiangyun.kernel.exchange.rules.headers import plain_title

TOTALS = ("合计", "总计", "小计", "共计", "累计", "本页合计", "全村合计", "total")
FEET = (
    "填表人",
    "制表人",
    "审核人",
    "填报人",
    "负责人",
    "经办人",
    "填报单位",
    "填表单位",
    "填报日期",
    "填表日期",
    "制表日期",
    "联系人:",
    "备注:",
    "说明:",
    "注:",
    "填表说明",
)
EXAMPLES = ("例:", "例如", "示例", "填写示例", "样例")
MOST_IN_A_FOOT = 8
COLUMN_NUMBERS = frozenset("甲乙丙丁戊己庚辛壬癸")


@dataclass(slots=True)
class Skipped:
    """Lines that are no rows, by what they are: blank, header, total, foot, example, numbers."""

    by_kind: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Good:
    """A row whose every cell could be read; `cells` are those of the mapped columns as written."""

    row: Row


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that stays out, and why."""

    number: int
    faults: tuple[Fault, ...]


class Reader:
    """Makes rows of the lines below a header, one after the other; remembers what it skipped and what fills down.

    `mapping` is the column of the sheet (from 0) → the code of the kind's column.
    """

    def __init__(
        self, kind: ImportKind, mapping: Mapping[int, str], titles: Sequence[str], *, last_row: int, on: date
    ) -> None:
        self._kind = kind
        self._columns = {index: column for index, code in mapping.items() if (column := kind.column(code))}
        self._titles = [plain_title(title) for title in titles]
        self._last_row = last_row
        self._on = on
        self._above: dict[str, Cell] = {}
        self._seen: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {keys: {} for keys in kind.unique}
        self.skipped = Skipped()

    def read(self, lines: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[Good | Bad]:
        """Each row of the lines; what stands above the header and what is no row is passed over."""
        for number, line in lines:
            if number <= self._last_row:
                continue
            told = [None if cells.is_empty(cell) else cell for cell in line]
            why = self._no_row(number, told)
            if why:
                self.skipped.by_kind[why] += 1
                continue
            yield self._row(number, told)

    def _no_row(self, number: int, line: Sequence[Cell]) -> str | None:
        told = [index for index, cell in enumerate(line) if cell is not None]
        if not told:
            return "blank"
        first = [cells.levelled(line[index]) for index in told[:3]]
        if _is_total(first) and self._lacks_required(line):
            return "total"
        if first[0].replace(" ", "").startswith(EXAMPLES):
            return "example"
        if len(told) <= MOST_IN_A_FOOT and self._lacks_required(line) and any(_is_foot(line[index]) for index in told):
            return "foot"
        if self._is_header(line, told):
            return "header"
        if number <= self._last_row + 2 and _is_numbering([cells.levelled(line[index]) for index in told]):
            return "numbers"
        # A line whose mapped columns are all empty says nothing about anybody.
        return None if any(index in self._columns for index in told) else "blank"

    def _is_header(self, line: Sequence[Cell], told: Sequence[int]) -> bool:
        """Whether most of the mapped columns say their own title again."""
        here = [index for index in told if index in self._columns and index < len(self._titles)]
        # Where neither of the first two does, most do not: the rest of a hundred thousand rows is not looked at.
        if not any(self._says_title(index, line[index]) for index in here[:2]):
            return False
        return len(here) > 1 and sum(self._says_title(index, line[index]) for index in here) * 2 > len(here)

    def _says_title(self, index: int, cell: Cell) -> bool:
        title = self._titles[index]
        # The last sign of a title is seen before anything is made plain.
        if not isinstance(cell, str) or title[-1:] not in cell.casefold():
            return False
        text = plain_title(cell)
        return bool(text) and title.endswith(text)

    def _lacks_required(self, line: Sequence[Cell]) -> bool:
        required = [index for index, column in self._columns.items() if column.is_required]
        missing = [index for index in required if index >= len(line) or line[index] is None]
        # A total's own word may stand in the first of the required columns.
        return len(missing) >= max(1, len(required) - 1)

    def _row(self, number: int, line: Sequence[Cell]) -> Good | Bad:
        values: dict[str, Any] = {}
        faults = []
        for index, column in self._columns.items():
            cell = line[index] if index < len(line) else None
            if cell is None and column.fills_down:
                cell = self._above.get(column.code)
            if cell is None:
                values[column.code] = None
                if column.is_required:
                    faults.append(Fault(number, "exchange.cell_required", column.code))
                continue
            if column.fills_down:
                self._above[column.code] = cell
            try:
                _must_be_sound(cell)
                values[column.code] = column.parse(cell, self._on)
            except Unfit as unfit:
                faults.append(Fault(number, unfit.code, column.code, unfit.params))
        faults += [] if faults else self._twice(number, values)
        return Bad(number, tuple(faults)) if faults else Good(Row(number, values))

    def _twice(self, number: int, values: Mapping[str, Any]) -> list[Fault]:
        for keys, seen in self._seen.items():
            key = tuple(values.get(code) for code in keys)
            if None in key:
                continue
            if key in seen:
                return [Fault(number, "exchange.twice_in_file", keys[0], {"row": seen[key]})]
            seen[key] = number
        return []


ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))


def _must_be_sound(cell: Cell) -> None:
    if isinstance(cell, str):
        if cell[:1] == "#" and cell.strip().upper() in ERRORS:
            raise Unfit("exchange.cell_error")
        if "E" not in cell and "e" not in cell and "Ｅ" not in cell:
            return
    cells.must_be_whole(cell)


def _is_total(words: Sequence[str]) -> bool:
    return any(_bare(text) in TOTALS for text in words)


def _bare(text: str) -> str:
    return text.replace(" ", "").rstrip(":：").casefold()


def _is_foot(cell: Cell) -> bool:
    return cells.levelled(cell).replace(" ", "").replace("：", ":").startswith(FEET)


def _is_numbering(words: Sequence[str]) -> bool:
    """`1 2 3 4 …` or `甲 乙 1 2 …` below a header."""
    told = [word.strip("()（）") for word in words]
    if len(told) < 3 or not all(word in COLUMN_NUMBERS or (word.isdigit() and len(word) < 3) for word in told):
        return False
    numbers = [int(word) for word in told if word.isdigit()]
    return len(numbers) > 1 and all(b - a == 1 for a, b in pairwise(numbers))
