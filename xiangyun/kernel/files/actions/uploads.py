"""A file comes in piece by piece, each sealed before it touches the disk; what was received stays received."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.db import connection, transaction

from xiangyun.base import ids
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge, TooMany
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import queries, rules
from xiangyun.kernel.files.actions import files
from xiangyun.kernel.files.models import Attachment, Upload
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.files.sealing import DataKey
from xiangyun.kernel.files.shelf import shelf
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

DAY = timedelta(hours=24)


@transaction.atomic
def begin_upload(
    *, name: str, size: int, kind: Kind, sha256: str | None, area: str | None, by: Actor, at: datetime
) -> Upload:
    """Announce a file; its pieces come with `add_piece`. Without an area it lies where `by` may add files.

    Refuses: NotAllowed (a machine), NotFound (an area that is not theirs), TooLarge, TooMany, Conflict.
    """
    if by.account_id is None:
        raise NotAllowed("base.not_allowed")
    place = area or by.areas(rules.ADD)[0]
    if not by.may(rules.ADD, place):
        raise NotFound
    if size > rules.MOST_BYTES:
        raise TooLarge("files.too_large", most_mb=rules.MOST_BYTES // rules.MIB)
    _must_have_room(size, by, at)
    ring = vault.sealing_ring(place, at=at)
    upload_id = ids.uuid7()
    key = DataKey.new(ring.key.suite, _bound(upload_id, 0))
    return Upload.objects.create(
        pk=upload_id,
        area_path=place,
        by_account=by.account_id,
        kind=kind,
        name_sealed=ring.seal(name, queries.UPLOADS, "name_sealed", upload_id),
        key_sealed=ring.seal(key.text, queries.UPLOADS, "key_sealed", upload_id),
        sha256_sealed=ring.seal(sha256, queries.UPLOADS, "sha256_sealed", upload_id) if sha256 else None,
        size=size,
        started_at=at,
        expires_at=at + rules.UPLOAD_LASTS,
    )


@transaction.atomic
def add_piece(*, upload_id: UUID, offset: int, content: bytes, by: Actor, at: datetime) -> Upload:
    """The next bytes of a file; the last piece sent again changes nothing.

    Refuses: NotFound, Conflict (another offset is next: `received` says which; too many small pieces), BadInput
    (nothing, or more than was announced), TooLarge, NoRoom.
    """
    upload = _own(upload_id, by, at)
    if not content:
        raise _refusal("files.empty_piece")
    if len(content) > rules.PIECE_BYTES:
        raise TooLarge("files.piece_too_large", most_mb=rules.PIECE_BYTES // rules.MIB)
    if _is_last_again(upload, offset, content):
        return upload
    if upload.attachment is not None or offset != upload.received:
        raise Conflict("files.wrong_offset", extra={"received": upload.received}, received=upload.received)
    if upload.received + len(content) > upload.size:
        raise _refusal("files.more_than_announced")
    if len(upload.pieces) >= rules.MOST_PIECES:
        raise Conflict("files.pieces_too_small")
    town = vault_queries.town_id(vault_queries.tenant_of(upload.area_path))
    name = shelf().put(_key(upload, offset).seal(content), town=town)
    upload.pieces.append([name, len(content)])
    upload.received += len(content)
    upload.save(update_fields=["pieces", "received"])
    return upload


@transaction.atomic
def finish_upload(*, upload_id: UUID, by: Actor, at: datetime) -> Attachment:
    """All is there: it becomes an attachment, seen by `by` alone until a room makes it the file of something. Again:
    the same attachment.

    Refuses: NotFound, Conflict (bytes are missing; they are not what was announced), and as `files.store`.
    """
    upload = _own(upload_id, by, at)
    if upload.attachment is not None:
        return upload.attachment
    if upload.received != upload.size:
        raise Conflict("files.unfinished", extra={"received": upload.received}, received=upload.received)
    content = _received(upload)
    if upload.sha256_sealed is not None:
        told = vault_queries.open_sealed(upload.sha256_sealed, queries.UPLOADS, "sha256_sealed", upload.pk)
        if told != hashlib.sha256(content).hexdigest():
            raise Conflict("files.hash_differs")
    name = vault_queries.open_sealed(upload.name_sealed, queries.UPLOADS, "name_sealed", upload.pk)
    kind, area = Kind(upload.kind), upload.area_path
    attachment = files.store(content, name=name, kind=kind, subject=None, area=area, by=by, at=at)
    gone = [piece for piece, _ in upload.pieces]
    upload.attachment, upload.pieces = attachment, []
    upload.save(update_fields=["attachment", "pieces"])
    # A crash before this leaves them to the round.
    transaction.on_commit(lambda: shelf().delete(gone))
    return attachment


def _own(upload_id: UUID, by: Actor, at: datetime) -> Upload:
    upload = queries.uploads_of(by, at).select_for_update().pick(upload_id)
    by.must(rules.ADD, upload.area_path)
    return upload


def _bound(upload_id: UUID, offset: int) -> str:
    return f"{queries.UPLOADS}|{upload_id}|{offset}"


def _key(upload: Upload, offset: int) -> DataKey:
    text = vault_queries.open_sealed(upload.key_sealed, queries.UPLOADS, "key_sealed", upload.pk)
    return DataKey.told(text, _bound(upload.pk, offset))


def _received(upload: Upload) -> bytes:
    whole: list[bytes] = []
    offset = 0
    for name, size in upload.pieces:
        whole.extend(queries.chunks(_key(upload, offset), name))
        offset += size
    return b"".join(whole)


def _is_last_again(upload: Upload, offset: int, content: bytes) -> bool:
    """Whether the answer to the last piece was lost and it is sent once more."""
    if not upload.pieces or offset + len(content) != upload.received:
        return False
    name, size = upload.pieces[-1]
    return size == len(content) and b"".join(queries.chunks(_key(upload, offset), name)) == content


def _must_have_room(size: int, by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        # Two windows of one person are counted one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{queries.UPLOADS}|{by.account_id}"])
    if queries.unfinished(by, at) >= rules.MOST_UNFINISHED:
        raise Conflict("files.too_many_unfinished", most=rules.MOST_UNFINISHED)
    announced, first = queries.announced_since(by, at - DAY)
    if first and announced + size > rules.MOST_A_DAY:
        wait_s = max(1, ceil((first + DAY - at).total_seconds()))
        raise TooMany("files.too_much_a_day", retry_after_s=wait_s, most_mb=rules.MOST_A_DAY // rules.MIB)


def _refusal(code: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", "content"], "msg": code}])
