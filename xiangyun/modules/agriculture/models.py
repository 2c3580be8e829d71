"""Field, Planting, Forecast, Approval."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.modules.agriculture.rules import Crop


class Field(models.Model):
    """One block of farmland as the map draws it; households' plots are parts of blocks."""

    id = IdField()
    area_path = AreaPathField(help_text="the village")
    code = models.TextField(help_text="local, unique in the village: B001")
    size_mu = models.FloatField()
    lon = models.FloatField(help_text="WGS-84 degrees, its middle")
    lat = models.FloatField()
    is_schematic = models.BooleanField(default=False, help_text="drawn by us, not surveyed")

    objects: ClassVar[ScopedQuerySet[Field]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("area_path", "code", name="a code names one field of a village"),
            models.CheckConstraint(condition=Q(size_mu__gt=0), name="a field has a size"),
        ]

    def __str__(self) -> str:
        return f"{self.area_path} {self.code}"


class Planting(models.Model):
    """One crop on one field (or, without a field, somewhere in a village) from sowing to harvest.

    The days of heading and ripeness are entered by whoever looked, or the usual ones of the place
    (`is_estimated`).
    """

    id = IdField()
    area_path = AreaPathField(help_text="the village")
    field = models.ForeignKey(Field, null=True, on_delete=models.PROTECT, related_name="+")
    crop = models.TextField()
    variety = models.TextField(blank=True)
    size_mu = models.FloatField()
    sown_on = models.DateField()
    heading_on = models.DateField(null=True)
    ripe_on = models.DateField(null=True)
    is_estimated = models.BooleanField(default=False)
    entered_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Planting]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("field", "crop", "sown_on", name="a crop is sown once a day on a field"),
            models.CheckConstraint(condition=Q(crop__in=[crop.value for crop in Crop]), name="the crop is known"),
            models.CheckConstraint(condition=Q(size_mu__gt=0), name="a planting has a size"),
            models.CheckConstraint(
                condition=Q(heading_on=None, ripe_on=None)
                | Q(heading_on__gte=F("sown_on"), ripe_on__gt=F("heading_on")),
                name="sowing heading and ripeness follow one another",
            ),
        ]
        indexes: ClassVar = [models.Index("area_path", "crop", name="agriculture_planting_place")]

    def __str__(self) -> str:
        return f"{self.crop} {self.sown_on} {self.area_path}"


class Forecast(models.Model):
    """What a weather station said for a stretch of time in a place, typed in or read from its file. Never derived."""

    id = IdField()
    area_path = AreaPathField()
    source = models.TextField(help_text="who said it, as it is shown: 市气象台")
    issued_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rain_mm = models.FloatField(null=True)
    temp_min_c = models.FloatField(null=True)
    temp_max_c = models.FloatField(null=True)
    wind_ms = models.FloatField(null=True, help_text="mean wind, or the gust where the station gives one")
    entered_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    entered_how = models.TextField(default="hand", help_text="hand or file")
    withdrawn_at = models.DateTimeField(null=True, help_text="typed wrong, or the station took it back")

    objects: ClassVar[ScopedQuerySet[Forecast]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "area_path",
                "source",
                "issued_at",
                "starts_at",
                condition=Q(withdrawn_at=None),
                name="a station says a thing once",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a forecast ends after it starts"),
            models.CheckConstraint(condition=Q(rain_mm=None) | Q(rain_mm__gte=0), name="rain is not negative"),
            models.CheckConstraint(condition=Q(entered_how__in=("hand", "file")), name="entered by hand or file"),
        ]
        indexes: ClassVar = [models.Index("area_path", "ends_at", name="agriculture_forecast_place")]

    def __str__(self) -> str:
        return f"{self.source} {self.issued_at:%F %R} {self.area_path}"


class Approval(models.Model):
    """A named agronomist stands behind a tip in a place, from one moment until another: no tip goes out without one."""

    id = IdField()
    area_path = AreaPathField()
    rule = models.TextField()
    agronomist = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    agronomist_name = models.TextField(help_text="as it stands under the tip")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[Approval]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="an approval ends after it begins"
            )
        ]
        indexes: ClassVar = [models.Index("area_path", "rule", name="agriculture_approval_place")]

    def __str__(self) -> str:
        return f"{self.rule} {self.agronomist_name}"
