"""One box finds everybody who exists for the one who types, and nobody else."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base.errors import NotFound
from xiangyun.kernel.accounts.tests.factories import a_browser, a_person
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.queries import digests, search
from xiangyun.kernel.people.rules import searching
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE
from xiangyun.kernel.vault import actions as vault

pytestmark = pytest.mark.usefixtures("house")

ON = date(2026, 11, 26)
ID_NO = "11010519491231002X"
PHONE = "13812345678"
GRID = f"{VILLAGE}.g01"


def named(name: str, area: str = VILLAGE, *, grid: str = "", **facts: Any) -> Resident:
    """Somebody who lives in a home and is found by name."""
    is_protected = facts.get("is_protected", False)
    keys = digests.name_keys(vault.sealing_ring(area, at=AT), name, is_protected=is_protected)
    home, head = people.a_household(area, grid_path=grid), people.a_resident(area, name=name, name_keys=keys, **facts)
    people.a_membership(home, head, is_head=True)
    return head


def found(text: str, role: str = "clerk", at: str = TOWN, **asked: Any) -> list[tuple[str, str]]:
    told = search.find(text, by=a_person(role, at), **{"area": None, "most": 20, "on": ON, **asked})
    return [(item["why"]["kind"], item["name"]) for item in told.items]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (ID_NO, {"id_no": ID_NO}),
        ("１１０１０５ 19491231 002x", {"id_no": ID_NO}),
        ("138 1234 5678", {"phone": PHONE, "id_no": PHONE, "number": PHONE}),
        ("E12345678", {"id_no": "E12345678", "number": "E12345678"}),
        ("0012", {"number": "0012"}),
        ("3-12", {"number": "3-12"}),
        ("王建国", {"name": "王建国"}),
        ("wjg", {"name": "wjg"}),
    ],
)
def test_what_was_typed_is_recognised(typed: str, meant: dict[str, str]) -> None:
    assert searching.read(typed) == searching.Typed(**meant)


def test_somebody_is_found_by_what_is_known_of_them() -> None:
    one = named("王建国", id_no=ID_NO, phone=PHONE)
    named("李二柱")
    assert found(ID_NO) == [("id_no", "王建国")]
    assert found(ID_NO.lower()) == [("id_no", "王建国")]
    assert found(PHONE) == [("phone", "王建国")]
    assert found(one.memberships.get().household.number) == [("number", "王建国")]
    assert found("王建国") == [("exact", "王建国")]
    assert found("王建") == [("prefix", "王建国")]
    assert found("wjg") == [("initials", "王建国")]
    assert found("wangjian") == [("pinyin", "王建国")]
    assert found("建国") == [("part", "王建国")]
    assert found("王健国") == [("near", "王建国")]
    assert found("赵四") == []
    assert found("110105194912310011") == []


def test_the_best_comes_first_and_the_dead_last() -> None:
    named("王建")
    named("王建国", died_on=date(2020, 1, 1))
    named("王建军")
    named("王件")
    assert found("王建") == [("exact", "王建"), ("prefix", "王建军"), ("prefix", "王建国"), ("near", "王件")]


def test_what_is_shown_is_masked_and_says_why() -> None:
    head = named("王建国", id_no=ID_NO, born_on=date(1949, 12, 31))
    (item,) = search.find("wj", by=a_person(), area=None, most=20, on=ON).items
    assert item == {
        "id": head.pk,
        "name": "王建国",
        "is_protected": False,
        "is_dead": False,
        "sex": "1",
        "age": 76,
        "id_no": "**************002X",
        "area": VILLAGE,
        "area_name": item["area_name"],
        "household": {"id": head.memberships.get().household_id, "number": head.memberships.get().household.number},
        "why": {"kind": "initials", "spans": [(0, 2)]},
    }


def test_a_number_finds_homes_of_every_village_and_empty_ones() -> None:
    head = named("王建国")
    home = head.memberships.get().household
    empty = people.a_household(NEXT_VILLAGE, number=home.number)
    told = search.find(home.number, by=a_person(), area=None, most=20, on=ON).items
    assert [(item["id"], item["household"]["id"]) for item in told] == [(head.pk, home.pk), (None, empty.pk)]
    closed = people.a_household(f"{TOWN}.203", number="closed1", closed_on=ON)
    assert found(closed.number) == []


@pytest.mark.parametrize("typed", [ID_NO, PHONE, "王建国", "wjg"])
def test_who_lives_elsewhere_is_not_found(typed: str) -> None:
    named("王建国", NEXT_VILLAGE, id_no=ID_NO, phone=PHONE)
    assert len(found(typed)) == 1
    assert found(typed, "village_secretary", VILLAGE) == []
    assert found(typed, "clerk", OTHER_TOWN) == []
    assert found(typed, "grid_worker", GRID) == []
    assert found(typed, "grid_worker", f"{NEXT_VILLAGE}.g01") == []


@pytest.mark.parametrize("typed", [ID_NO, PHONE, "王建国", "wjg"])
def test_a_grid_worker_finds_those_of_the_grid(typed: str) -> None:
    named("王建国", grid=GRID, id_no=ID_NO, phone=PHONE)
    assert [name for _, name in found(typed, "grid_worker", GRID)] == ["王建国"]
    assert found(typed, "grid_worker", f"{VILLAGE}.g02") == []


def test_an_area_narrows_and_one_of_elsewhere_does_not_exist() -> None:
    named("王建国")
    named("王建军", NEXT_VILLAGE)
    assert found("王建", area=VILLAGE) == [("prefix", "王建国")]
    assert found("王建", "village_secretary", VILLAGE, area=TOWN) == [("prefix", "王建国")]
    for area in (OTHER_TOWN, f"{OTHER_TOWN}.201", "15.08.021"):
        with pytest.raises(NotFound):
            found("王建", area=area)


def test_a_protected_person_is_found_whole_by_those_who_may_and_shown_masked() -> None:
    named("王建国", is_protected=True, id_no=ID_NO, phone=PHONE, grid=GRID)
    for typed in ("王建国", ID_NO):
        assert [name for _, name in found(typed)] == ["王**"]
        assert found(typed, "grid_worker", GRID) == []
        assert found(typed, "town_leader") == []
    for typed in ("王建", "王", "wjg", "wangjianguo", "王健国", "建国", PHONE):
        assert found(typed) == []


def test_nothing_of_a_protected_name_stands_beside_its_row() -> None:
    keys = named("王建国", is_protected=True).name_keys
    open_keys = named("王建国").name_keys
    assert len(keys) == 1
    assert not set(keys) & set(open_keys)


def test_a_shared_phone_finds_all_who_have_it_and_more_is_said() -> None:
    for name in ("王建国", "李秀兰", "王小宝"):
        named(name, phone=PHONE)
    told = search.find(PHONE, by=a_person(), area=None, most=2, on=ON)
    assert (len(told.items), told.more) == (2, True)
    told = search.find(PHONE, by=a_person(), area=None, most=3, on=ON)
    assert (len(told.items), told.more) == (3, False)


@pytest.fixture
def clerk() -> Any:
    return a_browser("clerk", TOWN)


def asked(browser: Any, **body: Any) -> Any:
    return browser.post("/api/people/search", json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(("typed", "fewest"), [(ID_NO, 1), ("王建国", 2)])
def test_a_search_costs_as_many_queries_for_three_as_for_one(clerk: Any, typed: str, fewest: int) -> None:
    named("王建国", id_no=ID_NO)
    asked(clerk, q=typed)
    with CaptureQueriesContext(connection) as one:
        assert asked(clerk, q=typed).status_code == 200
    named("王建国")
    named("王建国", NEXT_VILLAGE)
    with CaptureQueriesContext(connection) as three:
        assert len(asked(clerk, q=typed).json()["items"]) >= fewest
    assert len(three) == len(one) <= 12


def test_over_http_the_body_says_what_is_sought_and_no_address_does(clerk: Any) -> None:
    named("王建国")
    told = asked(clerk, q="wang jian", limit=1).json()
    assert told["more"] is False
    assert told["items"][0]["why"] == {"kind": "pinyin", "spans": [[0, 2]]}
    assert clerk.get("/api/people/search?q=x").status_code == 405
    assert asked(clerk, q="").status_code == 422
    assert asked(clerk, q="x" * 65).status_code == 422
    assert asked(clerk, q="王", area=OTHER_TOWN).status_code == 404
    assert asked(a_browser("villager", VILLAGE), q="王").status_code == 403
