"""The search for plain text finds what is planted, in every form a file may hold it in."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
import zstandard

from tests import plaintext

WORDS = {"an ID number": "152801198203054412", "a phone": "19904785566", "a name": "乌云其木格"}


def xlsx(text: str) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active["B2"] = text
    book.save(out)
    return out.getvalue()


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.bin", content)
    return out.getvalue()


FORMS = {
    "text": lambda word: f"x{word}y".encode(),
    "json": lambda word: json.dumps({"phone": word}).encode(),
    "wide": lambda word: word.encode("utf-16-le"),
    "gb18030": lambda word: word.encode("gb18030"),
    "hex": lambda word: b"\\x" + word.encode().hex().encode(),
    "base64 at 0": lambda word: base64.b64encode(word.encode() + b"tail"),
    "base64 at 1": lambda word: base64.b64encode(b"a" + word.encode() + b"tail"),
    "base64 at 2": lambda word: base64.b64encode(b"ab" + word.encode() + b"tail"),
    "xlsx": xlsx,
    "xlsx in a zip": lambda word: zipped(xlsx(word)),
    "gzip": lambda word: gzip.compress(word.encode()),
    "zstandard": lambda word: zstandard.compress(word.encode() * 3),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", WORDS)
def test_a_planted_word_is_found(tmp_path: Path, form: str, name: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"\0" * 100 + b"\n" if form == "text" else b"")
    (tmp_path / "planted").write_bytes(FORMS[form](WORDS[name]))
    found = list(plaintext.findings(tmp_path, WORDS))
    assert found, form
    assert all(name in one and "planted" in one for one in found)
    assert WORDS[name] not in " ".join(found)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"152801198203054411 and 1990478556")
    assert list(plaintext.findings(tmp_path, WORDS)) == []


def test_a_files_name_counts_too(tmp_path: Path) -> None:
    (tmp_path / f"{WORDS['a phone']}.txt").write_bytes(b"")
    assert len(list(plaintext.findings(tmp_path, WORDS))) == 1
