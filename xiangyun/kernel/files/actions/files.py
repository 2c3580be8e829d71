"""Writes to the attachments."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from xiangyun.base import ids
from xiangyun.base.errors import BadInput, NotFound, TooLarge
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.files import media, pictures, queries, rules
from xiangyun.kernel.files.models import Attachment, Blob
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.files.sealing import DataKey
from xiangyun.kernel.files.shelf import shelf
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries
from xiangyun.kernel.vault.queries import SealingRing

Subject = tuple[str, object]


@transaction.atomic
def store(
    content: bytes | BinaryIO,
    *,
    name: str,
    kind: Kind,
    subject: Subject | None,
    area: str,
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
) -> Attachment:
    """Keep a file of `subject` (kind, id), which lies in `area`; whoever calls has made sure that `by` may.

    A picture is made anew: a JPEG, upright, without what the camera wrote into it. Without a subject it is seen by
    `by` alone and gone after `rules.LOOSE_LASTS`, unless `attach` comes first or `expires_at` says otherwise.
    Refuses: TooLarge, BadInput (empty, or of a type this kind is not), NoRoom.
    """
    whole = content if isinstance(content, bytes) else content.read(rules.MOST_BYTES + 1)
    media_type = _accepted(whole, kind)
    thumbnail = b""
    if media_type in media.PICTURES:
        # A small picture of somebody's paper would be read in lists, where nobody writes down who looked.
        whole, thumbnail = pictures.remade(whole, media_type, has_thumbnail=kind is Kind.PHOTO)
        media_type = media.JPEG
    ring = vault.sealing_ring(area, at=at)
    town = vault_queries.tenant_of(area)
    attachment_id = ids.uuid7()
    subject_kind, subject_id = subject or ("", "")
    return Attachment.objects.create(
        pk=attachment_id,
        area_path=area,
        blob=_kept(whole, media_type, ring, town, at),
        thumbnail=_kept(thumbnail, media.JPEG, ring, town, at) if thumbnail else None,
        name_sealed=ring.seal(rules.clean_name(name, media_type), queries.ATTACHMENTS, "name_sealed", attachment_id),
        kind=kind,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        by_account=by.account_id,
        made_at=at,
        expires_at=expires_at or (None if subject else at + rules.LOOSE_LASTS),
    )


@transaction.atomic
def attach(
    *,
    file_id: UUID,
    subject: Subject,
    area: str,
    by: Actor,
    at: datetime,
    is_sealed: bool = False,
    expires_at: datetime | None = None,
) -> Attachment:
    """Make a file that `by` added the file of something in `area`; again for the same thing changes nothing. A sealed
    one is shown to nobody but who added it, unless the room whose thing it is shows it.

    Refuses: NotFound (not theirs, already of something else, of another town).
    """
    rows = Attachment.objects.living().exclude(expires_at__lte=at).select_related("blob")
    attachment = rows.select_for_update(of=("self",)).filter(by_account=by.account_id).pick(file_id)
    wanted = (subject[0], str(subject[1]))
    held = (attachment.subject_kind, attachment.subject_id)
    blob = attachment.blob
    if blob is None or by.account_id is None or held not in (("", ""), wanted):
        raise NotFound
    if vault_queries.tenant_of(area) != blob.area_path:
        raise NotFound
    attachment.subject_kind, attachment.subject_id = wanted
    attachment.area_path, attachment.expires_at = area, expires_at
    attachment.is_sealed = is_sealed or attachment.is_sealed
    attachment.save(update_fields=["subject_kind", "subject_id", "area_path", "expires_at", "is_sealed"])
    return attachment


def hand_on(*, subject: Subject, to: Subject, area: str, is_sealed: bool) -> int:
    """All files of one thing are another's from now on, which lies in `area` of the same town and is sealed or not;
    returns how many. Whoever calls has made sure that it may be so."""
    rows = Attachment.objects.living().filter(subject_kind=subject[0], subject_id=str(subject[1]))
    return rows.update(subject_kind=to[0], subject_id=str(to[1]), area_path=area, is_sealed=is_sealed)


def seal(*, subject: Subject) -> None:
    """The files of something that is sealed from now on are sealed with it."""
    Attachment.objects.filter(subject_kind=subject[0], subject_id=str(subject[1])).update(is_sealed=True)


@transaction.atomic
def remove(*, file_id: UUID, by: Actor, at: datetime) -> None:
    """Take a file away for good: its name and content are gone, that there was one stays. Whoever calls has made sure
    that `by` may.

    Refuses: NotFound.
    """
    attachment = Attachment.objects.living().select_for_update().pick(file_id)
    emptied(attachment, at)
    detail = {"kind": attachment.kind}
    place = attachment.area_path
    audit.record(act=rules.REMOVED, by=by, object=("file", attachment.pk), area=place, at=at, detail=detail)


def note_download(*, attachment: Attachment, by: Actor, at: datetime) -> None:
    """Write down that `by` takes a file out, where its kind asks for it; a file of somebody is written down there."""
    if attachment.kind not in rules.AUDITED:
        return
    of_file = ("file", attachment.pk)
    subject = (attachment.subject_kind, attachment.subject_id) if attachment.subject_kind else of_file
    detail = {"kind": attachment.kind, "file": attachment.pk}
    audit.record(act=rules.DOWNLOADED, by=by, object=subject, area=attachment.area_path, at=at, detail=detail)


def emptied(attachment: Attachment, at: datetime) -> None:
    """Let go of what an attachment holds; the content goes with the next round, once nothing else holds it."""
    attachment.removed_at = at
    attachment.blob = attachment.thumbnail = attachment.name_sealed = None
    attachment.save(update_fields=["removed_at", "blob", "thumbnail", "name_sealed"])


def _accepted(content: bytes, kind: Kind) -> str:
    if len(content) > rules.MOST_BYTES:
        raise TooLarge("files.too_large", most_mb=rules.MOST_BYTES // rules.MIB)
    if not content:
        raise _refusal("files.empty")
    media_type = media.sniff(content)
    if media_type is None or media_type not in rules.ACCEPTED[kind]:
        raise _refusal("files.no_heic" if media_type == media.HEIC else f"files.not_{kind}")
    return media_type


def _refusal(code: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", "content"], "msg": code}])


def _kept(content: bytes, media_type: str, ring: SealingRing, town: str, at: datetime) -> Blob:
    """The blob of this content, locked so that no round takes it away meanwhile: the town's own, or a new one."""
    digest = hashlib.sha256(content).hexdigest()
    sought = vault_queries.ring(town).sought("file", digest)
    known = Blob.objects.filter(town_id=ring.key.town_id, content_index__in=sought)
    blob = known.select_for_update().first()
    if blob:
        return blob
    blob_id = ids.uuid7()
    key = DataKey.new(ring.key.suite, f"{queries.BLOBS}|{blob_id}")
    shelf_name = shelf().put(key.seal(content), town=ring.key.town_id)
    blob = Blob(
        pk=blob_id,
        town_id=ring.key.town_id,
        area_path=town,
        content_index=ring.index("file", digest),
        key_sealed=ring.seal(f"{key.text} {digest}", queries.BLOBS, "key_sealed", blob_id),
        media_type=media_type,
        size=len(content),
        shelf_name=shelf_name,
        made_at=at,
    )
    Blob.objects.bulk_create([blob], ignore_conflicts=True)
    kept = known.select_for_update().get()
    if kept.pk != blob.pk:
        shelf().delete([shelf_name])  # somebody sent the same at the same time, and was first
    return kept
