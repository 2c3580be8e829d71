"""Builders: people with posts and passwords, and browsers in which they are signed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from xiangyun.base import clock, ids
from xiangyun.kernel.access import csrf
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import passwords, queries, rules
from xiangyun.kernel.accounts.models import Account, Password, Post, Session
from xiangyun.kernel.accounts.rules import SessionKind

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
VILLAGE, NEXT_VILLAGE = f"{TOWN}.201", f"{TOWN}.202"
AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "河套平原的麦子熟了"
COSTLY = passwords.hashed(PASSWORD)


def an_account(role: str = "clerk", area: str = TOWN, **changes: Any) -> Account:
    """Somebody with one post and, unless told otherwise, a password."""
    stored = changes.pop("password", COSTLY)
    key = ids.uuid7()
    facts = {"account": f"{role}-{key.hex[-10:]}", "name": "李强", "area_path": area, "created_at": SINCE, **changes}
    account = Account.objects.create(pk=key, **facts)
    Post.objects.create(account=account, role=role, area_path=area, starts_at=SINCE)
    if stored:
        Password.objects.create(account=account, hash=stored, changed_at=SINCE, area_path=area)
    return account


def a_person(role: str = "clerk", area: str = TOWN, *, at: datetime = AT, **changes: Any) -> Actor:
    """The same somebody, signed in at a moment: the actor a door would make of them."""
    token, _ = a_session(an_account(role, area, **changes), at=at)
    actor = queries.actor_of_session(token, at)
    assert actor is not None
    return actor


def a_session(
    account: Account, *, at: datetime = AT, kind: SessionKind = SessionKind.PASSWORD, is_strong: bool = True
) -> tuple[str, UUID]:
    """A session's token and id; a second factor was shown in it unless told otherwise."""
    token = rules.new_token()
    session = Session.objects.create(
        account=account,
        token_hash=rules.digest(token),
        kind=kind,
        device_label="测试",
        address="10.0.0.1",
        created_at=at,
        seen_at=at,
        strong_at=at if is_strong else None,
        idle_until=at + rules.IDLE[kind],
        ends_at=at + rules.LASTS[kind],
        area_path=account.area_path,
    )
    return token, session.pk


def a_browser(role: str = "clerk", area: str = TOWN, **changes: Any) -> Client:
    """A browser in which somebody with this post is signed in now; `browser.who` is their account."""
    account = an_account(role, area, **changes)
    browser = browser_of(account)
    browser.who = account  # type: ignore[attr-defined]
    return browser


def browser_of(account: Account) -> Client:
    """A browser in which this account is signed in now; writes carry the csrf token."""
    token, _ = a_session(account, at=clock.now() - timedelta(seconds=5))
    return browser_with(token)


def browser_with(token: str) -> Client:
    """A browser that holds a session's cookie."""
    browser = Client(headers={"X-CSRFToken": csrf.token_for(token)})
    browser.cookies[csrf.SESSION_COOKIE] = token
    return browser
