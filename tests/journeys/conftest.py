"""One demo box and one Chromium for all journeys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.journeys.browsers import FLAGS, chromium
from tests.journeys.walking import names, places, walker
from tests.live_box import LiveBox, running

__all__ = ["names", "places", "walker"]

SOON_MS = 20_000
"""On a busy machine. How soon it is on an idle one is a benchmark's question."""


@pytest.fixture(scope="session")
def box() -> Iterator[LiveBox]:
    with running(demo=True) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium: the journeys cannot be walked")
        pytest.skip("no Chromium on this machine: journeys are NOT walked (install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        expect.set_options(timeout=SOON_MS)
        yield started
        started.close()


class Tab:
    """One page in a context of its own; what it complains of in the console is kept."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        options.setdefault("locale", "zh-CN")
        self.context = browser.new_context(base_url=url, timezone_id="Asia/Shanghai", **options)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.loads = 0
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("load", lambda _: self._loaded())

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _loaded(self) -> None:
        self.loads += 1

    def sign_in(self, box: LiveBox, role: str, where: str, town: str = "15.08.02.100") -> None:
        """Sign in as a demo account of this role, through the form a person uses."""
        one = box.demo(role, town)
        self.page.goto(where)
        self.page.locator("input[name=account]").fill(one["account"])
        self.page.locator("input[name=password]").fill(one["password"])
        self.page.locator("form:has(input[name=password]) button[type=submit]").click()
        self.page.locator("input[name=password]").wait_for(state="detached", timeout=15_000)
        # A page that asks who is there before anybody signed in hears 401, and the browser says so.
        self.complaints = [one for one in self.complaints if "401" not in one]

    def shoot(self, name: str) -> None:
        """A picture of what is seen, where `SHOTS` names a folder."""
        if folder := os.environ.get("SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def tabs(browser: Browser, box: LiveBox) -> Iterator[Any]:
    """Make a tab; every one is closed at the end."""
    made: list[Tab] = []

    def open_tab(**options: Any) -> Tab:
        made.append(Tab(browser, box.url, **options))
        return made[-1]

    yield open_tab
    for tab in made:
        tab.close()


@pytest.fixture
def phone(browser: Browser, box: LiveBox) -> Iterator[Any]:
    """A phone whose battery can be pulled."""
    from tests.journeys.phone import Phone

    made = Phone(browser, box)
    yield made
    made.close()
