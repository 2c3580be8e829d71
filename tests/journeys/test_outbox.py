"""What waits in the outbox is read in words and mended where it can be read at all; what differs shows both sides."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.carrying import ITEMS
from tests.journeys.ledger import ledger
from tests.journeys.phone import STORE, Phone, a_photo, open_home, sign, take_along, to_the_homes
from tests.journeys.phones import a_phone
from tests.journeys.reports import a_jpeg
from tests.live_box import LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

MOST_BYTES = 12 * 1024
TOLD = "二支渠的桥栏杆断了半截"
# A yard in full sun: leaves, gravel, straw, everything has an edge.
DETAILED = """async () => {
    const canvas = new OffscreenCanvas(1600, 1200)
    const ink = canvas.getContext('2d')
    for (let n = 0; n < 9000; n++) {
        ink.fillStyle = `hsl(${Math.random() * 140} 40% ${20 + Math.random() * 60}%)`
        ink.fillRect(Math.random() * 1600, Math.random() * 1200, 4 + Math.random() * 50, 4 + Math.random() * 50)
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}"""
FILES = """() => new Promise((done) => {
    const asked = indexedDB.open('xiangyun-offline')
    asked.onsuccess = () => {
        const found = asked.result.transaction('files').objectStore('files').getAll()
        found.onsuccess = () => {
            asked.result.close()
            done(found.result.map(({ role, size, media_type }) => ({ role, size, media_type })))
        }
    }
})"""


def test_a_report_without_a_pin_is_mended_where_the_town_refuses_it(box: LiveBox, phone: Phone) -> None:
    phone.sign_in("villager", "/app")
    page = phone.page
    with page.expect_response(re.compile("/api/offline/key")):
        page.get_by_role("link", name="上报").first.click()
    page.get_by_role("button", name="路、桥、涵洞").click()
    told = page.get_by_label("出了什么事？")
    told.evaluate("one => one.removeAttribute('maxlength')")
    told.fill(TOLD * 200)  # more than the town takes
    expect(page.get_by_role("button", name="送出去")).to_be_enabled()
    phone.signal(False)
    page.get_by_role("button", name="送出去").click()
    page.wait_for_url("**/app/outbox")
    page.get_by_role("button", name="看看写了什么").click()
    expect(page.locator("dl.facts")).to_contain_text("路、桥、涵洞")
    phone.signal(True)
    page.get_by_role("link", name="改一改").click(timeout=30_000)
    expect(page.get_by_label("什么事")).to_have_text("路、桥、涵洞")
    words = page.get_by_label("怎么回事")
    expect(words).to_have_attribute("aria-invalid", "true")
    phone.shoot("mend-report")
    words.fill(TOLD)
    page.get_by_role("button", name="改好了").click()
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    assert TOLD in [one["words"] for one in box.as_demo("clerk").items("/api/grid/reports")]


def test_the_picture_that_goes_with_a_record_is_small_whatever_is_on_it(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    open_home(page, 11)
    picture = base64.b64decode(page.evaluate(DETAILED))
    page.locator("input[type=file]").set_input_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture})
    expect(page.get_by_role("button", name="拍了")).to_be_visible()
    page.get_by_role("button", name="请户主签名").click()
    sign(page)
    page.get_by_role("button", name="没变").click()
    page.wait_for_url(re.compile("/app/homes$"))
    files = {one["role"]: one for one in page.evaluate(FILES)}
    assert files["original"]["size"] == len(picture)
    assert files["small"]["size"] <= MOST_BYTES < len(picture)
    assert files["signature"]["size"] <= MOST_BYTES
    assert {files[role]["media_type"] for role in ("small", "signature")} == {"image/webp"}
    phone.signal(True)
    # the original waits for Wi-Fi
    until(lambda: [one["role"] for one in page.evaluate(FILES)] == ["original"], wait_s=30)
    [item] = ledger(box, page.evaluate(STORE)["phones"][0])
    assert {one["role"] for one in item["files"] if one["kept"]} == {"small", "signature"}


def test_two_sides_of_a_conflict_show_their_photos(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    page = phone.page
    to_the_homes(page)
    home = open_home(page, 12)
    _told_by_the_clerk(box, home)
    a_photo(page)
    page.get_by_role("button", name="有变化").click()
    page.locator("input[name=address]").fill("三组 12 号")
    page.get_by_role("button", name="存下", exact=True).click()
    conflict = until(lambda: next((one["conflict"] for one in page.evaluate(ITEMS) if one["conflict"]), None))
    until(lambda: "small" not in [one["role"] for one in page.evaluate(FILES)], wait_s=30)
    page.goto(f"/app/outbox/differs/{conflict}")
    expect(page.get_by_role("heading", name="当时拍的照片")).to_be_visible()
    photos = page.locator("figure button img")
    expect(photos).to_have_count(2)
    for n in range(2):
        until(lambda n=n: photos.nth(n).evaluate("one => one.naturalWidth > 0"))
    phone.shoot("both-photos")
    photos.nth(1).click()
    large = page.get_by_role("dialog")
    expect(large).to_contain_text("记的")
    until(lambda: large.locator("img").evaluate("one => one.naturalWidth >= 320"))
    phone.shoot("large-photo")
    page.get_by_role("button", name="关上").click()
    expect(large).to_have_count(0)
    page.get_by_role("radio", name=re.compile("12-9")).click()
    page.get_by_role("button", name=re.compile("就用")).click()
    page.wait_for_url("**/app/outbox")


def _told_by_the_clerk(box: LiveBox, home: str) -> None:
    """Another phone was there first, with a photo."""
    by = box.as_demo("clerk")
    stands = by.get(f"/api/people/households/{home}").raise_for_status().json()
    content = a_jpeg(40)
    named = hashlib.sha256(content).hexdigest()
    files: list[dict[str, Any]] = [{"sha256": named, "role": "small", "size": len(content), "group": 1}]
    other = a_phone(by)
    subject = ("household", home)
    item = other.write("people.change_household", subject, {"address": "12-9"}, base=stands["version"], files=files)
    assert [one["state"] for one in other.sync()] == ["applied"]
    url = f"/api/offline/items/{item}/files/{named}?role=small"
    by.put(url, content=content, headers={"Content-Type": "application/octet-stream"}).raise_for_status()
