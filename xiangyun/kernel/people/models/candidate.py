"""Candidate: two rows that may be one, seen when the second came in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Candidate(models.Model):
    """Two people with one ID number, or two homes with one number in a village: both were kept when the second came in
    (the second without the number), and a person looks at them until one is merged into the other."""

    id = IdField()
    area_path = AreaPathField(help_text="where the second lies")
    kind = models.TextField(help_text="resident or household")
    first_id = models.UUIDField()
    second_id = models.UUIDField()
    why = models.TextField(help_text="id_no or number")
    found_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Candidate]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="resident", why="id_no") | Q(kind="household", why="number"),
                name="a candidate says what is the same",
            ),
            models.CheckConstraint(condition=~Q(first_id=F("second_id")), name="a candidate is two rows"),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path", "found_at"), name="people_candidate_area")]
