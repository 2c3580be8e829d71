"""What every rule about a written fact needs: how a fact is refused, and how clerks' typing is levelled."""

from __future__ import annotations

import unicodedata


class Unfit(Exception):
    """A written fact cannot be taken as it stands; `code` names the sentence. The value itself is never in the text."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def levelled(text: str) -> str:
    """Full-width letters and digits made plain, every blank and the apostrophe of a spreadsheet taken out."""
    return "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("'")
