"""The village pack opened in a browser slowed four times: from the PIN until its homes stand there."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect, sync_playwright

from tests.bench.town import PASSWORD, Town
from tests.journeys.browsers import FLAGS, chromium
from tests.journeys.phone import PIN, READY, SHAPE, type_pin

SLOWER = 4
HERE = re.compile("户在手机里")


def opened_s(place: Town, account: str, rounds: int) -> list[float]:
    """Seconds, a cold start of the app without signal each time. Empty where there is no browser."""
    path = chromium()
    if path is None:
        return []
    took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(base_url=place.box.url, **SHAPE)
        context.request.post("/api/session", data={"account": account, "password": PASSWORD})
        page = context.new_page()
        page.goto("/app/me")
        page.wait_for_function(READY)
        page.get_by_role("button", name="存一份").click()
        type_pin(page)
        expect(page.get_by_text("再输一遍")).to_be_visible()
        type_pin(page)
        expect(page.get_by_text(re.compile(r"\d+ 户，"))).to_be_visible(timeout=60_000)
        context.set_offline(True)
        for _ in range(rounds):
            page.goto("/app/pin?to=/homes")
            page.locator("input[name=pin]").fill(PIN)
            line = context.new_cdp_session(page)
            line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            began = time.monotonic()
            page.keyboard.press("Enter")
            page.get_by_role("heading", name=HERE).wait_for(timeout=60_000)
            took.append(time.monotonic() - began)
            line.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            line.detach()
        browser.close()
    return took
