"""Area: a place in the tree, with the years its code was valid; Outline: how far a grid reaches, from a day on."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.org.rules import outlines


class Areas(ScopedQuerySet["Area"]):
    """Places, which are where they are."""

    column = "path"


class Area(models.Model):
    """One node: a 12-digit code (or a local suffix below the village) as it was valid from one day to another.

    Source of city to village: National Bureau of Statistics, statistical division codes (see `data/README.md`).
    """

    id = IdField()
    path = AreaPathField()
    code = models.TextField(help_text="12 digits down to the village; below it the village's code and a local suffix")
    name = models.TextField(help_text="what people call it: 迎丰村")
    full_name = models.TextField(help_text="as in the national list: 迎丰村村民委员会")
    level = models.TextField()
    kind = models.TextField(help_text="旗 县 区 镇 乡 苏木 村 嘎查 社区 农场 组 网格")
    parent_path = AreaPathField(blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="first day the code was no longer used")
    successor_path = AreaPathField(blank=True, default="")
    lon = models.FloatField(null=True, help_text="WGS-84 degrees, where the place is marked on maps")
    lat = models.FloatField(null=True)
    is_schematic = models.BooleanField(default=False, help_text="the point was placed by us, not surveyed")
    is_run_here = models.BooleanField(default=False, help_text="a town this box serves")
    modules_off = ArrayField(models.TextField(), default=list, help_text="modules a town has switched off")

    objects: ClassVar[Areas] = Areas.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("path", condition=Q(valid_until=None), name="a path names one place at a time"),
            models.CheckConstraint(
                condition=Q(level__in=("city", "banner", "town", "village", "group", "grid")), name="level is known"
            ),
        ]
        indexes: ClassVar = [models.Index("parent_path", name="org_area_parent")]

    def __str__(self) -> str:
        return f"{self.path} {self.name}"


class Outline(models.Model):
    """How far one grid reached from one day to another: where its people look after things, no border of land or law.

    Drawn anew it is another row; the former one ends that day and is kept.
    """

    id = IdField()
    area_path = AreaPathField(help_text="the grid")
    corners = models.JSONField(help_text="[[lon, lat], …] in order, WGS-84 degrees; the first is not said again")
    source = models.TextField(help_text="drawn paper survey split joined")
    source_name = models.TextField(blank=True, default="", help_text="which paper or survey; nothing about a person")
    as_of = models.DateField(help_text="the day for which the source was true")
    drawn_by = models.UUIDField(null=True, help_text="account; null for the house itself")
    drawn_name = models.TextField(help_text="what people call who drew it")
    drawn_at = models.DateTimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="first day on which it no longer stood")

    objects: ClassVar[ScopedQuerySet[Outline]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "area_path", condition=Q(valid_until=None), name="a grid has one outline at a time"
            ),
            models.CheckConstraint(condition=Q(source__in=outlines.SOURCES), name="an outline came in a known way"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="an outline ends after it begins",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "valid_from"), name="org_outline_past")]

    def __str__(self) -> str:
        return f"{self.area_path} {self.valid_from}"
