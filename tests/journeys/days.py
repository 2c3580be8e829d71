"""A demo box that plays one day after another: what happens only after days is walked in minutes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser

from tests.journeys.conftest import Tab
from tests.live_box import LiveBox, running

CHINA = timedelta(hours=8)
# The browser plays the same day: pages say how long is left by their own clock.
DATE = """(() => {
    const moved = %d * 86_400_000
    const Honest = Date
    globalThis.Date = class extends Honest {
        constructor(...told) { super(...(told.length ? told : [Honest.now() + moved])) }
        static now() { return Honest.now() + moved }
    }
})()"""


def today() -> date:
    return (datetime.now(UTC) + CHINA).date()


class Days:
    """A box on some day, and browsers on the same."""

    def __init__(self, browser: Browser, box: LiveBox) -> None:
        self._browser = browser
        self._tabs: list[Tab] = []
        self.box = box

    @property
    def moved(self) -> int:
        return int(self.box.env["XIANGYUN_DEMO_DAYS"])

    @property
    def day(self) -> date:
        """What day it is there."""
        return today() + timedelta(days=self.moved)

    def pass_to(self, day: date) -> None:
        """The box is switched off and stands still until that day."""
        assert day > self.day, "time runs one way"
        self.close()
        self.box.visitors.close()
        self.box.stop()
        self.box.env["XIANGYUN_DEMO_DAYS"] = str((day - today()).days)
        self.box.start()

    def tab(self, **shape: Any) -> Tab:
        tab = Tab(self._browser, self.box.url, **shape)
        tab.context.add_init_script(DATE % self.moved)
        self._tabs.append(tab)
        return tab

    def close(self) -> None:
        """All browsers are shut."""
        while self._tabs:
            self._tabs.pop().close()


@contextlib.contextmanager
def days(browser: Browser, first: date) -> Iterator[Days]:
    """A demo box of its own that begins on that day."""
    with running(demo=True, env={"XIANGYUN_DEMO_DAYS": str((first - today()).days)}) as box:
        made = Days(browser, box)
        try:
            yield made
        finally:
            made.close()
