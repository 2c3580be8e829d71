"""Tally: what a village counts to, kept so that a city need not be counted again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from xiangyun.base.fields import AreaPathField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Tally(models.Model):
    """One number of one village as it was counted at `at`; marked stale by whoever changes a row, counted again by
    the worker."""

    id = models.BigAutoField(primary_key=True)
    area_path = AreaPathField(help_text="the village")
    counts = models.JSONField(help_text="name → number: households, residents, by sex and age, land in mu, refreshed")
    at = models.DateTimeField(help_text="when it was counted")
    stale_since = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Tally]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("area_path",), name="a village is counted once")]
        indexes: ClassVar = [
            models.Index(
                fields=("stale_since",), condition=models.Q(stale_since__isnull=False), name="people_tally_stale"
            )
        ]
