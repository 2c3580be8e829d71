"""Pictures made to break their reader are refused within five seconds, and their neighbours notice nothing."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from xiangyun.base.errors import BadInput
from xiangyun.kernel.files import darkroom, media, pictures
from xiangyun.kernel.files.tests.factories import a_picture

LIMIT_S = 5.0


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def a_png(width: int, height: int, *, data: bytes = b"", more: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def many_dots() -> bytes:
    """Two kilobytes that say they are 3.6 thousand million dots."""
    return a_png(60_000, 60_000, data=bytes(1_000_000))


def many_words() -> bytes:
    """A small picture with a text that unpacks to 256 MB."""
    packed = zlib.compress(bytes(256_000_000), 1)
    return a_png(8, 8, data=bytes(16), more=chunk(b"zTXt", b"Comment\x00\x00" + packed))


def many_scans() -> bytes:
    """A progressive JPEG of 25 million dots, its last scan drawn twenty thousand times."""
    plain = a_picture(size=(5000, 5000), progressive=True)
    start = plain.rindex(b"\xff\xda")
    return plain[:start] + plain[start:-2] * 20_000 + b"\xff\xd9"


def few_scans_of_many_dots() -> bytes:
    """As many scans as are let in, of as many dots: seconds of work, which the clock of the darkroom cuts off where a
    machine needs more than it allows."""
    plain = a_picture(size=(7000, 7000), progressive=True)
    start = plain.rindex(b"\xff\xda")
    return plain[:start] + plain[start:-2] * 50 + b"\xff\xd9"


def half_a_picture() -> bytes:
    return a_picture(size=(3000, 3000))[:-2000]


@pytest.mark.parametrize(
    ("bomb", "media_type", "code"),
    [
        (many_dots, media.PNG, "files.picture_too_large"),
        (many_words, media.PNG, "files.picture_unreadable"),
        (many_scans, media.JPEG, "files.picture_unreadable"),
        (half_a_picture, media.JPEG, "files.picture_unreadable"),
    ],
)
def test_a_bomb_is_refused_in_time(bomb: Callable[[], bytes], media_type: str, code: str) -> None:
    content = bomb()
    began = time.monotonic()
    with pytest.raises(BadInput) as refused:
        pictures.remade(content, media_type, has_thumbnail=True)
    assert refused.value.code == code
    assert time.monotonic() - began < LIMIT_S


def test_the_most_work_that_is_let_in_ends_in_time_one_way_or_the_other() -> None:
    content = few_scans_of_many_dots()
    began = os.times()
    with contextlib.suppress(BadInput):
        large, _ = pictures.remade(content, media.JPEG, has_thumbnail=False)
        with Image.open(io.BytesIO(large)) as picture:
            assert max(picture.size) <= darkroom.LONGEST_EDGE
    ended = os.times()
    assert ended.children_user + ended.children_system - began.children_user - began.children_system < LIMIT_S


def test_the_largest_picture_that_is_taken_is_made_smaller() -> None:
    content = a_picture(size=(8000, 6250))
    done = pictures.remade(content, media.JPEG, has_thumbnail=True)
    sizes = []
    for one in done:
        with Image.open(io.BytesIO(one)) as picture:
            sizes.append(picture.size)
    assert sizes == [(4096, 3200), (320, 250)]
    with pytest.raises(BadInput):
        pictures.remade(a_picture("PNG", size=(8000, 6251), mode="1"), media.PNG, has_thumbnail=False)


def test_what_the_darkroom_says_is_what_its_caller_hears() -> None:
    assert pictures.TOO_MANY_PIXELS == darkroom.TOO_MANY_PIXELS
