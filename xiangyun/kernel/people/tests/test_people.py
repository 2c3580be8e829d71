"""People as they are written: joining a home, born, changed, married, moved, died; marks of care."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.rules import REVEAL
from xiangyun.kernel.people.models import Change, Mark, Resident, Source
from xiangyun.kernel.people.queries import facts, fields, looks
from xiangyun.kernel.people.rules import names as names_of
from xiangyun.kernel.people.rules.identity import make_id_number
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import fault, send
from xiangyun.kernel.vault import queries as vault

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
GRID = f"{VILLAGE}.g01"
BORN = date(1956, 3, 1)
NUMBER = make_id_number("152801", BORN, 541)
PHONE, CARD = "19900001234", "6228480000000000018"

pytestmark = pytest.mark.usefixtures("house", "confirmed")


def names(home: Any) -> list[str]:
    return [one["resident"]["name"] for one in home["members"]]


class TestJoining:
    def test_somebody_new_comes_with_their_facts_sealed(self, clerk: Any) -> None:
        home, _ = people.a_home()
        told = send(
            clerk,
            f"households/{home.pk}/members",
            person={"name": "王 小丫", "id_no": NUMBER.lower(), "phone": "199 0000 1234", "bank_card": CARD},
            relation="12",
            began_by="married_in",
            on="2026-05-01",
        )
        assert told.status_code == 201, told.content
        assert names(told.json()) == ["李二柱", "王小丫"]
        one = Resident.objects.get(name="王小丫")
        assert (one.sex, one.born_on, one.area_path, one.sort_key) == ("1", BORN, VILLAGE, names_of.sort_key("王小丫"))
        assert [fields.plain(one, name) for name in ("id_no", "phone", "bank_card")] == [NUMBER, PHONE, CARD]
        assert one.id_no_index in vault.ring(TOWN).sought("id_no", NUMBER)
        assert one.name_keys == sorted(one.name_keys)
        with connection.cursor() as cursor:
            cursor.execute("SELECT people_resident::text FROM people_resident")
            stored = str(cursor.fetchall())
        assert not [secret for secret in (NUMBER, PHONE, CARD) if secret in stored]
        assert one.contact_source_id == one.identity_source_id
        assert one.status_source_id is None

    def test_twins_are_born_without_numbers_and_their_numbers_come_later(self, clerk: Any) -> None:
        home, _ = people.a_home()
        for name in ("李大宝", "李二宝"):
            told = send(
                clerk,
                f"households/{home.pk}/members",
                person={"name": name, "sex": "1", "born_on": "2026-11-02"},
                relation="20",
                began_by="born",
            )
            assert told.status_code == 201, told.content
        born = [one for one in told.json()["members"] if one["began_by"] == "born"]
        assert [(one["from_on"], one["resident"]["age"], one["resident"]["id_no"]) for one in born] == [
            ("2026-11-02", 0, None)
        ] * 2
        pk = born[0]["resident"]["id"]
        number = make_id_number("150802", date(2026, 11, 2), 1)
        told = send(clerk, f"residents/{pk}", "PATCH", version=1, id_no=number)
        assert told.status_code == 200, told.content
        assert told.json()["id_no"].endswith(number[-4:])

    def test_a_birth_has_a_birth_date(self, clerk: Any) -> None:
        home, _ = people.a_home()
        told = send(clerk, f"households/{home.pk}/members", person={"name": "李宝"}, relation="20", began_by="born")
        assert fault(told) == (422, ["body", "person", "born_on"], "people.fact_missing")

    @pytest.mark.parametrize(
        ("person", "at", "code"),
        [
            ({"name": "张三", "id_no": NUMBER, "sex": "2"}, "sex", "people.id_other_sex"),
            ({"name": "张三", "id_no": NUMBER, "born_on": "1956-03-02"}, "born_on", "people.id_other_birth"),
            ({"name": "张三", "id_no": NUMBER[:-1] + "8"}, "id_no", "people.id_check_digit"),
            ({"name": "张三", "id_no": "**************5414"}, "id_no", "people.masked_value"),
            ({"name": "张*"}, "name", "people.masked_value"),
            ({"name": "张三", "phone": "199****1234"}, "phone", "people.masked_value"),
            ({"name": "张三", "phone": "123"}, "phone", "people.phone_form"),
            ({"name": "张三", "bank_card": "6228480000000000019"}, "bank_card", "people.card_check"),
            ({"name": "张三", "born_on": "2199-01-01"}, "born_on", "people.born_in_future"),
            ({"name": "张三", "ethnicity": "99"}, "ethnicity", "people.unknown_code"),
            ({"sex": "1"}, "name", "people.fact_missing"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(
        self, clerk: Any, person: dict[str, Any], at: str, code: str
    ) -> None:
        home, _ = people.a_home()
        told = send(clerk, f"households/{home.pk}/members", person=person, relation="20", began_by="moved_in")
        assert fault(told) == (422, ["body", "person", at], code)
        assert NUMBER not in told.content.decode()
        assert Resident.objects.count() == 1

    def test_the_same_number_twice_in_a_town_is_told_where_it_is(self, clerk: Any) -> None:
        home, _ = people.a_home()
        first, known = people.a_home(NEXT_VILLAGE, id_no=NUMBER)
        body: dict[str, Any] = {"relation": "20", "began_by": "moved_in", "person": {"name": "张三", "id_no": NUMBER}}
        told = send(clerk, f"households/{home.pk}/members", **body)
        assert told.status_code == 409
        assert (told.json()["household"]["number"], told.json()["resident"]) == (first.number, str(known.pk))
        secretary = accounts.a_browser("village_secretary", VILLAGE)
        told = send(secretary, f"households/{home.pk}/members", **body)
        assert (told.status_code, told.json()["title"]) == (409, "people.id_known_elsewhere")
        assert first.number not in told.content.decode()

    def test_the_same_number_in_another_town_is_that_towns_business(self, clerk: Any) -> None:
        people.a_home(people.OTHER_TOWN + ".201", id_no=NUMBER)
        home, _ = people.a_home()
        told = send(
            clerk,
            f"households/{home.pk}/members",
            person={"name": "张三", "id_no": NUMBER},
            relation="20",
            began_by="moved_in",
        )
        assert told.status_code == 201

    def test_who_lives_in_one_home_does_not_join_another(self, clerk: Any) -> None:
        first, somebody = people.a_home()
        second, _ = people.a_home()
        path = f"households/{second.pk}/members"
        told = send(clerk, path, resident=str(somebody.pk), relation="20", began_by="moved_in")
        assert (told.status_code, told.json()["detail"]) == (409, f"本人还在 {first.number} 号户，先从那一户迁出。")
        stranger = people.a_resident()
        assert send(clerk, path, resident=str(stranger.pk), relation="02", began_by="moved_in").status_code == 409
        assert send(clerk, path, relation="20", began_by="moved_in").status_code == 422
        assert send(clerk, path, resident=str(stranger.pk), relation="20", began_by="moved_in").status_code == 201

    @pytest.mark.parametrize(
        ("role", "area", "status"),
        [
            ("grid_worker", GRID, 201),
            ("grid_worker", f"{VILLAGE}.g02", 404),
            ("village_secretary", VILLAGE, 201),
            ("village_secretary", NEXT_VILLAGE, 404),
            ("clerk", OTHER_TOWN, 404),
            ("town_leader", TOWN, 403),
            ("villager", VILLAGE, 403),
        ],
    )
    def test_who_may_write_whom(self, role: str, area: str, status: int) -> None:
        home = people.a_household(grid_path=GRID)
        browser = accounts.a_browser(role, area)
        told = send(
            browser, f"households/{home.pk}/members", person={"name": "张三"}, relation="02", began_by="register"
        )
        assert told.status_code == status
        one = people.a_resident()
        people.a_membership(people.a_household(grid_path=GRID), one)
        changed = send(browser, f"residents/{one.pk}", "PATCH", version=1, occupation="木匠")
        assert changed.status_code == (200 if status == 201 else status)


class TestChanging:
    def test_each_group_keeps_what_stood_there_and_its_source(self, clerk: Any) -> None:
        _, one = people.a_home(phone=PHONE)
        told = send(
            clerk,
            f"residents/{one.pk}",
            "PATCH",
            version=1,
            phone="19900009999",
            marriage="20",
            health={"disability": "4", "grade": "2"},
            source={"kind": "form", "name": "残联名册"},
        )
        assert told.status_code == 200, told.content
        page = told.json()
        assert (page["phone"], page["marriage"], page["has_health"], page["version"]) == (
            "199****9999",
            "20",
            True,
            2,
        )
        assert {group: (source or {}).get("kind") for group, source in page["sources"].items()} == {
            "identity": "hand",
            "contact": "form",
            "status": "form",
            "health": "form",
        }
        assert Source.objects.filter(kind="form").count() == 1
        assert sorted(change.fields for change in Change.objects.all()) == [["health"], ["marriage"], ["phone"]]
        lines = clerk.get(f"/api/people/residents/{one.pk}/history").json()["items"]
        before = {fact: value for line in lines for fact, value in line["before"].items()}
        assert before == {"phone": "199****1234", "marriage": None, "health": None}
        assert PHONE not in json.dumps([entry.detail for entry in Entry.objects.all()])

    def test_nothing_is_written_where_all_of_it_stands(self, clerk: Any) -> None:
        _, one = people.a_home(id_no=NUMBER, phone=PHONE)
        sources = Source.objects.count()
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=1, phone="+86 19900001234", id_no=NUMBER, sex="1")
        assert (told.status_code, told.json()["version"], Source.objects.count()) == (200, 1, sources)
        assert not Change.objects.exists()

    def test_a_new_number_brings_its_birth_date_and_null_empties(self, clerk: Any) -> None:
        _, one = people.a_home(phone=PHONE)
        number = make_id_number("152801", date(1957, 4, 2), 542)
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=1, id_no=number, phone=None).json()
        assert (told["born_on"], told["sex"], told["phone"]) == ("1957-04-02", "2", None)
        fresh = Resident.objects.get(pk=one.pk)
        assert (fresh.phone_sealed, fresh.phone_index) == (None, None)
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=2, sex="1")
        assert fault(told) == (422, ["body", "sex"], "people.id_other_sex")

    def test_other_papers_are_not_judged_as_id_numbers(self, clerk: Any) -> None:
        _, one = people.a_home()
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=1, document="414", id_no="e1234567")
        assert told.json()["id_no"] == "****4567"

    def test_a_protected_name_stands_sealed_and_comes_back(self, clerk: Any) -> None:
        _, one = people.a_home(name="赵六")
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=1, is_protected=True).json()
        assert told["name"] == "赵*"
        hidden = Resident.objects.get(pk=one.pk)
        assert (hidden.name, hidden.sort_key, fields.plain(hidden, "name")) == ("", "", "赵六")
        assert hidden.name_keys
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=2, is_protected=False).json()
        assert told["name"] == "赵六"
        [look] = looks.of(one)
        assert (look.act, look.detail) == (REVEAL, {"field": "name", "reason": "check"})

    def test_a_protected_name_is_bared_by_nobody_who_may_not_open_it(self) -> None:
        _, one = people.a_home(name="赵六", is_protected=True)
        account = accounts.an_account("clerk", TOWN)
        token, _ = accounts.a_session(account, at=clock.now(), is_strong=False)
        told = send(accounts.browser_with(token), f"residents/{one.pk}", "PATCH", version=1, is_protected=False)
        assert (told.status_code, told.json()["title"]) == (403, "access.factor_needed")
        assert Resident.objects.get(pk=one.pk).is_protected

    def test_who_was_first_is_told(self, clerk: Any) -> None:
        _, one = people.a_home()
        send(accounts.a_browser("clerk", name="赵敏"), f"residents/{one.pk}", "PATCH", version=1, occupation="木匠")
        told = send(clerk, f"residents/{one.pk}", "PATCH", version=1, occupation="瓦匠")
        assert (told.status_code, told.json()["by"]) == (409, {"name": "赵敏"})

    def test_no_other_column_can_be_written(self, clerk: Any) -> None:
        _, one = people.a_home()
        for column in ("area_path", "id_no_index", "name_keys", "died_on", "merged_into", "erased_at", "sort_key"):
            assert send(clerk, f"residents/{one.pk}", "PATCH", version=1, **{column: "x"}).status_code == 422


class TestMarks:
    def test_a_mark_above_the_villages_staff_takes_the_right_to_see_it(self, clerk: Any) -> None:
        home, one = people.a_household(grid_path=GRID), people.a_resident()
        people.a_membership(home, one, is_head=True)
        worker = accounts.a_browser("grid_worker", GRID)
        assert send(worker, f"residents/{one.pk}/marks", kind="alone").status_code == 201
        assert send(worker, f"residents/{one.pk}/marks", kind="disabled").status_code == 403
        assert send(worker, f"residents/{one.pk}/marks", kind="correction").status_code == 403
        told = send(clerk, f"residents/{one.pk}/marks", kind="disabled", note="左腿")
        assert (told.json()["level"], told.json()["kind"], told.json()["has_note"]) == (1, "disabled", True)
        told = send(clerk, f"residents/{one.pk}/marks", kind="correction")
        assert (told.json()["level"], told.json()["kind"]) == (2, None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT people_mark::text FROM people_mark")
            assert "correction" not in str(cursor.fetchall())
        for kind in ("alone", "disabled", "correction"):
            assert send(clerk, f"residents/{one.pk}/marks", kind=kind).status_code == 409
        assert send(clerk, f"residents/{one.pk}/marks", kind="lonely").status_code == 422
        assert send(clerk, f"residents/{one.pk}/marks", kind="veteran", note="***").status_code == 422
        graver = Mark.objects.get(level=1)
        assert send(worker, f"marks/{graver.pk}/end").status_code == 404

    def test_a_mark_ends_and_who_stood_marked_on_a_day_is_known(self, clerk: Any) -> None:
        home, one = people.a_home()
        mark = people.a_mark(one)
        assert send(clerk, f"marks/{mark.pk}/end", on="2024-01-01").status_code == 422
        told = send(clerk, f"marks/{mark.pk}/end", on="2026-11-01")
        assert told.json()["until_on"] == "2026-11-01"
        assert send(clerk, f"marks/{mark.pk}/end").status_code == 409
        url = f"/api/people/households/{home.pk}"
        assert clerk.get(url).json()["marks"] == []
        assert len(clerk.get(url, {"on": "2026-10-31"}).json()["marks"]) == 1

    def test_a_mark_of_the_next_village_does_not_exist(self) -> None:
        mark = people.a_mark(people.a_home()[1])
        secretary = accounts.a_browser("village_secretary", NEXT_VILLAGE)
        assert send(secretary, f"marks/{mark.pk}/end").status_code == 404


def test_health_is_opened_as_it_was_told(clerk: Any) -> None:
    _, one = people.a_home()
    send(clerk, f"residents/{one.pk}", "PATCH", version=1, health={"disability": "4", "chronic": ["高血压"]})
    fresh = Resident.objects.get(pk=one.pk)
    assert facts.of_resident(fresh, "health") == {"disability": "4", "grade": "", "chronic": ["高血压"]}


def test_a_part_of_the_health_that_is_not_named_stays(clerk: Any) -> None:
    _, one = people.a_home(health={"disability": "4", "grade": "2", "chronic": ["高血压"]})
    said: list[dict[str, Any] | None] = [
        {"disability": "2"}, {"chronic": ["糖尿病"]}, {"grade": ""}, {}, {"disability": "", "grade": "", "chronic": []},
    ]  # fmt: skip
    stands = []
    for told in said:
        version = Resident.objects.get(pk=one.pk).version
        assert send(clerk, f"residents/{one.pk}", "PATCH", version=version, health=told).status_code == 200
        stands.append(facts.of_resident(Resident.objects.get(pk=one.pk), "health"))
    assert stands == [
        {"disability": "2", "grade": "2", "chronic": ["高血压"]},
        {"disability": "2", "grade": "2", "chronic": ["糖尿病"]},
        {"disability": "2", "grade": "", "chronic": ["糖尿病"]},
        {"disability": "2", "grade": "", "chronic": ["糖尿病"]},
        None,
    ]
