"""Matters, the work on them, what happened to them, and who is on duty."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.workflow.rules import Outcome, ShiftKind, WorkState


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
    severity = models.SmallIntegerField(help_text="1 is the gravest, 4 the least")
    lon = models.FloatField(null=True, help_text="WGS-84 degrees, where it is on the map")
    lat = models.FloatField(null=True)
    owner = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Matter]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("town_path", "year", "number"), name="a number names one matter of a town"),
            models.CheckConstraint(condition=Q(severity__range=(1, 4)), name="severity is 1 to 4"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("opened_at",), condition=Q(closed_at=None), name="workflow_matter_open"),
            models.Index(fields=("source_kind", "source_id"), name="workflow_matter_source"),
        ]

    def __str__(self) -> str:
        return self.number


class WorkItem(models.Model):
    """One person's task on a matter, from being offered to being done."""

    id = IdField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="work")
    kind = models.TextField()
    area_path = AreaPathField()
    state = models.TextField(default=WorkState.OPEN.value)
    assignee = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    asked = ArrayField(models.UUIDField(), default=list, help_text="accounts it was offered to, in order")
    offered_at = models.DateTimeField()
    take_by_at = models.DateTimeField(null=True, help_text="the next on duty is asked then; empty: nobody is left")
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[WorkItem]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in WorkState]), name="work is open, taken or done"
            ),
            models.CheckConstraint(
                condition=Q(state=WorkState.OPEN.value) | Q(assignee__isnull=False), name="taken work has somebody"
            ),
            models.CheckConstraint(
                condition=Q(state=WorkState.DONE.value, outcome__in=[outcome.value for outcome in Outcome])
                | (~Q(state=WorkState.DONE.value) & Q(outcome="")),
                name="only done work has an outcome",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("due_at", "id"), condition=~Q(state=WorkState.DONE.value), name="workflow_work_waiting"
            ),
            models.Index(fields=("assignee", "state"), name="workflow_work_mine"),
            models.Index(fields=("take_by_at",), condition=Q(state=WorkState.OPEN.value), name="workflow_work_untaken"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.matter_id}"


class Step(models.Model):
    """One thing that happened to a matter; insert-only."""

    id = IdField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="steps")
    work = models.ForeignKey(WorkItem, null=True, on_delete=models.PROTECT, related_name="steps")
    area_path = AreaPathField()
    at = models.DateTimeField()
    act = models.TextField(
        help_text="opened offered taken returned done false_alarm reassigned unanswered moved remarked"
    )
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.TextField(help_text="as the actor was called then; the house itself is `system`")
    to_account = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    state_from = models.TextField(blank=True)
    state_to = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Step]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=("matter", "at", "id"), name="workflow_step_history")]

    def __str__(self) -> str:
        return f"{self.act} {self.at:%F %T}"


class DutyShift(models.Model):
    """Somebody on duty for a place from one moment to another (or until ended)."""

    id = IdField()
    area_path = AreaPathField()
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    rank = models.SmallIntegerField(default=1, help_text="1 is asked first")
    phone = models.TextField(blank=True, help_text="the public duty number, never a person's own")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[DutyShift]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ShiftKind]),
                name="a shift leads, dispatches or minds a place",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="a shift ends after it starts"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "starts_at"), name="workflow_shift_place")]

    def __str__(self) -> str:
        return f"{self.kind} {self.rank} at {self.area_path}"


class TakeLimit(models.Model):
    """How many minutes an offered item may wait in a place before the next on duty is asked, from one moment on."""

    id = IdField()
    area_path = AreaPathField()
    minutes = models.SmallIntegerField()
    starts_at = models.DateTimeField()
    basis = models.TextField(blank=True, help_text="who decided so, where it is written")

    objects: ClassVar[ScopedQuerySet[TakeLimit]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(minutes__range=(1, 1440)), name="a limit is 1 minute to 1 day"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min at {self.area_path}"


class Serial(models.Model):
    """The last number given in a town on a day."""

    id = IdField()
    area_path = AreaPathField()
    on = models.DateField()
    last = models.IntegerField()

    objects: ClassVar[ScopedQuerySet[Serial]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("area_path", "on"), name="a town counts once a day")]

    def __str__(self) -> str:
        return f"{self.area_path} {self.on} {self.last}"


class Op(models.Model):
    """A request that was carried out: the same op_id of the same actor gets the same answer."""

    id = IdField()
    area_path = AreaPathField()
    actor = models.TextField()
    op_id = models.UUIDField()
    request_hash = models.BinaryField(help_text="HMAC-SHA-256 of method, path and body under the box's key")
    status = models.SmallIntegerField(null=True)
    answer_sealed = models.BinaryField(null=True, help_text="JSON, without what is shown only once")
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Op]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("actor", "op_id"), name="an op_id is used once")]
        indexes: ClassVar = [models.Index(fields=("created_at",), name="workflow_op_age")]

    def __str__(self) -> str:
        return str(self.op_id)


class Heartbeat(models.Model):
    """When a process last said that it lives; no place, no person."""

    process = models.TextField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.process} {self.at:%F %T}"
