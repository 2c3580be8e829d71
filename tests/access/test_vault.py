"""The vault over HTTP: wiring."""

from __future__ import annotations

import pytest

from xiangyun.base import clock, locks
from xiangyun.kernel.accounts.tests.factories import TOWN, a_browser
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.vault import actions, rules

pytestmark = pytest.mark.usefixtures("house")


def test_a_new_key_is_asked_for_and_the_walk_to_it_is_shown() -> None:
    actions.sealing_ring(TOWN, at=clock.now())
    browser = a_browser("security_admin", TOWN)
    answer = browser.post("/api/vault/rotate", {"suite": "SM4_GCM"}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["suite"] == "SM4_GCM"
    assert answer.json()["rotation"]["done"] == 0
    assert browser.get("/api/vault").json() == answer.json()
    assert browser.post("/api/vault/rotate", {}, content_type="application/json").status_code == 409


def test_a_wrong_try_over_http_is_counted_though_it_is_refused() -> None:
    browser = a_browser("town_admin", TOWN)
    wrong = {"words": ["a", "b", "c"]}
    told = [
        browser.post("/api/vault/confirm", wrong, content_type="application/json").status_code
        for _ in range(locks.FAILURES + 1)
    ]
    assert told == [422] * locks.FAILURES + [429]
    assert Entry.objects.filter(act=rules.WRONG, by_id=browser.who.pk).count() == locks.FAILURES
