"""Surnames of two characters, and how characters are read in names where everyday reading is another."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "readings.json"

_TOLD: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8").replace("ü", "v"))

COMPOUND: dict[str, tuple[str, ...]] = {name: tuple(read.split()) for name, read in _TOLD["compound_surnames"].items()}
"""Surname → how its two characters are read."""

FIRST: dict[str, tuple[str, ...]] = {char: tuple(read.split()) for char, read in _TOLD["first"].items()}
"""A character at the head of a name → its readings, the usual first (a surname, or the start of a Mongolian name)."""

LATER: dict[str, tuple[str, ...]] = {char: tuple(read.split()) for char, read in _TOLD["later"].items()}
"""A character further on → its readings."""
