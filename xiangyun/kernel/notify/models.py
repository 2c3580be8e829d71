"""Notice, Delivery, Contact, Gateway, Manners."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.notify.rules import OUTSIDE, ContactKind, Kind, State, Urgency


class Notice(models.Model):
    """One message to one person. The sentence is kept as key and parameters, so it is read in the reader's language."""

    id = IdField()
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    area_path = AreaPathField(help_text="where the thing lies that it is about")
    code = models.TextField()
    params = models.JSONField(default=dict)
    subject_kind = models.TextField(blank=True)
    subject_id = models.TextField(blank=True)
    urgency = models.TextField(default=Urgency.PLAIN.value)
    until_taken = models.BooleanField(default=False, help_text="goes on to further channels and people until settled")
    then = ArrayField(models.UUIDField(), default=list, help_text="accounts to tell after this one, in order")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="the receipt: when the person opened it")
    settled_at = models.DateTimeField(null=True, help_text="what it is about was taken by somebody")
    next_at = models.DateTimeField(null=True, help_text="when the house looks at it again; empty: it need not")

    objects: ClassVar[ScopedQuerySet[Notice]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(urgency__in=[one.value for one in Urgency]), name="a notice is plain, soon or now"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("account", "-created_at", "-id"), name="notify_notice_inbox"),
            models.Index(fields=("account",), condition=Q(seen_at=None), name="notify_notice_unseen"),
            models.Index(fields=("next_at",), condition=Q(next_at__isnull=False), name="notify_notice_next"),
            models.Index(
                fields=("subject_kind", "subject_id"),
                condition=Q(until_taken=True, settled_at=None),
                name="notify_notice_untaken",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} to {self.account_id}"


class Contact(models.Model):
    """A number or mail address somebody gave to be told by; good once a code sent there came back."""

    id = IdField()
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    area_path = AreaPathField(help_text="the person's own place")
    kind = models.TextField()
    value_sealed = models.BinaryField()
    value_index = models.BinaryField(help_text="to count the codes sent to one number, whoever asked")
    code_sealed = models.BinaryField(null=True)
    code_until = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0, help_text="wrong codes typed")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Contact]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in ContactKind]), name="a contact is a phone or a mail address"
            ),
            models.UniqueConstraint(
                fields=("account", "kind"), condition=Q(confirmed_at__isnull=False), name="one confirmed contact a kind"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("value_index", "created_at"), name="notify_contact_value")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account_id}"


class Gateway(models.Model):
    """Who carries a channel's messages for a place: address, templates and secrets, sealed as one."""

    id = IdField()
    area_path = AreaPathField()
    channel = models.TextField()
    settings_sealed = models.BinaryField()
    is_on = models.BooleanField(default=True)
    set_at = models.DateTimeField()
    set_by = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Gateway]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("area_path", "channel"), name="a place has one gateway a channel"),
            models.CheckConstraint(
                condition=Q(channel__in=[one.value for one in OUTSIDE]), name="a gateway carries sms, mail or voice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} of {self.area_path}"


class Manners(models.Model):
    """How a place speaks to people from one moment on (`rules.Manners`)."""

    id = IdField()
    area_path = AreaPathField()
    starts_at = models.DateTimeField()
    basis = models.TextField(blank=True, help_text="who decided so, where it is written")
    plain = ArrayField(models.TextField())
    soon = ArrayField(models.TextField())
    now = ArrayField(models.TextField())
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    wait_minutes = models.SmallIntegerField(help_text="for a human, before the next channel or person")
    person_hour = models.SmallIntegerField(help_text="messages outside the inbox to one person in an hour, a channel")
    town_day = models.IntegerField(help_text="SMS and calls of a town in a day")

    objects: ClassVar[ScopedQuerySet[Manners]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.area_path} {self.starts_at:%F %T}"


class Delivery(models.Model):
    """One message on one channel, from being due to what became of it. Its id is the key every try carries, so a
    gateway can know it again. To what number it goes is looked up when it goes."""

    id = IdField()
    area_path = AreaPathField()
    kind = models.TextField()
    channel = models.TextField()
    urgency = models.TextField()
    notice = models.ForeignKey(Notice, null=True, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    to_sealed = models.BinaryField(null=True, help_text="where a trial of the channel goes; gone once it went")
    gateway = models.ForeignKey(Gateway, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(default=State.QUEUED.value)
    attempts = models.SmallIntegerField(default=0)
    asks = models.SmallIntegerField(default=0, help_text="how often the gateway was asked what became of it")
    due_at = models.DateTimeField(null=True, help_text="when it is sent, or asked about; empty: it need not be")
    is_loud = models.BooleanField(default=False, help_text="goes out in the night")
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, help_text="when the latest try began")
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ref = models.TextField(blank=True, help_text="what the gateway calls it")
    fault = models.TextField(blank=True, help_text="a code of ours, or the gateway's words without digits")
    judged_by = models.UUIDField(null=True, help_text="who looked at one of which nobody knew whether it went")

    objects: ClassVar[ScopedQuerySet[Delivery]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("notice", "channel"), name="a notice goes out once a channel"),
            models.UniqueConstraint(
                fields=("account", "channel"),
                condition=Q(kind=Kind.DIGEST.value, state=State.QUEUED.value),
                name="one digest waits for a person on a channel",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in State]), name="a delivery has a known state"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[one.value for one in OUTSIDE]),
                name="a delivery goes out by sms, mail or voice",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.NOTICE.value, notice__isnull=False) | ~Q(kind=Kind.NOTICE.value),
                name="a delivered notice is there",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("state", "due_at"), condition=Q(due_at__isnull=False), name="notify_delivery_due"),
            models.Index(fields=("claimed_at",), condition=Q(state=State.SENDING.value), name="notify_delivery_held"),
            models.Index(fields=("account", "channel", "claimed_at"), name="notify_delivery_person"),
            models.Index(fields=("area_path", "claimed_at"), name="notify_delivery_day"),
            models.Index(fields=("area_path", "created_at", "id"), name="notify_delivery_list"),
            models.Index(fields=("ref",), condition=~Q(ref=""), name="notify_delivery_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {self.state}"
