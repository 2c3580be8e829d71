"""Every page in the hand can be heard: 读给我听 is there, what it reads is what is written, and where the phone has no
voice it says so. A pretend voice listens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.test_pages import PHONE, PHONE_PAGES

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

VOICE = """
window.heard = [];
const voices = %s ? [{ lang: 'zh-CN', localService: true, name: 'pretend' }] : [];
Object.defineProperty(window, 'speechSynthesis', { value: {
  getVoices: () => voices,
  addEventListener: () => undefined,
  cancel: () => undefined,
  speak: (one) => window.heard.push(one.text),
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
"""
# What is written on the page: every piece of text that takes up room, in order, the names of fields and what is to be
# chosen too; of what is pressed only that. Asked of the page itself, and not of the code that reads it.
WRITTEN = """() => {
  const skip = 'button:not([data-aloud]), .button:not([data-aloud]), a[href^="tel:"], nav, select, input, textarea,'
    + ' svg, canvas, .hear, [aria-hidden="true"], .only-read, .maplibregl-map, .codes'
  const found = []
  const walker = document.createTreeWalker(document.getElementById('page'), NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    const parent = node.parentElement
    if (!/[\\p{L}\\p{N}]/u.test(node.textContent) || parent.closest(skip)) continue
    const replaced = parent.closest('[data-say]')
    const range = document.createRange()
    range.selectNodeContents(node)
    const box = range.getBoundingClientRect()
    if (box.width && box.height) found.push(replaced ? replaced.dataset.say : node.textContent)
  }
  return found
}"""
PLAIN = """texts => texts.map((text) => text.replace(/−(?=\\d)/g, '零下').replace(/[^\\p{L}\\p{N}]/gu, ''))"""


def opened(walker: Any, role: str | None, mode: str, *, has_voice: bool, step: int = 1) -> Any:
    kept = {"xiangyun.phone": json.dumps({"mode": mode, "step": {"elder": step, "plain": 0}})}
    who = walker(role, "/app", PHONE, kept, least_px=0)
    who.tab.context.add_init_script(VOICE % json.dumps(has_voice))
    return who


@pytest.mark.parametrize("mode", ["elder", "plain"])
@pytest.mark.parametrize("role", PHONE_PAGES)
def test_what_is_written_is_what_is_read(walker: Any, role: str | None, mode: str) -> None:
    who = opened(walker, role, mode, has_voice=True)
    page, missing = who.tab.page, []
    for path in PHONE_PAGES[role]:
        page.goto(path.format(**who.places))
        page.evaluate("look.settled()")
        button = page.locator(".hear button")
        if button.count() != 1 or not button.is_visible():
            missing.append(f"{path}: no 读给我听")
            continue
        written = page.evaluate(PLAIN, page.evaluate(WRITTEN))
        button.click()
        page.wait_for_function("window.heard.length > 0")
        heard = "".join(page.evaluate(PLAIN, page.evaluate("window.heard")))
        missing += [f"{path}: not read: {one}" for one in dict.fromkeys(written) if one not in heard]
    assert missing == [], "\n".join(missing)


def test_whoever_reports_hears_every_tile_that_can_be_chosen(walker: Any) -> None:
    who = opened(walker, "villager", "elder", has_voice=True)
    page = who.tab.page
    page.goto("/app/report")
    page.evaluate("look.settled()")
    tiles = page.evaluate(PLAIN, page.locator(".tiles button").all_inner_texts())
    assert len(tiles) >= 13
    page.locator(".hear button").click()
    page.wait_for_function("window.heard.length > 0")
    heard = page.evaluate(PLAIN, page.evaluate("window.heard"))
    assert [one for one in tiles if one not in heard] == []
    assert not {"返回", "读给我听"} & set(heard)


def test_control_a_text_that_is_not_read_is_seen(walker: Any) -> None:
    who = opened(walker, "villager", "elder", has_voice=True)
    page = who.tab.page
    page.goto("/app/village")
    page.evaluate("look.settled()")
    page.evaluate("document.querySelector('#page p').setAttribute('data-silent', '')")
    written = page.evaluate(PLAIN, page.evaluate(WRITTEN))
    page.locator(".hear button").click()
    page.wait_for_function("window.heard.length > 0")
    heard = "".join(page.evaluate(PLAIN, page.evaluate("window.heard")))
    assert [one for one in written if one not in heard] != []


def test_a_phone_without_a_voice_says_so_and_what_to_do(walker: Any) -> None:
    who = opened(walker, "villager", "elder", has_voice=False)
    page = who.tab.page
    page.goto("/app")
    page.evaluate("look.settled()")
    page.locator(".hear button").click()
    page.locator(".hear [role=status]").wait_for(timeout=5_000)
    assert "语音" in page.locator(".hear [role=status]").inner_text()
    assert page.evaluate("window.heard") == []


def test_the_words_grow_to_thirty_pixels(walker: Any) -> None:
    who = opened(walker, "villager", "elder", has_voice=True, step=4)
    page = who.tab.page
    page.goto("/app/village")
    page.evaluate("look.settled()")
    sizes = page.evaluate(
        "[...document.querySelectorAll('#page p')].map((p) => parseFloat(getComputedStyle(p).fontSize))"
    )
    assert max(sizes) >= 30
