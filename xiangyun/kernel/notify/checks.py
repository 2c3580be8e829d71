"""A notice without a sentence reaches nobody, and a short one that is long is no SMS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register

from xiangyun.base import words
from xiangyun.kernel.notify import registry

# What a short template may say by itself: what is filled in needs room too.
SHORT_MOST = 45


@register
def notices_have_words(**_: Any) -> list[CheckMessage]:
    """Each declared notice is a sentence in every language, and its short template leaves room in an SMS."""
    return [fault for code in sorted(registry.notices()) for lang in words.languages() for fault in _faults(code, lang)]


def _faults(code: str, lang: str) -> Iterator[CheckMessage]:
    said = words.catalogue(lang)
    if code not in said:
        yield Error(f"the notice {code} says nothing in {lang}", id="notify.E001")
    short = said.get(f"{code}.short")
    if short is not None and len(re.sub(r"\{\w+\}", "", short)) > SHORT_MOST:
        yield Error(f"the short notice {code} takes more than {SHORT_MOST} signs in {lang}", id="notify.E002")
