"""Homes and people as they are read: who sees what, masked, as of a day, in so many queries."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.people.queries import digests
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.vault import actions as vault

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
GRID = f"{VILLAGE}.g01"
NUMBER, PHONE, CARD = "152801195603015414", "19900001234", "6228480000000000018"

_seq = itertools.count()
SEERS = ("grid_worker", "village_secretary", "clerk", "duty_officer", "town_leader")
OTHERS = ("villager", "agronomist", "maintainer", "town_admin", "security_admin", "audit_admin")


def page(browser: Any, home: Any, **asked: Any) -> Any:
    return browser.get(f"/api/people/households/{home.pk}", asked).json()


def a_full_home(members: int = 1, **changes: Any) -> Any:
    home = people.a_household(**changes)
    for n in range(members):
        one = people.a_resident(name=f"李二{'甲乙丙丁'[n]}", id_no=f"1528011956030{next(_seq):05}", phone=PHONE)
        people.a_membership(home, one, is_head=n == 0)
        people.a_mark(one)
        people.a_plot(home)
        people.an_income(home, 2020 + n, wage=100)
    return home


def queries(browser: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


@pytest.mark.usefixtures("house")
class TestHomes:
    @pytest.mark.parametrize(
        ("role", "area", "status"),
        [
            *((role, VILLAGE if role == "village_secretary" else TOWN, 200) for role in SEERS if role != "grid_worker"),
            ("grid_worker", GRID, 200),
            ("grid_worker", f"{VILLAGE}.g02", 404),
            ("village_secretary", NEXT_VILLAGE, 404),
            ("clerk", OTHER_TOWN, 404),
            *((role, TOWN, 403) for role in OTHERS),
        ],
    )
    def test_who_sees_a_home(self, role: str, area: str, status: int) -> None:
        home = people.a_household(grid_path=GRID)
        browser = accounts.a_browser(role, area)
        assert browser.get(f"/api/people/households/{home.pk}").status_code == status
        listed = browser.get("/api/people/households")
        if status == 403:
            assert listed.status_code == 403
        else:
            assert [one["id"] for one in listed.json()["items"]] == ([str(home.pk)] if status == 200 else [])

    def test_nobody_sees_a_home(self, client: Any) -> None:
        home = people.a_household()
        assert client.get(f"/api/people/households/{home.pk}").status_code == 401

    def test_every_fact_is_masked_and_says_where_it_came_from(self) -> None:
        home = people.a_household(home_source=people.a_source(kind="visit", name="入户调查表"))
        head = people.a_resident(id_no=NUMBER, phone=PHONE, health={"disability": "44"})
        people.a_membership(home, head, is_head=True)
        hidden = people.a_resident(name="赵六", is_protected=True)
        people.a_membership(home, hidden, relation="10")
        people.an_income(home, 2025, wage=1_234_500)
        told = page(accounts.a_browser("clerk"), home)
        assert told["address"] == "三组 12 号"
        assert (told["source"]["kind"], told["source"]["name"]) == ("visit", "入户调查表")
        first, second = (one["resident"] for one in told["members"])
        assert (first["name"], first["id_no"], first["phone"]) == ("李二柱", "**************5414", "199****1234")
        assert first["has_health"]
        assert second["name"] == "赵*"
        assert [(one["year"], one["source"]["entered_by"]) for one in told["incomes"]] == [(2025, "王建国")]
        assert "edit" in told["may"]
        text = str(told)
        assert not [secret for secret in (NUMBER, PHONE, "1234500", "赵六") if secret in text]

    def test_no_list_says_a_birth_date_beside_the_end_of_a_number(self) -> None:
        """Eight of the fourteen hidden digits are the birth date, six the place of registration."""
        ring = vault.sealing_ring(TOWN, at=people.AT)
        keys = digests.name_keys(ring, "李二柱", is_protected=False)
        home, head = people.a_home(id_no=NUMBER, phone=PHONE, name_keys=keys)
        people.a_membership(home, people.a_resident(), until_on=people.AT.date(), ended_by="moved_out")
        people.a_home(NEXT_VILLAGE, name_keys=keys, phone=PHONE)
        clerk = accounts.a_browser("clerk")
        [found] = people.send(clerk, "search", q=NUMBER).json()["items"]
        [member] = page(clerk, home)["members"]
        for one in (found, member["resident"]):
            assert (one["id_no"], one["age"]) == ("**************5414", 70)
            assert "1956" not in str(one)
        # Who tells two rows apart needs the day; that both have a number, or one has none, is enough.
        pairs = clerk.get("/api/people/duplicates").json()
        assert {one["why"] for one in pairs} >= {"name_birth", "phone"}
        for who in (who for one in pairs for who in one["people"]):
            assert (who["born_on"], who["has_id_no"]) == ("1956-03-01", who["id"] == str(head.pk))
            assert "5414" not in str(who)
        whole = clerk.get(f"/api/people/residents/{head.pk}").json()
        assert (whole["born_on"], whole["id_no"]) == ("1956-03-01", "**************5414")

    def test_who_may_not_edit_reads_the_village_for_an_address(self) -> None:
        home = people.a_household()
        leader = accounts.a_browser("town_leader")
        told = page(leader, home)
        assert (told["address"], told["is_address_masked"], told["may"]) == (f"{told['area_name']}…", True, [])
        [row] = leader.get("/api/people/households").json()["items"]
        assert row["address"] == f"{row['area_name']}…"

    def test_marks_of_care_are_shown_by_their_level(self) -> None:
        home, head = people.a_household(grid_path=GRID), people.a_resident()
        people.a_membership(home, head, is_head=True)
        for level, kind in ((0, "alone"), (1, "low_income"), (2, "mental")):
            people.a_mark(head, kind, level=level)
        worker = page(accounts.a_browser("grid_worker", GRID), home)["marks"]
        clerk = page(accounts.a_browser("clerk"), home)["marks"]
        assert [(one["level"], one["kind"]) for one in worker] == [(0, "alone")]
        assert [(one["level"], one["kind"]) for one in clerk] == [(0, "alone"), (1, "low_income"), (2, None)]

    def test_who_lived_here_on_a_day(self) -> None:
        home, _ = people.a_home()
        left = people.a_resident(name="李大山")
        people.a_membership(home, left, from_on=date(2010, 1, 1), until_on=date(2026, 3, 1), ended_by="moved_out")
        came = people.a_resident(name="王小丫")
        people.a_membership(home, came, from_on=date(2026, 3, 1), began_by="married_in")
        clerk = accounts.a_browser("clerk")

        def names(rows: Any) -> set[str]:
            return {one["resident"]["name"] for one in rows}

        assert names(page(clerk, home)["members"]) == {"李二柱", "王小丫"}
        assert names(page(clerk, home)["former"]) == {"李大山"}
        assert names(page(clerk, home, on="2026-02-28")["members"]) == {"李二柱", "李大山"}
        assert names(page(clerk, home, on="2026-03-01")["members"]) == {"李二柱", "王小丫"}
        assert names(page(clerk, home, on="1999-12-31")["members"]) == set()

    def test_a_whole_home_takes_twelve_queries_at_most_however_many_live_there(self) -> None:
        clerk = accounts.a_browser("clerk")
        small, big = a_full_home(1), a_full_home(3, number="9001")
        url = "/api/people/households/{}"
        queries(clerk, url.format(small.pk))
        one, three = queries(clerk, url.format(small.pk)), queries(clerk, url.format(big.pk))
        assert one == three
        assert one <= 12
        assert queries(clerk, url.format(big.pk) + "?on=2026-01-01") <= 13

    def test_a_list_takes_the_same_queries_for_one_and_for_three(self) -> None:
        clerk = accounts.a_browser("clerk")
        a_full_home()
        one = queries(clerk, "/api/people/households")
        people.a_home(name="张三")
        people.a_home(name="李四")
        assert queries(clerk, "/api/people/households") == one

    def test_homes_are_found_by_kind_grid_area_and_by_what_is_due(self) -> None:
        late = clock.now() - timedelta(days=91)
        due = people.a_household(number="0900", checked_at=late, kind="away", grid_path=GRID)
        fresh = people.a_household(NEXT_VILLAGE, number="0800", checked_at=clock.now())
        gone = people.a_household(number="0700", closed_on=date(2026, 1, 1))
        clerk = accounts.a_browser("clerk")

        def found(**asked: Any) -> list[str]:
            return [one["id"] for one in clerk.get("/api/people/households", asked).json()["items"]]

        assert found(due="true") == [str(due.pk)]
        assert found(due="false") == [str(fresh.pk)]
        assert found(kind="away") == found(grid=GRID) == found(area=VILLAGE) == [str(due.pk)]
        assert found(sort="checked") == [str(due.pk), str(fresh.pk)]
        assert found(closed="true") == [str(gone.pk)]
        assert found(area=OTHER_TOWN) == []


@pytest.mark.usefixtures("house")
class TestPeople:
    @pytest.mark.parametrize(
        ("role", "area", "status"),
        [
            ("clerk", TOWN, 200),
            ("grid_worker", GRID, 200),
            ("grid_worker", f"{VILLAGE}.g02", 404),
            ("village_secretary", NEXT_VILLAGE, 404),
            ("clerk", OTHER_TOWN, 404),
            *((role, TOWN, 403) for role in OTHERS),
        ],
    )
    def test_who_sees_a_person(self, role: str, area: str, status: int) -> None:
        one = people.a_resident()
        people.a_membership(people.a_household(grid_path=GRID), one)
        browser = accounts.a_browser(role, area)
        for path in (f"/api/people/residents/{one.pk}", f"/api/people/residents/{one.pk}/history"):
            assert browser.get(path).status_code == status

    def test_nobody_sees_a_person(self, client: Any) -> None:
        assert client.get(f"/api/people/residents/{people.a_resident().pk}").status_code == 401

    def test_a_person_is_shown_masked(self) -> None:
        home, one = people.a_home(id_no=NUMBER, phone=PHONE, bank_card=CARD, health={"disability": "44"})
        told = accounts.a_browser("clerk").get(f"/api/people/residents/{one.pk}").json()
        assert (told["id_no"], told["phone"]) == ("**************5414", "199****1234")
        assert told["bank_card"].endswith("0018")
        assert told["has_health"]
        assert [(stay["household"], stay["is_head"]) for stay in told["stays"]] == [(str(home.pk), True)]
        assert not [secret for secret in (NUMBER, PHONE, CARD, "'44'") if secret in str(told)]

    def test_a_person_takes_the_same_queries_for_one_home_and_for_three(self) -> None:
        clerk = accounts.a_browser("clerk")
        _, settled = people.a_home()
        _, restless = people.a_home()
        for year in (1990, 1995):
            people.a_membership(people.a_household(), restless, from_on=date(year, 1, 1), until_on=date(year + 4, 1, 1))
            people.a_mark(restless)
        queries(clerk, f"/api/people/residents/{settled.pk}")
        assert queries(clerk, f"/api/people/residents/{restless.pk}") == queries(
            clerk, f"/api/people/residents/{settled.pk}"
        )


@pytest.mark.usefixtures("house")
class TestTwoOfOne:
    def test_side_by_side_masked_and_judged_behind_the_masks(self) -> None:
        a = people.a_resident(id_no=NUMBER, phone="19900001234")
        b = people.a_resident(id_no="152801195603015414"[:14] + "9994", phone="19911111234")
        told = accounts.a_browser("clerk").post(
            "/api/people/merges/compare",
            {"kind": "resident", "a": str(a.pk), "b": str(b.pk)},
            content_type="application/json",
        )
        fields = {one["field"]: one for one in told.json()["fields"]}
        assert fields["name"] == {"field": "name", "a": "李二柱", "b": "李二柱", "differs": False}
        assert fields["phone"] == {"field": "phone", "a": "199****1234", "b": "199****1234", "differs": True}
        assert fields["id_no"]["differs"]
        assert NUMBER not in str(told.json())


def test_a_grid_holds_who_lives_there_and_who_died_there_but_nobody_who_left(house: None) -> None:
    home, head = people.a_home(name="李二柱")
    home.grid_path = GRID
    home.save()
    left, dead = people.a_resident(name="赵远"), people.a_resident(name="李老", died_on=date(2026, 5, 1))
    people.a_membership(home, left, from_on=date(1990, 1, 1), until_on=date(2026, 6, 1), ended_by="moved_out")
    people.a_membership(home, dead, from_on=date(1980, 1, 1), until_on=date(2026, 5, 2), ended_by="died")
    worker, secretary = accounts.a_browser("grid_worker", GRID), accounts.a_browser("village_secretary", VILLAGE)

    def seen(browser: Any) -> list[bool]:
        return [browser.get(f"/api/people/residents/{one.pk}").status_code == 200 for one in (head, dead, left)]

    assert seen(worker) == [True, True, False]
    assert seen(secretary) == [True, True, True]
    path = f"/api/people/households/{home.pk}"
    former = [[one["resident"]["name"] for one in who.get(path).json()["former"]] for who in (worker, secretary)]
    assert [sorted(names) for names in former] == [["李老"], ["李老", "赵远"]]
    past = [who.get(f"{path}?on=2020-01-01").json()["members"] for who in (worker, secretary)]
    assert [len(members) for members in past] == [2, 3]
    # Somebody else's grid: what was moved there is theirs, what moved away is not seen from either end.
    people.a_membership(people.a_household(grid_path=f"{VILLAGE}.g02"), left, from_on=date(2026, 6, 1))
    assert seen(worker) == [True, True, False]
    assert seen(accounts.a_browser("grid_worker", f"{VILLAGE}.g02")) == [False, False, True]
