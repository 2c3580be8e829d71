"""Where the header of a table stands and what its columns mean."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from xiangyun.base import cells
from xiangyun.base.sheets import Cell, Column, ImportKind

# A header is looked for in so many lines; above it stand titles, the unit, the date.
LOOKED_AT = 30

EXACT, TRIMMED, HELD, ALIKE = 1.0, 0.95, 0.7, 0.5
LEAST_ALIKE = 0.8
LEAST_HELD = 2
LEAST_GAIN = 0.3
ABOUT_AS_WELL = 0.85

BRACKETED = re.compile(r"[(（\[【〔<《].*?[)）\]】〕>》]")
NUMBERED = re.compile(r"^(\d{1,2}|[一二三四五六七八九十]{1,3})[、.．,，)）]")
NOISE = re.compile(r"[\s*＊※★#:：、,，.。;；'\"“”/\\|_\-—]+")
MARKS_OF_DUTY = ("必填", "选填", "必录", "文本", "文本格式")

Merged = Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column of the sheet (from 0) seems to mean, and how sure that is: 0 to 1."""

    column: str
    score: float


@dataclass(frozen=True, slots=True)
class Header:
    """Where a header stands (rows from 1), what its columns are called, and what they seem to mean."""

    first_row: int
    last_row: int
    titles: tuple[str, ...]
    guesses: Mapping[int, Guess]
    score: float


def plain_title(title: str, *, bare: bool = False) -> str:
    """A title as it is compared: no blanks, marks, numbering; `bare` without what stands in brackets either."""
    told = unicodedata.normalize("NFKC", title)
    if bare:
        told = BRACKETED.sub("", told)
    told = NUMBERED.sub("", "".join(told.split()))
    for mark in MARKS_OF_DUTY:
        told = told.replace(f"({mark})", "").replace(mark, "")
    return NOISE.sub("", told).strip("()（）[]【】").casefold()


def fingerprint(titles: Sequence[str]) -> str:
    """What tells the header of one form from another's."""
    told = "\x1f".join(plain_title(title) for title in titles).rstrip("\x1f")
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def guess_mapping(titles: Sequence[str], kind: ImportKind, names: Mapping[str, Sequence[str]]) -> dict[int, Guess]:
    """What each column seems to mean, each meaning given once, the surest first. `names` are further titles by column
    (what the words catalogues call it)."""
    known = {one.code: _known(one, names.get(one.code, ())) for one in kind.columns}
    order = {one.code: number for number, one in enumerate(kind.columns)}
    likely = [
        (-score, order[code], index)
        for index, title in enumerate(titles)
        if title
        for code, words in known.items()
        if (score := likeness(title, words))
    ]
    found: dict[int, Guess] = {}
    given: set[str] = set()
    by_order = [one.code for one in kind.columns]
    for negative, number, index in sorted(likely):
        code = by_order[number]
        if index not in found and code not in given:
            found[index] = Guess(code, -negative)
            given.add(code)
    return dict(sorted(found.items()))


def _known(column: Column, more: Sequence[str]) -> frozenset[str]:
    return frozenset(plain_title(word) for word in (*column.synonyms, *more) if plain_title(word))


def likeness(title: str, words: frozenset[str]) -> float:
    """How sure it is that a title means one of the words. A title of two lines is `upper/lower`: either, or both."""
    upper, _, lower = title.rpartition("\n")
    for told in (f"{upper}{lower}", lower) if upper else (lower,):
        if plain_title(told) in words:
            return EXACT
    for told in (f"{upper}{lower}", lower) if upper else (lower,):
        if plain_title(told, bare=True) in words:
            return TRIMMED
    bare = plain_title(f"{upper}{lower}", bare=True)
    if not bare:
        return 0.0
    held = max((len(word) for word in words if len(word) >= LEAST_HELD and word in bare), default=0)
    if held:
        return HELD * (0.6 + 0.4 * held / len(bare))
    alike = max((SequenceMatcher(None, bare, word).ratio() for word in words), default=0.0)
    return ALIKE * alike if alike >= LEAST_ALIKE else 0.0


def find_header(
    head: Sequence[Sequence[Cell]], merged: Merged, kind: ImportKind, names: Mapping[str, Sequence[str]]
) -> Header | None:
    """The line (or two lines) among the first that reads most like the header of this kind of table; of several that
    read about as well the uppermost, since a header is printed again on each page."""
    single = [_header(head, index, 1, merged, kind, names) for index in range(min(LOOKED_AT + 1, len(head)))]
    found: list[Header] = []
    for index in range(min(LOOKED_AT, len(head))):
        one = single[index]
        two = _header(head, index, 2, merged, kind, names) if index + 1 < len(head) else None
        below = single[index + 1] if index + 1 < len(single) else None
        # A second line is part of the header only where both lines say something.
        if two and two.score > max(_score(one), _score(below)) + LEAST_GAIN:
            found.append(two)
        elif one:
            found.append(one)
    best = max(map(_score, found), default=0.0)
    if best < min(2, len(kind.columns)) * ALIKE:
        return None
    return next(header for header in found if header.score >= best * ABOUT_AS_WELL)


def _header(
    head: Sequence[Sequence[Cell]],
    index: int,
    lines: int,
    merged: Merged,
    kind: ImportKind,
    names: Mapping[str, Sequence[str]],
) -> Header | None:
    titles = titles_of(head, index, lines, merged)
    if sum(map(bool, titles)) < min(2, len(kind.columns)):
        return None
    guesses = guess_mapping(titles, kind, names)
    score = round(sum(guess.score for guess in guesses.values()), 3)
    return Header(index + 1, index + lines, titles, guesses, score) if guesses else None


def _score(header: Header | None) -> float:
    return header.score if header else 0.0


def titles_of(head: Sequence[Sequence[Cell]], index: int, lines: int, merged: Merged) -> tuple[str, ...]:
    """The titles of the columns in a header of one or two lines from row `index` (from 0); merged cells spread out."""
    width = max(len(row) for row in head[index : index + lines])
    upper = [_at(head, index, column, merged) for column in range(width)]
    if lines == 1:
        return tuple(upper)
    lower = [_at(head, index + 1, column, merged) for column in range(width)]
    joined = []
    above = ""
    for up, low in zip(upper, lower, strict=True):
        # Without merged cells (csv) the upper title stands over the first of its columns alone.
        above = up or (above if low else "")
        joined.append(low if not above or above == low else above if not low else f"{above}\n{low}")
    return tuple(joined)


def _at(head: Sequence[Sequence[Cell]], row: int, column: int, merged: Merged) -> str:
    for top, left, bottom, right in merged:
        # A title over the whole table is none of its columns' titles.
        if top <= row + 1 <= bottom and left <= column + 1 <= right:
            row, column = top - 1, left - 1
            break
    cells_here = head[row] if row < len(head) else ()
    cell = cells_here[column] if column < len(cells_here) else None
    return "" if cell is None or isinstance(cell, float) else cells.levelled(cell)
