"""What the house notes for itself: numbers given, requests carried out, processes alive."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Serial(models.Model):
    """The last number given in a town on a day."""

    id = IdField()
    area_path = AreaPathField()
    on = models.DateField()
    last = models.IntegerField()

    objects: ClassVar[ScopedQuerySet[Serial]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("area_path", "on"), name="a town counts once a day")]

    def __str__(self) -> str:
        return f"{self.area_path} {self.on} {self.last}"


class Op(models.Model):
    """A request that was carried out: the same op_id of the same actor gets the same answer."""

    id = IdField()
    area_path = AreaPathField()
    actor = models.TextField()
    op_id = models.UUIDField()
    request_hash = models.BinaryField(help_text="HMAC-SHA-256 of method, path and body under the box's key")
    status = models.SmallIntegerField(null=True)
    answer_sealed = models.BinaryField(null=True, help_text="JSON, without what is shown only once")
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Op]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("actor", "op_id"), name="an op_id is used once")]
        indexes: ClassVar = [models.Index(fields=("created_at",), name="workflow_op_age")]

    def __str__(self) -> str:
        return str(self.op_id)


class Heartbeat(models.Model):
    """When a process last said that it lives; no place, no person."""

    process = models.TextField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.process} {self.at:%F %T}"
