"""A look into a workbook: which of its sheets fits, where the header stands, what its columns seem to mean."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from xiangyun.base.sheets import ImportKind
from xiangyun.kernel.exchange import queries
from xiangyun.kernel.exchange.rules import headers
from xiangyun.kernel.exchange.rules.headers import Header
from xiangyun.kernel.exchange.sheets import frames, reading
from xiangyun.kernel.exchange.sheets.reading import Sheet


def survey(content: bytes, kind: ImportKind, town: str) -> dict[str, Any]:
    """What was seen, as it is kept sealed: every sheet with its first lines and its likeliest header, the sheet that
    fits best (None: no sheet does), and how the town reads such a header. Refuses (Unfit): as `reading.survey`."""
    book = reading.survey(content)
    names = queries.titles_of(kind)
    found = [(sheet, headers.find_header(sheet.head, sheet.merged, kind, names)) for sheet in book.sheets]
    best = max(found, key=lambda pair: _fitness(*pair), default=None)
    chosen = best[0].index if best and best[1] else None
    return {
        "kind": book.kind,
        "sheets": [_told(sheet, header, kind, town) for sheet, header in found],
        "chosen": chosen,
        "others": [sheet.name for sheet, header in found if header and sheet.index != chosen and sheet.filled],
    }


def _fitness(sheet: Sheet, header: Header | None) -> tuple[bool, float, bool, int]:
    return (
        header is not None,
        round(header.score if header else 0.0),
        not sheet.is_hidden,
        sheet.filled,
    )


def _told(sheet: Sheet, header: Header | None, kind: ImportKind, town: str) -> dict[str, Any]:
    told = asdict(sheet)
    told["head"] = [[frames.packed(cell) for cell in row] for row in sheet.head]
    told["header"] = None
    if header is None:
        return told
    mapping = {index: guess.column for index, guess in header.guesses.items()}
    known = queries.layout_of(town, kind.code, queries.fingerprint(header.titles))
    known = queries.fitting(kind, known, header.titles) if known else None
    told["header"] = {
        "first_row": header.first_row,
        "last_row": header.last_row,
        "titles": list(header.titles),
        "mapping": known or mapping,
        "scores": {index: guess.score for index, guess in header.guesses.items()},
        "is_remembered": bool(known),
    }
    return told
