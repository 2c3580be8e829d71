"""Somebody whose phone carries their homes, with one thing in the outbox that the town refused and one that differs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import Page, expect

from tests.journeys.phone import READY, a_photo, open_cold, open_home, take_pack
from tests.live_box import LiveBox, until

if TYPE_CHECKING:
    from tests.journeys.conftest import Tab

ITEMS = """() => new Promise((done, fail) => {
    const asked = indexedDB.open('xiangyun-offline')
    asked.onerror = () => fail(asked.error)
    asked.onsuccess = () => {
        const found = asked.result.transaction('items').objectStore('items').getAll()
        found.onsuccess = () => {
            asked.result.close()
            done(found.result.map(({ id, state, conflict, says, errors }) => ({ id, state, conflict, says, errors })))
        }
    }
})"""
REFUSED, DIFFERING, SEEN = 8, 9, 10
"""Which homes of the list: no other journey looks at these."""


class Carried(NamedTuple):
    """Ids of what there is to look at, and what is called in Chinese in every language."""

    places: dict[str, str]
    names: list[str]


def carried(tab: Tab, box: LiveBox, role: str) -> Carried:
    """Through the pages, as a person does."""
    page, clerk = tab.page, box.as_demo("clerk")
    homes = box.as_demo(role).get("/api/offline/pack").raise_for_status().json()
    number = random.SystemRandom().randrange(1000)
    differing = homes["households"][DIFFERING]["id"]
    _change(clerk, differing, f"{number}-1")
    tab.sign_in(box, role, "/app/me")
    page.wait_for_function(READY)
    take_pack(page)
    open_cold(page, "/app/homes")
    open_home(page, REFUSED)
    a_photo(page)
    _write(page, "size", "-5")
    assert open_home(page, DIFFERING) == differing
    _change(clerk, differing, f"{number}-2")
    _write(page, "address", f"{number}-3")
    items = until(lambda: _told(page))
    places = {
        "refused": next(one["id"] for one in items if one["state"] == "refused"),
        "differs": next(one["conflict"] for one in items if one["state"] == "conflict"),
        "carried": homes["households"][SEEN]["id"],
    }
    # what a browser says of the refusals meant here
    tab.complaints.clear()
    # the town answered in the language of then
    return Carried(places, sorted({words for words in _words([homes, items]) if not words.isascii()}))


def decided(box: LiveBox, conflicts: list[str], role: str = "grid_worker") -> None:
    """What differs differs no more: nothing waits for the office because somebody looked at a page."""
    person = box.as_demo(role)
    for conflict in conflicts:
        person.post(f"/api/offline/conflicts/{conflict}/decide", json={"choice": "theirs"}).raise_for_status()


def _told(page: Page) -> list[dict[str, Any]]:
    items = page.evaluate(ITEMS)
    return list(items) if {one["state"] for one in items} >= {"refused", "conflict"} else []


def _write(page: Page, name: str, value: str) -> None:
    page.get_by_role("button", name="有变化").click()
    page.locator(f"input[name={name}]").fill(value)
    page.get_by_role("button", name="存下", exact=True).click()
    expect(page.locator("a.home").first).to_be_visible()


def _change(clerk: Any, home: str, address: str) -> None:
    url = f"/api/people/households/{home}"
    version = clerk.get(url).raise_for_status().json()["version"]
    told = {"version": version, "address": address, "source": {"kind": "form"}}
    clerk.patch(url, json=told).raise_for_status()


def _words(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _words(one)
