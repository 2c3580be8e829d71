"""Account, Password, Post, Session, OneTimeLink, LoginAttempt, MachineKey."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from xiangyun.base.fields import AreaPathField, IdField
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts import rules


class Account(models.Model):
    """One person who can sign in. Their own phone and ID number are not here; what they may do follows from posts."""

    id = IdField()
    account = models.TextField(help_text="the name typed at sign-in, folded; one in the whole box")
    name = models.TextField(help_text="what people call them: 王建国; empty until the first admin says it")
    state = models.TextField(default="active")
    lang = models.TextField(default="zh-Hans")
    is_elder = models.BooleanField(default=False, help_text="large words, one thing at a time")
    area_path = AreaPathField(help_text="the smallest place that holds all their posts")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Account]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("account"), name="an account name is one person's"),
            models.CheckConstraint(condition=Q(state__in=("active", "closed")), name="an account is active or closed"),
        ]
        indexes: ClassVar = [models.Index(fields=("area_path",), name="accounts_account_area")]

    def __str__(self) -> str:
        return self.account


class Password(models.Model):
    """The argon2id hash of one account's password, apart from the account so that reading people never reads it."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="password")
    hash = models.TextField()
    changed_at = models.DateTimeField()
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[Password]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class Post(models.Model):
    """A role held at a place from one moment to another (null: until further notice)."""

    id = IdField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="posts")
    role = models.TextField()
    area_path = AreaPathField()
    duty_phone = models.TextField(blank=True, default="", help_text="the post's public number, never a person's own")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Post]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("account", "role", "area_path"), condition=Q(ends_at=None), name="a post is held once at a time"
            ),
            models.UniqueConstraint(
                fields=("account",),
                condition=Q(ends_at=None, role__in=rules.ADMINS),
                name="nobody holds two administrators' posts",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=models.F("starts_at")), name="a post ends after it starts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("area_path", "role"), name="accounts_post_area"),
        ]


class Session(models.Model):
    """One browser or phone that is signed in; only the hash of its cookie is kept."""

    id = IdField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="sessions")
    token_hash = models.BinaryField(unique=True)
    kind = models.TextField()
    device_label = models.TextField(blank=True, default="", help_text="as the browser called itself")
    address = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="to the minute")
    idle_until = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    strong_at = models.DateTimeField(null=True, help_text="when a second factor was shown in it")
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[Session]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=("password", "ticket")), name="a session came by a known way"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("account", "created_at"), condition=Q(revoked_at=None), name="accounts_session_open"),
        ]


class SecondFactor(models.Model):
    """What an account shows beside its password: an authenticator that counts time (RFC 6238)."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="factor")
    secret_sealed = models.BinaryField(help_text="hex of 20 random bytes")
    started_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, help_text="asked for from then on")
    last_step = models.BigIntegerField(default=0, help_text="the latest 30-second step whose code was taken")
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[SecondFactor]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class SecurityKey(models.Model):
    """A key that signs in the browser (WebAuthn): a stick, or the chip of a phone or computer."""

    id = IdField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="security_keys")
    name = models.TextField(help_text="what its owner calls it: 蓝色的U盾")
    site = models.TextField(help_text="the box's host name it answers to")
    credential_id = models.BinaryField()
    public_key = models.BinaryField(help_text="COSE")
    sign_count = models.BigIntegerField(help_text="how often it has signed; 0 for keys that do not count")
    asked_us = models.BigIntegerField(default=0, help_text="when the latest challenge it answered was made (µs)")
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[SecurityKey]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "credential_id"], name="an account has a security key once")
        ]


class RecoveryCode(models.Model):
    """One of ten codes for the day the phone is lost; only its hash is kept."""

    id = IdField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField()
    used_at = models.DateTimeField(null=True)
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[RecoveryCode]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class FormerPassword(models.Model):
    """The hash of a password an account had before: the last few are not taken again."""

    id = IdField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="former_passwords")
    hash = models.TextField()
    until_at = models.DateTimeField()
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[FormerPassword]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]


class OneTimeLink(models.Model):
    """A welcome or reset link, or a villager's printed slip: works once, before it expires, unless revoked."""

    id = IdField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="links")
    token_hash = models.BinaryField(unique=True)
    purpose = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    session = models.OneToOneField(
        Session, models.PROTECT, null=True, related_name="link", help_text="the phone it bound"
    )
    area_path = AreaPathField()

    objects: ClassVar[ScopedQuerySet[OneTimeLink]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(purpose__in=("welcome", "reset", "ticket")), name="a link has a known purpose"
            ),
        ]


class LoginAttempt(models.Model):
    """One try to come in, by the name that was typed and the address it came from; no area, since nobody is known yet.

    Written in a transaction of its own, so that a refused request is counted all the same.
    """

    id = IdField()
    account = models.TextField(help_text="folded; for links and slips `#` and part of the hash of what was shown")
    address = models.TextField()
    at = models.DateTimeField()
    is_good = models.BooleanField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("account", "-at"), name="accounts_attempt_account"),
            models.Index(fields=("address", "-at"), name="accounts_attempt_address"),
        ]


class MachineKey(models.Model):
    """The key of another system: some abilities in one area; only its hash is kept."""

    id = IdField()
    name = models.TextField(help_text="whose key, for what")
    key_hash = models.BinaryField(unique=True)
    hint = models.TextField(help_text="the first signs, to tell keys apart")
    abilities = models.JSONField()
    area_path = AreaPathField()
    made_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, help_text="to the minute")
    ends_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[MachineKey]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]
