"""The child process that reads a picture nobody trusts: `darkroom.py <FORMAT> <edge>`, picture in, picture(s) out.

Out come two numbers of four bytes, then a JPEG and a small one of at most `edge` dots (none for 0): upright, flat on
white, without a word of what the camera wrote beside it. It may use so much memory and so many seconds, and can write
no file. It imports nothing of the house.
"""

from __future__ import annotations

import io
import resource
import struct
import sys
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000
MOST_MEMORY = 1024 * 1024 * 1024
MOST_CPU_S = 3
MOST_SCANS = 64
"""A camera draws a picture in one, a web page's in about ten; each costs the time of a whole picture."""
LONGEST_EDGE = 4096
QUALITY = 85
START_OF_SCAN = b"\xff\xda"

TOO_MANY_PIXELS, UNREADABLE = 3, 4


def lock_in() -> None:
    """From here on nothing but this."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def develop(content: bytes, form: str) -> Image.Image:
    """The picture: upright, at most so long, three colours and nothing else."""
    if form == "JPEG" and content.count(START_OF_SCAN) > MOST_SCANS:
        raise UnidentifiedImageError
    with Image.open(io.BytesIO(content), formats=(form,)) as found:
        if found.width * found.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        found.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        found.load()
        upright = ImageOps.exif_transpose(found)
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE), reducing_gap=2.0)
    flat = Image.new("RGB", upright.size, "white")
    if upright.has_transparency_data:
        layered = upright.convert("RGBA")
        flat.paste(layered, mask=layered.getchannel("A"))
    else:
        flat.paste(upright.convert("RGB"))
    return flat


def printed(picture: Image.Image) -> bytes:
    """A picture as JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def main() -> int:
    """Read one picture; the exit code tells what was wrong."""
    lock_in()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    form, edge = sys.argv[1], int(sys.argv[2])
    try:
        picture = develop(sys.stdin.buffer.read(), form)
        large, small = printed(picture), b""
        if edge:
            picture.thumbnail((edge, edge))
            small = printed(picture)
    except Image.DecompressionBombError:
        return TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001 - a picture made to break its reader breaks it in any way
        return UNREADABLE
    sys.stdout.buffer.write(struct.pack(">II", len(large), len(small)) + large + small)
    return 0


if __name__ == "__main__":
    sys.exit(main())
