"""Records written on a real phone page while everything goes wrong: the line, the battery, the disk, new versions.

`Storm.write` writes them through the page as a person does; meanwhile signal comes and goes, requests and their
answers are lost, the battery is pulled at any moment, the phone is full, new versions of the app come out.
`Storm.settled` waits until the phone holds nothing, `Storm.compare` reads the town's ledger: nothing said to be kept is
missing, nothing is there twice, every photo and signature opens.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Error, Page, expect

from tests.journeys.ledger import ledger
from tests.journeys.phone import DRAW, STORE, Phone, sign, take_along, type_pin
from tests.live_box import ROOT, LiveBox

LARGE = 3_000_000
"""A photo that finds no room where the disk is full; its small picture does."""
# Every third answer of the town is lost, every fifth request before it.
LINE = """(() => {
    const honest = globalThis.fetch
    let nth = 0
    globalThis.fetch = async (...asked) => {
        const url = new URL(asked[0].url ?? asked[0], location.href).pathname
        if (url !== '/api/offline/items') return honest(...asked)
        nth += 1
        if (nth % 5 === 4) throw new TypeError('the line is cut')
        const answer = await honest(...asked)
        if (nth % 3 === 1) throw new TypeError('the answer is lost')
        return answer
    }
    localStorage['xiangyun.offline.originals'] = 'any'
})()"""
# Chromium (156) tells a page of a limit set by its tools and lets the database grow past it all the same: the refusal
# that a full disk answers with is given here instead, at the database's own door.
DISK = """(() => {
    for (const name of ['add', 'put']) {
        const honest = IDBObjectStore.prototype[name]
        IDBObjectStore.prototype[name] = function (value, ...key) {
            const isLarge = value?.sealed?.byteLength > 1_000_000
            if (!globalThis.isShortOfRoom || !isLarge) return honest.call(this, value, ...key)
            this.transaction.abort()
            throw new DOMException('the disk is full', 'QuotaExceededError')
        }
    }
})()"""
# A red control: a phone that lets go of what it sends before anybody has said that it is there.
LETS_GO = """(() => {
    const honest = globalThis.fetch
    let nth = 0
    globalThis.fetch = async (...asked) => {
        const url = new URL(asked[0].url ?? asked[0], location.href).pathname
        if (url !== '/api/offline/items') return honest(...asked)
        const { items } = JSON.parse(await asked[0].clone().text())
        await new Promise((done) => {
            const opening = indexedDB.open('xiangyun-offline')
            opening.onsuccess = () => {
                const all = opening.result.transaction('items', 'readwrite')
                items.forEach(({ id }) => all.objectStore('items').delete(id))
                all.oncomplete = () => { opening.result.close(); done() }
            }
        })
        nth += 1
        if (nth === 1) throw new TypeError('the line is cut')
        return honest(...asked)
    }
})()"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is written and how often what goes wrong."""

    records: int
    photos: int
    signatures: int
    batteries: int
    full: int
    versions: int = 2


@dataclass(slots=True)
class Told:
    """One record as it was written: `mark` is in no other."""

    mark: str
    home: str
    photo: str | None = None
    """SHA-256 of the original."""
    has_small: bool = False
    signed: bool = False


class StormyPhone(Phone):
    """A phone on a bad line; its battery can be pulled from any thread, at any moment."""

    def __init__(self, browser: Browser, box: LiveBox, scripts: tuple[str, ...]) -> None:
        self._scripts = scripts
        self.is_flat = False
        super().__init__(browser, box)

    def start(self) -> Page:
        page = super().start()
        for script in self._scripts:
            page.add_init_script(script)
        self.is_flat = False
        return page

    def pull_battery(self) -> None:
        self.is_flat = True
        self.pull()

    def short_of_room(self, is_short: bool) -> None:
        """The disk has no room for anything large, or has it again."""
        self.page.evaluate("(is) => (globalThis.isShortOfRoom = is)", is_short)


@dataclass
class Storm:
    """A phone, a town, and chance."""

    phone: StormyPhone
    box: LiveBox
    chance: random.Random
    role: str = "grid_worker"
    kept: list[Told] = field(default_factory=list)
    unsure: list[Told] = field(default_factory=list)
    batteries: int = 0
    pictures: list[bytes] = field(default_factory=list)
    was_full: int = 0
    begin: int = 0

    def write(self, size: Size, *, most_s: float) -> None:
        """All the records, whatever comes between."""
        take_along(self.phone, self.role)
        # sizes that no home has yet: each says which record it came with
        self.begin = 1 + max(int(float(one["house_size_m2"] or 0)) for one in self._homes())
        self.pictures = [base64.b64decode(self.phone.page.evaluate(DRAW)) for _ in range(4)]
        self._reopen()
        plan = self._plan(size)
        for nth, event in enumerate(plan):
            with self._battery(event.get("battery", False)):
                self._one(nth, event)
            if event.get("version"):
                with self._battery(False):
                    self._new_version(str(nth))
            with self._battery(False):
                if event["signal"] != self.phone.has_signal:
                    self.phone.signal(event["signal"])
        deadline = time.monotonic() + most_s
        nth = len(plan)
        # what a battery took in hand is not counted: as many again are written
        while len(self.kept) < size.records:
            assert time.monotonic() < deadline
            self._one(nth, {"photo": False, "sign": False, "full": False})
            nth += 1

    def _plan(self, size: Size) -> list[dict[str, Any]]:
        draws: list[dict[str, Any]] = [{"signal": self.chance.random() < 0.4} for _ in range(size.records)]

        def some(name: str, count: int, begin: int = 0) -> None:
            for nth in self.chance.sample(range(begin, size.records), count):
                draws[nth][name] = True

        some("photo", size.photos)
        some("sign", size.signatures)
        some("battery", size.batteries, 1)
        photos = [nth for nth, one in enumerate(draws) if one.get("photo") and not one.get("battery")]
        for nth in self.chance.sample(photos, size.full):
            draws[nth]["full"] = True
        for version in range(size.versions):
            draws[(version + 1) * size.records // (size.versions + 1)]["version"] = True
        return draws

    def _one(self, nth: int, event: dict[str, Any]) -> None:
        """One record through the page; `unsure` until the page says that it is kept."""
        page = self.phone.page
        link = page.locator("a.home").nth(nth % page.locator("a.home").count())
        told = Told(mark=f"{self.begin + nth / 10:.1f}", home=str(link.get_attribute("href")).rsplit("/", 1)[1])
        self.unsure.append(told)
        link.click()
        page.get_by_role("button", name="有变化").wait_for()
        if event.get("photo"):
            picture = self._picture(nth) + (self.chance.randbytes(LARGE) if event.get("full") else b"")
            told.photo, told.has_small = hashlib.sha256(picture).hexdigest(), True
            file: Any = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture}
            page.locator("input[type=file]").set_input_files(file)
            page.get_by_role("button", name="拍了").wait_for()
        if event.get("sign"):
            self._sign(page)
            told.signed = True
        page.get_by_role("button", name="有变化").click()
        page.locator("input[name=size]").fill(told.mark)
        if event.get("full"):
            self.phone.short_of_room(True)
            page.get_by_role("button", name="存下", exact=True).click()
            expect(page.get_by_role("alert")).to_contain_text("手机存满了")
            self.was_full += 1
            self.phone.shoot("full")
            page.get_by_role("button", name="只留小照片").click()
            told.photo = None
        else:
            page.get_by_role("button", name="存下", exact=True).click()
        page.wait_for_url(re.compile("/app/homes$"))
        self.unsure.remove(told)
        self.kept.append(told)
        if event.get("full"):
            self.phone.short_of_room(False)

    def _picture(self, nth: int) -> bytes:
        """A photo unlike any other: the camera's own comment differs."""
        base = self.pictures[nth % len(self.pictures)]
        words = f"photo {nth}".encode()
        return base[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2) + words + base[2:]

    def _sign(self, page: Page) -> None:
        page.get_by_role("button", name="请户主签名").click()
        sign(page, self.chance.uniform(-30, 30))

    @contextlib.contextmanager
    def _battery(self, is_pulled: bool) -> Iterator[None]:
        """The battery is pulled somewhere in what is done here, or not; then the app is opened again."""
        timer = threading.Timer(self.chance.uniform(0.02, 0.8), self.phone.pull_battery)
        if is_pulled:
            timer.start()
        try:
            yield
        except (Error, AssertionError):
            if not self.phone.is_flat:
                raise
        if is_pulled:
            timer.join()
            self.batteries += 1
            self.phone.kill()
            self.phone.start()
            self._reopen()

    def _reopen(self) -> None:
        """The app is opened again, at the homes."""
        page = self.phone.page
        page.goto("/app/homes")
        key = page.get_by_role("link", name="输密码")
        account = page.locator("input[name=account]")
        key.or_(account).first.wait_for()
        if account.count():
            self.phone.sign_in(self.role, "/app/homes")
            key.wait_for()
        key.click()
        type_pin(page)
        page.locator("a.home").first.wait_for()

    def _new_version(self, name: str) -> None:
        """Another version comes out; it is fetched beside the one that is shown, and put on at the next start."""
        worker = ROOT / "web" / "dist" / "sw.js"
        released = worker.read_text(encoding="utf-8")
        page_of_it = r'"revision":"[^"]*","url":"app.html"'
        text, found = re.subn(page_of_it, f'"revision":"version-{name}","url":"app.html"', released)
        assert found == 1
        worker.write_text(text, encoding="utf-8")
        had_signal = self.phone.has_signal
        self.phone.signal(True)
        page = self.phone.page
        page.evaluate("navigator.serviceWorker.getRegistration('/app').then((one) => one.update())")
        waiting = "navigator.serviceWorker.getRegistration('/app').then((one) => (one.waiting !== null) === {})"
        page.wait_for_function(waiting.format("true"))
        self.phone.kill()
        page = self.phone.start()
        page.goto("/app/outbox")
        page.wait_for_function(waiting.format("false"))
        self.phone.signal(had_signal)
        self._reopen()

    def settled(self, wait_s: float) -> str:
        """Signal stays; wait until the phone holds nothing any more. Returns the phone's id."""
        self.phone.signal(True)
        self._reopen()
        deadline = time.monotonic() + wait_s
        while True:
            rows = self.phone.page.evaluate(STORE)
            if not any(rows[name] for name in ("items", "files", "contents")):
                return str(rows["phones"][0])
            assert time.monotonic() < deadline, f"the phone still holds {rows}"
            self.phone.page.wait_for_timeout(500)
            # somebody looks at the phone now and then: it tries at once
            self.phone.page.evaluate("dispatchEvent(new Event('online'))")

    def compare(self, phone: str) -> dict[str, int]:
        """What the town holds against what was written. Fails where one is missing, doubled or without its files."""
        items = [one for one in ledger(self.box, phone) if one["state"] != "gone"]
        marks = Counter(str(one["facts"].get("house_size_m2")) for one in items)
        missing = [told.mark for told in self.kept if not marks[told.mark]]
        doubled = {mark: count for mark, count in marks.items() if count > 1}
        invented = set(marks) - {told.mark for told in (*self.kept, *self.unsure)}
        assert not missing, f"missing: {missing}"
        assert not doubled, f"doubled: {doubled}"
        assert not invented, f"nobody wrote {invented}"
        wrong = Counter(one["state"] for one in items if one["state"] != "applied")
        assert not wrong, f"not applied: {wrong}"
        of_mark = {str(one["facts"]["house_size_m2"]): one for one in items}
        files = [one for item in items for one in item["files"]]
        assert not [one for one in files if not one["kept"]]
        for told in self.kept:
            item = of_mark[told.mark]
            assert item["home"] == told.home
            roles = Counter(one["role"] for one in item["files"])
            meant = {"small": told.has_small, "original": told.photo is not None, "signature": told.signed}
            assert roles == +Counter(meant), f"{told.mark}: {roles}, not {meant}"
            assert [one["sha256"] for one in item["files"] if one["role"] == "original"] == (
                [told.photo] if told.photo else []
            )
        self._homes_stand(items)
        return {
            "records": len(items),
            "files": len(files),
            "batteries": self.batteries,
            "unsure": len(self.unsure),
            "came_all_the_same": sum(marks[told.mark] for told in self.unsure),
        }

    def _homes_stand(self, items: list[dict[str, Any]]) -> None:
        """Each home says what was written of it last."""
        last = {one["home"]: float(one["facts"]["house_size_m2"]) for one in items}
        stands = {one["id"]: float(one["house_size_m2"]) for one in self._homes() if one["id"] in last}
        assert stands == last

    def _homes(self) -> list[dict[str, Any]]:
        person = self.box.as_demo(self.role)
        return list(person.get("/api/offline/pack").raise_for_status().json()["households"])


@contextlib.contextmanager
def storm(browser: Browser, box: LiveBox, seed: int, scripts: tuple[str, ...] = (LINE, DISK)) -> Iterator[Storm]:
    """A storm of its own seed; what it changed of the release is put back."""
    worker = ROOT / "web" / "dist" / "sw.js"
    released = worker.read_text(encoding="utf-8")
    phone = StormyPhone(browser, box, scripts)
    try:
        yield Storm(phone, box, random.Random(seed))
    finally:
        worker.write_text(released, encoding="utf-8")
        phone.close()


def ridden(made: Storm, size: Size, *, wait_s: float, say: Callable[[str], None] = print) -> dict[str, int]:
    """Write, wait, compare."""
    began = time.monotonic()
    made.write(size, most_s=wait_s)
    wrote = time.monotonic() - began
    told = made.compare(made.settled(wait_s))
    say(f"written in {wrote:.0f} s, all there after {time.monotonic() - began:.0f} s: {told}")
    return told
