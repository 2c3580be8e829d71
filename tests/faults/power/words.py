"""What the two sides of the console agree on."""

import hashlib

STATION, STORM = "断电试验站", "断电暴雨站"


def content_hash(op: str, content: str) -> str:
    """What an operation is recognised by, and what must not change in it."""
    return hashlib.sha256(f"{op} {content}".encode()).hexdigest()[:16]
