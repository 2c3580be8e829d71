"""Room left on the disk: below a reserve the doors take nothing in, so that what is there stays readable."""

from __future__ import annotations

import os
import time
from pathlib import Path

RESERVE_BYTES = 128 * 1024 * 1024
"""PostgreSQL cannot go on without room for its next WAL files (16 MiB each): the doors stop well before that."""

LOOK_EVERY_S = 1.0

_looked: dict[Path, tuple[float, bool]] = {}


def is_short(folder: Path) -> bool:
    """Whether less than the reserve is left where the folder stands, as of a second ago."""
    now = time.monotonic()
    known = _looked.get(folder)
    if known is None or now - known[0] > LOOK_EVERY_S:
        left = os.statvfs(folder)
        known = _looked[folder] = (now, left.f_bavail * left.f_frsize < RESERVE_BYTES)
    return known[1]
