"""The second factor: an authenticator or a security key bound, shown, taken away; codes for the day it is lost."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import passkeys, queries, rules
from xiangyun.kernel.accounts.models import Account, RecoveryCode, SecondFactor, SecurityKey, Session
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

PLACE = ("accounts_secondfactor", "secret_sealed")
ISSUER = "乡云"


@dataclass(frozen=True, slots=True)
class Begun:
    """A secret that was made for an authenticator and is not asked for yet; shown once."""

    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows beside their password: a code, or what their security key answered at this site."""

    code: str | None = None
    key: dict[str, Any] | None = None
    site: passkeys.Site | None = None

    @property
    def is_empty(self) -> bool:
        return not self.code and not self.key


NOTHING = Shown()


@dataclass(frozen=True, slots=True)
class Bound:
    """What an account must show one of, locked against being used twice at once."""

    person: Account
    authenticator: SecondFactor | None
    keys: Sequence[SecurityKey]

    def __bool__(self) -> bool:
        return bool(self.authenticator or self.keys)

    def asks(self, site: passkeys.Site | None, at: datetime) -> dict[str, Any]:
        """What may be shown here, for the page that asks; `key_options` goes to the browser as it is."""
        here = [bytes(key.credential_id) for key in self.keys if site and key.site == site.name]
        options = None
        if site and here:
            options = passkeys.options_to_show(site, account_id=self.person.pk, known=here, at=at)
        return {"has_authenticator": self.authenticator is not None, "key_options": options}


def bound(person: Account) -> Bound:
    """What an account must show one of."""
    factor = _factor(person.pk)
    keys = SecurityKey.objects.select_for_update().filter(account=person).order_by("added_at", "id")
    return Bound(person, factor if factor and factor.confirmed_at else None, list(keys))


@transaction.atomic
def begin(*, by: Actor, at: datetime) -> Begun:
    """Somebody wants to bind an authenticator; begun anew, the former secret is forgotten.

    Refuses: Conflict where one is bound already, NotAllowed where a security key was not shown in this session.
    """
    person = _oneself(by)
    known = SecondFactor.objects.filter(account=person).first()
    if known and known.confirmed_at:
        raise Conflict("accounts.factor_bound")
    _must_be_strong(bound(person), by)
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

    Refuses: NotFound (none was begun), Conflict (bound already), NotSignedIn (a wrong code, which is counted),
    NotAllowed where a security key was not shown in this session.
    """
    person = _oneself(by)
    factor = _factor(person.pk)
    if factor is None:
        raise NotFound
    if factor.confirmed_at:
        raise Conflict("accounts.factor_bound")
    _must_be_strong(bound(person), by)
    _take(factor, code, at)
    factor.confirmed_at = at
    factor.save(update_fields=["confirmed_at"])
    _strengthen(by, at)
    _record("accounts.bind_factor", by, person, at)
    return _new_codes(person)


@transaction.atomic
def show(*, shown: Shown, by: Actor, at: datetime) -> None:
    """Somebody who is signed in shows a second factor: the session is strong from now on.

    Refuses: NotFound (none is bound), NotSignedIn (a wrong one, which is counted).
    """
    person = _oneself(by)
    held = bound(person)
    if not held:
        raise NotFound
    check(held, shown, at)
    _strengthen(by, at)
    _record("accounts.show_factor", by, person, at)


def ask(*, site: passkeys.Site | None, by: Actor, at: datetime) -> dict[str, Any]:
    """What the browser is told to have one of somebody's own keys sign. Refuses: NotFound where none answers here."""
    options: dict[str, Any] | None = bound(_oneself(by)).asks(site, at)["key_options"]
    if options is None:
        raise NotFound
    return options


@transaction.atomic
def drop(*, shown: Shown, by: Actor, at: datetime) -> None:
    """Somebody takes their authenticator away, showing a factor once more. Refuses: NotFound, NotSignedIn."""
    person = _oneself(by)
    held = bound(person)
    if held.authenticator:
        check(held, shown, at)
    if not SecondFactor.objects.filter(account=person).delete()[0]:
        raise NotFound
    _forget_what_nothing_backs(person)
    _record("accounts.drop_factor", by, person, at)


@transaction.atomic
def renew_codes(*, by: Actor, at: datetime) -> list[str]:
    """Ten new recovery codes; the former ones are worth nothing. Refuses: NotFound, NotAllowed in a weak session."""
    person = _oneself(by)
    held = bound(person)
    if not held:
        raise NotFound
    _must_be_strong(held, by)
    _record("accounts.renew_codes", by, person, at)
    return _new_codes(person)


@transaction.atomic
def begin_key(*, site: passkeys.Site, by: Actor, at: datetime) -> dict[str, Any]:
    """What the browser is told to make a security key. Refuses: NotAllowed where a factor was not shown before."""
    person = _oneself(by)
    held = bound(person)
    _must_be_strong(held, by)
    known = [bytes(key.credential_id) for key in held.keys]
    return passkeys.options_to_add(site, account_id=person.pk, account=person.account, known=known, at=at)


@transaction.atomic
def add_security_key(
    *, name: str, answer: dict[str, Any], site: passkeys.Site, by: Actor, at: datetime
) -> tuple[SecurityKey, list[str]]:
    """A security key is bound; with the first factor come recovery codes, shown once.

    Refuses: NotSignedIn for an answer that does not fit, Conflict for a key that is bound, NotAllowed where a factor
    was not shown before.
    """
    person = _oneself(by)
    held = bound(person)
    _must_be_strong(held, by)
    try:
        new = passkeys.made(answer, site, account_id=person.pk, at=at)
    except passkeys.Wrong as fault:
        raise NotSignedIn("accounts.wrong_key") from fault
    if any(bytes(key.credential_id) == new.credential_id for key in held.keys):
        raise Conflict("accounts.key_bound")
    if len(held.keys) >= rules.MOST_SECURITY_KEYS:
        raise Conflict("accounts.keys_full", n=rules.MOST_SECURITY_KEYS)
    key = SecurityKey.objects.create(
        account=person,
        name=name.strip(),
        site=site.name,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        added_at=at,
        area_path=person.area_path,
    )
    _strengthen(by, at)
    _record("accounts.bind_key", by, person, at)
    return key, [] if held else _new_codes(person)


@transaction.atomic
def drop_security_key(*, key_id: UUID, by: Actor, at: datetime) -> None:
    """Somebody takes one of their security keys away. Refuses: NotFound, NotAllowed in a weak session."""
    person = _oneself(by)
    held = bound(person)
    key = next((key for key in held.keys if key.pk == key_id), None)
    if key is None:
        raise NotFound
    _must_be_strong(held, by)
    key.delete()
    _forget_what_nothing_backs(person)
    _record("accounts.drop_key", by, person, at)


def check(held: Bound, shown: Shown, at: datetime) -> None:
    """Take a code of the authenticator, a recovery code or a key's answer, each once. Refuses: NotSignedIn."""
    if shown.key is not None:
        _take_answer(held, shown.key, shown.site, at)
        return
    plain = rules.plain_code(shown.code or "")
    if plain.isdigit():
        if held.authenticator is None:
            raise NotSignedIn("accounts.wrong_code")
        _take(held.authenticator, plain, at)
        return
    spent = RecoveryCode.objects.filter(account=held.person, code_hash=rules.digest(plain), used_at=None)
    if not spent.update(used_at=at):
        raise NotSignedIn("accounts.wrong_code")


def forget(account_id: UUID) -> None:
    """Forget every factor of an account whose phone was lost: whoever resets it ends its sessions too."""
    SecondFactor.objects.filter(account_id=account_id).delete()
    SecurityKey.objects.filter(account_id=account_id).delete()
    RecoveryCode.objects.filter(account_id=account_id).delete()
    Session.objects.filter(account_id=account_id).update(strong_at=None)


def _oneself(by: Actor) -> Account:
    return Account.objects.select_for_update().pick(queries.id_of(by))


def _factor(account_id: UUID) -> SecondFactor | None:
    return SecondFactor.objects.select_for_update().filter(account_id=account_id).first()


def _must_be_strong(held: Bound, by: Actor) -> None:
    """Who has a factor shows it before they bind another: a password alone must not add one's own."""
    if held and not queries.is_strong(by):
        raise NotAllowed("accounts.show_first")


def _take(factor: SecondFactor, code: str, at: datetime) -> None:
    secret = bytes.fromhex(vault_queries.open_sealed(factor.secret_sealed, *PLACE, factor.account_id))
    step = rules.steps_of(secret, rules.plain_code(code), at)
    if step is None or step <= factor.last_step:
        raise NotSignedIn("accounts.wrong_code")
    factor.last_step = step
    factor.save(update_fields=["last_step"])


def _take_answer(held: Bound, answer: dict[str, Any], site: passkeys.Site | None, at: datetime) -> None:
    try:
        key, said = _answered(held, answer, site, at)
    except passkeys.Wrong as fault:
        raise NotSignedIn("accounts.wrong_key") from fault
    key.sign_count, key.asked_us, key.used_at = said.sign_count, said.asked_us, at
    key.save(update_fields=["sign_count", "asked_us", "used_at"])


def _answered(
    held: Bound, answer: dict[str, Any], site: passkeys.Site | None, at: datetime
) -> tuple[SecurityKey, passkeys.Signed]:
    """Which of the keys answered, and what. Raises passkeys.Wrong, also for a challenge that was answered before."""
    shown = passkeys.credential_id_of(answer)
    key = next((key for key in held.keys if bytes(key.credential_id) == shown), None)
    if key is None or site is None:
        raise passkeys.Wrong
    said = passkeys.signed(
        answer,
        site,
        account_id=held.person.pk,
        public_key=bytes(key.public_key),
        sign_count=key.sign_count,
        at=at,
    )
    if said.asked_us <= key.asked_us:
        raise passkeys.Wrong
    return key, said


def _new_codes(person: Account) -> list[str]:
    codes = [rules.new_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    RecoveryCode.objects.filter(account=person).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=person, code_hash=rules.digest(one), area_path=person.area_path) for one in codes
    )
    return codes


def _strengthen(by: Actor, at: datetime) -> None:
    if by.session_id:
        Session.objects.filter(pk=by.session_id).update(strong_at=at)


def _forget_what_nothing_backs(person: Account) -> None:
    """Without any factor left recovery codes open nothing, and no session is strong."""
    if not bound(person):
        forget(person.pk)


def _record(act: str, by: Actor, person: Account, at: datetime) -> None:
    audit.record(act=act, by=by, object=("account", person.pk), area=person.area_path, at=at)
