"""Two rows become one and two again; what may be one is found without opening anything."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.people.models import Change, Household, Income, Membership, Merge, Plot, Resident
from xiangyun.kernel.people.queries import digests, fields
from xiangyun.kernel.people.rules.identity import make_id_number
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send
from xiangyun.kernel.vault import actions as vault

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
BORN = date(1956, 3, 1)
NUMBER, OTHER_NUMBER = (make_id_number("152801", BORN, n) for n in (541, 543))

pytestmark = pytest.mark.usefixtures("house")


def merge(browser: Any, kind: str, keep: Any, drop: Any, take: Any = ()) -> Any:
    return send(browser, "merges", kind=kind, keep=str(keep.pk), drop=str(drop.pk), take=list(take))


def everything() -> dict[str, Any]:
    """Every row of the register but what only says that time went by."""
    passing = ("version", "changed_at", "before_sealed")
    found = {}
    for model in (Household, Resident, Membership, Plot, Income):
        for row in model.objects.all():
            found[f"{model.__name__} {row.pk}"] = {
                field.attname: fields.plain(row, field.attname.removesuffix("_sealed"))
                if isinstance(row, Resident) and field.attname.endswith("_sealed")
                else getattr(row, field.attname)
                for field in model._meta.concrete_fields
                if field.attname not in passing
            }
    return found


def heads(*homes: Household) -> list[list[str]]:
    """The name of whoever leads each home now; one line a home."""
    living = Membership.objects.filter(until_on=None, is_head=True).select_related("resident")
    return [[one.resident.name for one in living.filter(household=home)] for home in homes]


class TestTheHomeThatTheDroppedRowLed:
    @pytest.mark.parametrize(
        ("others", "leads", "relations"),
        [
            ((("老母", "51", 1930), ("媳妇", "10", 1960), ("儿子", "20", 1985)), "媳妇", {"老母": "50", "儿子": "20"}),
            ((("小儿", "20", 1990), ("大儿", "20", 1985), ("孩子", "20", None)), "大儿", {"小儿": "70", "孩子": "70"}),
        ],
    )
    def test_is_led_by_who_stayed_and_by_the_former_head_again(
        self, clerk: Any, others: Any, leads: str, relations: Any
    ) -> None:
        mine, keep = people.a_home(name="李二柱")
        other, drop = people.a_home(name="李二拄")
        for name, relation, year in others:
            born = date(year, 1, 1) if year else None
            people.a_membership(other, people.a_resident(name=name, born_on=born, sex="1"), relation=relation)
        before = everything()
        made = merge(clerk, "resident", keep, drop)
        assert made.status_code == 201, made.content
        assert heads(mine, other) == [["李二柱"], [leads]]
        living = Membership.objects.filter(household=other, until_on=None)
        found = dict(living.values_list("resident__name", "relation"))
        assert found.pop(leads) == "02"
        assert {name: found[name] for name in relations} == relations
        assert send(clerk, f"merges/{made.json()['id']}/undo").status_code == 200
        assert everything() == before
        assert heads(mine, other) == [["李二柱"], ["李二拄"]]

    def test_may_stand_empty(self, clerk: Any) -> None:
        (mine, keep), (other, drop) = people.a_home(name="李二柱"), people.a_home(name="李二拄")
        assert merge(clerk, "resident", keep, drop).status_code == 201
        assert heads(mine, other) == [["李二柱"], []]

    def test_two_homes_with_a_head_each_have_one_and_then_two_again(self, clerk: Any) -> None:
        (keep, _), (drop, _) = people.a_home(name="李二柱"), people.a_home(name="张三")
        made = merge(clerk, "household", keep, drop)
        assert heads(keep, drop) == [["李二柱"], []]
        assert send(clerk, f"merges/{made.json()['id']}/undo").status_code == 200
        assert heads(keep, drop) == [["李二柱"], ["张三"]]

    def test_a_home_without_a_head_takes_the_others(self, clerk: Any) -> None:
        keep, (drop, _) = people.a_household(), people.a_home(name="张三")
        people.a_membership(keep, people.a_resident(name="李二柱"), relation="97")
        assert merge(clerk, "household", keep, drop).status_code == 201
        assert heads(keep, drop) == [["张三"], []]


class TestTwoPeople:
    def test_become_one_with_the_facts_that_were_chosen(self, clerk: Any) -> None:
        _, keep = people.a_home(name="李二柱", phone="19900001111")
        drop = people.a_resident(name="李二拄", id_no=NUMBER, phone="19900002222", bank_card="6228480000000000018")
        people.a_membership(people.a_household(), drop, from_on=date(1990, 1, 1), until_on=date(1999, 1, 1))
        mark = people.a_mark(drop, "veteran")
        before = everything()
        told = merge(clerk, "resident", keep, drop, ["id_no", "bank_card"])
        assert told.status_code == 201, told.content
        assert told.json()["may"] == ["undo"]
        page = clerk.get(f"/api/people/residents/{keep.pk}").json()
        assert (page["name"], page["id_no"][-4:], page["phone"]) == ("李二柱", NUMBER[-4:], "199****1111")
        assert len(page["stays"]) == 2
        assert [one["id"] for one in page["marks"]] == [str(mark.pk)]
        assert [one["dropped"] for one in page["merges"]] == [str(drop.pk)]
        assert clerk.get(f"/api/people/residents/{drop.pk}").status_code == 404
        assert Change.objects.get(fields=["id_no"]).source_id == drop.identity_source_id
        undone = send(clerk, f"merges/{told.json()['id']}/undo")
        assert undone.status_code == 200, undone.content
        assert (undone.json()["may"], bool(undone.json()["undone_at"])) == ([], True)
        assert everything() == before
        assert send(clerk, f"merges/{told.json()['id']}/undo").status_code == 409

    def test_who_lived_twice_in_one_home_lives_there_once(self, clerk: Any) -> None:
        home, keep = people.a_household(), people.a_resident()
        drop = people.a_resident()
        people.a_membership(home, keep, relation="20")
        people.a_membership(home, drop, is_head=True)
        before = everything()
        done = merge(clerk, "resident", keep, drop).json()
        [member] = clerk.get(f"/api/people/households/{home.pk}").json()["members"]
        assert (member["resident"]["id"], member["is_head"]) == (str(keep.pk), True)
        assert clerk.get("/api/people/households").json()["items"][0]["members"] == 1
        send(clerk, f"merges/{done['id']}/undo")
        assert everything() == before

    def test_a_protected_name_goes_over_and_comes_back(self, clerk: Any) -> None:
        keep, drop = people.a_resident(name="张三"), people.a_resident(name="赵六", is_protected=True)
        done = merge(clerk, "resident", keep, drop, ["name", "is_protected"]).json()
        kept = Resident.objects.get(pk=keep.pk)
        assert (kept.name, fields.plain(kept, "name")) == ("", "赵六")
        send(clerk, f"merges/{done['id']}/undo")
        assert Resident.objects.get(pk=keep.pk).name == "张三"

    def test_are_not_taken_apart_once_somebody_wrote_on_them(self, clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        _, keep = people.a_home()
        drop = people.a_resident(id_no=NUMBER)
        mark = people.a_mark(drop)
        done = merge(clerk, "resident", keep, drop, ["id_no"]).json()
        send(clerk, f"marks/{mark.pk}/end")
        assert send(clerk, f"merges/{done['id']}/undo").status_code == 200
        again = merge(clerk, "resident", keep, drop, ["id_no"]).json()
        version = clerk.get(f"/api/people/residents/{keep.pk}").json()["version"]
        changed = clerk.patch(
            f"/api/people/residents/{keep.pk}",
            json.dumps({"version": version, "occupation": "木匠"}),
            content_type="application/json",
        )
        assert changed.status_code == 200
        refused = send(clerk, f"merges/{again['id']}/undo")
        assert (refused.status_code, refused.json()["title"]) == (409, "people.touched_since_merge")
        assert refused.json()["touched"] == [{"kind": "facts", "id": str(keep.pk)}]
        assert Resident.objects.get(pk=drop.pk).merged_into_id == keep.pk

    @pytest.mark.parametrize("take", [["area_path"], ["id_no_index"], ["merged_into"]])
    def test_only_facts_are_taken(self, clerk: Any, take: list[str]) -> None:
        assert merge(clerk, "resident", people.a_resident(), people.a_resident(), take).status_code == 422

    def test_one_is_not_two(self, clerk: Any) -> None:
        one = people.a_resident()
        assert merge(clerk, "resident", one, one).status_code == 422

    @pytest.mark.parametrize(
        ("role", "area", "status"),
        [
            ("clerk", TOWN, 201),
            ("clerk", OTHER_TOWN, 404),
            ("village_secretary", VILLAGE, 403),
            ("grid_worker", VILLAGE, 403),
            ("town_leader", TOWN, 403),
        ],
    )
    def test_a_clerk_of_the_town_does_it(self, role: str, area: str, status: int) -> None:
        browser = accounts.a_browser(role, area)
        a, b = people.a_resident(), people.a_resident()
        assert merge(browser, "resident", a, b).status_code == status
        assert Resident.objects.filter(merged_into=None).count() == (1 if status == 201 else 2)
        body = {"kind": "resident", "a": str(a.pk), "b": str(people.a_resident().pk)}
        assert send(browser, "merges/compare", **body).status_code == {201: 200}.get(status, status)
        undo = send(browser, f"merges/{people.a_merge(a, b).pk}/undo").status_code
        assert undo == {201: 200}.get(status, status)
        assert browser.get("/api/people/merges").status_code == (403 if status == 403 else 200)


class TestTwoHomes:
    def test_become_one_with_all_that_is_theirs_and_two_again(self, clerk: Any) -> None:
        keep, _ = people.a_home(name="李父")
        drop = people.a_household(address="三组 21 号", number="0900", lon=107.4, lat=40.8)
        son = people.a_resident(name="李子")
        people.a_membership(drop, son, is_head=True)
        people.a_plot(keep, code="1")
        people.a_plot(drop)
        people.a_plot(drop, code="2")
        people.an_income(keep, 2024)
        people.an_income(drop, 2024)
        people.an_income(drop, 2025)
        before = everything()
        done = merge(clerk, "household", keep, drop, ["address", "point", "number"])
        assert done.status_code == 201, done.content
        page = clerk.get(f"/api/people/households/{keep.pk}").json()
        assert (page["number"], page["address"], page["point"]) == ("0900", "三组 21 号", [107.4, 40.8])
        assert [(one["resident"]["name"], one["is_head"], one["relation"]) for one in page["members"]] == [
            ("李父", True, "02"),
            ("李子", False, "97"),
        ]
        assert [one["code"] for one in page["plots"]] == ["", "1", "2"]
        assert [one["year"] for one in page["incomes"]] == [2025, 2024]
        gone = clerk.get(f"/api/people/households/{drop.pk}").json()
        assert (gone["merged_into"], bool(gone["closed_on"]), gone["may"]) == (str(keep.pk), True, ["reveal"])
        assert send(clerk, f"merges/{done.json()['id']}/undo").status_code == 200
        assert everything() == before

    def test_of_two_villages_do_not(self, clerk: Any) -> None:
        keep, drop = people.a_household(), people.a_household(NEXT_VILLAGE)
        assert merge(clerk, "household", keep, drop).status_code == 422

    def test_are_not_taken_apart_once_somebody_wrote_on_them(self, clerk: Any) -> None:
        keep, drop = people.a_household(), people.a_household(address="别处")
        done = merge(clerk, "household", keep, drop, ["address"]).json()
        clerk.patch(
            f"/api/people/households/{keep.pk}",
            json.dumps({"version": 2, "kind": "away"}),
            content_type="application/json",
        )
        refused = send(clerk, f"merges/{done['id']}/undo")
        assert refused.json()["touched"] == [{"kind": "household", "id": str(keep.pk)}]


class TestWhatMayBeOne:
    def test_people_by_name_and_birth_by_phone_and_homes_by_address(self, clerk: Any) -> None:
        ring = vault.sealing_ring(TOWN, at=people.AT)
        keys = digests.name_keys(ring, "李二柱", is_protected=False)
        _, first = people.a_home(phone="19900001111")
        one, other = people.a_resident(name_keys=keys), people.a_resident(NEXT_VILLAGE, name_keys=keys)
        people.a_resident(name_keys=keys, born_on=date(1957, 1, 1))
        people.a_membership(people.a_household(address="一组 1 号"), one)
        neighbour = people.a_resident(name="张三", phone="19900001111", is_protected=True)
        people.a_membership(people.a_household(), neighbour)
        told = clerk.get("/api/people/duplicates").json()
        assert [(group["why"], {row["id"] for row in group["people"]}) for group in told[:2]] == [
            ("name_birth", {str(one.pk), str(other.pk)}),
            ("phone", {str(first.pk), str(neighbour.pk)}),
        ]
        assert [group["why"] for group in told] == ["name_birth", "phone", "address"]
        assert len(told[2]["homes"]) == 2
        assert "19900001111" not in str(told)
        here = clerk.get("/api/people/duplicates", {"area": VILLAGE}).json()
        assert [group["why"] for group in here] == ["phone", "address"]
        assert clerk.get("/api/people/duplicates", {"area": OTHER_TOWN}).status_code == 404

    def test_a_family_shares_a_phone(self, clerk: Any) -> None:
        home, _ = people.a_home(phone="19900001111")
        people.a_membership(home, people.a_resident(name="张三", phone="19900001111"), relation="10")
        assert clerk.get("/api/people/duplicates").json() == []

    def test_takes_the_same_queries_for_one_pair_and_for_three(self, clerk: Any) -> None:
        def pair(n: int) -> None:
            for _ in range(2):
                people.a_resident(name_keys=[n, n + 1])
                people.a_household(address=f"{n} 号")

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert len(clerk.get("/api/people/duplicates").json()) > 0
            return len(captured)

        pair(1)
        queries()
        one = queries()
        pair(2)
        pair(3)
        assert queries() == one
        assert not Merge.objects.exists()
