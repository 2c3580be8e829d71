"""What a cell of a clerk's table says: text, numbers with their unit, days in the styles people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from xiangyun.base.sheets import Cell, Unfit

# What makes a text other than it looks: blanks, signs nobody sees, full-width letters and digits, the apostrophe.
ODD = re.compile(
    r"[\s\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff０-９Ａ-Ｚａ-ｚ．－／＋＊]|^'"
)

# Signs with which people say: nothing here.
NOTHING = frozenset(("", "/", "\\", "-", "--", "—", "——", "–", "―", "…"))

SHORT = 4

# Excel keeps 15 digits of a number; what is longer was rounded when it was typed.
EXACT = 10**15
ROUNDED = re.compile(r"^\d(\.\d+)?[Ee]\+?\d{2}$")

# Day 0 of a serial date (the 1900 system, whose 29 February 1900 never was): right from 1 March 1900 on.
SERIAL_ZERO = date(1899, 12, 30)
SERIALS = range(61, 73_051)
SPELLED = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$")
RUN_TOGETHER = re.compile(r"^(\d{4})(\d{2})(\d{2})$")


def levelled(cell: Cell) -> str:
    """The text of a cell: full-width letters and digits made plain, blanks of every kind made one, ends trimmed."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, str):
        if not ODD.search(cell):
            return cell
        plain = "".join(unicodedata.normalize("NFKC", sign) if _is_wide(sign) else sign for sign in cell)
        kept = "".join(" " if sign.isspace() else sign for sign in plain if unicodedata.category(sign) != "Cf")
        return " ".join(kept.split()).removeprefix("'").strip()
    return str(cell)


def _is_wide(sign: str) -> bool:
    """Full-width letters, digits and the signs of numbers and days; a Chinese comma or bracket stays what it is."""
    return (
        sign.isspace() or "０" <= sign <= "９" or "Ａ" <= sign <= "Ｚ" or "ａ" <= sign <= "ｚ" or sign in "．－／＋＊"
    )


def is_empty(cell: Cell) -> bool:
    """Whether nothing is written here, or one of the signs for nothing."""
    if not isinstance(cell, str):
        return cell is None
    return cell in NOTHING or ((len(cell) <= SHORT or cell[:1].isspace()) and levelled(cell) in NOTHING)


def must_be_whole(cell: Cell) -> None:
    """Refuses (Unfit): a long number whose last digits the spreadsheet has lost; they are never guessed."""
    rounded = isinstance(cell, str) and ROUNDED.match(levelled(cell))
    if rounded or (isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT):
        raise Unfit("base.cell_digits_lost")


def text(cell: Cell, _on: date) -> str:
    """What is written, levelled."""
    return levelled(cell)


def number(
    *, units: Iterable[str] = (), least: Decimal | int | None = 0, most: Decimal | int | None = None
) -> Callable[[Cell, date], Decimal]:
    """A parser of numbers: `12.5`, `１２.５`, `1,250`, `12.5亩` where 亩 is one of `units`."""
    suffixes = sorted(units, key=len, reverse=True)

    def parse(cell: Cell, _on: date) -> Decimal:
        written = levelled(cell).replace(" ", "")
        for unit in suffixes:
            written = written.removesuffix(unit)
        grouped = re.fullmatch(r"[+-]?\d{1,3}([,,]\d{3})+(\.\d+)?", written)
        try:
            value = Decimal(re.sub("[,,]", "", written) if grouped else written)
        except InvalidOperation:
            raise Unfit("base.cell_no_number") from None
        if not value.is_finite():
            raise Unfit("base.cell_no_number")
        if (least is not None and value < least) or (most is not None and value > most):
            raise Unfit("base.cell_out_of_range", least=_shown(least), most=_shown(most))
        return value

    return parse


def whole(*, units: Iterable[str] = (), least: int | None = 0, most: int | None = None) -> Callable[[Cell, date], int]:
    """A parser of whole numbers."""
    parse = number(units=units, least=least, most=most)

    def whole_of(cell: Cell, on: date) -> int:
        value = parse(cell, on)
        if value != int(value):
            raise Unfit("base.cell_not_whole")
        return int(value)

    return whole_of


def day(cell: Cell, _on: date) -> date:
    """A day: a date cell, `2020-1-2`, `2020/1/2`, `2020.1.2`, `2020年1月2日`, `20200102`, or a spreadsheet's serial
    number, as a number or as text. What could be two days (`1/2/2020`, `20.1.2`) is refused."""
    if isinstance(cell, date):
        return cell
    written = levelled(cell)
    found = SPELLED.match(written) or RUN_TOGETHER.match(written)
    if found:
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            raise Unfit("base.cell_no_such_day") from None
    if re.fullmatch(r"\d{2,5}(\.\d+)?", written) and int(float(written)) in SERIALS:
        return SERIAL_ZERO + timedelta(days=int(float(written)))
    raise Unfit("base.cell_no_day")


def one_of(choices: dict[str, Any], code: str = "base.cell_unknown_word") -> Callable[[Cell, date], Any]:
    """A parser of the words that may stand here; the refusal lists them."""
    known = {levelled(word).casefold(): value for word, value in choices.items()}

    def parse(cell: Cell, _on: date) -> Any:
        word = levelled(cell).casefold()
        if word not in known:
            raise Unfit(code, choices="、".join(choices))
        return known[word]

    return parse


def _shown(limit: Decimal | int | None) -> str:
    return "…" if limit is None else f"{limit}"
