"""Record, its fold by Hour, the Dirty hours still to be folded, the Answer to a repeated request, and the Letter."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Record(models.Model):
    """Everything one device said of one moment: the ledger. Partitioned by day (UTC), written only by `ledger.py`.

    `v00 … v15` are the slots of the device's profile, NULL where it did not say; `grades` holds two bits a slot
    (0 ok, 1 suspect, 2 bad, 3 missing), slot 0 lowest.
    """

    pk = models.CompositePrimaryKey("device_num", "ts")
    device_num = models.BigIntegerField()
    ts = models.DateTimeField()
    received_at = models.DateTimeField(help_text="when the door first took any of it in")
    grades = models.BigIntegerField()
    area_path = AreaPathField()
    v00 = models.FloatField(null=True)
    v01 = models.FloatField(null=True)
    v02 = models.FloatField(null=True)
    v03 = models.FloatField(null=True)
    v04 = models.FloatField(null=True)
    v05 = models.FloatField(null=True)
    v06 = models.FloatField(null=True)
    v07 = models.FloatField(null=True)
    v08 = models.FloatField(null=True)
    v09 = models.FloatField(null=True)
    v10 = models.FloatField(null=True)
    v11 = models.FloatField(null=True)
    v12 = models.FloatField(null=True)
    v13 = models.FloatField(null=True)
    v14 = models.FloatField(null=True)
    v15 = models.FloatField(null=True)

    objects: ClassVar[ScopedQuerySet[Record]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Hour(models.Model):
    """The ok readings of one device and hour, folded: per slot their count, sum, least and most.

    Wind directions cannot be summed: for a slot with vector means `total` is the sum of cosines and `across` of sines.
    """

    pk = models.CompositePrimaryKey("device_num", "hour")
    device_num = models.BigIntegerField()
    hour = models.DateTimeField(help_text="its beginning")
    area_path = AreaPathField()
    count = ArrayField(models.IntegerField())
    total = ArrayField(models.FloatField(null=True))
    least = ArrayField(models.FloatField(null=True))
    most = ArrayField(models.FloatField(null=True))
    across = ArrayField(models.FloatField(null=True), null=True)

    objects: ClassVar[ScopedQuerySet[Hour]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Dirty(models.Model):
    """An hour of a device whose fold, if there is one, no longer tells the truth."""

    pk = models.CompositePrimaryKey("device_num", "hour")
    device_num = models.BigIntegerField()
    hour = models.DateTimeField()
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[Dirty]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Letter(models.Model):
    """One message the broker had acknowledged that found no other place here: kept whole, whosever it is.

    It has no area, since often nobody knows its sender; the application may look, the ingest door may add.
    """

    id = IdField()
    key = models.TextField(help_text="the name its sender had at the broker")
    reason = models.TextField(help_text="nobody (no such device here), broken (a fault of ours)")
    body = models.BinaryField()
    sent_at = models.DateTimeField(help_text="the broker's stamp")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("key", "sent_at"), name="a message is kept once"),
        ]


class Answer(models.Model):
    """What a device was told about a body with an Idempotency-Key: the same again gets the same answer."""

    pk = models.CompositePrimaryKey("device_num", "key")
    device_num = models.BigIntegerField()
    key = models.TextField()
    area_path = AreaPathField()
    body_hash = models.BinaryField()
    answer = models.JSONField()
    received_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Answer]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=("received_at",), name="telemetry_answer_received")]
