"""Signing in and out over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock
from xiangyun.base.errors import NotFound, NotSignedIn
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access import csrf, doors
from xiangyun.kernel.access.needs import actor_of, public, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import passkeys, queries, seeds
from xiangyun.kernel.accounts.actions import people, sessions
from xiangyun.kernel.accounts.actions.factors import Shown
from xiangyun.kernel.accounts.models import Session
from xiangyun.kernel.accounts.schemas import (
    DemoAccounts,
    LinkIn,
    LinkOut,
    OwnSession,
    PasswordIn,
    SessionOut,
    SettingsIn,
    WithLink,
    WithPassword,
    WithSlip,
)
from xiangyun.kernel.org import queries as org

router = Router(tags=["session"])


@router.post("/session", response=SessionOut, operation_id="accounts_sign_in")
@public
def sign_in(request: HttpRequest, response: HttpResponse, body: WithLink | WithSlip | WithPassword) -> dict[str, Any]:
    """Sign in with name and password, with a villager's slip, or with a one-time link."""
    at = clock.now()
    where = {
        "address": request.address,  # type: ignore[attr-defined]
        "device_label": request.headers.get("User-Agent", ""),
        "at": at,
    }
    if isinstance(body, WithPassword):
        with counted(request, sessions.attempt_name(account=body.account)):
            opened = sessions.sign_in(
                account=body.account,
                password=body.password,
                shown=Shown(
                    code=body.code,
                    key=body.key.model_dump(exclude_none=True) if body.key else None,
                    site=site_of(request),
                ),
                at_desk=body.place == "desk",
                **where,
            )
    elif isinstance(body, WithSlip):
        with counted(request, sessions.attempt_name(secret=body.ticket)):
            opened = sessions.use_slip(ticket=body.ticket, **where)
    else:
        with counted(request, sessions.attempt_name(secret=body.token)):
            opened = sessions.use_link(
                token=body.token, account=body.account, password=body.password, name=body.name, **where
            )
    _end_former(request)
    _set_cookies(response, opened)
    with doors.scoped(opened.actor.scope):
        return shown(opened.actor)


@router.get("/session", response=SessionOut, operation_id="accounts_get_session")
@signed_in
def get_session(request: HttpRequest) -> dict[str, Any]:
    """Who is signed in here."""
    return shown(actor_of(request))


@router.delete("/session", response={204: None}, operation_id="accounts_sign_out")
@signed_in
def sign_out(request: HttpRequest, response: HttpResponse) -> Status[None]:
    """Sign out here."""
    by = person_of(request)
    if by.session_id is not None:
        sessions.end_session(session_id=by.session_id, by=by, at=clock.now())
    _drop_cookies(response)
    return Status(204, None)


@router.patch("/session", response=SessionOut, operation_id="accounts_settle_in")
@signed_in
def settle_in(request: HttpRequest, body: SettingsIn) -> dict[str, Any]:
    """Choose one's own language and size of words."""
    by = person_of(request)
    people.settle_in(lang=body.lang, is_elder=body.elder, by=by)
    return shown(by)


@router.post("/session/link", response=LinkOut, operation_id="accounts_look_at_link")
@public
def look_at_link(request: HttpRequest, body: LinkIn) -> dict[str, Any]:
    """Whom a welcome or reset link is for; it stays unused."""
    with counted(request, sessions.attempt_name(secret=body.token)):
        link = sessions.look_at_link(
            token=body.token,
            address=request.address,  # type: ignore[attr-defined]
            at=clock.now(),
        )
    return {
        "name": link.account.name,
        "account": link.account.account,
        "purpose": link.purpose,
        "expires_at": link.expires_at,
    }


@router.post("/session/password", response={204: None}, operation_id="accounts_change_password")
@signed_in
def change_password(request: HttpRequest, body: PasswordIn) -> Status[None]:
    """Change one's own password; every other session ends."""
    sessions.change_password(old=body.old, new=body.new, by=person_of(request), at=clock.now())
    return Status(204, None)


@router.get("/sessions", response=Page[OwnSession], operation_id="accounts_list_sessions")
@signed_in
def list_sessions(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Every browser and phone that is signed in as me."""
    by = person_of(request)
    return page(queries.own_sessions(by, clock.now()), paging=paging, show=lambda one: shown_session(one, by))


@router.delete("/sessions", response={204: None}, operation_id="accounts_sign_out_everywhere")
@signed_in
def sign_out_everywhere(request: HttpRequest, response: HttpResponse, but_here: bool = False) -> Status[None]:
    """Sign out everywhere, here included unless told otherwise."""
    sessions.sign_out_everywhere(by=person_of(request), at=clock.now(), but_here=but_here)
    if not but_here:
        _drop_cookies(response)
    return Status(204, None)


@router.delete("/sessions/{session_id}", response={204: None}, operation_id="accounts_end_session")
@signed_in
def end_session(request: HttpRequest, session_id: UUID) -> Status[None]:
    """Sign out one of my browsers or phones."""
    sessions.end_session(session_id=session_id, by=person_of(request), at=clock.now())
    return Status(204, None)


@router.get("/demo/accounts", response=DemoAccounts, operation_id="accounts_list_demo")
@public
def list_demo(request: HttpRequest) -> dict[str, Any]:
    """The demo's accounts; they exist only where the box was started as a demo."""
    if not settings.CONFIG.demo:
        raise NotFound
    return {"items": seeds.shown()}


def shown_session(session: Session, by: Actor) -> dict[str, Any]:
    """A browser or phone somebody is signed in with."""
    return {
        "id": session.pk,
        "kind": session.kind,
        "device_label": session.device_label,
        "address": session.address,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "ends_at": min(session.ends_at, session.idle_until),
        "is_strong": session.strong_at is not None,
        "is_this": session.pk == by.session_id,
    }


def shown(actor: Actor) -> dict[str, Any]:
    """The body of GET; asked inside the actor's own scope."""
    person = queries.own_account(actor)
    town = actor.town
    names = org.names([*(post.area for post in actor.posts), *([town] if town else [])])
    return {
        "id": actor.account_id,
        "account": actor.account,
        "name": actor.name,
        "posts": [{"role": post.role, "area": post.area, "area_name": names[post.area]} for post in actor.posts],
        "abilities": sorted(actor.abilities),
        "town": town,
        "town_name": names[town] if town else None,
        "lang": person.lang if person else actor.lang,
        "elder": bool(person and person.is_elder),
        "factor": "bound" if person and queries.has_factor(person) else "none",
        "waits_for_factor": actor.waits_for_factor,
        "idle_until": queries.idle_until(actor),
    }


@contextmanager
def counted(request: HttpRequest, name: str) -> Iterator[None]:
    """Have a refused try counted after the request was rolled back."""
    at = clock.now()
    try:
        yield
    except sessions.CodeNeeded:
        raise
    except NotSignedIn:
        address: str = request.address  # type: ignore[attr-defined]
        request.kept.append(  # type: ignore[attr-defined]
            partial(sessions.count_try, name=name, address=address, at=at, is_good=False)
        )
        raise


def person_of(request: HttpRequest) -> Actor:
    """The signed-in person; a machine has no session. Refuses: NotFound for a machine."""
    actor = actor_of(request)
    if actor.account_id is None:
        raise NotFound
    return actor


def site_of(request: HttpRequest) -> passkeys.Site | None:
    """The box as this browser calls it, where it can take a security key."""
    return passkeys.site_of(request.scheme or "", request.get_host())


def _end_former(request: HttpRequest) -> None:
    """Who signs in where somebody was signed in takes their place."""
    former = getattr(request, "auth", None)
    if isinstance(former, Actor) and former.session_id is not None:
        with doors.scoped(former.scope):
            sessions.end_session(session_id=former.session_id, by=former, at=clock.now())


def _set_cookies(response: HttpResponse, opened: sessions.Opened) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(
        csrf.SESSION_COOKIE, opened.token, max_age=opened.lasts_s, httponly=True, samesite="Lax", secure=secure
    )
    response.set_cookie(
        csrf.CSRF_COOKIE, csrf.token_for(opened.token), max_age=opened.lasts_s, samesite="Lax", secure=secure
    )


def _drop_cookies(response: HttpResponse) -> None:
    for name in (csrf.SESSION_COOKIE, csrf.CSRF_COOKIE):
        response.delete_cookie(name, samesite="Lax")
