"""Household, and what belongs to it: Plot, Income."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.people.models.source import Source


class Household(models.Model):
    """One home (户) of a village: codes of domain brief §1.3 and §4. Who lives in it stands in Membership."""

    id = IdField()
    area_path = AreaPathField(help_text="its village")
    group_path = AreaPathField(blank=True, default="")
    grid_path = AreaPathField(blank=True, default="")
    number = models.TextField(help_text="户号, one in the village while it stands")
    kind = models.TextField(blank=True, default="", help_text="code list household_kind: 常住 空挂 外出")
    address = models.TextField(blank=True, default="", help_text="below the village: 三组 12 号; masked to the village")
    lon = models.FloatField(null=True, help_text="WGS-84 degrees")
    lat = models.FloatField(null=True)
    house_size_m2 = models.DecimalField(max_digits=8, decimal_places=1, null=True)
    safety_grade = models.TextField(blank=True, default="", help_text="A to D, JGJ 125")
    water = models.TextField(blank=True, default="")
    toilet = models.TextField(blank=True, default="")
    heating = models.TextField(blank=True, default="")
    has_broadband = models.BooleanField(null=True)
    machines = ArrayField(models.TextField(), default=list, blank=True)
    home_source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(help_text="when somebody last said that it is still so")
    closed_on = models.DateField(null=True, help_text="nobody's home any more, or merged into another")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="+")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Household]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("area_path", "number"), condition=Q(closed_on=None), name="a number names one home of a village"
            ),
            models.CheckConstraint(
                condition=Q(lon=None, lat=None) | Q(lon__range=(-180, 180), lat__range=(-90, 90)),
                name="a home stands somewhere on earth",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("grid_path",), condition=~Q(grid_path=""), name="people_household_grid"),
            models.Index(fields=("area_path", "checked_at"), name="people_household_checked"),
            models.Index(fields=("merged_into",), condition=~Q(merged_into=None), name="people_household_merged"),
        ]


class Plot(models.Model):
    """One piece of contracted land (承包地块) of a household; GB/T 35958-2018."""

    id = IdField()
    area_path = AreaPathField()
    household = models.ForeignKey(Household, models.PROTECT, db_index=False, related_name="plots")
    code = models.TextField(blank=True, default="", help_text="地块编码, up to 19 digits")
    name = models.TextField(blank=True, default="", help_text="as people call it: 渠东三亩地")
    kind = models.TextField(blank=True, default="", help_text="code list land_kind")
    size_mu = models.DecimalField(max_digits=10, decimal_places=2, help_text="1 mu = 666.67 m²")
    is_irrigated = models.BooleanField(null=True)
    crop = models.TextField(blank=True, default="")
    contract_from = models.DateField(null=True)
    contract_until = models.DateField(null=True)
    transferred_to = models.TextField(blank=True, default="", help_text="who farms it now, where it is another")
    transfer_until = models.DateField(null=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    closed_on = models.DateField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Plot]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(size_mu__gt=0), name="a plot has a size"),
            models.CheckConstraint(
                condition=Q(contract_from=None)
                | Q(contract_until=None)
                | Q(contract_from__lt=models.F("contract_until")),
                name="a contract ends after it begins",
            ),
            models.UniqueConstraint(
                fields=("area_path", "code"),
                condition=Q(closed_on=None) & ~Q(code=""),
                name="a plot code names one plot",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("household",), name="people_plot_household")]


class Income(models.Model):
    """A household's income of one year; the amounts (fen: wage, business, property, transfer, cost) stand sealed."""

    id = IdField()
    area_path = AreaPathField()
    household = models.ForeignKey(Household, models.PROTECT, db_index=False, related_name="incomes")
    year = models.IntegerField()
    amounts_sealed = models.BinaryField(help_text="JSON of five amounts in fen")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    version = models.IntegerField(default=1)

    objects: ClassVar[ScopedQuerySet[Income]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("household", "year"), name="a household has one income a year"),
            models.CheckConstraint(condition=Q(year__range=(1990, 2100)), name="a year of income is a year"),
        ]
