"""The audit over HTTP: wiring and refusals."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_browser
from xiangyun.kernel.audit import actions

pytestmark = pytest.mark.usefixtures("house")


def an_act(area=VILLAGE, **changes):
    facts = {"act": "devices.revoke_device", "by": system(area[:12], "李强"), "object": ("device", "d1"), "area": area}
    actions.record(**{**facts, "at": AT, **changes})


def test_the_audit_admin_reads_who_did_what_in_the_own_town():
    an_act(detail={"profile": "soil_probe"})
    an_act(OTHER_TOWN)
    browser = a_browser("audit_admin", TOWN)
    items = browser.get("/api/audit").json()["items"]
    assert len(items) == 1
    entry = items[0]
    assert (entry["act"], entry["area"], entry["object"]) == (
        "devices.revoke_device",
        VILLAGE,
        {"kind": "device", "id": "d1"},
    )
    assert entry["by"]["name"] == "李强"
    assert entry["seq"] is None
    assert entry["detail"] == {"profile": "soil_probe"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("act=devices", 2),
        ("act=devices.register_device", 1),
        ("account=somebody", 0),
        ("object_kind=device&object_id=d2", 1),
        ("since=2026-06-20T06:00:01Z", 0),
        ("until=2026-06-20T06:00:01Z", 2),
    ],
)
def test_the_audit_is_searched(query, found):
    an_act()
    an_act(NEXT_VILLAGE, act="devices.register_device", object=("device", "d2"))
    assert len(a_browser("audit_admin", TOWN).get(f"/api/audit?{query}").json()["items"]) == found


def test_a_time_without_its_offset_is_refused():
    assert a_browser("audit_admin", TOWN).get("/api/audit?since=2026-06-20T06:00:01").status_code == 422


@pytest.mark.parametrize("url", ["/api/audit", "/api/audit/verify"])
def test_nobody_wrong_ability_right_person(url):
    assert Client().get(url).status_code == 401
    assert a_browser("town_admin", TOWN).get(url).status_code == 403
    assert a_browser("audit_admin", TOWN).get(url).status_code == 200


def test_the_chain_is_checked_in_the_readers_language():
    body = a_browser("audit_admin", TOWN, lang="en").get("/api/audit/verify").json()
    assert body["is_good"]
    assert body["says"].startswith(f"{TOWN}: 0 entries")
    assert body["head"] is None


def test_the_list_takes_the_same_number_of_queries_with_one_row_and_with_three():
    browser = a_browser("audit_admin", TOWN)
    an_act()
    with CaptureQueriesContext(connection) as one:
        browser.get("/api/audit")
    an_act()
    an_act()
    with CaptureQueriesContext(connection) as three:
        assert len(browser.get("/api/audit").json()["items"]) == 3
    assert len(one) == len(three)
