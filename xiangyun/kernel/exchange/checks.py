"""What can only be checked once every plug is in: abilities nobody declared, words nobody wrote."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from xiangyun.base import words
from xiangyun.base.sheets import ExportKind, Fact, ImportKind, Roll
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.exchange import registry


@register
def tables_are_told(**_: Any) -> list[CheckMessage]:
    """Each table, fact and list needs a declared ability and its words, and so does each of its columns."""
    faults: list[CheckMessage] = []
    titles: list[str] = []
    kinds: list[ImportKind | ExportKind] = [*registry.import_kinds(), *registry.export_kinds()]
    every: list[ImportKind | ExportKind | Fact | Roll] = [*kinds, *registry.facts(), *registry.rolls()]
    for one in every:
        titles.append(one.title_key)
        if not access.known(one.ability):
            faults.append(Error(f"{one.code} needs {one.ability}, which no plug declares", id="exchange.E001"))
    for kind in kinds:
        titles += [column.title_key for column in kind.columns]
        codes = [column.code for column in kind.columns]
        if len(set(codes)) != len(codes):
            faults.append(Error(f"{kind.code}: a column is named twice", id="exchange.E002"))
    known = words.catalogue(words.DEFAULT)
    faults += [Error(f"no words say {title}", id="exchange.E003") for title in titles if title not in known]
    return faults
