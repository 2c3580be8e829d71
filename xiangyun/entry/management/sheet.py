"""The recovery sheet on paper: what opens a dead box's backup again."""

from __future__ import annotations

import io

import segno

from xiangyun.entry.management import speech
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.vault import queries, rules

A_ROW = 6


def lines(lang: str) -> list[str]:
    """The sheet, ready to print on any printer or to copy by hand: what it is, 24 words, the same as a QR code."""
    words = queries.recovery_words(lang)
    numbered = [f"{n:>2}. {word}" for n, word in enumerate(words, 1)]
    width = max(len(one) for one in numbered) + 2
    rows = [
        "".join(one.ljust(width) for one in numbered[at : at + A_ROW]).rstrip() for at in range(0, rules.WORDS, A_ROW)
    ]
    code = io.StringIO()
    segno.make(CONFIG.recovery_secret().hex(), error="m").terminal(code, compact=True)
    return [
        speech.say("entry.sheet_head"),
        "",
        *rows,
        "",
        *code.getvalue().splitlines(),
        speech.say("entry.sheet_foot"),
    ]
