"""How the commands speak: sentences of the catalogues, in the language the terminal asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from xiangyun.base import paths, words
from xiangyun.base.errors import Refusal


def say(code: str, /, **params: object) -> str:
    """A sentence; Chinese where nobody asked for another language."""
    return words.say(code, language(), **params)


def language() -> str:
    """The language of the terminal, as the box handed it over."""
    return words.choose(os.environ.get("XIANGYUN_LANG"))


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the house refuses into one sentence on the error stream."""
    try:
        yield
    except Refusal as refusal:
        raise CommandError(say(refusal.code, **refusal.params)) from refusal


def path(area: str) -> str:
    """The path of an area given as 12-digit code or as dotted path. Refuses: CommandError."""
    found = paths.path_of(area) if area.isdigit() and len(area) == CODE_LENGTH else area
    if not paths.is_path(found):
        raise CommandError(say("entry.no_such_area", area=area))
    return found


CODE_LENGTH = 12
