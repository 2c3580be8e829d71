"""Files are kept once, sealed, and open whole or not at all."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from tests import plaintext
from xiangyun.base.crypto import Suite
from xiangyun.base.errors import BadInput, NotFound, TooLarge
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files import actions, media, queries, rules
from xiangyun.kernel.files.models import Attachment, Blob
from xiangyun.kernel.files.rules import Damaged, Kind, NoRoom
from xiangyun.kernel.files.shelf import Shelf
from xiangyun.kernel.files.tests.factories import (
    AT,
    OTHER_TOWN,
    PDF,
    TOWN,
    VILLAGE,
    a_picture,
    a_workbook,
    an_attachment,
    an_upload,
)
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

pytestmark = pytest.mark.usefixtures("house")

ID_NO = "11010519491231002X"


def on_disk(attachment: Attachment) -> Path:
    return settings.CONFIG.files / attachment.blob.shelf_name


def test_a_file_opens_as_it_was_given() -> None:
    for length in (1, 1 << 20, (1 << 20) + 1, 3_000_000):
        content = PDF + os.urandom(length)
        found = Attachment.objects.get(pk=an_attachment(content=content).pk)
        assert queries.content(found) == content
    assert queries.name(found) == "身份证.pdf"


def test_nothing_of_a_file_stands_on_the_disk_in_plain() -> None:
    words = {"id number": ID_NO, "name": "乌兰其其格格"}
    for content, kind in (
        (PDF + ID_NO.encode() + "乌兰其其格格".encode(), Kind.PAPER),
        (f"姓名,身份证\n乌兰其其格格,{ID_NO}\n".encode("gb18030"), Kind.WORKBOOK),
    ):
        an_attachment(content=content, kind=kind, name=f"{ID_NO}.pdf")
        upload = an_upload(size=len(content), kind=kind, name=ID_NO, by=(by := accounts.a_person("clerk", TOWN)))
        actions.add_piece(upload_id=upload.pk, offset=0, content=content, by=by, at=AT)
    assert list(plaintext.findings(settings.CONFIG.files, words)) == []
    planted = settings.CONFIG.files / "planted"
    planted.write_bytes(content)
    try:
        assert list(plaintext.findings(settings.CONFIG.files, words)) != []
    finally:
        planted.unlink()


def test_the_same_content_is_kept_once_in_a_town_and_not_across_towns() -> None:
    content = PDF + os.urandom(100)
    first, again = an_attachment(content=content), an_attachment(content=content, name="别的.pdf")
    other = an_attachment(f"{OTHER_TOWN}.201", content=content)
    assert first.blob == again.blob
    assert other.blob != first.blob
    assert bytes(other.blob.content_index) != bytes(first.blob.content_index)
    assert queries.content(other) == content


@pytest.mark.parametrize("where", [0, 4, 20, 4 + 28 + (1 << 20) + 3, -1])
def test_a_flipped_byte_is_refused_loudly_before_the_first_chunk(where: int) -> None:
    found = an_attachment(content=PDF + os.urandom(1_500_000))
    sealed = bytearray(on_disk(found).read_bytes())
    sealed[where] ^= 1
    on_disk(found).write_bytes(sealed)
    with pytest.raises(Damaged):
        queries.content(found)
    with pytest.raises(Damaged):
        queries.checked_stream(found.blob)


def test_a_stream_begun_inside_a_door_is_read_after_it_closed() -> None:
    found = an_attachment(content=PDF + bytes(2_000_000))
    stream = queries.checked_stream(found.blob)
    doors.set_scope("")
    vault_queries._opened.clear()
    assert b"".join(stream) == PDF + bytes(2_000_000)


def chunks_of(sealed: bytes) -> list[bytes]:
    size = (1 << 20) + 28
    return [sealed[start : start + size] for start in range(4, len(sealed), size)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda chunks: chunks[:-1],
        lambda chunks: chunks[1:],
        lambda chunks: [chunks[1], chunks[0], chunks[2]],
        lambda chunks: [*chunks, chunks[-1]],
        lambda chunks: [],
        lambda chunks: [*chunks[:-1], chunks[-1][:-5]],
    ],
    ids=["cut", "beheaded", "swapped", "doubled", "emptied", "shortened"],
)
def test_chunks_cut_off_or_moved_are_seen(spoil) -> None:
    found = an_attachment(content=PDF + os.urandom(2_500_000))
    sealed = on_disk(found).read_bytes()
    on_disk(found).write_bytes(sealed[:4] + b"".join(spoil(chunks_of(sealed))))
    with pytest.raises(Damaged):
        queries.content(found)


def test_a_file_in_the_place_of_another_or_gone_is_seen() -> None:
    one, other = an_attachment(content=PDF + b"1"), an_attachment(content=PDF + b"2")
    on_disk(one).write_bytes(on_disk(other).read_bytes())
    with pytest.raises(Damaged):
        queries.content(one)
    on_disk(other).unlink()
    with pytest.raises(Damaged):
        queries.content(other)


@pytest.mark.parametrize("suite", list(Suite))
def test_a_new_key_of_the_town_reaches_every_file(suite: Suite) -> None:
    by = accounts.a_person("clerk", TOWN)
    content = PDF + os.urandom(100)
    with doors.scoped(TOWN):
        kept = an_attachment(content=content)
        begun = an_upload(size=len(content), by=by, sha256="0" * 64)
        actions.add_piece(upload_id=begun.pk, offset=0, content=content[:50], by=by, at=AT)
        sealed = bytes(Blob.objects.get(pk=kept.blob_id).key_sealed)
        rotation = vault.rotate_key(suite=suite, by=accounts.a_person("security_admin", TOWN), at=AT)
        while vault.carry_on(rotation_id=rotation.pk, at=AT):
            pass
        vault_queries._opened.clear()
        kept = Attachment.objects.get(pk=kept.pk)
        assert bytes(kept.blob.key_sealed) != sealed
        assert (queries.content(kept), queries.name(kept)) == (content, "身份证.pdf")
        assert an_attachment(content=content).blob_id == kept.blob_id
        assert an_attachment(content=content + b"new").blob.key_sealed[0] == suite
        actions.add_piece(upload_id=begun.pk, offset=50, content=content[50:], by=by, at=AT)
        begun.refresh_from_db()
        told = vault_queries.open_sealed(begun.sha256_sealed, queries.UPLOADS, "sha256_sealed", begun.pk)
        assert told == "0" * 64


def with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (40.0, 54.0, 38.0)
    return a_picture(exif=exif, comment=b"secret comment")


def test_a_photo_is_made_anew_upright_and_says_nothing_of_where_it_was_taken() -> None:
    assert b"PhoneMaker" in with_gps()
    photo = an_attachment(content=with_gps(), kind=Kind.PHOTO, name="../../IMG_1.PNG")
    kept = queries.content(photo)
    assert (photo.blob.media_type, queries.name(photo)) == (media.JPEG, "IMG_1.jpg")
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (480, 640)
        assert dict(picture.getexif()) == {}
    assert b"PhoneMaker" not in kept
    assert b"secret" not in kept
    small = b"".join(queries.stream(photo.thumbnail))
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.size == (240, 320)


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("WEBP", "RGBA"), ("JPEG", "L"), ("JPEG", "CMYK")]
)
def test_every_kind_of_picture_becomes_a_jpeg(form: str, mode: str) -> None:
    photo = an_attachment(content=a_picture(form, mode=mode), kind=Kind.PAPER)
    with Image.open(io.BytesIO(queries.content(photo))) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (640, 480))
    assert photo.thumbnail is None


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (PDF, Kind.PHOTO, "files.not_photo"),
        (b"<svg onload=alert(1)></svg>", Kind.PHOTO, "files.not_photo"),
        (b"<!doctype html><script>alert(1)</script>", Kind.WORKBOOK, "files.not_workbook"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", Kind.WORKBOOK, "files.not_workbook"),
        (b"MZ\x90\x00" + bytes(50), Kind.WORKBOOK, "files.not_workbook"),
        (a_workbook("xl/vbaProject.bin"), Kind.WORKBOOK, "files.not_workbook"),
        (b"PK\x03\x04" + bytes(50), Kind.WORKBOOK, "files.not_workbook"),
        (a_picture(), Kind.WORKBOOK, "files.not_workbook"),
        (a_workbook(), Kind.PAPER, "files.not_paper"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(9), Kind.PHOTO, "files.no_heic"),
        (a_picture()[:300], Kind.PHOTO, "files.picture_unreadable"),
        (b"\xff\xd8\xff\xe0" + PDF, Kind.PHOTO, "files.picture_unreadable"),
        (b"", Kind.PHOTO, "files.empty"),
    ],
)
def test_what_it_is_counts_and_not_what_it_is_called(content: bytes, kind: Kind, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        an_attachment(content=content, kind=kind, name="照片.jpg")
    assert refused.value.code == code


def test_a_file_named_otherwise_is_kept_as_what_it_is() -> None:
    assert queries.name(an_attachment(name="扫描件.jpg")) == "扫描件.pdf"
    assert an_attachment(content=a_workbook(), kind=Kind.WORKBOOK).blob.media_type == media.XLSX
    for code in ("utf-8", "gb18030", "utf-16"):
        table = an_attachment(content="姓名,电话\n王,\n".encode(code), kind=Kind.WORKBOOK, name="名册.exe")
        assert (table.blob.media_type, queries.name(table)) == (media.CSV, "名册.csv")


def test_a_file_past_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        an_attachment(content=io.BytesIO(PDF + bytes(rules.MOST_BYTES)))


def test_a_full_disk_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(settings.CONFIG.files.rglob("*.part"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom):
        an_attachment(content=PDF + os.urandom(9))
    assert sorted(settings.CONFIG.files.rglob("*.part")) == before


def test_a_file_is_attached_by_who_added_it_and_to_one_thing() -> None:
    by, other = accounts.a_person("clerk", TOWN), accounts.a_person("clerk", TOWN)
    loose = an_attachment(subject=None, by=by)
    assert loose.expires_at == AT + rules.LOOSE_LASTS
    told = {"file_id": loose.pk, "subject": ("resident", "7"), "area": VILLAGE, "at": AT}
    with pytest.raises(NotFound):
        actions.attach(by=other, **told)
    with pytest.raises(NotFound):
        actions.attach(by=by, **{**told, "area": f"{OTHER_TOWN}.201"})
    for _ in range(2):
        assert actions.attach(by=by, **told).expires_at is None
    with pytest.raises(NotFound):
        actions.attach(by=by, **{**told, "subject": ("resident", "8")})
    assert [one.pk for one in queries.files_of(("resident", "7"), other)] == [loose.pk]


def test_who_sees_what() -> None:
    maker = accounts.a_person("clerk", TOWN)
    paper, photo, export, loose = (
        an_attachment(by=maker),
        an_attachment(by=maker, kind=Kind.PHOTO, content=a_picture()),
        an_attachment(by=maker, kind=Kind.EXPORT, content=a_workbook()),
        an_attachment(by=maker, subject=None),
    )
    names = {paper.pk: "paper", photo.pk: "photo", export.pk: "export", loose.pk: "loose"}

    def seen(role: str, area: str) -> set[str]:
        rows = Attachment.objects.visible_to(accounts.a_person(role, area))
        return {names[one.pk] for one in rows.filter(pk__in=names)}

    assert {names[one.pk] for one in Attachment.objects.visible_to(maker).filter(pk__in=names)} == set(names.values())
    assert seen("clerk", TOWN) == {"paper", "photo"}
    assert seen("grid_worker", VILLAGE) == {"photo"}
    assert seen("village_secretary", accounts.NEXT_VILLAGE) == set()
    assert seen("clerk", OTHER_TOWN) == set()
    assert seen("villager", VILLAGE) == set()
    assert seen("audit_admin", TOWN) == set()


def test_what_was_removed_is_gone_for_good(django_capture_on_commit_callbacks) -> None:
    by = accounts.a_person("clerk", TOWN)
    gone, stays = an_attachment(content=PDF + os.urandom(9)), an_attachment(content=PDF + os.urandom(9))
    path, kept = on_disk(gone), on_disk(stays)
    actions.remove(file_id=gone.pk, by=by, at=AT)
    with pytest.raises(NotFound):
        actions.remove(file_id=gone.pk, by=by, at=AT)
    assert Entry.objects.get(act=rules.REMOVED).object_id == str(gone.pk)
    with django_capture_on_commit_callbacks(execute=True), doors.scoped(TOWN):
        assert actions.sweep(town=TOWN, at=AT) == 0
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True), doors.scoped(TOWN):
        assert actions.sweep(town=TOWN, at=AT + rules.ORPHAN_AGE + timedelta(seconds=1)) == 1
    assert not path.exists()
    assert kept.exists()
    assert Attachment.objects.get(pk=gone.pk).name_sealed is None


def test_the_round_takes_expired_uploads_loose_files_and_what_no_row_names(
    django_capture_on_commit_callbacks,
) -> None:
    with doors.scoped(TOWN):
        by = accounts.a_person("clerk", TOWN)
        loose, owned = an_attachment(content=PDF + b"loose", subject=None), an_attachment(content=PDF + b"owned")
        upload = an_upload(by=by)
        actions.add_piece(upload_id=upload.pk, offset=0, content=PDF[:9], by=by, at=AT)
        piece = (
            settings.CONFIG.files
            / actions.add_piece(upload_id=upload.pk, offset=0, content=PDF[:9], by=by, at=AT).pieces[0][0]
        )
    town = vault_queries.town_id(TOWN)
    orphans = [settings.CONFIG.files / Shelf(settings.CONFIG.files).put([b"x"], town=town) for _ in range(2)]
    sweep_at = AT + rules.LOOSE_LASTS
    for path, age in zip(orphans, (rules.ORPHAN_AGE + timedelta(minutes=1), rules.ORPHAN_AGE), strict=True):
        os.utime(path, times=((sweep_at - age).timestamp(),) * 2)
    with django_capture_on_commit_callbacks(execute=True), doors.scoped(TOWN):
        actions.sweep(town=TOWN, at=sweep_at)
    there = [path.exists() for path in (on_disk(loose), piece, orphans[0], orphans[1], on_disk(owned))]
    assert there == [False, False, False, True, True]
    with doors.scoped(TOWN):
        assert queries.content(Attachment.objects.get(pk=owned.pk)) == PDF + b"owned"
