"""Entry, its Link in the chain, and what still waits for one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from xiangyun.base.fields import AreaPathField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.audit.rules import EXPORT, REVEAL


class Entry(models.Model):
    """One act: who, what, on which thing, where, when. Written in the act's own transaction, never changed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    town = models.TextField(db_collation="C", help_text="whose chain it joins: the town's path, or the area's above")
    area_path = AreaPathField()
    act = models.TextField(help_text="an ability, or `room.verb_noun` of what happened by itself")
    by_kind = models.TextField(help_text="person, machine or system")
    by_id = models.UUIDField(null=True)
    by_account = models.TextField()
    by_name = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    detail = models.JSONField(help_text="codes and numbers; nothing about a person that the objects do not say")

    objects: ClassVar[ScopedQuerySet[Entry]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("town", "-id"), name="audit_entry_town"),
            models.Index(fields=("object_kind", "object_id"), name="audit_entry_object"),
            models.Index(fields=("by_id", "at"), condition=models.Q(act=REVEAL), name="audit_entry_reveal"),
            models.Index(fields=("area_path", "at"), condition=models.Q(act=EXPORT), name="audit_entry_export"),
        ]


class Unsealed(models.Model):
    """An entry that has no link yet, kept by a trigger; `xid` is the transaction that wrote it."""

    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False)
    area_path = AreaPathField(help_text="the entry's town")

    objects: ClassVar[ScopedQuerySet[Unsealed]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Link(models.Model):
    """One link of a town's chain: SHA-256 over the hash before and the entry as it is stored."""

    id = models.BigAutoField(primary_key=True)
    area_path = AreaPathField(help_text="the town whose chain it is")
    seq = models.BigIntegerField(help_text="1, 2, 3 … without a gap")
    entry = models.OneToOneField(Entry, models.DO_NOTHING, related_name="+", db_constraint=False)
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Link]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("area_path", "seq"), name="a chain has one link at each number")
        ]
