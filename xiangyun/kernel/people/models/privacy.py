"""OwnRecord, Consent, PersonRequest: what a person may see and ask of the register."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.models.person import Resident


class OwnRecord(models.Model):
    """An account may see and ask for a person's record: their own, a child's, somebody's they look after."""

    id = IdField()
    area_path = AreaPathField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, db_index=False, related_name="own_records")
    kind = models.TextField(help_text="self, guardian or proxy")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    made_by = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[OwnRecord]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=("self", "guardian", "proxy")), name="a record is somebody's"),
            models.UniqueConstraint(
                fields=("account", "resident"), condition=Q(until_at=None), name="a record is opened to somebody once"
            ),
            models.UniqueConstraint(
                fields=("account",), condition=Q(until_at=None, kind="self"), name="an account is one person's own"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("resident",), name="people_ownrecord_resident")]


class Consent(models.Model):
    """A person's separate consent to one purpose under one version of its notice (PIPL Art. 14, 23, 29, 31)."""

    id = IdField()
    area_path = AreaPathField()
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="consents")
    purpose = models.TextField(help_text="code in the register of purposes")
    notice_version = models.TextField()
    given_by = models.TextField(help_text="self, guardian (under 14) or proxy")
    guardian = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")
    how = models.TextField(help_text="paper, app or spoken before a witness")
    evidence = models.UUIDField(null=True, help_text="attachment")
    given_at = models.DateTimeField()
    recorded_by = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Consent]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("resident", "purpose"), condition=Q(withdrawn_at=None), name="a purpose is consented to once"
            ),
            models.CheckConstraint(
                condition=Q(given_by__in=("self", "proxy")) | Q(given_by="guardian", guardian__isnull=False),
                name="a guardian is named",
            ),
        ]


class PersonRequest(models.Model):
    """A person asks for a copy of their data, its correction or its erasure (PIPL Art. 45–47); answered by a person."""

    id = IdField()
    area_path = AreaPathField()
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="requests")
    kind = models.TextField(help_text="copy, correct or erase")
    state = models.TextField(default="open", help_text="open, done or refused")
    text_sealed = models.BinaryField(null=True, help_text="what they say")
    answer_sealed = models.BinaryField(null=True, help_text="what was done, or why not, with the law")
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField(null=True)
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    copy = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+", help_text="what they asked for")

    objects: ClassVar[ScopedQuerySet[PersonRequest]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=("copy", "correct", "erase")), name="a request is of a kind"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | Q(state__in=("done", "refused"), closed_at__isnull=False),
                name="a request is open or closed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "state", "due_on"), name="people_request_open")]
