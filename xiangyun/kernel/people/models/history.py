"""Change and Merge: the past is kept."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.people.models.source import Source


class Change(models.Model):
    """One group of facts of one row was changed: what stood there before is kept, sealed."""

    id = IdField()
    area_path = AreaPathField()
    subject_kind = models.TextField(help_text="resident, household, plot, income, mark")
    subject_id = models.UUIDField()
    act = models.TextField(help_text="the ability used: people.edit_resident …")
    fields = ArrayField(models.TextField())
    before_sealed = models.BinaryField(help_text="JSON: field → value before, as it is written on the wire")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", help_text="of the new values")
    former_source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    version = models.IntegerField(help_text="the row's version after")
    at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Change]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=("subject_id", "at"), name="people_change_subject")]


class Merge(models.Model):
    """Two rows that were one person or one home became one; `before_sealed` undoes it."""

    id = IdField()
    area_path = AreaPathField()
    kind = models.TextField(help_text="resident or household")
    kept_id = models.UUIDField()
    dropped_id = models.UUIDField()
    before_sealed = models.BinaryField(help_text="JSON: every row that was changed, as it stood")
    at = models.DateTimeField()
    by_account = models.UUIDField(null=True)
    by_name = models.TextField()
    undone_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Merge]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(kept_id=models.F("dropped_id")), name="nobody is merged with themselves"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("kept_id",), name="people_merge_kept"),
            models.Index(fields=("dropped_id",), name="people_merge_dropped"),
        ]
