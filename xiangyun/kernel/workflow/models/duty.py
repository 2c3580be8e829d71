"""Who is on duty, and how long offered work may wait."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.workflow.rules import ShiftKind


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
