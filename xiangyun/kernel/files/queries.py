"""What a file holds, opened; and which files there are for somebody."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from xiangyun.base.crypto import Tampered
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import rules
from xiangyun.kernel.files.models import Attachment, Blob, Upload
from xiangyun.kernel.files.rules import Damaged
from xiangyun.kernel.files.sealing import DataKey
from xiangyun.kernel.files.shelf import shelf
from xiangyun.kernel.vault import queries as vault

log = logging.getLogger("xiangyun.files")

BLOBS, ATTACHMENTS, UPLOADS = "files_blob", "files_attachment", "files_upload"


def pick_file(actor: Actor, file_id: UUID, at: datetime) -> Attachment:
    """One attachment, with its blobs. Refuses: NotFound."""
    rows = Attachment.objects.visible_to(actor, rules.SEE).select_related("blob", "thumbnail")
    found: Attachment = rows.exclude(expires_at__lte=at).pick(file_id)
    return found


def files_of(subject: tuple[str, object], actor: Actor) -> ScopedQuerySet[Attachment]:
    """The files of one thing that exist for `actor`."""
    kind, key = subject
    rows = Attachment.objects.visible_to(actor, rules.SEE).filter(subject_kind=kind, subject_id=str(key))
    return rows.select_related("blob")


def name(attachment: Attachment) -> str:
    """What the file is called; safe to be written to a disk. Refuses: NotFound (removed)."""
    if attachment.name_sealed is None:
        raise NotFound
    return vault.open_sealed(attachment.name_sealed, ATTACHMENTS, "name_sealed", attachment.pk)


def is_gone(attachment: Attachment, at: datetime) -> bool:
    """Whether it was removed, or its time is over."""
    return attachment.removed_at is not None or (attachment.expires_at is not None and attachment.expires_at <= at)


def content(attachment: Attachment) -> bytes:
    """Everything the file holds. Refuses: Damaged, NotFound (removed)."""
    return b"".join(stream(_blob(attachment)))


def stream(blob: Blob) -> Iterator[bytes]:
    """What a blob holds, in chunks of at most 1 MiB. Refuses: Damaged, at the chunk that is not what was put there."""
    return chunks(data_key(blob), blob.shelf_name)


def checked_stream(blob: Blob) -> Iterator[bytes]:
    """The same, after the whole of it was seen to open. Refuses: Damaged, before the first chunk."""
    for _ in stream(blob):
        pass
    return stream(blob)


def data_key(blob: Blob) -> DataKey:
    """A blob's own key; asked before the door is closed, used after."""
    key, _ = vault.open_sealed(blob.key_sealed, BLOBS, "key_sealed", blob.pk).split()
    return DataKey.told(key, f"{BLOBS}|{blob.pk}")


def chunks(key: DataKey, shelf_name: str) -> Iterator[bytes]:
    """What stands on the shelf under a name. Refuses: Damaged."""
    try:
        with closing(shelf().get(shelf_name)) as file:
            yield from key.open(file)
    except (Tampered, FileNotFoundError) as fault:
        log.exception("the file of %s does not open", key.bound)
        raise Damaged("files.damaged") from fault


def uploads_of(actor: Actor, at: datetime) -> ScopedQuerySet[Upload]:
    """A person's own uploads that have not expired."""
    return _begun_by(actor).filter(expires_at__gt=at)


def received_sha256(file_id: UUID, actor: Actor) -> str | None:
    """SHA-256 (hex) of the bytes that were sent for a file of `actor`, before a picture was made anew; None where the
    sender did not say it, or it was forgotten with the upload."""
    upload = _begun_by(actor).filter(attachment=file_id).first()
    if upload is None or upload.sha256_sealed is None:
        return None
    return vault.open_sealed(upload.sha256_sealed, UPLOADS, "sha256_sealed", upload.pk)


def announced_since(actor: Actor, since: datetime) -> tuple[int, datetime | None]:
    """Bytes a person has announced since a moment, and when the first of these uploads began."""
    rows = _begun_by(actor).filter(started_at__gt=since)
    first = rows.order_by("started_at").values_list("started_at", flat=True).first()
    return rows.aggregate(sum=Sum("size"))["sum"] or 0, first


def unfinished(actor: Actor, at: datetime) -> int:
    """How many uploads of a person still wait for bytes or for their end."""
    return uploads_of(actor, at).filter(attachment=None).count()


def names_in_use() -> set[str]:
    """Everything on the shelf that a row in this scope names."""
    pieces = (piece for row in Upload.objects.values_list("pieces", flat=True) for piece, _ in row)
    return {*Blob.objects.values_list("shelf_name", flat=True), *pieces}


def unused_blobs(at: datetime) -> ScopedQuerySet[Blob]:
    """Blobs that no attachment holds any more, and that nobody put there just now."""
    held = Attachment.objects.filter(blob__isnull=False).values("blob")
    shown = Attachment.objects.filter(thumbnail__isnull=False).values("thumbnail")
    return Blob.objects.filter(made_at__lt=at - rules.ORPHAN_AGE).exclude(pk__in=held).exclude(pk__in=shown)


def _begun_by(actor: Actor) -> ScopedQuerySet[Upload]:
    return Upload.objects.filter(by_account=actor.account_id) if actor.account_id else Upload.objects.none()


def _blob(attachment: Attachment) -> Blob:
    if attachment.blob is None:
        raise NotFound
    return attachment.blob
