"""Source: where a group of facts came from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Source(models.Model):
    """Where a group of facts came from, as of which day, who entered it. One row a form that was filled in or an
    import, not one a fact: many facts point to it."""

    id = IdField()
    area_path = AreaPathField()
    kind = models.TextField(help_text="hand, import, visit, form, register or demo")
    name = models.TextField(blank=True, default="", help_text="which file, form or register; nothing about a person")
    as_of = models.DateField(help_text="the day for which the facts were true")
    entered_by = models.UUIDField(null=True, help_text="account; null for the house itself")
    entered_name = models.TextField(help_text="what people call who entered it")
    entered_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Source]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=("hand", "import", "visit", "form", "register", "demo")),
                name="a source is of a known kind",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("import_id",), condition=Q(import_id__isnull=False), name="people_source_import")
        ]
