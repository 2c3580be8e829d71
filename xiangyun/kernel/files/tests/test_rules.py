"""Names and types, told without a database."""

from __future__ import annotations

import pytest

from xiangyun.kernel.files import media, rules


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("身份证.jpg", "身份证.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system32\\a.exe", "a.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie  x=1.pdf"),
        ("发票\u202egpj.exe", "发票gpj.pdf"),
        ("2026.06.20", "2026.06.20.pdf"),
        ('"x".pdf', "x.pdf"),
        ("=cmd|' /C calc'!A1.pdf", "C calc'!A1.pdf"),
        ("长" * 300 + ".pdf", "长" * 100 + ".pdf"),
        (".htaccess", ".htaccess.pdf".lstrip(".")),
        ("con\u0000.pdf", "con.pdf"),
    ],
)
def test_a_name_is_the_last_part_without_a_trick(name: str, kept: str) -> None:
    assert rules.clean_name(name, media.PDF) == kept
    assert rules.clean_name(kept, media.PDF) == kept


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"RIFF\x00\n\x00\x00WAVEfmt ", media.WAV),
        (b"RIFF\x00\n\x00\x00WEBPVP8 ", media.WEBP),
        (b"RIFF\x00\n\x00\x00AVI ", None),
        (b"OggS\x00\x02", media.OGG),
        (b"ID3\x04\x00", media.MP3),
        (b"\xff\xfb\x90\x00", media.MP3),
        (b"GIF89a\x01\x00", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), None),
        (b"\x7fELF\x02", None),
        ("姓名;电话".encode("gb18030"), media.CSV),
        (b"  \n<html>", None),
        ("\ufeff<svg/>".encode("utf-16"), None),
        (b"a,b\x00c", None),
        (b"\xff\xfea", None),
    ],
)
def test_bytes_tell_what_they_are(content: bytes, media_type: str | None) -> None:
    assert media.sniff(content) == media_type
