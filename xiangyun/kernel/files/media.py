"""What bytes are, told by the bytes alone: a name or a header promises anything."""

from __future__ import annotations

import re
import struct

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
WAV, OGG, MP3 = "audio/wav", "audio/ogg", "audio/mpeg"

PICTURES = frozenset((JPEG, PNG, WEBP))
SUFFIXES = {
    JPEG: "jpg",
    PNG: "png",
    WEBP: "webp",
    HEIC: "heic",
    PDF: "pdf",
    XLSX: "xlsx",
    CSV: "csv",
    WAV: "wav",
    OGG: "ogg",
    MP3: "mp3",
}

HEADS = (
    (JPEG, re.compile(rb"\xff\xd8\xff")),
    (PNG, re.compile(rb"\x89PNG\r\n\x1a\n")),
    (WEBP, re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    (WAV, re.compile(rb"RIFF.{4}WAVE", re.DOTALL)),
    (OGG, re.compile(rb"OggS\x00")),
    (MP3, re.compile(rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]")),
    (HEIC, re.compile(rb".{4}ftyp(heic|heix|hevc|mif1|msf1)", re.DOTALL)),
    (PDF, re.compile(rb"%PDF-[12]\.")),
)
ZIP, ZIP_ENTRY, ZIP_END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
ZIP_END_BYTES, ZIP_COMMENT_MOST = 22, 65_535
DIRECTORY_MOST = 1024 * 1024
"""A workbook of some hundred sheets needs a tenth of it."""

BEGINS_AS_PAGE = re.compile(r"[\s\ufeff]*<")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def sniff(content: bytes) -> str | None:
    """The media type of a file we know, or None."""
    for media_type, head in HEADS:
        if head.match(content):
            return media_type
    if content.startswith(ZIP):
        return XLSX if _is_workbook(content) else None
    return CSV if _is_table(content) else None


def _is_workbook(content: bytes) -> bool:
    """A zip whose directory names what an .xlsx holds, and no macros; nothing is unpacked."""
    end = content.rfind(ZIP_END, max(0, len(content) - ZIP_END_BYTES - ZIP_COMMENT_MOST))
    if end < 0 or len(content) < end + ZIP_END_BYTES:
        return False
    size, start = struct.unpack_from("<II", content, end + 12)
    directory = content[start : start + size]
    return (
        size <= DIRECTORY_MOST
        and directory.startswith(ZIP_ENTRY)
        and b"[Content_Types].xml" in directory
        and b"xl/workbook.xml" in directory
        and b"vbaProject.bin" not in directory
    )


def _is_table(content: bytes) -> bool:
    """Text as spreadsheets write it; what begins like a page (HTML, SVG, XML) is none."""
    text = _text(content)
    return text is not None and not UNPRINTABLE.search(text) and not BEGINS_AS_PAGE.match(text)


def _text(content: bytes) -> str | None:
    codes = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for code in codes:
        try:
            return content.decode(code)
        except UnicodeDecodeError:
            continue
    return None
