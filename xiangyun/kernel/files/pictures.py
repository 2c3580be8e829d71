"""Pictures are made anew before they are kept, by a child process with limits."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from xiangyun.base.errors import BadInput
from xiangyun.kernel.files import media

DARKROOM = Path(__file__).with_name("darkroom.py")
TOO_MANY_PIXELS = 3  # the darkroom's own; it is run, never imported
FORMS = {media.JPEG: "JPEG", media.PNG: "PNG", media.WEBP: "WEBP"}
PATIENCE_S = 15
"""The child's own limit counts seconds of work; this one counts those of a machine with other things to do."""
THUMBNAIL = 320
LENGTHS = struct.Struct(">II")


class Remade(NamedTuple):
    """JPEGs: the picture, and a small one (empty where none was asked for)."""

    picture: bytes
    thumbnail: bytes


def remade(content: bytes, media_type: str, *, has_thumbnail: bool) -> Remade:
    """The picture without anything but its dots. Refuses: BadInput (too many of them, or no picture after all)."""
    told = (FORMS[media_type], str(THUMBNAIL if has_thumbnail else 0))
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(DARKROOM), *told],
            input=content,
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise _refusal("files.picture_unreadable") from None
    if done.returncode == TOO_MANY_PIXELS:
        raise _refusal("files.picture_too_large")
    if done.returncode or len(done.stdout) < LENGTHS.size:
        raise _refusal("files.picture_unreadable")
    large, small = LENGTHS.unpack_from(done.stdout)
    body = done.stdout[LENGTHS.size :]
    if len(body) != large + small:
        raise _refusal("files.picture_unreadable")
    return Remade(body[:large], body[large:])


def _refusal(code: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", "content"], "msg": code}])
