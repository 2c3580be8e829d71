"""ReceivingKey, Phone, Item, ItemFile, Conflict, DropTry."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.offline.rules import Choice, ConflictState, State, Why


class ReceivingKey(models.Model):
    """A key pair to which the phones of a town seal what they write. The latest is given out; former ones open what was
    sealed to them."""

    id = IdField()
    area_path = AreaPathField(help_text="the town")
    town_id = models.UUIDField(help_text="the town's own id, which no merger of areas changes")
    num = models.IntegerField(help_text="1, 2, 3 …: which one an envelope was sealed to")
    public = models.BinaryField(help_text="65 bytes, a point of P-256")
    private_sealed = models.BinaryField(help_text="PKCS 8, hex")
    made_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[ReceivingKey]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("area_path", "num"), name="a number names one receiving key of a town"),
        ]


class Phone(models.Model):
    """One installed app of one account, and what it last said of what it still holds."""

    id = models.UUIDField(primary_key=True, help_text="made on the phone")
    area_path = AreaPathField(help_text="the smallest place that holds all posts of its account")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    session_id = models.UUIDField(null=True, help_text="in which it was last heard: ended when the phone is revoked")
    public_key = models.BinaryField(help_text="65 bytes, a point of P-256: what it signs with")
    label = models.TextField(blank=True, default="", help_text="as the app calls it: Android, Chrome")
    app_version = models.TextField(blank=True, default="")
    is_persisted = models.BooleanField(default=False, help_text="the browser promised to keep what it stores")
    holds_items = models.IntegerField(default=0, help_text="not yet acknowledged, as far as it told")
    holds_photos = models.IntegerField(default=0)
    holds_bytes = models.BigIntegerField(default=0)
    holds_oldest_at = models.DateTimeField(null=True)
    evicted = models.IntegerField(default=0, help_text="how often the browser took away what it stored")
    upto = models.BigIntegerField(default=0, help_text="all its numbers up to this one are here")
    lost = models.IntegerField(default=0, help_text="numbers that were given and never came")
    clock_off_s = models.BigIntegerField(default=0, help_text="how far its clock is ahead of ours")
    registered_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Phone]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("account",), name="offline_phone_account"),
            models.Index(fields=("area_path", "-seen_at"), name="offline_phone_area"),
        ]


class Item(models.Model):
    """One thing written on a phone, as it came, and what became of it. Nobody deletes one: whatever a phone was told is
    here."""

    id = models.UUIDField(primary_key=True, help_text="made on the phone")
    area_path = AreaPathField(help_text="where its subject lies; the phone's place where that is not known")
    phone = models.ForeignKey(Phone, models.PROTECT, db_index=False, related_name="items")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    seq = models.BigIntegerField(help_text="1, 2, 3 … on its phone")
    form = models.TextField(blank=True, default="")
    subject_kind = models.TextField(blank=True, default="")
    subject_id = models.UUIDField(null=True)
    under_id = models.UUIDField(null=True, help_text="the row its subject is made under")
    hash_index = models.BinaryField(null=True, help_text="blind index of the SHA-256 of what was written, 16 bytes")
    body_sealed = models.BinaryField(null=True, help_text="what was written, as the phone wrote it")
    body_bytes = models.IntegerField(default=0)
    state = models.TextField(default=State.WAITING.value)
    why = models.TextField(blank=True, default="", help_text="why it waits for a person")
    outcome_sealed = models.BinaryField(null=True, help_text="JSON: the sentence and its parts, as codes")
    reason_sealed = models.BinaryField(null=True, help_text="why it was removed or put aside, in somebody's words")
    version = models.IntegerField(null=True, help_text="the subject's, after")
    mends = models.UUIDField(null=True, help_text="the refused item it stands for")
    made_at = models.DateTimeField(null=True, help_text="by the phone's clock")
    clock_off_s = models.BigIntegerField(default=0, help_text="how far that clock was ahead of ours")
    came_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    brought_by = models.UUIDField(null=True, help_text="account of whoever carried it in for its phone")
    judged_by = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Item]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=[one.value for one in State]), name="an item has a state"),
            models.CheckConstraint(
                condition=Q(state=State.QUARANTINED.value, why__in=[one.value for one in Why])
                | ~Q(state=State.QUARANTINED.value),
                name="what waits for a person says why",
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="a phone counts from one"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("phone", "seq"), name="offline_item_phone"),
            models.Index(fields=("phone", "seq"), condition=Q(state=State.WAITING.value), name="offline_item_waiting"),
            models.Index(
                fields=("area_path", "came_at"),
                condition=Q(state__in=(State.WAITING.value, State.QUARANTINED.value)),
                name="offline_item_judged",
            ),
            models.Index(fields=("phone", "subject_id"), name="offline_item_subject"),
            models.Index(fields=("subject_id",), name="offline_item_about"),
        ]


class ItemFile(models.Model):
    """A photo, recording or signature that belongs to an item: announced with it, kept once its bytes are here."""

    id = IdField()
    area_path = AreaPathField()
    item = models.ForeignKey(Item, models.PROTECT, db_index=False, related_name="files")
    num = models.IntegerField(help_text="its place among the item's files")
    role = models.TextField(help_text="small, original, voice or signature")
    group = models.IntegerField(null=True, help_text="a small picture and its original share one")
    size = models.BigIntegerField(help_text="bytes on the phone")
    sha256_sealed = models.BinaryField(help_text="of the bytes on the phone, hex")
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True, help_text="the phone says that it will never come")
    reason_sealed = models.BinaryField(null=True, help_text="why not, in somebody's words")

    objects: ClassVar[ScopedQuerySet[ItemFile]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("item", "num"), name="a file has its place in its item"),
            models.CheckConstraint(
                condition=Q(role__in=("small", "original", "voice", "signature")), name="a file is for something"
            ),
            models.CheckConstraint(condition=Q(kept_at=None) | Q(given_up_at=None), name="a file came or will not"),
        ]


class Conflict(models.Model):
    """One fact of which a phone and the house said different things. Both values stay here for ever, sealed."""

    id = IdField()
    area_path = AreaPathField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="conflicts")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", help_text="who wrote `mine`")
    form = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    fact = models.TextField()
    values_sealed = models.BinaryField(help_text="JSON: base, mine, theirs, and who said theirs, when, how they knew")
    state = models.TextField(default=ConflictState.OPEN.value)
    choice = models.TextField(blank=True, default="")
    note_sealed = models.BinaryField(null=True)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.TextField(blank=True, default="")

    objects: ClassVar[ScopedQuerySet[Conflict]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=ConflictState.OPEN.value, choice="")
                | Q(state=ConflictState.OFFICE.value, choice=Choice.BOTH.value)
                | Q(state=ConflictState.DECIDED.value, choice__in=(Choice.MINE.value, Choice.THEIRS.value)),
                name="a conflict is open, with the office or decided",
            ),
            models.UniqueConstraint(fields=("item", "fact"), name="a fact of an item differs once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("area_path", "found_at"),
                condition=~Q(state=ConflictState.DECIDED.value),
                name="offline_conflict_open",
            ),
        ]


class DropTry(models.Model):
    """One time somebody brought envelopes without signing in, by phone and address; no area, since nobody is known
    yet. Written in a transaction of its own, so that a refused one is counted all the same."""

    id = IdField()
    phone = models.UUIDField(help_text="as it was told")
    address = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("phone", "-at"), name="offline_drop_phone"),
            models.Index(fields=("address", "-at"), name="offline_drop_address"),
        ]
