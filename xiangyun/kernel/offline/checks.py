"""What can only be checked once every plug is in: abilities nobody declared, words nobody wrote."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from xiangyun.base import words
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.offline import registry


@register
def forms_are_told(**_: Any) -> list[CheckMessage]:
    """Each form needs a declared ability and its words, and so does each of its facts."""
    faults: list[CheckMessage] = []
    for form in registry.forms():
        if not access.known(form.ability):
            faults.append(Error(f"{form.code} needs {form.ability}, which no plug declares", id="offline.E001"))
        if form.under and form.under not in form.facts:
            faults.append(Error(f"{form.code} stands under {form.under}, which it does not ask", id="offline.E002"))
        faults += [
            Error(f"no words say {key} in {lang}", id="offline.E003")
            for key in (form.title_key, *form.facts.values())
            for lang in words.languages()
            if key not in words.catalogue(lang)
        ]
    return faults
