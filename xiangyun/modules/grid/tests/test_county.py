"""What a town cannot settle goes to the county under one number, is answered there and closed where it happened."""

from __future__ import annotations

import pytest

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.org import seeds as places
from xiangyun.modules.grid.tests.factories import GRID, OTHER_TOWN, TOWN

pytestmark = pytest.mark.usefixtures("grids")

JSON = "application/json"
COUNTY, NEXT_COUNTY = "15.08.02", "15.08.21"


@pytest.fixture
def grids(house):
    for town in (TOWN, OTHER_TOWN):
        places.plant(town, clock.now())


def ok(answer):
    assert answer.status_code in (200, 201), answer.content.decode()
    return answer.json()


def post(browser, path, **body):
    return browser.post(path, body, content_type=JSON)


def handed_up(clerk):
    """A report of a grid, verified, given to the town, and handed up by it."""
    made = ok(post(a_browser("villager", GRID), "/api/grid/reports", category="canal", words="干渠垮了，镇里修不了"))
    at = f"/api/grid/reports/{made['id']}"
    ok(post(a_browser("grid_worker", GRID), f"{at}/verify"))
    ok(post(clerk, f"{at}/classify", category="canal", level="town", severity=2))
    told = ok(clerk.get(at))
    matter = f"/api/matters/{told['matter']}"
    ok(post(clerk, f"{matter}/sign"))
    ok(post(clerk, f"{matter}/hand_up", note="要区水务局来"))
    return at, matter, told["number"]


def test_from_the_village_to_the_county_and_back_under_one_number():
    clerk, county = a_browser("clerk", TOWN), a_browser("county_clerk", COUNTY, name="斯琴")
    at, matter, number = handed_up(clerk)
    waiting = ok(county.get("/api/inbox?box=todo"))["items"]
    assert number in [one["number"] for one in waiting]
    assert ok(clerk.get(at))["level"] == "banner"
    ok(post(county, f"{matter}/sign"))
    assert ok(clerk.get(at))["owner"] == {"account": "", "name": "旗县区"}
    ok(post(county, f"{at}/result", words="水务局来补好了"))
    assert "approve" not in ok(county.get(at))["may"]
    closed = ok(post(clerk, f"{at}/check", is_good=True))
    assert (closed["state"], closed["number"]) == ("closed", number)


def test_the_county_hands_back_what_the_town_can_settle():
    clerk, county = a_browser("clerk", TOWN), a_browser("county_clerk", COUNTY)
    at, matter, number = handed_up(clerk)
    ok(post(county, f"{matter}/sign"))
    ok(post(county, f"{matter}/send_back", reason="镇里有抢修队"))
    told = ok(clerk.get(at))
    assert (told["state"], told["number"]) == ("returned", number)


def test_the_next_county_knows_nothing_of_it_and_the_county_classifies_nothing():
    clerk = a_browser("clerk", TOWN)
    at, matter, _ = handed_up(clerk)
    stranger = a_browser("county_clerk", NEXT_COUNTY)
    for path in (at, matter):
        assert stranger.get(path).status_code == 404
    county = a_browser("county_clerk", COUNTY)
    assert post(county, f"{at}/classify", category="canal", level="town", severity=2).status_code == 403
    assert post(county, f"{at}/check", is_good=True).status_code == 403
