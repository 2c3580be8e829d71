"""The vault over HTTP: wiring."""

from __future__ import annotations

import pytest

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests.factories import TOWN, a_browser
from xiangyun.kernel.vault import actions

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
