"""Accounts, posts and slips over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries, rules, slips
from xiangyun.kernel.accounts.actions import links, people
from xiangyun.kernel.accounts.api.sessions import shown_session
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.accounts.rules import AccountState
from xiangyun.kernel.accounts.schemas import (
    AccountIn,
    AccountOut,
    AddedAccount,
    OwnSession,
    PostIn,
    Revoked,
    SlipOut,
    WelcomeOut,
)
from xiangyun.kernel.org import queries as org

router = Router(tags=["accounts"])


@router.get("/accounts", response=Page[AccountOut], operation_id="accounts_list_accounts")
@needs("accounts.see_account")
def list_accounts(
    request: HttpRequest, paging: Query[Paging], q: str = "", role: str = "", area: str = "", state: str = ""
) -> dict[str, Any]:
    """People who can sign in, of a `role`, with a post in an `area`, whose name holds `q`."""
    by, at = actor_of(request), clock.now()
    rows = queries.people(by, at=at, q=q, role=role, area=area, state=state)
    found = page(rows, paging=paging, order=queries.IN_ORDER)
    return {**found, "items": _shown_all(found["items"], by=by, at=at)}


@router.get("/accounts/{account_id}", response=AccountOut, operation_id="accounts_get_account")
@needs("accounts.see_account")
def get_account(request: HttpRequest, account_id: UUID) -> dict[str, Any]:
    """One person who can sign in."""
    by, at = actor_of(request), clock.now()
    return _shown(queries.people(by, at=at).pick(account_id), by=by, at=at)


@router.post("/accounts", response={201: AddedAccount}, operation_id="accounts_add_account")
@needs("accounts.add_account")
def add_account(request: HttpRequest, body: AccountIn) -> Status[dict[str, Any]]:
    """Give somebody an account, their first post, and a link to choose a name and a password."""
    by, at = actor_of(request), clock.now()
    added = people.add_account(
        name=body.name,
        role=body.role,
        area=body.area,
        duty_phone=body.duty_phone,
        by=by,
        at=at,
    )
    url = _welcome_url(request, added.token)
    return Status(201, {**_shown(added.person, by=by, at=at), "welcome_url": url})


@router.post("/accounts/{account_id}/reset_password", response=WelcomeOut, operation_id="accounts_reset_password")
@needs("accounts.reset_password")
def reset_password(request: HttpRequest, account_id: UUID) -> dict[str, Any]:
    """Make a one-time link for a new password; the old one and every session end at once."""
    token = links.reset_password(account_id=account_id, by=actor_of(request), at=clock.now())
    return {"welcome_url": _welcome_url(request, token)}


@router.post("/accounts/{account_id}/close", response=AccountOut, operation_id="accounts_close_account")
@needs("accounts.close_account")
def close_account(request: HttpRequest, account_id: UUID) -> dict[str, Any]:
    """Close an account: posts, sessions and links end."""
    by, at = actor_of(request), clock.now()
    return _shown(people.close_account(account_id=account_id, by=by, at=at), by=by, at=at)


@router.post("/accounts/{account_id}/posts", response={201: AccountOut}, operation_id="accounts_give_post")
@needs("accounts.give_post")
def give_post(request: HttpRequest, account_id: UUID, body: PostIn) -> Status[dict[str, Any]]:
    """Give somebody a further post."""
    by, at = actor_of(request), clock.now()
    person = people.give_post(
        account_id=account_id, role=body.role, area=body.area, duty_phone=body.duty_phone, by=by, at=at
    )
    return Status(201, _shown(person, by=by, at=at))


@router.post("/posts/{post_id}/end", response=AccountOut, operation_id="accounts_end_post")
@needs("accounts.end_post")
def end_post(request: HttpRequest, post_id: UUID) -> dict[str, Any]:
    """End somebody's post."""
    by, at = actor_of(request), clock.now()
    return _shown(people.end_post(post_id=post_id, by=by, at=at), by=by, at=at)


@router.post("/accounts/{account_id}/slip", response=SlipOut, operation_id="accounts_print_slip")
@needs("accounts.print_slip")
def print_slip(request: HttpRequest, account_id: UUID) -> dict[str, Any]:
    """Make a slip with which a villager's phone signs in once and stays bound."""
    link, ticket = links.print_slip(account_id=account_id, by=actor_of(request), at=clock.now())
    url = request.build_absolute_uri(f"/app/#ticket={ticket}")
    return {
        "name": link.account.name,
        "ticket": ticket,
        "url": url,
        "qr_svg": slips.qr_svg(url),
        "expires_at": link.expires_at,
    }


@router.post("/accounts/{account_id}/revoke_phones", response=Revoked, operation_id="accounts_revoke_phones")
@needs("accounts.revoke_phones")
def revoke_phones(request: HttpRequest, account_id: UUID) -> dict[str, int]:
    """Sign out every phone bound by a slip; printed slips stop working."""
    return {"revoked": links.revoke_phones(account_id=account_id, by=actor_of(request), at=clock.now())}


@router.get("/accounts/{account_id}/sessions", response=Page[OwnSession], operation_id="accounts_list_sessions_of")
@needs("accounts.end_session")
def list_sessions_of(request: HttpRequest, account_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """Every browser and phone that is signed in as somebody."""
    by = actor_of(request)
    rows = queries.sessions_of(account_id, by, clock.now())
    return page(rows, paging=paging, show=lambda one: shown_session(one, by))


@router.delete(
    "/accounts/{account_id}/sessions/{session_id}", response={204: None}, operation_id="accounts_end_session_of"
)
@needs("accounts.end_session")
def end_session_of(request: HttpRequest, account_id: UUID, session_id: UUID) -> Status[None]:
    """Sign somebody's browser or phone out from afar."""
    people.end_session_of(account_id=account_id, session_id=session_id, by=actor_of(request), at=clock.now())
    return Status(204, None)


def _shown(person: Account, *, by: Actor, at: datetime) -> dict[str, Any]:
    return _shown_all([queries.with_posts(at).get(pk=person.pk)], by=by, at=at)[0]


def _shown_all(people_found: Sequence[Account], *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Rows of `queries.people` or `queries.with_posts` on the wire."""
    paths = {post.area_path for person in people_found for post in _posts(person)}
    names = org.names(paths | {person.area_path for person in people_found})
    return [_shown_one(person, names, by=by, at=at) for person in people_found]


def _shown_one(person: Account, names: dict[str, str], *, by: Actor, at: datetime) -> dict[str, Any]:
    held = [post for post in _posts(person) if post.starts_at <= at and (post.ends_at is None or post.ends_at > at)]
    past = [post for post in _posts(person) if post not in held]
    return {
        "id": person.pk,
        "account": person.account,
        "name": person.name or person.account,
        "state": person.state,
        "area": person.area_path,
        "area_name": names[person.area_path],
        "duty_phone": next((post.duty_phone for post in held if post.duty_phone), ""),
        "posts": [_shown_post(post, names) for post in held],
        "past_posts": [_shown_post(post, names) for post in past],
        "phones": getattr(person, "phones", 0),
        "has_factor": getattr(person, "has_factor", False),
        "created_at": person.created_at,
        "closed_at": person.closed_at,
        "may": rules.moves(
            by,
            area=person.area_path,
            is_oneself=person.pk == by.account_id,
            is_open=person.state == AccountState.ACTIVE,
            roles=frozenset(post.role for post in held),
            phones=getattr(person, "phones", 0),
            has_factor=getattr(person, "has_factor", False),
        ),
    }


def _shown_post(post: Post, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": post.pk,
        "role": post.role,
        "area": post.area_path,
        "area_name": names[post.area_path],
        "duty_phone": post.duty_phone,
        "starts_at": post.starts_at,
        "ends_at": post.ends_at,
    }


def _posts(person: Account) -> list[Post]:
    posts: list[Post] = person.all_posts  # type: ignore[attr-defined]
    return posts


def _welcome_url(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(f"/desk/welcome?token={token}")
