"""The copy before an upgrade: sealed on its way to the disk, opened by the recovery secret alone, put back whole."""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from xiangyun.box import copies, home, postgres, speech
from xiangyun.box.cli import manage
from xiangyun.entry.settings.config import Config, Unfit

pytestmark = pytest.mark.box

# Random words do not compress: nothing but the seal can hide them.
WORDS = ("乌云其木格的旧名字", "kept-before-5c7d21f0a9")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    speech.choose("en")
    yield
    speech.choose(None)


@pytest.fixture(scope="module")
def config() -> Iterator[Config]:
    """A home whose database holds two names."""
    folder = Path(tempfile.mkdtemp(prefix="xc-", dir="/tmp"))
    made = Config.load({"XIANGYUN_HOME": str(folder)})
    home.prepare(made)
    with postgres.running(made), link(made) as owner:
        owner.execute("CREATE TABLE kept (name text)")
        for word in WORDS:
            owner.execute("INSERT INTO kept VALUES (%s)", [word])
    yield made
    shutil.rmtree(folder, ignore_errors=True)


def link(config: Config) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(config.conninfo("xy_owner"), autocommit=True)


@contextmanager
def a_copy(config: Config) -> Iterator[Path]:
    """A fresh copy, after which somebody was erased from the database."""
    with postgres.running(config), link(config) as owner:
        copy = copies.make(config, "2026.11.1")
        owner.execute("DELETE FROM kept WHERE name = %s", [WORDS[0]])
    yield copy
    shutil.rmtree(config.copies)
    with postgres.running(config), link(config) as owner:
        owner.execute("TRUNCATE kept")
        for word in WORDS:
            owner.execute("INSERT INTO kept VALUES (%s)", [word])


def names(config: Config) -> set[object]:
    with postgres.running(config), link(config) as owner:
        return {row[0] for row in owner.execute("SELECT name FROM kept")}


def put_back(config: Config, copy: Path, *, plain: bool = False) -> int:
    return manage.restore_copy(config, argparse.Namespace(file=copy, plain=plain))


def opened(config: Config, copy: Path) -> bytes:
    out = io.BytesIO()
    copies.write_plain(config, copy, out)
    return out.getvalue()


def a_plain_copy(config: Config, copy: Path) -> Path:
    """A copy as the program made them before they were sealed."""
    plain = copy.with_name("xiangyun-20260101T000000Z-2026.1.1.dump")
    plain.write_bytes(opened(config, copy))
    return plain


def test_a_copy_is_sealed_and_goes_back_whole(config: Config) -> None:
    with a_copy(config) as copy:
        assert list(config.copies.iterdir()) == [copy]
        sealed = copy.read_bytes()
        assert sealed.startswith(b"age-encryption.org/v1\n")
        assert all(word.encode() not in sealed for word in WORDS)
        plain = opened(config, copy)
        assert all(word.encode() in plain for word in WORDS), "a look into a copy that is open would find them"
        assert names(config) == {WORDS[1]}
        assert put_back(config, copy) == 0
        assert names(config) == set(WORDS)
        assert config.version_file.read_text(encoding="ascii") == "2026.11.1\n"


def test_nothing_plain_stands_on_the_disk_meanwhile(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    finished = copies.os.fsync

    def look(handle: int) -> None:
        seen.extend(one.read_bytes() for one in config.copies.iterdir())
        finished(handle)

    monkeypatch.setattr(copies.os, "fsync", look)
    with a_copy(config):
        assert seen
        assert all(one.startswith(b"age-encryption.org/v1\n") for one in seen)
        assert all(word.encode() not in one for word in WORDS for one in seen)


@pytest.mark.parametrize("place", [0.02, 0.5, 0.98])
def test_a_flipped_byte_is_said_and_nothing_is_touched(config: Config, place: float) -> None:
    with a_copy(config) as copy:
        spoilt = bytearray(copy.read_bytes())
        spoilt[int(len(spoilt) * place)] ^= 1
        copy.write_bytes(spoilt)
        with pytest.raises(Unfit, match="does not open"):
            put_back(config, copy)
        assert names(config) == {WORDS[1]}


def test_a_copy_that_was_cut_off_or_renamed_is_said(config: Config) -> None:
    with a_copy(config) as copy:
        whole = copy.read_bytes()
        copy.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(Unfit, match="does not open"):
            put_back(config, copy)
        copy.write_bytes(whole)
        other = copy.rename(copy.with_name("xiangyun-20260101T000000Z-2026.1.1.sealed"))
        with pytest.raises(Unfit, match="renamed"):
            put_back(config, other)
        assert names(config) == {WORDS[1]}


def test_another_recovery_secret_is_said(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_copy(config) as copy:
        recovery = config.secrets / "recovery"
        kept = recovery.read_text(encoding="ascii")
        recovery.write_text("00" * 32 + "\n", encoding="ascii")
        try:
            with pytest.raises(Unfit, match="belongs to another box"):
                put_back(config, copy)
        finally:
            recovery.write_text(kept, encoding="ascii")
        assert names(config) == {WORDS[1]}


def test_a_plain_copy_of_before_goes_back_and_is_replaced_in_time(config: Config) -> None:
    with a_copy(config) as copy:
        plain = a_plain_copy(config, copy)
        assert put_back(config, plain) == 0
        assert names(config) == set(WORDS)
        (config.copies / "xiangyun-half.part").touch()
        for day in (2, 3):
            shutil.copy(plain, plain.with_name(f"xiangyun-2026010{day}T000000Z-2026.1.1.dump"))
        with postgres.running(config):
            latest = copies.make(config, "2026.11.2")
        left = sorted(one.name for one in config.copies.iterdir())
        assert left == ["xiangyun-20260103T000000Z-2026.1.1.dump", copy.name, latest.name]


def test_a_plain_copy_that_is_broken_leaves_the_data(config: Config) -> None:
    with a_copy(config) as copy:
        plain = a_plain_copy(config, copy)
        whole = plain.read_bytes()
        plain.write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(Unfit, match="as it was"):
            put_back(config, plain)
        assert names(config) == {WORDS[1]}


def test_a_copy_is_written_out_for_who_owns_the_server(
    config: Config, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with a_copy(config) as copy:
        assert put_back(config, copy, plain=True) == 0
        assert capfdbinary.readouterr().out == opened(config, copy)
        assert names(config) == {WORDS[1]}


def test_a_database_that_cannot_be_copied_is_said_and_nothing_is_left(config: Config) -> None:
    with pytest.raises(Unfit, match="nothing was upgraded"):
        copies.make(config, "2026.11.1")
    assert list(config.copies.iterdir()) == []


def test_pg_restore_reads_what_is_written_out(config: Config) -> None:
    with a_copy(config) as copy:
        told = subprocess.run(
            [postgres.binaries() / "pg_restore", "--list"],
            env=postgres.environment(),
            input=opened(config, copy),
            capture_output=True,
            check=True,
        )
        assert b"TABLE DATA public kept" in told.stdout
