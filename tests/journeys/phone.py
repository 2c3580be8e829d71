"""A phone of its own: a browser whose disk outlives it, so that it can be killed and started again."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.journeys.browsers import FLAGS, chromium
from tests.live_box import LiveBox

SHAPE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
PIN = "246813"
DRAW = """async () => {
    const canvas = new OffscreenCanvas(1600, 1200)
    const ink = canvas.getContext('2d')
    ink.fillStyle = '#7a8f5a'
    ink.fillRect(0, 0, 1600, 1200)
    ink.fillStyle = '#222'
    ink.fillRect(Math.random() * 1000, Math.random() * 800, 500, 300)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())
    return btoa(String.fromCharCode(...bytes))
}"""
STORE = """(read) => new Promise((done, fail) => {
    const asked = indexedDB.open('xiangyun-offline')
    asked.onerror = () => fail(asked.error)
    asked.onsuccess = () => {
        const names = ['phones', 'items', 'files', 'contents']
        const rows = {}
        const all = asked.result.transaction(names)
        for (const name of names) {
            const found = all.objectStore(name)[name === 'phones' ? 'getAll' : 'count']()
            found.onsuccess = () => (rows[name] = name === 'phones' ? found.result.map(({ id }) => id) : found.result)
        }
        all.oncomplete = () => { asked.result.close(); done(rows) }
    }
})"""
READY = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"


class Phone:
    """One app on one phone. `signal` cuts the network, `kill` takes the process away, `start` opens the app again."""

    def __init__(self, browser: Browser, box: LiveBox, **shape: Any) -> None:
        self._browser, self._box, self._shape = browser, box, {**SHAPE, **shape}
        self.url = box.url
        self._disk = Path(tempfile.mkdtemp(prefix="xp-", dir="/tmp"))
        self._context: BrowserContext | None = None
        self._others = self._registered()
        self.has_signal = True
        self.page: Page = self.start()

    def start(self) -> Page:
        """Open the app on what its disk holds."""
        self._context = self._browser.browser_type.launch_persistent_context(
            str(self._disk), executable_path=chromium(), args=FLAGS, base_url=self._box.url, **self._shape
        )
        self._context.set_offline(not self.has_signal)
        self.page = self._context.pages[0] if self._context.pages else self._context.new_page()
        return self.page

    def signal(self, has: bool) -> None:
        self.has_signal = has
        if self._context:
            self._context.set_offline(not has)

    def sign_in(self, role: str, where: str = "/app/me") -> None:
        """Through the form, as a person does; then wait until the app's own pages are on the phone."""
        one = self._box.demo(role)
        self.page.goto(where)
        # a killed browser may have lost the cookies of its last half minute, or not
        self.page.locator("input[name=account], .tabs").first.wait_for()
        if not self.page.locator("input[name=account]").count():
            return
        self.page.locator("input[name=account]").fill(one["account"])
        self.page.locator("input[name=password]").fill(one["password"])
        self.page.locator("form:has(input[name=password]) button[type=submit]").click()
        self.page.locator("input[name=password]").wait_for(state="detached", timeout=15_000)
        self.page.wait_for_function(READY)

    def kill(self) -> None:
        """`kill -9` of every process of this browser, as a battery taken out."""
        self.pull()
        deadline = time.monotonic() + 5
        while self._pids() and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(Error):  # it is gone already
            if self._context:
                self._context.close()
        self._context = None
        for lock in self._disk.glob("Singleton*"):
            lock.unlink(missing_ok=True)

    def pull(self) -> None:
        """The same, and nothing is tidied up: from any thread."""
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pids(self) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if f"--user-data-dir={self._disk}".encode() in words:
                    found.append(int(entry.name))
        return found

    def shoot(self, name: str) -> None:
        """A picture of what is seen, where `SHOTS` names a folder."""
        if folder := os.environ.get("SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def close(self) -> None:
        """Thrown away and told so: an account has so many phones at most, and all tests share the box."""
        if self._context:
            self._context.close()
        shutil.rmtree(self._disk, ignore_errors=True)
        for one in self._registered() - self._others:
            self._box.as_demo("clerk").post(f"/api/offline/phones/{one}/revoke").raise_for_status()

    def _registered(self) -> set[str]:
        """The phones of the town that are not revoked."""
        every = self._box.as_demo("clerk").items("/api/offline/phones")
        return {one["id"] for one in every if not one["revoked_at"]}


def type_pin(page: Page, pin: str = PIN) -> None:
    page.locator("input[name=pin]").fill(pin)
    page.locator("form:has(input[name=pin]) button[type=submit]").click()


def take_along(phone: Phone, role: str = "grid_worker") -> None:
    """Somebody takes their homes and tasks along, with a PIN of their own."""
    phone.sign_in(role)
    take_pack(phone.page)


def take_pack(page: Page) -> None:
    """The same on the page of whoever is signed in."""
    page.get_by_role("button", name="存一份").click()
    type_pin(page)
    expect(page.get_by_text("再输一遍")).to_be_visible()
    type_pin(page)
    expect(page.get_by_text(re.compile(r"\d+ 户,|\d+ 户，"))).to_be_visible(timeout=15_000)


def open_cold(page: Page, where: str) -> None:
    """A cold start without signal: the PIN first, then the page."""
    page.goto(where)
    page.get_by_role("link", name="输密码").click()
    type_pin(page)


def to_the_homes(page: Page) -> None:
    """A cold start without signal, up to the list of homes."""
    open_cold(page, "/app/homes")
    expect(page.get_by_role("heading", name=re.compile("户在手机里"))).to_be_visible()


def open_home(page: Page, nth: int) -> str:
    """Open a home of the list; returns its id."""
    page.locator("a.home").nth(nth).click()
    page.wait_for_url(re.compile("/homes/[0-9a-f-]{36}$"))
    return page.url.rsplit("/", 1)[1]


def take_photo(page: Page) -> None:
    """Where a page asks for one."""
    picture = base64.b64decode(page.evaluate(DRAW))
    file = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]


def a_photo(page: Page) -> None:
    """A photo at the door, until the page has it."""
    take_photo(page)
    expect(page.get_by_role("button", name="拍了")).to_be_visible()


def sign(page: Page, by: float = 20) -> None:
    """A name on the pad, with a finger; no two are alike where `by` differs."""
    pad = page.locator("canvas")
    pad.hover()  # until the page around it is at rest
    where = pad.bounding_box()
    assert where
    page.mouse.move(where["x"] + 40, where["y"] + 60)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(where["x"] + 40 + 40 * step, where["y"] + 60 + by * (-1) ** step)
    page.mouse.up()
    page.get_by_role("img", name="已签名").wait_for()
