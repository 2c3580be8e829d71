"""The second factor: an authenticator bound, confirmed, shown; codes for the day it is lost."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries, rules
from xiangyun.kernel.accounts.models import Account, RecoveryCode, SecondFactor, Session
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

PLACE = ("accounts_secondfactor", "secret_sealed")
ISSUER = "乡云"


@dataclass(frozen=True, slots=True)
class Begun:
    """A secret that was made for an authenticator and is not asked for yet; shown once."""

    url: str


@transaction.atomic
def begin(*, by: Actor, at: datetime) -> Begun:
    """Somebody wants to bind an authenticator; begun anew, the former secret is forgotten.

    Refuses: Conflict where one is bound already.
    """
    person = Account.objects.select_for_update().pick(queries.id_of(by))
    known = SecondFactor.objects.filter(account=person).first()
    if known and known.confirmed_at:
        raise Conflict("accounts.factor_bound")
    secret = secrets.token_bytes(rules.FACTOR_BYTES)
    sealed = vault.sealing_ring(person.area_path, at=at).seal(secret.hex(), *PLACE, person.pk)
    SecondFactor.objects.update_or_create(
        account=person,
        defaults={"secret_sealed": sealed, "started_at": at, "last_step": 0, "area_path": person.area_path},
    )
    return Begun(rules.factor_address(secret, person.account, ISSUER))


@transaction.atomic
def confirm(*, code: str, by: Actor, at: datetime) -> list[str]:
    """The authenticator shows its first code: it is asked for from now on. Returns the recovery codes, shown once.

    Refuses: NotFound (none was begun), Conflict (bound already), NotSignedIn (a wrong code, which is counted).
    """
    factor = _factor(queries.id_of(by))
    if factor is None:
        raise NotFound
    if factor.confirmed_at:
        raise Conflict("accounts.factor_bound")
    _take(factor, code, at)
    factor.confirmed_at = at
    factor.save(update_fields=["confirmed_at"])
    codes = [rules.new_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    RecoveryCode.objects.filter(account_id=factor.account_id).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account_id=factor.account_id, code_hash=rules.digest(one), area_path=factor.area_path)
        for one in codes
    )
    _strengthen(by, at)
    _record("accounts.bind_factor", by, factor, at)
    return codes


@transaction.atomic
def show(*, code: str, by: Actor, at: datetime) -> None:
    """Somebody who is signed in shows the second factor: the session is strong from now on.

    Refuses: NotFound (none is bound), NotSignedIn (a wrong code, which is counted).
    """
    factor = _factor(queries.id_of(by))
    if factor is None or factor.confirmed_at is None:
        raise NotFound
    check(factor, code, at)
    _strengthen(by, at)
    _record("accounts.show_factor", by, factor, at)


@transaction.atomic
def drop(*, code: str, by: Actor, at: datetime) -> None:
    """Somebody takes their authenticator away, showing it once more. Refuses: NotFound, NotSignedIn."""
    factor = _factor(queries.id_of(by))
    if factor is None:
        raise NotFound
    if factor.confirmed_at:
        check(factor, code, at)
    _forget(factor.account_id)
    _record("accounts.drop_factor", by, factor, at)


@transaction.atomic
def reset_factor(*, account_id: UUID, by: Actor, at: datetime) -> None:
    """Somebody's phone is lost: the authenticator is forgotten and every session of theirs ends; they bind another.

    Refuses: NotFound, NotAllowed (also for oneself, and for administrators of another kind: at the console).
    """
    person = Account.objects.visible_to(by, "accounts.reset_factor").select_for_update(of=("self",)).pick(account_id)
    roles = frozenset(person.posts.filter(ends_at=None).values_list("role", flat=True))
    if by.account_id == person.pk:
        raise NotAllowed("base.not_allowed")
    if why := rules.apart(by, roles):
        raise NotAllowed(why)
    factor = _factor(person.pk)
    if factor is None:
        raise NotFound
    _forget(person.pk)
    Session.objects.filter(account=person, revoked_at=None).update(revoked_at=at)
    _record("accounts.reset_factor", by, factor, at)


def bound(account_id: UUID) -> SecondFactor | None:
    """The authenticator an account must show, locked against a code used twice at once."""
    factor = _factor(account_id)
    return factor if factor and factor.confirmed_at else None


def check(factor: SecondFactor, code: str, at: datetime) -> None:
    """Take a code of the authenticator, or a recovery code, each once. Refuses: NotSignedIn."""
    plain = rules.plain_code(code)
    if plain.isdigit():
        _take(factor, plain, at)
        return
    spent = RecoveryCode.objects.filter(
        account_id=factor.account_id, code_hash=rules.digest(plain), used_at=None
    ).update(used_at=at)
    if not spent:
        raise NotSignedIn("accounts.wrong_code")


def forget(account_id: UUID) -> None:
    """Whoever resets an account at the machine resets its second factor with it."""
    _forget(account_id)


def _factor(account_id: UUID) -> SecondFactor | None:
    return SecondFactor.objects.select_for_update().filter(account_id=account_id).first()


def _take(factor: SecondFactor, code: str, at: datetime) -> None:
    secret = bytes.fromhex(vault_queries.open_sealed(factor.secret_sealed, *PLACE, factor.account_id))
    step = rules.steps_of(secret, rules.plain_code(code), at)
    if step is None or step <= factor.last_step:
        raise NotSignedIn("accounts.wrong_code")
    factor.last_step = step
    factor.save(update_fields=["last_step"])


def _strengthen(by: Actor, at: datetime) -> None:
    Session.objects.filter(pk=by.session_id).update(strong_at=at)


def _forget(account_id: UUID) -> None:
    SecondFactor.objects.filter(account_id=account_id).delete()
    RecoveryCode.objects.filter(account_id=account_id).delete()


def _record(act: str, by: Actor, factor: SecondFactor, at: datetime) -> None:
    audit.record(act=act, by=by, object=("account", factor.account_id), area=factor.area_path, at=at)
