"""The files of an item come by themselves, each with a receipt of its own."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, Conflict, NotFound, TooLarge
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files import queries as file_queries
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.actions.applying import is_hidden
from xiangyun.kernel.offline.models import Item, ItemFile
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.vault import actions as vault


@transaction.atomic
def keep_file(
    *,
    item_id: UUID,
    sha256: str,
    role: str,
    file_id: UUID | None,
    reason: str | None,
    by: Actor,
    at: datetime,
) -> ItemFile:
    """A file of an item was uploaded: it belongs to it from now on; or it will never come, and why. Again for the same
    bytes changes nothing.

    Refuses: NotFound (no item of mine, no such file of it, no upload of mine), BadInput (neither a file nor a reason),
    Conflict (what was uploaded is not what the phone holds, or is no longer known).
    """
    item, row = _announced(item_id, sha256, role, by)
    if row.kept_at:
        return row
    if file_id is None:
        return _given_up(row, reason, at=at)
    if file_queries.received_sha256(file_id, by) != sha256:
        raise Conflict("offline.other_bytes")
    is_in = item.state in rules.IN
    subject = (item.subject_kind, item.subject_id) if is_in else ("offline_item", item.pk)
    row.attachment = files.attach(
        file_id=file_id, subject=subject, area=item.area_path, by=by, at=at, is_sealed=is_hidden(item)
    )
    row.kept_at, row.given_up_at, row.reason_sealed = at, None, None
    row.save(update_fields=["attachment", "kept_at", "given_up_at", "reason_sealed"])
    return row


@transaction.atomic
def take_file(*, item_id: UUID, sha256: str, role: str, content: bytes, by: Actor, at: datetime) -> ItemFile:
    """A small file of an item in one go, for a line on which every answer is waited for; otherwise as by pieces.

    Refuses: NotFound (no item of mine, no such file of it), TooLarge, Conflict (not the bytes the phone announced),
    BadInput (no picture), TooMany.
    """
    if len(content) > rules.WHOLE_BYTES:
        raise TooLarge("offline.drop_too_large", most_kb=rules.WHOLE_BYTES // 1024)
    _, row = _announced(item_id, sha256, role, by)
    if row.kept_at:
        return row
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Conflict("offline.other_bytes")
    kind = Kind.VOICE if role == "voice" else Kind.PHOTO
    upload = files.begin_upload(name=role, size=len(content), kind=kind, sha256=sha256, area=None, by=by, at=at)
    files.add_piece(upload_id=upload.pk, offset=0, content=content, by=by, at=at)
    file = files.finish_upload(upload_id=upload.pk, by=by, at=at)
    return keep_file(item_id=item_id, sha256=sha256, role=role, file_id=file.pk, reason=None, by=by, at=at)


def _announced(item_id: UUID, sha256: str, role: str, by: Actor) -> tuple[Item, ItemFile]:
    """An item of `by` and the file of it that has this hash, both locked. Refuses: NotFound."""
    item = Item.objects.select_for_update(of=("self",)).filter(account=by.account_id).pick(item_id)
    rows = ItemFile.objects.select_for_update(of=("self",)).filter(item=item, role=role).order_by("num")
    row = next((one for one in rows if items.sha256(one) == sha256), None)
    if row is None:
        raise NotFound
    return item, row


def _given_up(row: ItemFile, reason: str | None, *, at: datetime) -> ItemFile:
    if not reason:
        raise BadInput("offline.file_or_reason", errors=[{"loc": ["body", "file"], "msg": "offline.file_or_reason"}])
    if row.given_up_at is None:
        ring = vault.sealing_ring(row.area_path, at=at)
        row.given_up_at = at
        row.reason_sealed = ring.seal(reason, items.FILES, "reason_sealed", row.pk)
        row.save(update_fields=["given_up_at", "reason_sealed"])
    return row
