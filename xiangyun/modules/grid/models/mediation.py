"""Mediation, Party, Sitting, FollowUp."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.models.reports import Report
from xiangyun.modules.grid.rules.mediation import AgreementForm, Kept, Origin, Prevented, Side


class Mediation(models.Model):
    """The file of one quarrel before the mediation committee. Number, state and clock are its matter's; who quarrels,
    over what, and what they agreed stand sealed."""

    id = IdField()
    area_path = AreaPathField(help_text="the village whose committee mediates")
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="the old case it broke out of"
    )
    origin = models.TextField(help_text="own request referral")
    facts_sealed = models.BinaryField(help_text="JSON: facts, issues")
    mediator = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    mediator_name = models.TextField(blank=True, default="", help_text="as it stands in the file")
    form = models.TextField(blank=True, default="", help_text="written or oral; empty without an agreement")
    agreement_sealed = models.BinaryField(null=True, help_text="JSON: liability, content, method, due_on")
    agreed_on = models.DateField(null=True)
    amount_fen = models.BigIntegerField(null=True, help_text="what is to be paid under the agreement")
    prevented = models.TextField(blank=True, default="", help_text="crime or group_petition, where it kept one off")
    ended_sealed = models.BinaryField(null=True, help_text="why it ended without an agreement")
    remedies_told_at = models.DateTimeField(null=True, help_text="when the parties were told what else they can do")

    objects: ClassVar[ScopedQuerySet[Mediation]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(origin__in=[one.value for one in Origin]), name="a mediation began in a known way"
            ),
            models.CheckConstraint(
                condition=Q(form="", agreement_sealed=None, agreed_on=None, amount_fen=None)
                | Q(
                    form__in=[one.value for one in AgreementForm],
                    agreement_sealed__isnull=False,
                    agreed_on__isnull=False,
                ),
                name="an agreement has a form, a content and a day",
            ),
            models.CheckConstraint(condition=Q(amount_fen=None) | Q(amount_fen__gte=0), name="nobody pays less than 0"),
            models.CheckConstraint(
                condition=Q(prevented__in=[one.value for one in Prevented]), name="what was prevented is known"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "-id"), name="grid_mediation_place")]

    def __str__(self) -> str:
        return str(self.pk)


class Party(models.Model):
    """One who quarrels: of the register, or typed."""

    id = IdField()
    area_path = AreaPathField()
    mediation = models.ForeignKey(Mediation, on_delete=models.PROTECT, related_name="+")
    side = models.TextField(help_text="applicant respondent third")
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, related_name="+")
    told_sealed = models.BinaryField(help_text="JSON: name, phone")
    refused_at = models.DateTimeField(null=True, help_text="when they clearly refused to be mediated")

    objects: ClassVar[ScopedQuerySet[Party]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(side__in=[one.value for one in Side]), name="a party stands on a known side"
            ),
            models.UniqueConstraint(fields=("mediation", "resident"), name="somebody is a party once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Sitting(models.Model):
    """One time the mediator sat with the parties; insert-only in the application."""

    id = IdField()
    area_path = AreaPathField()
    mediation = models.ForeignKey(Mediation, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField()
    place = models.TextField(blank=True, default="")
    came = ArrayField(models.UUIDField(), default=list, help_text="the parties who came")
    notes_sealed = models.BinaryField()
    written_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Sitting]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [models.Index(fields=("mediation", "held_at"), name="grid_sitting_of")]

    def __str__(self) -> str:
        return f"{self.held_at:%F %R}"


class FollowUp(models.Model):
    """A day on which somebody asks whether an agreement is kept, and what they found."""

    id = IdField()
    area_path = AreaPathField()
    mediation = models.ForeignKey(Mediation, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    asked_at = models.DateTimeField(null=True, help_text="when the house sent somebody")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    found = models.TextField(blank=True, default="", help_text="kept partly broken")
    words_sealed = models.BinaryField(null=True)

    objects: ClassVar[ScopedQuerySet[FollowUp]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("mediation", "due_on"), name="an agreement is followed up once on a day"),
            models.CheckConstraint(
                condition=Q(done_at=None, found="") | Q(done_at__isnull=False, found__in=[one.value for one in Kept]),
                name="a follow-up that was made found something",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("due_on",), condition=Q(asked_at=None, done_at=None), name="grid_followup_due")
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.found}"
