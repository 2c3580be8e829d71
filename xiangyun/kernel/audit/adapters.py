"""Heads of the chains kept outside the database: who can rewrite a whole chain there cannot rewrite these."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from xiangyun.kernel.audit.rules import Head

FOLDER, NAME = "audit", "heads.json"


def keep_heads(folder: Path, heads: Iterable[Head]) -> None:
    """Write down the latest heads, after the commit that sealed them; a file half written is never seen."""
    fresh = {head.town: head for head in heads}
    if not fresh:
        return
    known = {**kept_heads(folder), **fresh}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{NAME}.{os.getpid()}"
    draft.write_text(json.dumps({town: [head.seq, head.hash] for town, head in sorted(known.items())}, indent=1))
    draft.replace(folder / NAME)


def kept_heads(folder: Path) -> dict[str, Head]:
    """The heads written down last; empty before the first."""
    try:
        known = json.loads((folder / NAME).read_text())
    except FileNotFoundError:
        return {}
    return {town: Head(town=town, seq=seq, hash=text) for town, (seq, text) in known.items()}
