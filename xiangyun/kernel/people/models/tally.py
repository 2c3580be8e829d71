"""Tally: what a village counts to, kept so that a city need not be counted again. Recount: it must be counted anew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from xiangyun.base.fields import AreaPathField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Tally(models.Model):
    """The numbers of one village as they were counted at `at` by the worker."""

    id = models.BigAutoField(primary_key=True)
    area_path = AreaPathField(help_text="the village")
    counts = models.JSONField(help_text="name → number, as `rules.counting` names them")
    at = models.DateTimeField(help_text="when it was counted")

    objects: ClassVar[ScopedQuerySet[Tally]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("area_path",), name="a village is counted once")]


class Recount(models.Model):
    """A row of the register was written in this village. A trigger says so with every statement and the count takes
    it away; nobody waits for anybody, and a change that is not committed yet is not forgotten."""

    id = models.BigAutoField(primary_key=True)
    area_path = AreaPathField(help_text="the village")
    at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Recount]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=("area_path",), name="people_recount_area")]
