"""The three administrators over HTTP: none reaches the account of another kind, whatever the endpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.access import world
from tests.access.test_matrix import fingerprint
from tests.access.world import TOWN
from xiangyun.kernel.accounts import rules
from xiangyun.kernel.accounts.tests import factories as accounts

pytestmark = pytest.mark.usefixtures("house")

# With what a write would go through, were it not for whom it touches.
BODIES: dict[str, dict[str, Any]] = {"POST /api/accounts/{account_id}/posts": {"role": "clerk", "area": TOWN}}


@pytest.mark.parametrize("by", rules.ADMINS)
def test_no_write_of_one_kind_reaches_the_account_of_another(by: str) -> None:
    writes = [
        one
        for one in world.endpoints()
        if one.method != "GET" and ("{account_id}" in one.name or one.name == "POST /api/posts/{post_id}/end")
    ]
    assert len(writes) == 8
    browser = world.person(by, TOWN)
    others = [accounts.an_account(role, TOWN) for role in rules.ADMINS if role != by]
    before = fingerprint()
    for other in others:
        _, session_id = accounts.a_session(other)
        rows = {"account_id": str(other.pk), "post_id": str(other.posts.get().pk), "session_id": str(session_id)}
        told = {
            one.name: replace(one, body=BODIES.get(one.name, {})).call(browser, one.url(rows)).status_code
            for one in writes
        }
        assert told == dict.fromkeys(told, 403)
    assert fingerprint() == before


@pytest.mark.parametrize("by", rules.ADMINS)
@pytest.mark.parametrize("role", ["security_admin", "audit_admin"])
def test_nobody_appoints_the_other_two_over_the_web(by: str, role: str) -> None:
    browser, clerk = world.person(by, TOWN), accounts.an_account("clerk", TOWN)
    before = fingerprint()
    for url, body in (
        ("/api/accounts", {"name": "丁文", "role": role, "area": TOWN}),
        (f"/api/accounts/{clerk.pk}/posts", {"role": role, "area": TOWN}),
    ):
        answer = browser.post(url, body, content_type="application/json")
        assert answer.status_code == 403
    assert fingerprint() == before
