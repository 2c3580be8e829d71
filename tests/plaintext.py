"""Search every byte a box keeps for words that must not stand there in plain, inside zip and xlsx too."""

from __future__ import annotations

import base64
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

DEEPEST = 4
ZIP, GZIP, XZ, ZSTD = b"PK\x03\x04", b"\x1f\x8b", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"


def forms(word: str) -> dict[str, bytes]:
    """How a word may stand in a file: as text, in wide characters, escaped, in hex, in base64 at any offset."""
    plain = word.encode()
    found = {
        "utf-8": plain,
        "utf-16-le": word.encode("utf-16-le"),
        "utf-16-be": word.encode("utf-16-be"),
        "gb18030": word.encode("gb18030"),
        "hex": plain.hex().encode(),
        "escaped": word.encode("unicode_escape"),
        "reversed": plain[::-1],
    }
    for shift in range(3):
        # Only the signs that no neighbour can change.
        coded = base64.b64encode(bytes(shift) + plain)
        found[f"base64+{shift}"] = coded[(0, 2, 3)[shift] : len(coded) - 4]
    return {name: form for name, form in found.items() if len(form) >= 6}


def findings(root: Path, words: Mapping[str, str]) -> Iterator[str]:
    """Where any of the words (name → value) stands under `root`: `path (form of name)`, never the value itself."""
    wanted = [(f"{form} of {name}", sought) for name, word in words.items() for form, sought in forms(word).items()]
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        if any(said.encode() in str(path).encode() for said in words.values()):
            yield f"a name of a file under {path.parent}"
        yield from _in(path.read_bytes(), str(path.relative_to(root)), wanted, 0)


def _in(content: bytes, where: str, wanted: list[tuple[str, bytes]], depth: int) -> Iterator[str]:
    for name, sought in wanted:
        if sought in content:
            yield f"{where} ({name})"
    if depth < DEEPEST:
        for inner, unpacked in _unpacked(content):
            yield from _in(unpacked, f"{where}!{inner}", wanted, depth + 1)


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(ZIP):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield name, archive.read(name)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
            return
    elif content.startswith(GZIP):
        try:
            yield "gz", gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return
    elif content.startswith(XZ):
        try:
            yield "xz", lzma.decompress(content)
        except lzma.LZMAError:
            return
    elif content.startswith(ZSTD):
        import zstandard

        try:
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)) as whole:
                yield "zst", whole.read()
        except zstandard.ZstdError:
            return
