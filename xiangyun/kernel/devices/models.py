"""Device, its Presence, and what it sent that could not be read: Quarantine, Parked, RawLine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Q, Value, When

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.devices import rules
from xiangyun.kernel.devices.rules import Standing, State


class DeviceQuerySet(ScopedQuerySet["Device"]):
    """Devices, and what they are at a moment."""

    def as_of(self, at: datetime) -> DeviceQuerySet:
        """Each with `seen_state`, as `rules.state_of` says it."""
        allowed = ExpressionWrapper(
            F("expected_every_s") * Value(timedelta(seconds=rules.MISSED)), output_field=DurationField()
        )
        deadline = ExpressionWrapper(F("presence__last_heard_at") + allowed, output_field=DateTimeField())
        return self.annotate(deadline=deadline).annotate(
            seen_state=Case(
                When(state=Standing.REVOKED, then=Value(State.REVOKED)),
                When(state=Standing.MAINTENANCE, then=Value(State.MAINTENANCE)),
                When(presence__last_heard_at=None, then=Value(State.NEVER_HEARD)),
                When(deadline__lt=at, then=Value(State.SILENT)),
                default=Value(State.REPORTING),
                output_field=models.TextField(),
            )
        )

    def being(self, *states: State) -> DeviceQuerySet:
        """Those of `as_of` that are in one of these states."""
        return self.filter(Q(("seen_state__in", states)))

    def not_being(self, *states: State) -> DeviceQuerySet:
        """Those of `as_of` that are in none of these states."""
        return self.exclude(Q(("seen_state__in", states)))


class Device(models.Model):
    """One thing that sends, with a credential of its own.

    `num` stands for it in stored records (8 bytes instead of 16). Of the secret only hashes are kept: SHA-256 for the
    HTTP door (128 random bits need no stretching), bcrypt because the broker's user list wants it.
    """

    id = IdField()
    num = models.BigIntegerField(unique=True)
    key = models.TextField(unique=True, help_text="its name at the doors; safe in a topic and in an address")
    name = models.TextField()
    note = models.TextField(blank=True, default="", help_text="what a reader of its numbers must know: what is derived")
    derived_metrics = models.JSONField(
        default=dict, help_text="metric -> {from_what, how}: what it sends computed, not measured"
    )
    profile = models.TextField(help_text="code of a table in profiles/")
    area_path = AreaPathField()
    lon = models.FloatField(null=True, help_text="WGS-84 degrees")
    lat = models.FloatField(null=True)
    state = models.TextField(default=Standing.REGISTERED)
    expected_every_s = models.IntegerField()
    keeper = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", help_text="told when it is silent")
    http_hash = models.BinaryField(unique=True)
    mqtt_hash = models.TextField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[DeviceQuerySet] = DeviceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[standing.value for standing in Standing]), name="a device stands somehow"
            ),
            models.CheckConstraint(condition=Q(expected_every_s__gt=0), name="a device is expected every so often"),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "created_at"), name="devices_device_area")]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


class Presence(models.Model):
    """What the house remembers of one device between two records: the one row each batch locks and rewrites.

    `memory` is telemetry's own (its newest readings and what grading needs); silence is told once, noted in `told_at`.
    """

    num = models.BigIntegerField(primary_key=True)
    device = models.OneToOneField(Device, models.CASCADE, related_name="presence")
    area_path = AreaPathField()
    last_heard_at = models.DateTimeField(null=True, help_text="when the house last took something in from it")
    last_ts = models.DateTimeField(null=True, help_text="the newest ts among its records")
    memory = models.BinaryField(null=True)
    told_at = models.DateTimeField(null=True, help_text="when its keeper was told that it is silent")
    cut_at = models.DateTimeField(null=True, help_text="since when a door does not listen to it; empty: it does")
    cut_reason = models.TextField(
        blank=True, default="", db_default="", help_text="`telemetry.cut_<code>` in the words catalogues"
    )
    cut_noted_at = models.DateTimeField(null=True, help_text="when the latest cut was last written into the audit")

    objects: ClassVar[ScopedQuerySet[Presence]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Quarantine(models.Model):
    """One reading of a metric its profile does not know: kept as it came, shown, never used."""

    id = IdField()
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    area_path = AreaPathField()
    metric = models.TextField()
    ts = models.DateTimeField()
    value = models.TextField(help_text="as JSON, cut after 200 signs")
    received_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Quarantine]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("device", "metric", "ts"), name="a strange reading is kept once"),
        ]
        indexes: ClassVar = [models.Index(fields=("received_at",), name="devices_quarantine_received")]


class Parked(models.Model):
    """One thing a device sent that is no reading (poison, a wrong type, an impossible time, a conflict); kept once."""

    id = IdField()
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    area_path = AreaPathField()
    reason = models.TextField(help_text="a code; `devices.reason_<code>` in the words catalogues")
    metric = models.TextField(null=True)
    ts = models.DateTimeField(null=True)
    value = models.TextField(help_text="cut after 200 signs; whole where the fault was ours (broken)")
    received_at = models.DateTimeField()
    fingerprint = models.BinaryField(
        help_text="SHA-256 of reason, metric, ts and value: a redelivery parks nothing new"
    )

    objects: ClassVar[ScopedQuerySet[Parked]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("device", "fingerprint"), name="the same poison is parked once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("device", "-received_at"), name="devices_parked_device"),
            models.Index(fields=("received_at",), name="devices_parked_received"),
        ]


class RawLine(models.Model):
    """One body as it came, at most one a device and second, for whoever stands before the device with a laptop."""

    id = IdField()
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    area_path = AreaPathField()
    received_at = models.DateTimeField()
    door = models.TextField(help_text="http or mqtt")
    line = models.TextField(help_text="cut after 2,000 bytes; never a secret: those travel in headers and addresses")
    stored = models.IntegerField()
    duplicate = models.IntegerField()
    rejected = models.IntegerField()

    objects: ClassVar[ScopedQuerySet[RawLine]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("device", "-received_at"), name="devices_rawline_device"),
            models.Index(fields=("received_at",), name="devices_rawline_received"),
        ]
