"""TownKey, Rotation, Confirmation."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class TownKey(models.Model):
    """A key of one town, wrapped by the master key that stands outside the database; `num` stands in front of each
    value it sealed."""

    num = models.BigAutoField(primary_key=True)
    town_id = models.UUIDField(help_text="the town's own id: what was sealed is bound to it, not to a path")
    area_path = AreaPathField()
    suite = models.PositiveSmallIntegerField(help_text="1 AES-256-GCM, 2 SM4-GCM")
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text="from then on it opens but seals nothing new")

    objects: ClassVar[ScopedQuerySet[TownKey]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("town_id",), condition=Q(retired_at=None), name="a town seals with one key at a time"
            ),
            models.CheckConstraint(condition=Q(suite__in=(1, 2)), name="a suite is known"),
        ]


class Rotation(models.Model):
    """One walk over all that a town has sealed, from its old keys to a new one; it goes on where it was stopped."""

    id = IdField()
    area_path = AreaPathField()
    key = models.OneToOneField(TownKey, models.PROTECT, related_name="rotation", help_text="the new one")
    started_at = models.DateTimeField()
    by_account = models.UUIDField(null=True)
    total = models.BigIntegerField(help_text="rows there were when it began")
    done = models.BigIntegerField(default=0)
    table = models.TextField(default="", help_text="where it is now")
    after = models.TextField(default="", help_text="the last row done in that table")
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Rotation]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Confirmation(models.Model):
    """Somebody holds the recovery sheet of this box: they typed part of it back."""

    id = IdField()
    fingerprint = models.TextField(help_text="which secret; tells nothing of it")
    by_account = models.UUIDField(null=True)
    at = models.DateTimeField()
