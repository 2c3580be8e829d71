"""The notices the house can write: each a key of the words catalogues, declared by the plug of its room."""

from __future__ import annotations

_codes: set[str] = set()


def declare_notice(code: str) -> None:
    """Add a notice."""
    _codes.add(code)


def is_known(code: str) -> bool:
    """Whether some plug declares this notice."""
    return code in _codes


def notices() -> frozenset[str]:
    """Every notice the house can write."""
    return frozenset(_codes)
