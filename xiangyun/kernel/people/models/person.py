"""Resident, Membership, Mark."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.people.models.home import Household
from xiangyun.kernel.people.models.source import Source


class Resident(models.Model):
    """One person of the register. What ends in `_sealed` is sealed at its place, `_index` and `name_keys` find it
    again; a protected person's name stands sealed too. Codes: domain brief §1.3."""

    id = IdField()
    area_path = AreaPathField(help_text="the village of the home they live in (or lived in last)")
    name = models.TextField(blank=True, default="", help_text="empty where it is sealed")
    name_sealed = models.BinaryField(null=True)
    is_protected = models.BooleanField(default=False, help_text="the name is nobody's to see without a reason")
    name_keys = ArrayField(models.BigIntegerField(), default=list, help_text="keyed digests of what a search may say")
    sort_key = models.TextField(blank=True, default="", db_collation="C", help_text="pinyin; empty where sealed")
    sex = models.TextField(blank=True, default="", help_text="GB/T 2261.1")
    born_on = models.DateField(null=True)
    ethnicity = models.TextField(blank=True, default="", help_text="GB/T 3304")
    education = models.TextField(blank=True, default="", help_text="GB/T 4658")
    marriage = models.TextField(blank=True, default="", help_text="GB/T 2261.2")
    political = models.TextField(blank=True, default="", help_text="GB/T 4762")
    occupation = models.TextField(blank=True, default="")
    hukou = models.TextField(blank=True, default="", help_text="where they are registered: code list hukou")
    away_since = models.DateField(null=True, help_text="works or studies elsewhere since")
    away_to = models.TextField(blank=True, default="")
    insurance = ArrayField(models.TextField(), default=list, blank=True)
    document = models.TextField(default="111", help_text="GA/T 2000.156; 111 is the citizen's ID card")
    id_no_sealed = models.BinaryField(null=True)
    id_no_index = models.BinaryField(null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    bank_card_sealed = models.BinaryField(null=True)
    health_sealed = models.BinaryField(null=True, help_text="JSON: disability class and grade, chronic diseases")
    identity_source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    contact_source = models.ForeignKey(Source, models.PROTECT, null=True, db_index=False, related_name="+")
    status_source = models.ForeignKey(Source, models.PROTECT, null=True, db_index=False, related_name="+")
    health_source = models.ForeignKey(Source, models.PROTECT, null=True, db_index=False, related_name="+")
    died_on = models.DateField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="+")
    erased_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Resident]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            # The digest is keyed per town: uniqueness in the whole table tells nothing of other towns.
            models.UniqueConstraint(
                fields=("id_no_index",), condition=Q(merged_into=None), name="an ID number is one person's"
            ),
            models.CheckConstraint(
                condition=Q(is_protected=False) | Q(name="", sort_key=""), name="a protected name stands sealed"
            ),
            models.CheckConstraint(
                condition=Q(born_on=None) | Q(died_on=None) | Q(born_on__lte=models.F("died_on")),
                name="nobody dies before they are born",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("phone_index",), condition=Q(phone_index__isnull=False), name="people_resident_phone"),
            models.Index(fields=("area_path", "sort_key", "id"), name="people_resident_sorted"),
            GinIndex(fields=("name_keys",), name="people_resident_names"),
            models.Index(fields=("merged_into",), condition=~Q(merged_into=None), name="people_resident_merged"),
        ]


class Membership(models.Model):
    """Somebody belongs to a household from one day to another (null: until today)."""

    id = IdField()
    area_path = AreaPathField()
    household = models.ForeignKey(Household, models.PROTECT, db_index=False, related_name="memberships")
    resident = models.ForeignKey(Resident, models.PROTECT, db_index=False, related_name="memberships")
    relation = models.TextField(help_text="to the head of the household, GB/T 4761")
    is_head = models.BooleanField(default=False)
    from_on = models.DateField()
    began_by = models.TextField(help_text="code list membership_begins")
    until_on = models.DateField(null=True, help_text="the first day they no longer belonged to it")
    ended_by = models.TextField(blank=True, default="", help_text="code list membership_ends")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    objects: ClassVar[ScopedQuerySet[Membership]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("resident",), condition=Q(until_on=None), name="a person lives in one household at a time"
            ),
            models.UniqueConstraint(
                fields=("household",),
                condition=Q(until_on=None, is_head=True),
                name="a household has one head at a time",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("from_on")),
                name="a membership ends after it began",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("household", "from_on"), name="people_membership_home"),
            models.Index(fields=("resident", "from_on"), name="people_membership_person"),
        ]


class Mark(models.Model):
    """Somebody needs special care (特殊关爱). Level 0 is open to the village's staff, 1 to welfare staff; at level 2
    the kind itself stands sealed."""

    id = IdField()
    area_path = AreaPathField()
    resident = models.ForeignKey(Resident, models.PROTECT, db_index=False, related_name="marks")
    level = models.SmallIntegerField()
    kind = models.TextField(blank=True, default="", help_text="code list care; empty at level 2")
    kind_sealed = models.BinaryField(null=True)
    note_sealed = models.BinaryField(null=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    objects: ClassVar[ScopedQuerySet[Mark]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(level__in=(0, 1)) & ~Q(kind="") | Q(level=2, kind="", kind_sealed__isnull=False),
                name="a grave mark stands sealed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("resident",), name="people_mark_resident")]
