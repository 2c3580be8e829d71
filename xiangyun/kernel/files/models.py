"""Blob, Attachment, Upload."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import rules


class Blob(models.Model):
    """One content of a town, kept once, sealed on the shelf. `area_path` is the town (or what lies above the towns).

    `key_sealed` holds the file's own key and the SHA-256 of its content: a hash of somebody's paper is a mark of it.
    """

    id = IdField()
    town_id = models.UUIDField(help_text="the town's own id, which no merger of areas changes")
    area_path = AreaPathField()
    content_index = models.BinaryField(help_text="blind index of the content's SHA-256, 16 bytes")
    key_sealed = models.BinaryField()
    media_type = models.TextField(help_text="as the bytes told")
    size = models.BigIntegerField(help_text="bytes of the content")
    shelf_name = models.TextField(unique=True)
    made_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Blob]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("town_id", "content_index"), name="a town keeps a content once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="a file holds something"),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "made_at"), name="files_blob_area")]


class AttachmentQuerySet(ScopedQuerySet["Attachment"]):
    """Attachments, and who may see which."""

    def visible_to(self, actor: Actor, ability: str | None = None) -> AttachmentQuerySet:
        """What belongs to the places of the actor's posts and is of a kind they may see there; what they added
        themselves; nothing that was removed. A sealed one is shown by the room whose thing it belongs to."""
        shown = Q(by_account=actor.account_id) if actor.account_id else Q(pk__in=[])
        for kind, needed in rules.SHARED.items():
            shown |= Q(kind=kind, is_sealed=False) & ~Q(subject_kind="") & under(*actor.areas(needed))
        return self.living().filter(shown, under(*actor.areas(ability)))

    def living(self) -> AttachmentQuerySet:
        """Those that still hold something."""
        return self.filter(removed_at=None)


class Attachment(models.Model):
    """One file of one thing, as somebody gave it: a name, a kind, a place; the content is its blob's.

    One without a subject belongs to who added it until some room makes it the file of something.
    """

    id = IdField()
    area_path = AreaPathField()
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="attachments")
    thumbnail = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    name_sealed = models.BinaryField(null=True)
    kind = models.TextField(help_text="photo, paper, workbook, export or voice")
    subject_kind = models.TextField(blank=True, default="")
    subject_id = models.TextField(blank=True, default="")
    is_sealed = models.BooleanField(default=False, help_text="of something sealed: its own room alone shows it")
    by_account = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects: ClassVar[AttachmentQuerySet] = AttachmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(removed_at=None, blob__isnull=False, name_sealed__isnull=False)
                | Q(removed_at__isnull=False, blob=None, thumbnail=None, name_sealed=None),
                name="what was removed holds nothing, what was not holds a content",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("subject_kind", "subject_id"), name="files_attachment_subject"),
            models.Index(fields=("area_path", "made_at"), name="files_attachment_area"),
            models.Index(fields=("expires_at",), condition=Q(removed_at=None), name="files_attachment_expires"),
        ]


class Upload(models.Model):
    """One file on its way in, piece by piece; kept for a day, finished or not.

    `pieces` are `[name on the shelf, bytes]` in their order; `key_sealed` is the key of every one of them.
    """

    id = IdField()
    area_path = AreaPathField()
    by_account = models.UUIDField()
    kind = models.TextField(help_text="photo, paper, workbook, export or voice")
    name_sealed = models.BinaryField()
    key_sealed = models.BinaryField()
    sha256_sealed = models.BinaryField(null=True, help_text="what the sender says it is")
    size = models.BigIntegerField(help_text="bytes to come in all")
    received = models.BigIntegerField(default=0)
    pieces = models.JSONField(default=list)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attachment = models.ForeignKey(Attachment, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[ScopedQuerySet[Upload]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(received__gte=0) & Q(received__lte=models.F("size")),
                name="an upload receives no more than it announced",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("by_account", "started_at"), name="files_upload_account"),
            models.Index(fields=("expires_at",), name="files_upload_expires"),
        ]
