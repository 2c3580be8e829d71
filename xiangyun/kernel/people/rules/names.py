"""A name found again from little: its beginning, its letters, its initials, or with one character wrong.

`search_keys` go into the index of a name (as keyed digests), `query_keys` are looked up; one key in common makes a
candidate, `match` says whether and how well it answers. Letters are searched from two on.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice, product

from pypinyin import lazy_pinyin

from xiangyun.kernel.people.rules.surnames import COMPOUND, FIRST, LATER

# How much of a beginning is kept as keys: what is asked beyond that, `match` judges.
PREFIX_CHARS = 4
PREFIX_LETTERS = 7
FEWEST_LETTERS = 2
READINGS = 4
READINGS_OF_LONG = 2
NEAR_FROM = 3
"""Shorter names are not sought with a wrong character: 王? is everybody."""

_LEVELLED = str.maketrans({"ü": "v", **dict.fromkeys(" \t\u3000·・•‧∙⋅.。-—‐–_'’`,，")})


class Kind(StrEnum):
    """How a name answers a query, the best first. PART: the given name alone."""

    EXACT = "exact"
    PREFIX = "prefix"
    INITIALS = "initials"
    PINYIN = "pinyin"
    PART = "part"
    NEAR = "near"


RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Match:
    """How a name answers, and which of its characters do: `name[start:end]`."""

    kind: Kind
    start: int
    end: int


def flattened(name: str) -> str:
    """A name without dots and blanks, full-width letters made plain, small letters, ü as v."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_LEVELLED)


@lru_cache(maxsize=16_384)
def _usual(char: str) -> str:
    return lazy_pinyin(char)[0].casefold().replace("ü", "v")


@lru_cache(maxsize=4_096)
def readings(flat: str) -> tuple[tuple[str, ...], ...]:
    """How a flattened name may be read, a syllable for each character, the usual reading first; few at most."""
    surname = COMPOUND.get(flat[:2]) if len(flat) > 2 else None
    if surname:
        each: list[tuple[str, ...]] = [(syllable,) for syllable in surname]
        rest = flat[2:]
    else:
        each = [_heads(flat)] if flat else []
        rest = flat[1:]
    each.extend(LATER.get(char) or (_usual(char),) for char in rest)
    return tuple(islice(product(*each), READINGS if len(flat) <= NEAR_FROM else READINGS_OF_LONG)) if flat else ()


def _heads(flat: str) -> tuple[str, ...]:
    """Readings of the first character: as a surname first, but in names as long as Mongolian ones as it sounds."""
    known = FIRST.get(flat[0]) or (_usual(flat[0]),)
    return known if len(flat) <= NEAR_FROM else known[::-1]


def sort_key(name: str) -> str:
    """Orders names as a dictionary does: by the reading of each character, then by the character."""
    flat = flattened(name)
    read = readings(flat)
    return "".join(f"{syllable} {char}" for syllable, char in zip(read[0], flat, strict=True)) if read else ""


def search_keys(name: str) -> set[str]:
    """What a name is found by: about 15 keys for three characters, at most 40 for eight."""
    flat = flattened(name)
    if not flat:
        return set()
    keys = {f"={flat}"}
    keys.update([f"^{flat[:n]}" for n in range(1, min(len(flat) - 1, PREFIX_CHARS) + 1)])
    for syllables in readings(flat):
        letters, initials = "".join(syllables), "".join([one[0] for one in syllables])
        keys.update([f"~{letters[:n]}" for n in range(FEWEST_LETTERS, min(len(letters), PREFIX_LETTERS) + 1)])
        keys.update([f"~{initials[:n]}" for n in range(FEWEST_LETTERS, min(len(initials), PREFIX_LETTERS) + 1)])
    if len(flat) >= NEAR_FROM:
        keys.update(f"-{short}" for short in _shortened(flat))
    return keys


def query_keys(query: str) -> list[tuple[Kind, str]]:
    """Keys to look up, each with the best that it can find, the best first; none for nothing or one letter."""
    flat = flattened(query)
    if not flat:
        return []
    if flat.isascii() and len(flat) < FEWEST_LETTERS:
        return []
    asked = [(Kind.EXACT, f"={flat}"), (Kind.PREFIX, f"^{flat[:PREFIX_CHARS]}")]
    if flat.isascii():
        asked.append((Kind.INITIALS, f"~{flat[:PREFIX_LETTERS]}"))
    else:
        asked += _near_keys(flat)
    return list({key: (kind, key) for kind, key in reversed(asked)}.values())[::-1]


def _near_keys(flat: str) -> Iterator[tuple[Kind, str]]:
    if len(flat) == 2:
        yield Kind.PART, f"-{flat}"
    if len(flat) >= 2:
        for syllables in readings(flat):
            yield Kind.NEAR, f"~{''.join(syllables)[:PREFIX_LETTERS]}"
    if len(flat) >= NEAR_FROM:
        for short in _shortened(flat):
            yield Kind.NEAR, f"-{short}"
            if len(flat) > NEAR_FROM:
                yield Kind.NEAR, f"={short}"
        yield Kind.NEAR, f"-{flat}"


def _shortened(flat: str) -> list[str]:
    return [flat[:n] + flat[n + 1 :] for n in range(len(flat))]


def match(name: str, query: str) -> Match | None:
    """How `name` answers `query`; None where it does not."""
    flat, asked = flattened(name), flattened(query)
    if not flat or not asked:
        return None
    if flat.startswith(asked):
        return _at(name, Kind.EXACT if flat == asked else Kind.PREFIX, 0, len(asked))
    if asked.isascii():
        return _by_letters(name, flat, asked)
    if len(asked) == 2 and len(flat) == NEAR_FROM and flat.endswith(asked):
        return _at(name, Kind.PART, 1, NEAR_FROM)
    if _sounds_like(flat, asked):
        return _at(name, Kind.NEAR, 0, len(asked))
    if len(asked) >= NEAR_FROM and len(flat) >= NEAR_FROM and is_one_off(flat, asked):
        return _at(name, Kind.NEAR, 0, len(flat))
    return None


def _by_letters(name: str, flat: str, asked: str) -> Match | None:
    if len(asked) < FEWEST_LETTERS:
        return None
    ways = readings(flat)
    if any("".join([one[0] for one in way]).startswith(asked) for way in ways):
        return _at(name, Kind.INITIALS, 0, len(asked))
    for way in ways:
        if "".join(way).startswith(asked):
            return _at(name, Kind.PINYIN, 0, _characters(way, len(asked)))
    return None


def _characters(way: tuple[str, ...], letters: int) -> int:
    """How many syllables the first `letters` letters reach into."""
    for n, syllable in enumerate(way, 1):
        letters -= len(syllable)
        if letters <= 0:
            return n
    return len(way)


def _sounds_like(flat: str, asked: str) -> bool:
    if len(asked) < 2:
        return False
    heard = {way[: len(asked)] for way in readings(flat)}
    return any(way in heard for way in readings(asked))


def is_one_off(one: str, other: str) -> bool:
    """Whether one character put in, left out or written wrong makes one text of the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, char in enumerate(short) if char != long[n]), len(short))
    return short[at:] == long[at + 1 :] or short[at + 1 :] == long[at + 1 :]


def _at(name: str, kind: Kind, start: int, end: int) -> Match:
    """Places of a flattened name as places of the name as it is written."""
    places = [n for n, char in enumerate(name) for _ in flattened(char)]
    return Match(kind, places[start], places[min(end, len(places)) - 1] + 1)
