"""Cells of a clerk's table as they are shown on a page: long numbers of people masked, everything else as it is.

The clerk has the file; the page stands on a screen in an office. What is shown is enough to tell the columns apart.
Plain values.
"""

from __future__ import annotations

import re
from typing import Any

# Digits, which clerks group with blanks and dashes; an apostrophe before them keeps a spreadsheet from rounding.
_RUN = re.compile(r"(?<![\dA-Za-z])\d(?:[ \u00a0\-]?\d){6,20}[Xx]?(?![\dA-Za-z])")
_DAY = re.compile(r"(19|20)\d\d[ \-]?(0[1-9]|1[0-2])[ \-]?(0[1-9]|[12]\d|3[01])")
_BLANKS = re.compile(r"[ \u00a0\-]")
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{9,11}|[2-8]\d{6,7}")
SHORTEST_CARD = 12
LAST = 4


def screened(cell: Any) -> Any:
    """An ID number, a phone or a card behind stars: 138****1234, else the last four. Also inside a longer text."""
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, int) or (isinstance(cell, float) and cell.is_integer()):
        masked = _masked(str(int(cell)))
        return cell if masked is None else masked
    return _RUN.sub(lambda found: _masked(found[0]) or found[0], cell) if isinstance(cell, str) else cell


def _masked(text: str) -> str | None:
    """The number masked; None where it is nobody's: a day, an amount, a village's code."""
    plain = _BLANKS.sub("", text)
    if MOBILE.fullmatch(plain):
        return f"{plain[:3]}{'*' * 4}{plain[-LAST:]}"
    if _DAY.fullmatch(text) or not (len(plain) > SHORTEST_CARD or LANDLINE.fullmatch(plain)):
        return None
    return "*" * (len(plain) - LAST) + plain[-LAST:]
