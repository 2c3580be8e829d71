"""How clerks' typing is levelled before it is judged; what is not taken is refused with Unfit."""

from __future__ import annotations

import unicodedata

from xiangyun.base.sheets import Unfit

__all__ = ["Unfit", "levelled"]


def levelled(text: str) -> str:
    """Full-width letters and digits made plain, every blank and the apostrophe of a spreadsheet taken out."""
    return "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("'")
