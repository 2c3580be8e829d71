"""A notice without a sentence reaches nobody."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from xiangyun.base import words
from xiangyun.kernel.notify import registry


@register
def notices_have_words(**_: Any) -> list[CheckMessage]:
    """Each declared notice is a sentence in every language."""
    return [
        Error(f"the notice {code} says nothing in {lang}", id="notify.E001")
        for code in sorted(registry.notices())
        for lang in words.languages()
        if code not in words.catalogue(lang)
    ]
