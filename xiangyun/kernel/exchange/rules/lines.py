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
            why = self._no_row(number, line)
            if why:
                self.skipped.by_kind[why] += 1
                continue
            yield self._row(number, line)

    def _no_row(self, number: int, line: Sequence[Cell]) -> str | None:
        told = [(index, cells.levelled(cell)) for index, cell in enumerate(line) if not cells.is_empty(cell)]
        if not told:
            return "blank"
        words = [text for _, text in told]
        first = words[0].replace(" ", "")
        if _is_total(words) and self._lacks_required(line):
            return "total"
        if first.startswith(EXAMPLES):
            return "example"
        if len(told) <= MOST_IN_A_FOOT and any(_starts(text, FEET) for text in words) and self._lacks_required(line):
            return "foot"
        if self._is_header(told):
            return "header"
        if number <= self._last_row + 2 and _is_numbering(words):
            return "numbers"
        # A line whose mapped columns are all empty says nothing about anybody.
        return None if any(index in self._columns for index, _ in told) else "blank"

    def _is_header(self, told: Sequence[tuple[int, str]]) -> bool:
        here = [
            (plain_title(text), self._titles[index])
            for index, text in told
            if index in self._columns and index < len(self._titles)
        ]
        alike = sum(bool(text) and (text == title or title.endswith(text)) for text, title in here)
        return len(here) > 1 and alike * 2 > len(here)

    def _lacks_required(self, line: Sequence[Cell]) -> bool:
        required = [index for index, column in self._columns.items() if column.is_required]
        missing = [index for index in required if index >= len(line) or cells.is_empty(line[index])]
        # A total's own word may stand in the first of the required columns.
        return len(missing) >= max(1, len(required) - 1)

    def _row(self, number: int, line: Sequence[Cell]) -> Good | Bad:
        values: dict[str, Any] = {}
        faults = []
        for index, column in self._columns.items():
            cell = line[index] if index < len(line) else None
            if cells.is_empty(cell) and column.fills_down:
                cell = self._above.get(column.code)
            if cells.is_empty(cell):
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
    if isinstance(cell, str) and cell.strip().upper() in ERRORS:
        raise Unfit("exchange.cell_error")
    cells.must_be_whole(cell)


def _is_total(words: Sequence[str]) -> bool:
    return any(_bare(text) in TOTALS for text in words[:3])


def _bare(text: str) -> str:
    return text.replace(" ", "").rstrip(":：").casefold()


def _starts(text: str, beginnings: Sequence[str]) -> bool:
    told = text.replace(" ", "").replace("：", ":")
    return told.startswith(tuple(beginnings))


def _is_numbering(words: Sequence[str]) -> bool:
    """`1 2 3 4 …` or `甲 乙 1 2 …` below a header."""
    told = [word.strip("()（）") for word in words]
    if len(told) < 3 or not all(word in COLUMN_NUMBERS or (word.isdigit() and len(word) < 3) for word in told):
        return False
    numbers = [int(word) for word in told if word.isdigit()]
    return len(numbers) > 1 and all(b - a == 1 for a, b in pairwise(numbers))
