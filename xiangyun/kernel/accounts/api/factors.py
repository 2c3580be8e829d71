"""The second factor over HTTP; every wrong code counts as a failed sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from xiangyun.base import clock
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.actions import factors, sessions
from xiangyun.kernel.accounts.api.sessions import counted, person_of, shown
from xiangyun.kernel.accounts.schemas import Body, CodeIn, FactorOut, RecoveryCodesOut, SessionOut

router = Router()


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


@router.post("/session/factor/show", response=SessionOut, operation_id="accounts_show_factor")
@signed_in
def show_factor(request: HttpRequest, body: CodeIn) -> dict[str, Any]:
    """I show my second factor in a session that began without it."""
    with _tried(request) as by:
        factors.show(code=body.code, by=by, at=clock.now())
    return shown(by)


@router.post("/session/factor/drop", response={204: None}, operation_id="accounts_drop_factor")
@signed_in
def drop_factor(request: HttpRequest, body: CodeIn) -> Status[None]:
    """I take my authenticator away, showing it once more."""
    with _tried(request) as by:
        factors.drop(code=body.code, by=by, at=clock.now())
    return Status(204, None)


@router.post("/accounts/{account_id}/reset_factor", response={204: None}, operation_id="accounts_reset_factor")
@needs("accounts.reset_factor")
def reset_factor(request: HttpRequest, account_id: UUID, body: Body | None = None) -> Status[None]:
    """Somebody's phone is lost: their authenticator is forgotten, their sessions end."""
    factors.reset_factor(account_id=account_id, by=actor_of(request), at=clock.now())
    return Status(204, None)


@contextmanager
def _tried(request: HttpRequest) -> Iterator[Actor]:
    """A try with a code: refused while locked, counted where it fails."""
    by = person_of(request)
    name = sessions.attempt_name(account=by.account)
    sessions.refuse_while_locked(name, request.address, clock.now())  # type: ignore[attr-defined]
    with counted(request, name):
        yield by
