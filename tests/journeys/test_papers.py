"""What hangs on a village's board is printed: the name of a family under monitoring, and nothing of why."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]


def test_the_name_of_a_family_hangs_out_without_what_was_found(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    hanging = [one for one in clerk.items("/api/grid/monitoring") if one["state"] == "publicised"]
    # The first one came with the box; other walks through it hang out names of their own.
    row = min(hanging, key=lambda one: one["opened_at"])
    file = clerk.get(f"/api/grid/monitoring/{row['id']}").raise_for_status().json()
    tab = tabs(viewport={"width": 1440, "height": 900})
    tab.sign_in(box, "clerk", "/desk")
    page: Page = tab.page
    page.goto(f"/desk/monitoring/{row['id']}")
    page.get_by_role("button", name="公示单").click()
    paper = page.locator(".a4")
    for words in (file["number"], file["head"], file["area_name"], file["target_name"]):
        expect(paper).to_contain_text(words)
    tab.shoot("monitoring-paper")
    page.emulate_media(media="print")
    tab.shoot("monitoring-paper-printed")
    printed = page.locator("body").inner_text()
    assert file["head"] in printed
    for secret in (file["found"], file["income"], file["verified"], "敏感"):
        assert secret
        assert secret not in printed
    page.emulate_media(media="screen")
    page.get_by_role("button", name="收起").click()
    expect(page.get_by_role("button", name="公示单")).to_be_visible()
