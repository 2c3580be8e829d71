"""Monitoring, Measure."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.rules.monitoring import How, MeasureKind, Target


class Monitoring(models.Model):
    """The file of one family that may fall (back) into poverty. Number, state and clock are its matter's, which is
    always sealed; what was found, objected and decided stands sealed too."""

    id = IdField()
    area_path = AreaPathField(help_text="the grid of the home on that day, else its village")
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    how = models.TextField(help_text="self_report visit data")
    target = models.TextField(help_text="as what it is followed, in force on the day it was found")
    told_sealed = models.BinaryField(help_text="JSON: head, found, income; later verified, decided")
    publicised_from = models.DateField(null=True)
    publicised_until = models.DateField(null=True, help_text="the last day on which the name hangs out")
    objections_sealed = models.BinaryField(null=True, help_text="JSON: a list of at, words")
    decided_at = models.DateTimeField(null=True, help_text="when the county said yes or no")
    decided_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    stable_since = models.DateField(null=True)
    exited_at = models.DateTimeField(null=True)
    ended_sealed = models.BinaryField(null=True, help_text="why it was not met, refused, or over")

    objects: ClassVar[ScopedQuerySet[Monitoring]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(how__in=[one.value for one in How]), name="a monitoring began in a known way"
            ),
            models.CheckConstraint(
                condition=Q(target__in=[one.value for one in Target]), name="a family is followed as something known"
            ),
            models.CheckConstraint(
                condition=Q(publicised_from=None, publicised_until=None) | Q(publicised_until__gt=F("publicised_from")),
                name="a name hangs out for a day at least",
            ),
            models.CheckConstraint(
                condition=Q(stable_since=None) | Q(decided_at__isnull=False), name="who is stable was approved"
            ),
            models.CheckConstraint(
                condition=Q(exited_at=None) | Q(stable_since__isnull=False), name="who leaves was stable"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "-id"), name="grid_monitoring_place")]

    def __str__(self) -> str:
        return str(self.pk)


class Measure(models.Model):
    """Something that is done for a family under monitoring; insert-only in the application."""

    id = IdField()
    area_path = AreaPathField()
    monitoring = models.ForeignKey(Monitoring, on_delete=models.PROTECT, related_name="+")
    what = models.TextField(help_text="industry job public_post safety_net health education housing water other")
    answerable = models.TextField(help_text="who answers for it, as it stands in the file")
    since = models.DateField()
    words_sealed = models.BinaryField(null=True)
    written_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Measure]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(what__in=[one.value for one in MeasureKind]), name="a measure is of a known kind"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("monitoring", "since"), name="grid_measure_of")]

    def __str__(self) -> str:
        return f"{self.what} {self.since}"
