"""Rules with their years, alerts, and the two small tables that keep the calm path free of work."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.alerts.rules import AlertState, Kind

KINDS = [kind.value for kind in Kind]
STATES = [state.value for state in AlertState]


class AlertRule(models.Model):
    """The numbers of one rule from one moment on, with where they come from.

    Reference rows: an empty town means every town; a town's own rows stand instead of those.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    code = models.TextField()
    town = models.TextField(blank=True, db_collation="C")
    params = models.JSONField()
    severity = models.SmallIntegerField(help_text="1 is the gravest, 4 the least")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    source = models.TextField(help_text="standard, paper or decision the numbers were taken from")
    basis = models.TextField(help_text="what they mean, and how sure they are")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("code", "town", "valid_from", name="a rule changes once at a moment"),
            models.CheckConstraint(condition=Q(severity__range=(1, 4)), name="rule severity is 1 to 4"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="a rule ends after it begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.town or '*'} {self.valid_from:%F}"


class Alert(models.Model):
    """One spell in which a rule's condition held for one subject. Times of the spell are event times."""

    id = IdField()
    rule = models.TextField()
    kind = models.TextField()
    severity = models.SmallIntegerField()
    area_path = AreaPathField()
    subject_kind = models.TextField()
    subject_id = models.TextField()
    device = models.ForeignKey("devices.Device", null=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(help_text="ts of the first reading of the spell")
    event_at = models.DateTimeField(help_text="ts of the record that completed the condition")
    cleared_at = models.DateTimeField(null=True, help_text="ts of the record with which it was over")
    silent_since = models.DateTimeField(
        null=True, help_text="last evidence, where it ended only because nothing was heard after that: unknown since"
    )
    raised_at = models.DateTimeField(help_text="when we knew")
    is_late = models.BooleanField(default=False)
    is_waiting = models.BooleanField(
        default=False, help_text="open in a backlog that has not caught up: nobody is sent until it has"
    )
    state = models.TextField(default=AlertState.OPEN.value)
    reason_code = models.TextField()
    inputs = models.JSONField(default=dict)
    matter = models.ForeignKey("workflow.Matter", null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[ScopedQuerySet[Alert]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "rule",
                "subject_kind",
                "subject_id",
                condition=Q(state=AlertState.OPEN.value),
                name="one open alert per rule and subject",
            ),
            models.UniqueConstraint(
                "rule",
                "subject_kind",
                "subject_id",
                "starts_at",
                condition=~Q(state=AlertState.WITHDRAWN.value),
                name="a spell is told once",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="an alert is an alert, a tip or a fact"),
            models.CheckConstraint(
                condition=Q(state__in=STATES),
                name="an alert is open, closed or withdrawn",
            ),
            models.CheckConstraint(
                condition=~Q(state=AlertState.OPEN.value) | Q(cleared_at=None), name="an open alert is not over"
            ),
            models.CheckConstraint(
                condition=~Q(state=AlertState.CLOSED.value) | Q(cleared_at__isnull=False), name="a closed alert is over"
            ),
            models.CheckConstraint(
                condition=Q(silent_since=None) | Q(cleared_at__gte=F("silent_since")),
                name="an alert ends after it was last heard of",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("area_path", "-event_at", "-id"), name="alerts_alert_place"),
            models.Index("matter", condition=Q(matter__isnull=False), name="alerts_alert_matter"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_kind} {self.subject_id} {self.state}"


class Watch(models.Model):
    """A device one of whose rules is broken, or was: which of its records must be judged even where they look calm.

    While an alert is open, of the records after `settled_us` only those can end it that look calm and come at or after
    `calm_from_us`; all others up to `until_us` lie in time that was judged already. Past `unknown_us` an open spell is
    believed no longer, unless a record was stored since that goes on about it. Numbers of devices and times (µs since
    1970), so no area; what they point at has one.
    """

    id = models.BigAutoField(primary_key=True)
    device_num = models.BigIntegerField()
    rule = models.TextField()
    settled_us = models.BigIntegerField()
    calm_from_us = models.BigIntegerField()
    until_us = models.BigIntegerField(help_text="far away while an alert is open")
    unknown_us = models.BigIntegerField(default=0, help_text="the last evidence seen, and the rule's bound after it")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("device_num", "rule", name="a rule watches a device once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.device_num}"


class FullDay(models.Model):
    """A local day on which the sum of a device's readings reached a rule's amount, and the record that reached it.

    Such a day stays reached: stored readings are never taken back and the amounts are never negative.
    """

    id = models.BigAutoField(primary_key=True)
    rule_row = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="full_days")
    device_num = models.BigIntegerField()
    on = models.DateField()
    reached_us = models.BigIntegerField(help_text="ts of the record that reached it, µs since 1970")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("rule_row", "device_num", "on", name="a day is reached once per rule and device")
        ]

    def __str__(self) -> str:
        return f"{self.device_num} {self.on}"
