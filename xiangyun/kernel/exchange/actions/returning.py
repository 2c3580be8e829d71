"""The workbook that goes back: the clerk's own, with what is wrong said beside each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import IO

from xiangyun.base import words, workbook
from xiangyun.base.sheets import Cell, Fault, ImportKind, Unfit
from xiangyun.base.workbook import Marked, Table
from xiangyun.kernel.exchange import rules
from xiangyun.kernel.exchange.models import Import
from xiangyun.kernel.exchange.sheets import comments, reading
from xiangyun.kernel.exchange.sheets.parts import Package


def faults_workbook(
    content: bytes,
    row: Import,
    kind: ImportKind,
    faults: Sequence[Fault],
    *,
    out: IO[bytes],
    lang: str,
    is_xlsx: bool,
) -> None:
    """Write the workbook with a comment at each fault; formats, formulas and pictures stay. What is no .xlsx, or
    has more faults than a spreadsheet opens with, is written anew with the reasons in front of each line."""
    notes = _notes(row, faults, lang)
    if is_xlsx and len(notes) <= rules.MOST_COMMENTS:
        try:
            package = Package(content)
            comments.lay_in(package, row.sheet or 0, notes, words.say("exchange.comment_author", lang))
            package.save(out)
        except Unfit:
            # Readable, but not built as a workbook we know how to patch.
            out.seek(0)
            out.truncate()
        else:
            return
    titles = words.say("exchange.faults_column", lang)
    lines = _lines(content, row, notes, titles)
    workbook.write([Table(words.say(kind.title_key, lang), (), lines, (40,))], out)


def _notes(row: Import, faults: Sequence[Fault], lang: str) -> dict[tuple[int, int], str]:
    places = {code: int(index) + 1 for index, code in row.mapping.items()}
    first = min(places.values(), default=1)
    told: dict[tuple[int, int], list[str]] = defaultdict(list)
    for fault in faults:
        place = (fault.row, places.get(fault.column or "", first))
        told[place].append(words.say(fault.code, lang, **fault.params))
    return {place: "\n".join(sentences) for place, sentences in told.items()}


def _lines(
    content: bytes, row: Import, notes: dict[tuple[int, int], str], title: str
) -> Iterator[Sequence[Cell | Marked]]:
    by_row: dict[int, dict[int, str]] = defaultdict(dict)
    for (number, column), sentence in notes.items():
        by_row[number][column] = sentence
    for number, cells in reading.rows(content, row.sheet or 0):
        wrong = by_row.get(number, {})
        width = max([len(cells), *wrong])
        whole = [*cells, *[None] * (width - len(cells))]
        reason = title if number == row.last_row else "；".join(wrong.values()) or None
        yield [
            reason,
            *(Marked(cell) if place in wrong else cell for place, cell in enumerate(whole, start=1)),
        ]
