"""Category, Report."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.people.models import Household, Plot
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.rules.categories import Group
from xiangyun.modules.grid.rules.reports import CLOSES, How


class Category(models.Model):
    """What can be reported in a town from a day on: instead of what ships under the same code, or beside it."""

    id = IdField()
    area_path = AreaPathField(help_text="the town")
    code = models.TextField()
    group = models.TextField(help_text="hazard dispute protection; the last is sealed")
    zh = models.TextField()
    en = models.TextField()
    level = models.TextField(help_text="who settles it unless somebody says otherwise: grid village town")
    severity = models.SmallIntegerField(help_text="1 is the gravest, 4 the least")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="first day on which it can no longer be reported")
    source = models.TextField(help_text="who decided so, where it is written")
    set_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Category]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("area_path", "code", "valid_from"), name="a town says once a day what a category is"
            ),
            models.CheckConstraint(
                condition=Q(group__in=[one.value for one in Group]), name="a category is of a known group"
            ),
            models.CheckConstraint(condition=Q(level__in=[one.value for one in CLOSES]), name="a category has a level"),
            models.CheckConstraint(condition=Q(severity__range=(1, 4)), name="a category has a severity"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="a category ends after it begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.area_path}"


class Report(models.Model):
    """What somebody told of a hazard or a quarrel. Number, place, category, level, state and clock are its matter's.

    Of a sealed matter nothing is told here in the open: words, place and result stand in `told_sealed`. Of another one
    the columns have stars for a number of somebody's, and `numbers_sealed` has what was told with it.
    """

    id = IdField()
    area_path = AreaPathField(help_text="the grid, where it is known, else the village; of a sealed one the village")
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="+")
    how = models.TextField(help_text="worker villager for_somebody phone")
    words = models.TextField(blank=True, default="")
    place = models.TextField(blank=True, default="", help_text="in words: 渠东桥头")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="+")
    plot = models.ForeignKey(Plot, null=True, on_delete=models.PROTECT, related_name="+")
    told_sealed = models.BinaryField(null=True, help_text="JSON: words place point household plot result")
    numbers_sealed = models.BinaryField(null=True, help_text="JSON: words place result, those with a number in them")
    caller_sealed = models.BinaryField(null=True, help_text="JSON: name and phone of who told it, where they gave them")
    handler = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    result = models.TextField(blank=True, default="", help_text="what was done, as the village may read it")
    result_at = models.DateTimeField(null=True)
    channel = models.TextField(blank=True, default="", help_text="police court petition arbitration: where it went")

    objects: ClassVar[ScopedQuerySet[Report]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(how__in=[one.value for one in How]), name="a report came in a known way"
            ),
            models.CheckConstraint(
                condition=Q(told_sealed=None) | Q(words="", place="", result="", household=None, plot=None),
                name="a sealed report tells nothing in the open",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "-id"), name="grid_report_place")]

    def __str__(self) -> str:
        return str(self.pk)
