"""A figure without a name, a definition or a known ability may not be shown."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from xiangyun.base import words
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.figures import registry


@register
def figures_are_whole(**_: Any) -> list[CheckMessage]:
    """Each figure has its words in every language and needs an ability that somebody declares."""
    faults: list[CheckMessage] = []
    for figure in registry.figures():
        if not access.known(figure.needs):
            faults.append(Error(f"{figure.code} needs {figure.needs}, which no plug declares", id="figures.E001"))
        faults += [
            Error(f"{figure.code}: {key} is missing in {lang}", id="figures.E002")
            for key in (figure.name_key, figure.definition_key)
            for lang in words.languages()
            if key not in words.catalogue(lang)
        ]
    return faults
