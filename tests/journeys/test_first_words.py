"""The first page of the app says everything in words before the rest of the words has come."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.conftest import Tab
from tests.journeys.test_register import PHONE
from tests.live_box import ROOT, LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

CATALOGUES = [*ROOT.glob("web/*/words/en.json"), *ROOT.glob("xiangyun/*/*/web/words/en.json")]
SETTLES_MS = 1_500
REST = re.compile(r"/assets/rest-[^/]+\.js$")


def name(catalogue: Path) -> str:
    """The first part of every key of a catalogue."""
    return catalogue.parts[-3] if catalogue.parts[-4] == "web" else catalogue.parts[-4]


KEY = re.compile(rf"\b(?:{'|'.join(sorted({name(one) for one in CATALOGUES}))})\.[a-z_]+(?:\.[a-z_]+)*\b")


def unsaid(tab: Tab) -> set[str]:
    """Names of words that stand where the words should."""
    told = tab.page.evaluate(
        "[document.title, document.body.innerText, ...[...document.querySelectorAll('[aria-label],[data-say]')]"
        ".flatMap((one) => [one.ariaLabel, one.dataset.say])].join('\\n')"
    )
    return set(KEY.findall(told))


def without_the_rest(tab: Tab) -> list[str]:
    asked: list[str] = []

    def away(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    tab.page.route(REST, away)
    return asked


def test_names_of_words_are_recognised() -> None:
    assert KEY.findall("回首页 app.tab.home，grid.app.report_how") == ["app.tab.home", "grid.app.report_how"]
    assert not KEY.findall("www.example.com 12.5 毫米")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("mode", ["elder", "plain"])
def test_the_home_of_a_villager_needs_no_word_of_the_rest(box: LiveBox, tabs: Any, mode: str, language: str) -> None:
    tab: Tab = tabs(**PHONE, service_workers="block")
    kept = {"xiangyun.language": language, "xiangyun.phone": json.dumps({"mode": mode})}
    tab.page.add_init_script(f"Object.entries({json.dumps(kept)}).forEach(([name, told]) => localStorage[name] = told)")
    asked = without_the_rest(tab)
    tab.page.goto("/app")
    expect(tab.page.locator("input[name=password]")).to_be_visible()
    assert not unsaid(tab)
    tab.sign_in(box, "villager", "/app")
    expect(tab.page.locator(".home .panel")).not_to_have_count(0)
    tab.page.wait_for_timeout(SETTLES_MS)
    assert not unsaid(tab)
    assert asked
    tab.page.unroute(REST)
    tab.page.locator(".tabs a").last.click()
    expect(tab.page.locator("h1")).to_be_visible()
    tab.page.wait_for_timeout(SETTLES_MS)
    assert not unsaid(tab)
