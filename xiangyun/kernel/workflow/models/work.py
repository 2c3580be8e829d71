"""The tasks on a matter, and who stands in for whom."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.workflow.models.matters import Matter
from xiangyun.kernel.workflow.rules import OVER, WAITING, Outcome, WorkState


class WorkItem(models.Model):
    """One person's task on a matter, from being offered to being done."""

    id = IdField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="work")
    kind = models.TextField()
    area_path = AreaPathField()
    state = models.TextField(default=WorkState.OPEN.value)
    assignee = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    role = models.TextField(blank=True, default="", help_text="offered to all who hold this role at `role_area`")
    role_area = AreaPathField(blank=True, default="")
    is_main = models.BooleanField(
        default=False,
        help_text="who takes it owns a matter that people carry through the house; others help (协办)",
    )
    assigned_by = models.ForeignKey(
        "accounts.Account", null=True, on_delete=models.PROTECT, related_name="+", help_text="whom it is sent back to"
    )
    in_place_of = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="whose deputy was asked",
    )
    asked = ArrayField(models.UUIDField(), default=list, help_text="accounts it was offered to, in order")
    offered_at = models.DateTimeField()
    take_by_at = models.DateTimeField(null=True, help_text="the next on duty is asked then; empty: nobody is left")
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects: ClassVar[ScopedQuerySet[WorkItem]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in WorkState]),
                name="work is open, taken, done or dropped",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(WorkState.OPEN.value, WorkState.DROPPED.value)) | Q(assignee__isnull=False),
                name="taken work has somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=WorkState.DONE.value, outcome__in=[outcome.value for outcome in Outcome])
                | (~Q(state=WorkState.DONE.value) & Q(outcome="")),
                name="only done work has an outcome",
            ),
            models.CheckConstraint(
                condition=Q(role="", role_area="") | (~Q(role="") & ~Q(role_area="")), name="a role is held somewhere"
            ),
            models.UniqueConstraint(
                fields=("matter",),
                condition=Q(is_main=True, state__in=WAITING),
                name="one person at a time owns a matter",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("due_at", "id"), condition=~Q(state__in=OVER), name="workflow_work_waiting"),
            models.Index(fields=("assignee", "state", "due_at", "id"), name="workflow_work_mine"),
            models.Index(
                fields=("assignee", "-done_at", "-id"),
                condition=Q(state=WorkState.DONE.value),
                name="workflow_work_past",
            ),
            models.Index(
                fields=("role_area", "role", "due_at", "id"),
                condition=Q(state=WorkState.OPEN.value) & ~Q(role=""),
                name="workflow_work_role",
            ),
            models.Index(fields=("take_by_at",), condition=Q(state=WorkState.OPEN.value), name="workflow_work_untaken"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.matter_id}"


class StandIn(models.Model):
    """Somebody who is asked in another's place for a time; what that person has already stays with them."""

    id = IdField()
    area_path = AreaPathField(help_text="the smallest place that holds the posts of whom it is for")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[StandIn]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="a stand-in ends after it starts"),
            models.CheckConstraint(condition=~Q(account=F("deputy")), name="nobody stands in for themselves"),
        ]
        indexes: ClassVar = [models.Index(fields=("account", "ends_at"), name="workflow_stand_in_of")]

    def __str__(self) -> str:
        return f"{self.deputy_id} for {self.account_id}"
