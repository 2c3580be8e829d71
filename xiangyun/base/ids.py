"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562, method 3): 48 bits of milliseconds, 12 of their fraction (about 244 ns), then random
    bits; what one process makes one after the other sorts so."""
    millis, nanos = divmod(time.time_ns(), 1_000_000)
    value = (millis << 80) | (nanos * 4096 // 1_000_000 << 64) | int.from_bytes(os.urandom(8))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
