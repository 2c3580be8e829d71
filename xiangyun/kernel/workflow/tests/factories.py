"""Builders: people with posts, matters and work of a demo town, as if the house had made them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from xiangyun.base import clock, ids
from xiangyun.kernel.access import csrf
from xiangyun.kernel.access.rules import Actor, system
from xiangyun.kernel.access.rules import Post as HeldPost
from xiangyun.kernel.accounts import rules as accounts
from xiangyun.kernel.accounts.models import Account, Post, Session
from xiangyun.kernel.workflow import actions, registry, rules
from xiangyun.kernel.workflow.models import DutyShift, Matter, WorkItem

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
VILLAGE, NEXT_VILLAGE = f"{TOWN}.201", f"{TOWN}.202"
AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
KIND = rules.incident("workflow.look_into", prefix="值班")


def a_person(role: str = "duty_officer", area: str = TOWN, **changes: Any) -> Actor:
    """Somebody with one post, stored, and the actor they are."""
    key = ids.uuid7()
    facts = {"account": f"{role}-{key.hex[-8:]}", "name": "李强", "area_path": area, "created_at": SINCE, **changes}
    account = Account.objects.create(pk=key, **facts)
    post = Post.objects.create(account=account, role=role, area_path=area, starts_at=SINCE, duty_phone="0478-100 0001")
    return Actor(
        account_id=account.pk,
        account=account.account,
        name=account.name,
        kind="person",
        scope=".".join(area.split(".")[:4]),
        posts=(HeldPost(role, area, post.pk),),
    )


def a_shift(person: Actor, area: str = TOWN, **changes: Any) -> DutyShift:
    """Somebody on duty, without an end."""
    facts = {"kind": "officer", "rank": 1, "starts_at": SINCE, **changes}
    return DutyShift.objects.create(account_id=person.account_id, area_path=area, **facts)


def a_matter(area: str = VILLAGE, **changes: Any) -> Matter:
    """An open matter."""
    registry.declare_matter(KIND)
    facts: dict[str, Any] = {
        "kind": KIND.code,
        "subject": ("device", ids.uuid7()),
        "area": area,
        "title": ("workflow.look_into", {"rule": "heavy_rain"}),
        "severity": 2,
        "at": AT,
        "by": system(area[:12]),
        **changes,
    }
    return actions.open_matter(**facts)


def a_work_item(area: str = VILLAGE, **changes: Any) -> WorkItem:
    """A work item offered to whoever is on duty."""
    matter = changes.pop("matter", None) or a_matter(area)
    return actions.dispatch("workflow.look_into", **{"matter": matter, "at": AT, "by": system(area[:12]), **changes})


def sign_in(client: Client, person: Actor) -> Client:
    """A browser in which this person is signed in, csrf token and all."""
    token = ids.uuid7().hex
    assert person.account_id is not None
    Session.objects.create(
        account_id=person.account_id,
        token_hash=accounts.digest(token),
        kind="password",
        created_at=SINCE,
        seen_at=clock.now(),
        idle_until=clock.now() + timedelta(days=1),
        ends_at=clock.now() + timedelta(days=1),
        area_path=person.scope,
    )
    client.cookies[csrf.SESSION_COOKIE] = token
    client.defaults["HTTP_X_CSRFTOKEN"] = csrf.token_for(token)
    return client
