"""What backups lean on, without a database: the key, the seal, the folder, who is kept, what status says."""

import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from xiangyun.box import speech
from xiangyun.box.backup import bundles, keys, notes, proof, retention, sealed, site, targets, wal
from xiangyun.box.backup.sealed import Broken
from xiangyun.box.cli import standing
from xiangyun.entry.settings.config import Config, Unfit

SECRET = bytes(range(32))
AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def sealed_bytes(data: bytes, secret: bytes = SECRET) -> bytes:
    out = io.BytesIO()
    sealed.seal(io.BytesIO(data), out, keys.recipient(secret), "a/b")
    return out.getvalue()


def unsealed(data: bytes, secret: bytes = SECRET, name: str = "a/b") -> bytes:
    out = io.BytesIO()
    sealed.unseal(io.BytesIO(data), out, keys.identity(secret), name)
    return out.getvalue()


@given(st.binary(min_size=32, max_size=32))
def test_every_secret_makes_an_identity_that_age_spells_the_same(secret):
    text = keys.identity_text(secret)
    assert str(keys.identity(secret)) == text
    assert pyrage.decrypt(pyrage.encrypt(b"x", [keys.recipient(secret)]), [keys.identity(secret)]) == b"x"


def test_the_key_of_backups_tells_neither_the_secret_nor_who_it_is():
    assert keys.recipient(SECRET).__str__().encode() not in sealed_bytes(b"x")
    assert SECRET.hex() not in keys.mark(SECRET)


@pytest.mark.parametrize("language", keys.LANGUAGES)
def test_the_secret_is_read_as_people_hold_it(language):
    words = Mnemonic(language).to_mnemonic(SECRET).split()
    numbered = "\n".join(f"{n}. {word}" for n, word in enumerate(words, 1))
    assert {keys.read_secret(text) for text in (" ".join(words), numbered, "  ".join(words).upper() + "\n")} == {SECRET}
    assert keys.read_secret(f" {SECRET.hex().upper()}\n") == SECRET
    if language.startswith("chinese"):
        assert keys.read_secret("".join(words)) == SECRET


def test_one_wrong_word_is_noticed():
    words = Mnemonic("english").to_mnemonic(SECRET).split()
    words[3] = "zoo"
    with pytest.raises(Unfit, match="24 were read"):
        keys.read_secret(" ".join(words))
    with pytest.raises(Unfit, match="recovery sheet"):
        keys.read_secret(SECRET.hex()[:-1])


@given(st.binary(max_size=200_000))
def test_what_was_sealed_opens_again(data):
    assert unsealed(sealed_bytes(data)) == data


# Longer than one chunk of age's, and of another length each time: age greases its header.
WHOLE = sealed_bytes(os.urandom(70_000))


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_never_opens(place, bit):
    changed = bytearray(WHOLE)
    changed[int(place * len(changed))] ^= 1 << bit
    with pytest.raises(Broken):
        unsealed(bytes(changed))


@given(st.integers(min_value=1, max_value=140_000))
def test_cut_off_anywhere_never_opens(cut):
    whole = sealed_bytes(b"\0" * 10 + os.urandom(140_000))
    with pytest.raises(Broken):
        unsealed(whole[:-cut])


@pytest.mark.parametrize("name", ["a/c", "a/bb", "a", ""])
def test_an_object_opens_in_its_own_place_only(name):
    with pytest.raises(Broken):
        unsealed(sealed_bytes(b"/b\nx"), name=name)


def test_another_box_has_another_key():
    with pytest.raises(Broken) as seen:
        unsealed(sealed_bytes(b"x"), b"\1" * 32)
    assert seen.value.is_foreign


def test_a_source_that_fails_is_no_end():
    class Failing:
        def read(self, size: int = -1, /) -> bytes:
            raise Unfit(zh="坏", en="the source failed")

    with pytest.raises(Unfit, match="the source failed"):
        sealed.seal(Failing(), io.BytesIO(), keys.recipient(SECRET), "a/b")

    def write(sink):
        sink.write(b"half")
        raise Unfit(zh="坏", en="the writer failed")

    with sealed.flowing(write) as source, pytest.raises(Unfit, match="the writer failed"):
        source.read()


def test_a_folder_holds_whole_objects_only(tmp_path):
    folder = targets.at(str(tmp_path))
    folder.put("a/b", lambda sink: sink.write(b"one"))

    def broken(sink):
        sink.write(b"half")
        raise Unfit(zh="坏", en="no")

    with pytest.raises(Unfit):
        folder.put("a/c", broken)
    assert [(one.name, one.size) for one in folder.items("")] == [("a/b", 3)]
    assert [one.name for one in (tmp_path / "a").iterdir()] == ["b"]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    with folder.open("a/b") as source:
        assert source.read() == b"one"
    with pytest.raises(targets.Missing), folder.open("a/d"):
        pass
    folder.remove("a/b")
    folder.remove("a/b")
    assert list(folder.items("")) == []


def test_a_disk_that_is_not_there_is_said_and_nothing_is_made_in_its_place(tmp_path):
    absent = tmp_path / "usb"
    with pytest.raises(targets.Away, match="plug the disk in"):
        targets.at(str(absent)).put("a", lambda sink: sink.write(b"x"))
    assert not absent.exists()


def test_an_empty_mount_point_is_not_the_disk_that_was_there(tmp_path):
    disk = tmp_path / "usb"
    disk.mkdir()
    config = Config.load({"XIANGYUN_HOME": str(tmp_path / "h"), "XIANGYUN_BACKUP": str(disk)})
    first = site.of(config).id
    assert site.of(config).id == first
    (disk / targets.MARKER).rename(tmp_path / "marker")
    with pytest.raises(targets.Away, match="marker is missing"):
        site.of(config)
    assert list(disk.iterdir()) == []
    assert site.of(config, is_new=True).id != first


def test_the_target_of_another_box_is_refused(tmp_path):
    (tmp_path / "t").mkdir()
    for name in ("a", "b"):
        config = Config.load({"XIANGYUN_HOME": str(tmp_path / name), "XIANGYUN_BACKUP": str(tmp_path / "t")})
        if name == "a":
            site.of(config)
            continue
        with pytest.raises(Unfit, match="another box"):
            site.of(config)
    (tmp_path / "t" / targets.MARKER).write_text("{}", encoding="ascii")
    with pytest.raises(Unfit, match="is broken"):
        site.of(config)


@pytest.mark.parametrize("where", ["backup", "s3://host/bucket", "s3://key:secret@host"])
def test_a_target_nobody_can_use_is_refused(where):
    with pytest.raises(Unfit):
        targets.at(where)


def test_kept_are_days_weeks_months_and_the_proven_one():
    made = {f"b{n:03d}": AT - timedelta(days=n, hours=1) for n in range(300)} | {"early": AT - timedelta(hours=5)}
    kept = retention.kept(made, retention.Keep(), proven="b299")
    days = {f"b{n:03d}" for n in range(7)}
    # 26 November is a Thursday: the Sundays before close its weeks, the last days of the months before close those.
    assert kept == days | {"b011", "b018"} | {"b026", "b057", "b087", "b118", "b149"} | {"b299"}


def test_kept_is_never_nothing():
    assert retention.kept({"a": AT - timedelta(days=900)}, retention.Keep(1, 0, 0), None) == {"a"}
    assert retention.kept({}, retention.Keep(), "gone") == set()


@pytest.mark.parametrize("text", ["", "7 4", "0 4 6", "7 4 x", "-1 4 6"])
def test_what_to_keep_is_three_numbers(text):
    with pytest.raises(Unfit, match="three numbers"):
        retention.read(text)
    assert retention.read("3/0/1") == retention.Keep(3, 0, 1)


def test_a_backup_is_due_once_a_night_by_the_towns_clock():
    night = datetime(2026, 11, 26, 2, 0, tzinfo=retention.TOWN)
    assert retention.due(None, night, 2)
    assert retention.due(night - timedelta(minutes=1), night, 2)
    assert not retention.due(night, night + timedelta(hours=23), 2)
    assert retention.due(night, night + timedelta(hours=24), 2)


def test_segments_are_named_as_postgresql_names_them():
    assert wal.segment_name(1, 0x1FF) == "0000000100000001000000FF"
    assert wal.segment_number("0000000100000001000000FF") == 0x1FF
    assert wal.lsn_text(0x1_0600_0028) == "1/6000028"


def whole_and_pieces(folder: targets.Target, *names: str) -> None:
    for name in names:
        folder.put(f"wal/c/{name}.zst.age", lambda sink: sink.write(b"x"))


def test_a_chain_is_replayed_up_to_its_first_missing_byte(tmp_path):
    folder = targets.at(str(tmp_path))
    one, two, three, four = (wal.segment_name(1, n) for n in range(1, 5))
    whole_and_pieces(folder, one, f"{one}.0000000-0000010", two, f"{three}.0000000-0000100", f"{three}.0000050-0000200")
    whole_and_pieces(folder, f"{three}.0000300-0000400", four)
    found = wal.stretches(folder, "c", 1, wal.SEGMENT + 5)
    assert [(each.name, each.length) for each in found] == [(one, wal.SEGMENT), (two, wal.SEGMENT), (three, 0x200)]
    assert [each.number for each in wal.stretches(folder, "c", 1, 0)] == []
    wal.prune(folder, {"c": 2 * wal.SEGMENT + 7})
    assert wal.names(folder, "c") == [two, three, four]
    wal.prune(folder, {"other": 0})
    assert wal.names(folder, "c") == []


def test_differences_name_every_table_that_is_not_as_it_was():
    was = {"public.a": "1:aa", "public.b": "2:bb", "public.c": "0:00"}
    assert proof.differences(was, dict(was)) == []
    now = {"public.a": "1:aa", "public.b": "2:bc", "public.d": "0:00"}
    assert proof.differences(was, now) == ["public.b", "public.c", "public.d"]


def test_files_go_out_once_and_come_back_the_same(tmp_path):
    (tmp_path / "t").mkdir()
    config = Config.load({"XIANGYUN_HOME": str(tmp_path / "h"), "XIANGYUN_BACKUP": str(tmp_path / "t")})
    here = site.of(config)
    (config.files / "ab").mkdir(parents=True)
    (config.files / "ab" / "one").write_bytes(b"1" * 1000)
    (config.files / "ab" / ".draft").write_bytes(b"not whole yet")
    first = bundles.sync(config, here.target, here.id, here.to)
    assert (list(first.files), first.count) == (["ab/one"], 1)
    assert bundles.sync(config, here.target, here.id, here.to).count == 1
    (config.files / "two").write_bytes(b"2")
    (config.files / "ab" / "one").unlink()
    second = bundles.sync(config, here.target, here.id, here.to)
    assert (list(second.files), second.count) == (["two"], 2)
    back = tmp_path / "back"
    for name in (bundles.bundle_name(first.writer, n) for n in range(2)):
        found = dict(bundles.unpack(here.target, name, here.by, None, back))
        assert found
    assert ((back / "ab" / "one").read_bytes(), (back / "two").read_bytes()) == (b"1" * 1000, b"2")
    bundles.prune(here.target, [bundles.bundle_name(first.writer, 1)], {second.writer: second.count})
    assert [one.name for one in here.target.items("files/")] == [bundles.bundle_name(first.writer, 1)]


def test_a_forged_archive_leads_nowhere(tmp_path):
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("../outside")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    out.seek(0)
    with pytest.raises(Broken, match="out of its folder"):
        list(bundles.unpack_tar(out, None, tmp_path / "in"))
    assert not (tmp_path / "outside").exists()


def said(tmp_path: Path, state: dict[str, object], **env: str) -> str:
    config = Config.load({"XIANGYUN_HOME": str(tmp_path), "XIANGYUN_BACKUP": "/mnt/usb", **env})
    notes.note(config, **state)
    speech.choose("en")
    try:
        return json.dumps([(one.sentence, one.is_well, one.is_bad) for one in standing.standing(config, AT)])
    finally:
        speech.choose(None)


def test_status_says_what_a_dead_disk_would_cost(tmp_path):
    proven = {"id": "x", "at": (AT - timedelta(days=1)).isoformat(), "until": AT.isoformat(), "tables": 59, "took_s": 5}
    well = said(
        tmp_path, {"safe_until": (AT - timedelta(seconds=9)).isoformat(), "target": "/mnt/usb", "proven": proven}
    )
    assert 'older than 9 s is in /mnt/usb.", true' in well.replace("\\", "")
    assert "59 tables came out equal." in well
    assert "true]" not in well
    old = said(tmp_path, {"safe_until": (AT - timedelta(hours=3)).isoformat()})
    assert "3 h behind" in old
    away = said(tmp_path, {"trouble": {"zh": "不在", "en": "It is not plugged in.", "since": AT.isoformat()}})
    assert "It is not plugged in. (the newest safe copy is 3 h old)" in away
    assert "The drill failed." in said(tmp_path, {"drill_trouble": {"zh": "", "en": "The drill failed.", "at": ""}})


def test_a_box_without_backup_hears_of_it(tmp_path):
    assert "No backup is set" in said(tmp_path, {}, XIANGYUN_BACKUP="")
    assert said(tmp_path, {}, XIANGYUN_BACKUP="", XIANGYUN_DEMO="1") == "[]"
