"""What a file may be, how large, how long, who may see it, and what it is called: plain values."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from enum import StrEnum

from xiangyun.base.errors import Refusal
from xiangyun.kernel.files import media

ADD = "files.add_file"
SEE = "files.see_file"
SEE_PAPER = "files.see_paper"

DOWNLOADED = "files.download"
REMOVED = "files.remove"


class Kind(StrEnum):
    """What a file is for."""

    PHOTO = "photo"
    PAPER = "paper"
    WORKBOOK = "workbook"
    EXPORT = "export"
    VOICE = "voice"


ACCEPTED = {
    Kind.PHOTO: media.PICTURES,
    Kind.PAPER: media.PICTURES | {media.PDF},
    Kind.WORKBOOK: frozenset((media.XLSX, media.CSV)),
    Kind.EXPORT: frozenset((media.XLSX, media.CSV, media.PDF)),
    Kind.VOICE: frozenset((media.WAV, media.OGG, media.MP3)),
}
# Seen by those of the place who may see such a thing; workbooks and exports by who made them alone.
SHARED = {Kind.PHOTO: SEE, Kind.VOICE: SEE, Kind.PAPER: SEE_PAPER}
# Whoever takes one of these out is written down.
AUDITED = frozenset((Kind.PAPER, Kind.WORKBOOK, Kind.EXPORT))

MIB = 1024 * 1024
MOST_BYTES = 50 * MIB
PIECE_BYTES = 4 * MIB
MOST_PIECES = 400
"""Of one upload: whoever sends 50 MiB sends at least 128 KiB at once."""
MOST_A_DAY = 1024 * MIB
MOST_UNFINISHED = 20

UPLOAD_LASTS = timedelta(hours=24)
LOOSE_LASTS = timedelta(days=7)
"""How long a file stays that belongs to nothing yet, exports among them."""
ORPHAN_AGE = timedelta(hours=24)
"""Older than any transaction: what no row names by then, none will."""

NAME_CHARS = 100


class Damaged(Refusal):
    """What stands on the disk is not what was put there."""

    status = 500


class NoRoom(Refusal):
    """The disk is full."""

    status = 507


def clean_name(name: str, media_type: str) -> str:
    """What a file is called when it is taken out: the last part of what it was called, ending as what it is.

    No sign a folder, a terminal or the direction of writing would understand. The name never reaches a path of ours.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(" " if sign in '<>:"|?*' else sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or not _is_suffix(suffix):
        stem = plain
    stem = stem.strip(" .")[:NAME_CHARS].strip(" .")
    return f"{stem or 'file'}.{media.SUFFIXES[media_type]}"


def _is_suffix(text: str) -> bool:
    return len(text) <= 5 and text.isascii() and text.isalnum() and not text.isdigit()
