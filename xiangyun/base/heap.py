"""What a long-lived process keeps in memory, and how often Python's collector walks through the rest."""

from __future__ import annotations

import gc

# Most of what a record, a row or a request leaves goes by counting; the collector looks for the rest.
SELDOM = (50_000, 20, 20)


def settle() -> None:
    """Call once everything is loaded: it stays, and is no longer looked through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
