"""Notice: one thing one person was told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet


class Notice(models.Model):
    """One message to one person. The sentence is kept as key and parameters, so it is read in the reader's language."""

    id = IdField()
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    area_path = AreaPathField(help_text="where the thing lies that it is about")
    code = models.TextField()
    params = models.JSONField(default=dict)
    subject_kind = models.TextField(blank=True)
    subject_id = models.TextField(blank=True)
    channel = models.TextField(default="inbox")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="the receipt: when the person opened it")

    objects: ClassVar[ScopedQuerySet[Notice]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("account", "-created_at", "-id"), name="notify_notice_inbox"),
            models.Index(fields=("account",), condition=models.Q(seen_at=None), name="notify_notice_unseen"),
        ]

    def __str__(self) -> str:
        return f"{self.code} to {self.account_id}"
