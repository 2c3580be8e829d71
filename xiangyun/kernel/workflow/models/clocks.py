"""How long things may take: the rules with their years, the clocks of matters, the days that are worked."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.workflow.models.matters import Matter
from xiangyun.kernel.workflow.rules import Start, Unit

UNITS = [unit.value for unit in Unit]


class DeadlineRule(models.Model):
    """How long one stage of a kind of matter may take in a place, from a day on, instead of what the kind says."""

    id = IdField()
    area_path = AreaPathField()
    kind = models.TextField()
    stage = models.TextField(help_text="a level (grid village town banner), or a stage the kind names")
    amount = models.SmallIntegerField()
    unit = models.TextField()
    extension = models.SmallIntegerField(default=0, help_text="the most an approver may add, in the same unit")
    starts = models.TextField(default=Start.ENTERED.value)
    warn_pct = models.SmallIntegerField(default=80, help_text="so much of the time used: it runs short")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="first day on which it no longer holds")
    basis = models.TextField(help_text="who decided so, where it is written")
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[DeadlineRule]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("area_path", "kind", "stage", "valid_from"), name="a limit changes once on a day"
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="a limit lasts"),
            models.CheckConstraint(condition=Q(extension__gte=0), name="an extension adds"),
            models.CheckConstraint(condition=Q(warn_pct__range=(1, 100)), name="a warning comes within the time"),
            models.CheckConstraint(
                condition=Q(unit__in=UNITS), name="a limit counts hours, days, working days or months"
            ),
            models.CheckConstraint(
                condition=Q(starts__in=[start.value for start in Start]), name="a clock starts with a known event"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="a limit ends after it begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.stage} {self.amount} {self.unit} from {self.valid_from}"


class Clock(models.Model):
    """The time one stage of a matter has, under the rule that held when it began; a changed rule changes no clock."""

    id = IdField()
    area_path = AreaPathField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="clocks")
    stage = models.TextField()
    amount = models.SmallIntegerField()
    unit = models.TextField()
    extension = models.SmallIntegerField(default=0, help_text="the most an approver may add")
    extended = models.SmallIntegerField(default=0, help_text="what an approver added")
    warn_pct = models.SmallIntegerField(default=80)
    basis = models.TextField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    last_day = models.DateField(null=True, help_text="the day at whose end it is due; empty: hours")
    warn_at = models.DateTimeField()
    stood_still = models.DurationField(default=timedelta, help_text="in all, stops that have ended")
    stopped_at = models.DateTimeField(null=True)
    unsure_year = models.SmallIntegerField(null=True, help_text="a year whose holidays were not known: a guess")
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Clock]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("matter",), condition=Q(ended_at=None), name="a matter has one clock at a time"
            ),
            models.CheckConstraint(condition=Q(unit__in=UNITS), name="a clock counts hours, days or months"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="a clock ends after it begins"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("unsure_year",),
                condition=Q(ended_at=None, unsure_year__isnull=False),
                name="workflow_clock_unsure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.matter_id} due {self.due_at:%F %T}"


class Stop(models.Model):
    """A time in which a clock stood still: why, and what was waited for."""

    id = IdField()
    area_path = AreaPathField()
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="stops")
    stopped_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    reason = models.TextField()
    waits_for = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Stop]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("clock",), condition=Q(resumed_at=None), name="a clock stands still once at a time"
            ),
            models.CheckConstraint(
                condition=Q(resumed_at=None) | Q(resumed_at__gte=F("stopped_at")), name="a stop ends after it begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} since {self.stopped_at:%F %T}"


class Extension(models.Model):
    """More time, asked for and granted or refused."""

    id = IdField()
    area_path = AreaPathField()
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="extensions")
    amount = models.SmallIntegerField(help_text="in the clock's unit")
    reason = models.TextField()
    asked_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_granted = models.BooleanField(null=True)
    answer = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Extension]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("clock",), condition=Q(decided_at=None), name="more time is asked for once at a time"
            ),
            models.UniqueConstraint(fields=("clock",), condition=Q(is_granted=True), name="a clock is extended once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, is_granted=None) | Q(decided_at__isnull=False, is_granted__isnull=False),
                name="who decides says yes or no",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.clock_id}"


class CalendarDay(models.Model):
    """A day that is worked or not, as a county or town wrote it down: a year nobody ships, a holiday of its own."""

    id = IdField()
    area_path = AreaPathField()
    on = models.DateField()
    is_working = models.BooleanField()
    basis = models.TextField(help_text="the notice it was taken from")
    import_id = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[CalendarDay]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("area_path", "on"), name="a place says once whether a day is worked"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {'worked' if self.is_working else 'off'}"
