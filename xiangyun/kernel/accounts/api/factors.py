"""The second factor over HTTP; every wrong code or answer counts as a failed sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from xiangyun.base import clock, words
from xiangyun.base.errors import WrongState
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import passkeys, queries
from xiangyun.kernel.accounts.actions import factors, people, sessions
from xiangyun.kernel.accounts.api.sessions import counted, person_of, shown, site_of
from xiangyun.kernel.accounts.models import SecurityKey
from xiangyun.kernel.accounts.schemas import (
    AddedSecurityKey,
    Body,
    CodeIn,
    FactorOut,
    FactorsOut,
    KeyOptions,
    RecoveryCodesOut,
    SecurityKeyIn,
    SessionOut,
    ShownIn,
)

router = Router()

NOT_HERE = "accounts.keys_not_here"


@router.get("/session/factor", response=FactorsOut, operation_id="accounts_get_factors")
@signed_in
def get_factors(request: HttpRequest) -> dict[str, Any]:
    """What second factors I have, and whether this address can take a security key."""
    by = person_of(request)
    here = site_of(request)
    return {
        "authenticator_since": queries.authenticator_since(by),
        "codes_left": queries.codes_left(by),
        "keys": [_shown_key(key, here) for key in queries.security_keys(by)],
        "is_strong": queries.is_strong(by),
        "is_demanded": not settings.CONFIG.demo,
        "no_keys_why": None if here else words.say(NOT_HERE, request.lang),  # type: ignore[attr-defined]
    }


@router.post("/session/factor", response=FactorOut, operation_id="accounts_begin_factor")
@signed_in
def begin_factor(request: HttpRequest, body: Body | None = None) -> dict[str, Any]:
    """A secret for my authenticator; it is asked for once it has shown a code."""
    begun = factors.begin(by=person_of(request), at=clock.now())
    secret = begun.url.partition("secret=")[2].partition("&")[0]
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"secret": groups, "url": begun.url}


@router.post("/session/factor/confirm", response=RecoveryCodesOut, operation_id="accounts_confirm_factor")
@signed_in
def confirm_factor(request: HttpRequest, body: CodeIn) -> dict[str, Any]:
    """My authenticator shows its first code; the answer holds the recovery codes, once."""
    with _tried(request) as by:
        return {"codes": factors.confirm(code=body.code, by=by, at=clock.now())}


@router.post("/session/factor/codes", response=RecoveryCodesOut, operation_id="accounts_renew_codes")
@signed_in
def renew_codes(request: HttpRequest, body: Body | None = None) -> dict[str, Any]:
    """Ten new recovery codes, shown once; the former ones are worth nothing."""
    return {"codes": factors.renew_codes(by=person_of(request), at=clock.now())}


@router.post("/session/factor/ask", response=KeyOptions, operation_id="accounts_ask_factor")
@signed_in
def ask_factor(request: HttpRequest, body: Body | None = None) -> dict[str, Any]:
    """What my browser needs to have one of my security keys sign."""
    return {"options": factors.ask(site=site_of(request), by=person_of(request), at=clock.now())}


@router.post("/session/factor/show", response=SessionOut, operation_id="accounts_show_factor")
@signed_in
def show_factor(request: HttpRequest, body: ShownIn) -> dict[str, Any]:
    """I show my second factor in a session that began without it."""
    with _tried(request) as by:
        factors.show(shown=_beside(request, body), by=by, at=clock.now())
    return shown(by)


@router.post("/session/factor/drop", response={204: None}, operation_id="accounts_drop_factor")
@signed_in
def drop_factor(request: HttpRequest, body: ShownIn) -> Status[None]:
    """I take my authenticator away, showing a factor once more."""
    with _tried(request) as by:
        factors.drop(shown=_beside(request, body), by=by, at=clock.now())
    return Status(204, None)


@router.post("/session/keys/begin", response=KeyOptions, operation_id="accounts_begin_security_key")
@signed_in
def begin_security_key(request: HttpRequest, body: Body | None = None) -> dict[str, Any]:
    """What my browser needs to make a security key."""
    return {"options": factors.begin_key(site=_here(request), by=person_of(request), at=clock.now())}


@router.post("/session/keys", response={201: AddedSecurityKey}, operation_id="accounts_add_security_key")
@signed_in
def add_security_key(request: HttpRequest, body: SecurityKeyIn) -> Status[dict[str, Any]]:
    """A security key of mine; the first factor of all brings recovery codes, shown once."""
    site = _here(request)
    with _tried(request) as by:
        key, codes = factors.add_security_key(
            name=body.name, answer=body.key.model_dump(exclude_none=True), site=site, by=by, at=clock.now()
        )
    return Status(201, {**_shown_key(key, site), "codes": codes})


@router.post("/session/keys/{security_key_id}/drop", response={204: None}, operation_id="accounts_drop_security_key")
@signed_in
def drop_security_key(request: HttpRequest, security_key_id: UUID, body: Body | None = None) -> Status[None]:
    """I take one of my security keys away."""
    factors.drop_security_key(key_id=security_key_id, by=person_of(request), at=clock.now())
    return Status(204, None)


@router.post("/accounts/{account_id}/reset_factor", response={204: None}, operation_id="accounts_reset_factor")
@needs("accounts.reset_factor")
def reset_factor(request: HttpRequest, account_id: UUID, body: Body | None = None) -> Status[None]:
    """Somebody's phone is lost: their second factor is forgotten, their sessions end."""
    people.reset_factor(account_id=account_id, by=actor_of(request), at=clock.now())
    return Status(204, None)


def _shown_key(key: SecurityKey, here: passkeys.Site | None) -> dict[str, Any]:
    return {
        "id": key.pk,
        "name": key.name,
        "site": key.site,
        "is_here": bool(here and here.name == key.site),
        "added_at": key.added_at,
        "used_at": key.used_at,
    }


def _beside(request: HttpRequest, body: ShownIn) -> factors.Shown:
    return factors.Shown(
        code=body.code, key=body.key.model_dump(exclude_none=True) if body.key else None, site=site_of(request)
    )


def _here(request: HttpRequest) -> passkeys.Site:
    """Refuses: WrongState at an address where browsers offer no keys."""
    site = site_of(request)
    if site is None:
        raise WrongState(NOT_HERE)
    return site


@contextmanager
def _tried(request: HttpRequest) -> Iterator[Actor]:
    """A try with a code or a key: refused while locked, counted where it fails."""
    by = person_of(request)
    name = sessions.attempt_name(account=by.account)
    sessions.refuse_while_locked(name, request.address, clock.now())  # type: ignore[attr-defined]
    with counted(request, name):
        yield by
