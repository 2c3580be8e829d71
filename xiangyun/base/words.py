"""Sentences in the reader's language, from the `words/<lang>.json` catalogues of each room.

A third language is a third file in each `words/` folder; no code changes.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
DEFAULT = "zh-Hans"


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a base catalogue, the default first."""
    found = sorted(path.stem for path in (PACKAGE / "base" / "words").glob("*.json"))
    return (DEFAULT, *(lang for lang in found if lang != DEFAULT))


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Every sentence of one language: key (`room.sentence`) → text with `{names}`."""
    sentences: dict[str, str] = {}
    for pattern in ("base", "box", "entry", "kernel/*", "modules/*"):
        for path in sorted(PACKAGE.glob(f"{pattern}/words/{lang}.json")):
            for key, text in json.loads(path.read_text(encoding="utf-8")).items():
                if key in sentences:
                    raise ValueError(f"{path}: {key} is already said elsewhere")
                sentences[key] = text
    return sentences


class _Shown(dict[str, object]):
    """A missing parameter shows as —, never as an error in front of a reader."""

    def __missing__(self, key: str) -> str:
        return "—"


def say(code: str, lang: str = DEFAULT, /, **params: object) -> str:
    """The sentence `code` in `lang`; the default language, then the code itself, where it is missing.

    A value that is itself a word comes once a language: `category_en` stands for `{category}` in English.
    """
    text = catalogue(lang).get(code) or catalogue(DEFAULT).get(code) or code
    own = f"_{lang}"
    shown = {name.removesuffix(own): value for name, value in params.items() if name.endswith(own)}
    return text.format_map(_Shown(params | shown))


def counted(code: str, n: float, lang: str = DEFAULT, /) -> str:
    """The sentence or unit `code` for `n` of something: one text, or `one | many`, each with `{n}` where it is said."""
    one, _, many = (catalogue(lang).get(code) or catalogue(DEFAULT).get(code) or code).partition(" | ")
    return (one if n == 1 or not many else many).format_map(_Shown(n=n))


def choose(accept_language: str | None) -> str:
    """The best of our languages for an `Accept-Language` header."""
    for part in (accept_language or "").split(","):
        wanted = part.split(";")[0].strip().lower()
        for lang in languages():
            if wanted and (wanted == lang.lower() or wanted.split("-")[0] == lang.split("-")[0].lower()):
                return lang
    return DEFAULT
