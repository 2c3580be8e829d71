"""Sheets of paper: a template and what stands in it become one PDF, without a network and with one face for every name.

A template is a Typst file of the room that owns the paper; it reads what it shows as `json(bytes(sys.inputs.facts))`,
so that no typed word is ever taken for a command. Look: `base/papers/sheet.typ`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst

PACKAGE = Path(__file__).resolve().parent.parent
MISSING = "〓"
"""What stands where the face has no such character: the printers' mark for a type that is not in the case."""
FACE = "Noto Sans CJK SC"
NO_SHAPE = frozenset("\n\t\u200b")


def printed(template: Path, facts: Mapping[str, Any], *, gap_note: str) -> bytes:
    """One PDF (tagged, A4). `facts` must be fit for JSON; where a character cannot be printed a 〓 stands in its place,
    and `gap_note` is at the foot of every page (`note` in the template, else null)."""
    shown, has_gaps = _printable(facts)
    told = {**shown, "note": gap_note if has_gaps else None}
    sheet: bytes = typst.compile(
        str(template),
        root=str(PACKAGE),
        font_paths=[str(_faces())],
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(told, ensure_ascii=False)},
    )
    return sheet


def _printable(value: Any) -> tuple[Any, bool]:
    """The same, with 〓 for what the face does not have; whether there was any."""
    if isinstance(value, str):
        kept = "".join(one if one in NO_SHAPE or ord(one) in _shapes() else MISSING for one in value)
        return kept, kept != value
    if isinstance(value, Mapping):
        inner = {key: _printable(one) for key, one in value.items()}
        return {key: one for key, (one, _) in inner.items()}, any(gap for _, gap in inner.values())
    if isinstance(value, list | tuple):
        told = [_printable(one) for one in value]
        return [one for one, _ in told], any(gap for _, gap in told)
    return value, False


@cache
def _shapes() -> frozenset[int]:
    """The characters of the face."""
    from fontTools.ttLib import TTCollection  # noqa: PLC0415 -- 0.2 s and 8 MB that a process that prints nothing is spared

    [path] = _faces().glob("*.ttc")
    with TTCollection(path, lazy=True) as collection:
        [face] = [one for one in collection.fonts if one["name"].getDebugName(4) in (FACE, f"{FACE} Regular")]
        return frozenset(face.getBestCmap())


def _faces() -> Path:
    """The folder of the face: a package that holds nothing else, found without running it."""
    found = find_spec("noto_cjk_sans_otc")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("noto_cjk_sans_otc")
    return Path(found.submodule_search_locations[0])
