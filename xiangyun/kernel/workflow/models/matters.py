"""Matters, what happened to them, who has to do with them, and what proves it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.workflow.rules import How


class Matter(models.Model):
    """One thing somebody must see to. Its state lives only here; domain facts stand in the module's own row."""

    id = IdField()
    town_path = AreaPathField(help_text="the tenant, in whose books the number is unique")
    year = models.IntegerField()
    number = models.TextField(help_text="what people say on the phone: 农业-1124-01")
    kind = models.TextField()
    state = models.TextField()
    area_path = AreaPathField()
    subject_kind = models.TextField()
    subject_id = models.TextField()
    source_kind = models.TextField(blank=True, help_text="what opened it: alert; empty: a person")
    source_id = models.TextField(blank=True)
    title_code = models.TextField()
    title_params = models.JSONField(default=dict)
    category = models.TextField(blank=True, default="", help_text="a code of the kind's own list; routing reads it")
    level = models.TextField(blank=True, default="", help_text="who has it in hand: grid, village, town, banner")
    is_sealed = models.BooleanField(default=False, help_text="for those involved and `workflow.see_sealed` alone")
    severity = models.SmallIntegerField(help_text="1 is the gravest, 4 the least")
    lon = models.FloatField(null=True, help_text="WGS-84 degrees, where it is on the map")
    lat = models.FloatField(null=True)
    owner = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    reporter = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    clock = models.OneToOneField(
        "workflow.Clock",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="that runs, or ran last",
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True, help_text="since when its clock stands still")
    check_at = models.DateTimeField(null=True, help_text="when the round of the clocks must look again; empty: not")
    lamp = models.TextField(blank=True, default="", help_text="the lamp the house last acted on: ok warn late stopped")
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    sent_back = models.SmallIntegerField(default=0, help_text="how often it was given back to who assigned it: once")
    reopened = models.SmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")

    objects: ClassVar[ScopedQuerySet[Matter]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("town_path", "year", "number"), name="a number names one matter of a town"),
            models.CheckConstraint(condition=Q(severity__range=(1, 4)), name="severity is 1 to 4"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(closed_at__isnull=False), name="a merged matter is closed"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(check_at=None), name="no clock looks at a closed matter"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("opened_at",), condition=Q(closed_at=None), name="workflow_matter_open"),
            models.Index(fields=("source_kind", "source_id"), name="workflow_matter_source"),
            models.Index(  # all that the figures ask of an open matter, so that they count without fetching any
                fields=("area_path", "due_at"),
                include=("is_sealed", "opened_at", "clock", "stopped_at"),
                condition=Q(closed_at=None),
                name="workflow_matter_standing",
            ),
            models.Index(fields=("area_path",), condition=Q(stopped_at__isnull=False), name="workflow_matter_still"),
            models.Index(  # the same for the figures of one kind, village by village, closed ones too
                fields=("kind", "area_path"),
                include=(
                    "is_sealed",
                    "state",
                    "level",
                    "reopened",
                    "opened_at",
                    "closed_at",
                    "due_at",
                    "clock",
                    "stopped_at",
                ),
                name="workflow_matter_counted",
            ),
            models.Index(  # and for a map of one kind: where what nobody sealed lies
                fields=("kind", "area_path"),
                include=("id", "category", "state", "opened_at", "closed_at", "lon", "lat"),
                condition=Q(is_sealed=False),
                name="workflow_matter_placed",
            ),
            models.Index(fields=("closed_at",), condition=Q(closed_at__isnull=False), name="workflow_matter_closed"),
            models.Index(fields=("check_at", "id"), condition=Q(check_at__isnull=False), name="workflow_matter_check"),
            models.Index(fields=("merged_into",), condition=Q(merged_into__isnull=False), name="workflow_matter_kept"),
            models.Index(fields=("split_from",), condition=Q(split_from__isnull=False), name="workflow_matter_split"),
        ]

    def __str__(self) -> str:
        return self.number


class Step(models.Model):
    """One thing that happened to a matter; insert-only."""

    id = IdField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="steps")
    work = models.ForeignKey("workflow.WorkItem", null=True, on_delete=models.PROTECT, related_name="steps")
    area_path = AreaPathField()
    at = models.DateTimeField()
    act = models.TextField(
        help_text="opened offered taken returned done false_alarm reassigned unanswered moved remarked, or an act"
    )
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.TextField(help_text="as the actor was called then; the house itself is `system`")
    to_account = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    to_role = models.TextField(blank=True, default="", help_text="offered to all who hold it")
    state_from = models.TextField(blank=True)
    state_to = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Step]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=("matter", "at", "id"), name="workflow_step_history")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%F %T}"


class Involvement(models.Model):
    """Somebody who has to do with a matter: who is involved reads its whole history, wherever it went; a watcher only
    asked to be shown it, and sees what they would see anyway."""

    id = IdField()
    area_path = AreaPathField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="involved")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    how = models.TextField(help_text="reporter owner helper watcher")
    since_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Involvement]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("matter", "account", "how"), name="somebody is involved once in one way"),
            models.CheckConstraint(
                condition=Q(how__in=[how.value for how in How]), name="somebody reports, owns, helps or watches"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("account", "how", "matter"), name="workflow_involvement_mine")]

    def __str__(self) -> str:
        return f"{self.how} of {self.matter_id}"


class Evidence(models.Model):
    """A file that shows how a matter ended, with what is said of it."""

    id = IdField()
    area_path = AreaPathField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="evidence")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="evidence")
    file = models.ForeignKey("files.Attachment", on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Evidence]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"of {self.matter_id}"
