"""Visit, VisitInterval, MissedVisit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.people.models import Household
from xiangyun.modules.grid.rules.visits import MOST_DAYS, VisitKind, VisitOutcome


class Visit(models.Model):
    """Somebody was at the door of a home. Where they walked and how long they stayed is written nowhere.

    Insert-only in the application. What was said stands sealed: of special care it is somebody's health.
    """

    id = IdField()
    area_path = AreaPathField(help_text="the grid of the home on that day, else its village")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(help_text="census care")
    outcome = models.TextField(help_text="same changed partly (no change in what was asked) away (nobody at home)")
    visitor = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    visited_at = models.DateTimeField(help_text="by the phone's clock, corrected by how wrong it was")
    came_at = models.DateTimeField(help_text="when the house heard of it")
    call_back_on = models.DateField(null=True, help_text="the day on which somebody promised to ask again")
    told_sealed = models.BinaryField(null=True, help_text="JSON: note; of care also help and report (its id)")

    objects: ClassVar[ScopedQuerySet[Visit]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=[one.value for one in VisitKind]), name="a visit has a kind"),
            models.CheckConstraint(
                condition=Q(outcome__in=[one.value for one in VisitOutcome]), name="a visit found something or nobody"
            ),
            models.CheckConstraint(
                condition=Q(call_back_on=None) | Q(kind=VisitKind.CARE.value), name="only who cares calls back"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("household", "kind", "-visited_at"), name="grid_visit_of"),
            models.Index(fields=("area_path", "-id"), name="grid_visit_place"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class VisitInterval(models.Model):
    """How often homes of a kind of special care are asked after in a town from a day on."""

    id = IdField()
    area_path = AreaPathField(help_text="the town")
    kind = models.TextField(help_text="code list care, level 0")
    days = models.SmallIntegerField(null=True, help_text="null: not asked after any more")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.TextField(help_text="who decided so, where it is written")
    set_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[VisitInterval]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("area_path", "kind", "valid_from"), name="a town says once a day how often it visits"
            ),
            models.CheckConstraint(
                condition=Q(days=None) | Q(days__range=(1, MOST_DAYS)), name="a visit comes again within a year"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="an interval ends after it begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.days}"


class MissedVisit(models.Model):
    """A home in special care was not asked after in time, and somebody who can help out was told: once for each day it
    was due. Names no worker."""

    id = IdField()
    area_path = AreaPathField()
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    told_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[MissedVisit]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("household", "due_on"), name="a missed visit is told once"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on}"
