"""Where matters go: to which role, or which person, at which level."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Route(models.Model):
    """Matters of a kind (of one category, or of any where it is empty) go to a role or a named person at a level.

    `office` is what people call whom it goes to: 农技站.
    """

    id = IdField()
    area_path = AreaPathField()
    kind = models.TextField()
    category = models.TextField(blank=True, default="")
    level = models.TextField()
    role = models.TextField(blank=True, default="")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.PROTECT, related_name="+")
    office = models.TextField(blank=True, default="")
    order = models.SmallIntegerField(default=1, help_text="1 is tried first")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="first day on which it no longer holds")
    import_id = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Route]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("area_path", "kind", "category", "level", "order", "valid_from"), name="a route is written once"
            ),
            models.CheckConstraint(
                condition=Q(role="", account__isnull=False) | (~Q(role="") & Q(account=None)),
                name="a route leads to a role or to a person",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="a route ends after it begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.category or '*'} {self.level} → {self.role or self.account_id}"
