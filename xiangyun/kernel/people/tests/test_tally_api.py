"""What places count to over HTTP: for those who see the people, and for those who must not tell who they are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.people.actions import tally as actions
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE

pytestmark = pytest.mark.usefixtures("house")

CITY = "15.08"


@pytest.fixture
def counted() -> None:
    """One old man in a village, four in the next one, three in another town."""
    for area, men in ((VILLAGE, 1), (NEXT_VILLAGE, 4), (f"{OTHER_TOWN}.201", 3)):
        home = people.a_household(area, checked_at=clock.now())
        for _ in range(men):
            man = people.a_resident(area, born_on=date(1940, 1, 1))
            people.a_membership(home, man)
            people.a_mark(man, "alone")
            people.a_mark(man, "disabled", level=1)
    assert actions.recount_changed(at=clock.now()) == 3


def told(role: str, at: str, area: str | None = None) -> Any:
    answer = a_browser(role, at).get("/api/people/tally" + (f"?area={area}" if area else ""))
    assert answer.status_code == 200, answer.content
    return answer.json()


def cells(answer: Any, code: str) -> dict[str, Any]:
    places = [answer["whole"], *answer["items"]]
    return {
        one["area"]: "small" if one["numbers"][code]["is_small"] else one["numbers"][code]["value"]
        for one in places
        if one["counted"]["have"]
    }


def test_a_city_counts_by_county_and_says_how_much_of_it_was_counted(counted: None) -> None:
    city = told("city_viewer", CITY)
    assert [one["area"] for one in city["items"]] == [f"15.08.{n}" for n in ("02", "21", "22", "23", "24", "25", "26")]
    assert cells(city, "residents") == {CITY: 8, "15.08.02": 8}
    assert (city["whole"]["counted"]["have"], city["whole"]["counted"]["of"]) == (3, 956)
    assert city["items"][1]["numbers"]["residents"]["value"] is None
    assert city["whole"]["numbers"]["refreshed"]["value"] == 100
    assert city["changed"] == 0


def test_a_town_counts_by_village(counted: None) -> None:
    clerk = told("clerk", TOWN)
    assert clerk["whole"]["area"] == TOWN
    assert cells(clerk, "elderly") == {TOWN: 5, VILLAGE: 1, NEXT_VILLAGE: 4}
    assert cells(clerk, "care.disabled") == {TOWN: 5, VILLAGE: 1, NEXT_VILLAGE: 4}
    secretary = told("village_secretary", VILLAGE)
    assert (cells(secretary, "elderly"), secretary["items"]) == ({VILLAGE: 1}, [])


def test_an_overseer_is_not_told_who_the_one_old_man_is(counted: None) -> None:
    county = told("county_viewer", "15.08.02", TOWN)
    assert cells(county, "residents") == {TOWN: 5, VILLAGE: 1, NEXT_VILLAGE: 4}
    for code in ("elderly", "care.alone", "care.disabled"):
        assert cells(county, code) == {TOWN: 5, VILLAGE: "small", NEXT_VILLAGE: "small"}
    village = told("county_viewer", "15.08.02", VILLAGE)
    assert village["whole"]["numbers"]["elderly"] == {"value": None, "is_small": True, "rows_url": None}


def test_what_only_welfare_staff_know_is_not_told_to_others(counted: None) -> None:
    assert [one["code"] for one in told("town_leader", TOWN)["columns"] if "care" in one["code"]] == ["care.alone"]
    assert a_browser("town_leader", TOWN).get("/api/people/tally/rows?of=care.disabled").json()["items"] == []
    assert len(a_browser("clerk", TOWN).get("/api/people/tally/rows?of=care.disabled").json()["items"]) == 5


def test_each_number_opens_who_is_behind_it(counted: None) -> None:
    browser = a_browser("clerk", TOWN)
    numbers = browser.get("/api/people/tally").json()["items"][0]["numbers"]
    for code, cell in numbers.items():
        rows = browser.get(cell["rows_url"]).json()
        homes = numbers["households"]["value"]
        behind = {"land_mu": homes, "refreshed": homes * numbers["refreshed"]["value"] / 100}
        assert rows["total"] == pytest.approx(behind.get(code, cell["value"]), abs=0.01 * homes), code
    (item,) = browser.get(numbers["elderly"]["rows_url"]).json()["items"]
    assert (item["name"], item["area"], item["household"]["number"] != "") == ("李二柱", VILLAGE, True)


def test_homes_checked_lately_open_those_homes_and_not_the_ones_that_are_due(house: None) -> None:
    people.a_household(checked_at=clock.now(), number="0801")
    for number in ("0802", "0803", "0804"):
        people.a_household(checked_at=clock.now() - timedelta(days=91), number=number)
    actions.recount_changed(at=clock.now())
    browser = a_browser("clerk", TOWN)
    cell = browser.get("/api/people/tally").json()["items"][0]["numbers"]["refreshed"]
    assert cell["value"] == 25
    assert [one["number"] for one in browser.get(cell["rows_url"]).json()["items"]] == ["0801"]


def test_an_overseer_opens_nobody(counted: None) -> None:
    numbers = told("county_viewer", "15.08.02", TOWN)["whole"]["numbers"]
    assert {cell["rows_url"] for cell in numbers.values()} == {None}
    assert a_browser("county_viewer", "15.08.02").get("/api/people/tally/rows").status_code == 403


def test_elsewhere_does_not_exist(counted: None) -> None:
    for role, at, area in (
        ("clerk", TOWN, OTHER_TOWN),
        ("clerk", TOWN, "15.08.02"),
        ("clerk", TOWN, f"{TOWN}.999"),
        ("village_secretary", VILLAGE, NEXT_VILLAGE),
        ("village_secretary", VILLAGE, TOWN),
        ("county_viewer", "15.08.02", CITY),
    ):
        assert a_browser(role, at).get(f"/api/people/tally?area={area}").status_code == 404
    secretary = a_browser("village_secretary", VILLAGE)
    assert secretary.get(f"/api/people/tally/rows?area={NEXT_VILLAGE}").status_code == 404
    assert secretary.get("/api/people/tally/rows").json()["total"] == 1
    assert secretary.get("/api/people/tally/rows?of=weight").status_code == 422


@pytest.mark.parametrize("path", ["/api/people/tally", "/api/people/tally/rows"])
def test_as_many_queries_for_three_rows_as_for_one(path: str) -> None:
    browser, asked = a_browser("clerk", TOWN), []
    for n in (1, 2):
        for area in (VILLAGE, NEXT_VILLAGE, f"{TOWN}.203")[: 2 * n - 1]:
            people.a_home(area)
        actions.recount_changed(at=clock.now())
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(path).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12


def test_figures_come_from_the_same_count(counted: None) -> None:
    browser = a_browser("clerk", TOWN)
    found = {one["code"]: one for one in browser.get("/api/figures").json()["items"] if one["code"][:6] == "people"}
    assert {code: one["value"] for code, one in found.items()} == {
        "people.households": 2,
        "people.residents": 5,
        "people.refreshed": 100,
    }
    assert found["people.residents"]["completeness"]["have"] == 2
    rows = browser.get(found["people.residents"]["rows_url"]).json()["items"]
    assert [(row["area"], row["value"]) for row in rows][:2] == [(VILLAGE, 1), (NEXT_VILLAGE, 4)]
    (nowhere,) = a_browser("clerk", "15.08.02.102").get("/api/figures?codes=people.residents").json()["items"]
    assert (nowhere["value"], nowhere["reason"]) == (None, "这里还没有数过。")


def test_a_unit_is_said_as_one_or_many_but_does_not_tell_a_number_that_is_kept_back(counted: None) -> None:
    def units(role: str, post: str, area: str) -> dict[str, str]:
        answer = a_browser(role, post).get(f"/api/people/tally?area={area}", headers={"Accept-Language": "en"}).json()
        return {one["code"]: one["unit"] for one in answer["columns"]}

    clerk = units("clerk", TOWN, VILLAGE)
    assert (clerk["households"], clerk["elderly"], clerk["children"]) == ("home", "person", "people")
    assert units("county_viewer", "15.08.02", VILLAGE)["elderly"] == "people"
