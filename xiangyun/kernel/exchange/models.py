"""Import and its Progress, the Layouts remembered, Export, Form and each time it was Filled."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.exchange.rules import ImportState


class Import(models.Model):
    """One workbook that comes in, from the upload to its end. Only its own job changes it while the job runs; what is
    personal in it (lines seen, cells refused) stands sealed."""

    id = IdField()
    area_path = AreaPathField(help_text="where its rows belong")
    kind = models.TextField()
    state = models.TextField(default=ImportState.UPLOADED)
    file = models.ForeignKey("files.Attachment", models.PROTECT, related_name="+")
    faults_file = models.ForeignKey("files.Attachment", models.PROTECT, null=True, related_name="+")
    by_account = models.UUIDField()
    by_name = models.TextField()
    made_at = models.DateTimeField()
    survey_sealed = models.BinaryField(null=True, help_text="sheets, headers, guesses and sample lines as JSON")
    sheet = models.SmallIntegerField(null=True, help_text="index of the sheet, from 0")
    first_row = models.IntegerField(null=True, help_text="of the header, from 1")
    last_row = models.IntegerField(null=True, help_text="of the header")
    mapping = models.JSONField(default=dict, help_text="column of the sheet (from 0) to the kind's column")
    fingerprint = models.TextField(blank=True, default="", help_text="of the header")
    counts = models.JSONField(default=dict, help_text="made, changed, unchanged, bad, and skipped lines by kind")
    faults_sealed = models.BinaryField(null=True, help_text="the first faults as JSON")
    reason = models.TextField(blank=True, default="", help_text="why it failed: a key of the words catalogues")
    reason_params = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Import]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ImportState]), name="an import is in a known state"
            ),
            models.CheckConstraint(
                condition=Q(first_row=None) | Q(first_row__gte=1, last_row__gte=models.F("first_row")),
                name="a header ends where it begins or below",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "-made_at"), name="exchange_import_area")]


class Progress(models.Model):
    """How far the job of an import is. Written from beside the job's own transaction, so that others see it move."""

    of = models.OneToOneField(Import, models.CASCADE, primary_key=True, related_name="progress")
    area_path = AreaPathField()
    phase = models.TextField(blank=True, default="", help_text="empty: nothing is being done")
    done = models.IntegerField(default=0, help_text="rows")
    total = models.IntegerField(default=0, help_text="rows; 0 where nobody knows yet")
    moved_at = models.DateTimeField()
    cancel_asked_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Progress]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Layout(models.Model):
    """What a town's people said the columns under one header mean: next time it is known."""

    id = IdField()
    area_path = AreaPathField(help_text="the town")
    kind = models.TextField()
    fingerprint = models.TextField()
    mapping = models.JSONField()
    used_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Layout]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("area_path", "kind", "fingerprint"), name="a town reads a header one way for each kind"
            )
        ]


class Export(models.Model):
    """One table that went out: who asked, for what, how many rows, which entry of the audit says so."""

    id = IdField()
    area_path = AreaPathField()
    kind = models.TextField()
    columns = models.JSONField()
    purpose = models.TextField(help_text="a code of the audit's reasons")
    note = models.TextField(blank=True, default="", help_text="the reason in the person's own words; no personal fact")
    state = models.TextField(default="waiting")
    file = models.ForeignKey("files.Attachment", models.PROTECT, null=True, related_name="+")
    rows = models.IntegerField(null=True)
    entry_id = models.BigIntegerField(null=True, help_text="of the audit")
    by_account = models.UUIDField()
    by_name = models.TextField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")

    objects: ClassVar[ScopedQuerySet[Export]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "done", "failed")), name="an export waits, is done or failed"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "-made_at"), name="exchange_export_area")]


class Form(models.Model):
    """An empty workbook of a town with what belongs into its cells, said once."""

    id = IdField()
    area_path = AreaPathField(help_text="the town")
    title = models.TextField()
    file = models.ForeignKey("files.Attachment", models.PROTECT, related_name="+")
    sheet = models.SmallIntegerField(default=0)
    cells = models.JSONField(default=list, help_text='[{"cell": "B3", "fact": code}]')
    lists = models.JSONField(
        default=list,
        help_text='[{"roll": code, "first_row": 5, "last_row": 14, "columns": {"A": code, "B": "#"}}]',
    )
    by_account = models.UUIDField()
    by_name = models.TextField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Form]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Filled(models.Model):
    """A form filled once for a place: how many cells it asked for and how many the register could say."""

    id = IdField()
    area_path = AreaPathField()
    form = models.ForeignKey(Form, models.PROTECT, related_name="filled")
    file = models.ForeignKey("files.Attachment", models.PROTECT, related_name="+")
    asked = models.IntegerField()
    said = models.IntegerField()
    by_account = models.UUIDField()
    by_name = models.TextField()
    at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Filled]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(said__gte=0) & Q(said__lte=models.F("asked")), name="no more is said than was asked"
            )
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "-at"), name="exchange_filled_area")]
