"""What phones send: it goes in once, in order, merged with what others wrote; nothing is dropped."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.offline.models import Conflict, Item
from xiangyun.kernel.offline.models import Phone as PhoneRow
from xiangyun.kernel.offline.tests.conftest import GRID, NEXT_GRID, a_phone
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.people.models import Candidate, Household, Resident, Source
from xiangyun.kernel.people.rules.identity import make_id_number
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send

TOWN, VILLAGE, NEXT_VILLAGE = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE
NUMBER = make_id_number("152801", date(1956, 3, 1), 541)

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def a_home(**changes: Any) -> Household:
    return people.a_household(VILLAGE, grid_path=GRID, **changes)


def states(phone: Phone) -> list[str]:
    return [one["state"] for one in sorted(phone.sync(), key=lambda each: each["id"])]


class TestOneThing:
    def test_goes_in_and_is_acknowledged_by_its_hash(self, phone: Phone) -> None:
        home = a_home(address="一组 1 号")
        item = phone.write("people.change_household", ("household", home.pk), {"address": "二组 2 号"}, base=1)
        [receipt] = phone.sync()
        assert (receipt["id"], receipt["state"], receipt["version"]) == (item, "applied", 2)
        assert receipt["subject"] == {"kind": "household", "id": str(home.pk)}
        assert receipt["hash"] == phone.sealed[item]["hash"]
        assert not phone.outbox
        home.refresh_from_db()
        assert home.address == "二组 2 号"
        source = Source.objects.get(pk=home.home_source_id)
        assert (source.kind, source.entered_name) == ("visit", "李强")
        row = PhoneRow.objects.get(pk=phone.id)
        assert (row.upto, row.holds_items, row.lost) == (1, 0, 0)

    def test_sent_again_changes_nothing_and_is_told_the_same(self, phone: Phone) -> None:
        home = a_home()
        phone.write("people.change_household", ("household", home.pk), {"address": "二组 2 号"}, base=1)
        body = phone.body()
        first, again = phone.send(body).json(), phone.send(body).json()
        assert first["receipts"] == again["receipts"]
        assert Household.objects.get(pk=home.pk).version == 2

    def test_with_another_content_under_the_same_id_is_refused_and_changes_nothing(self, phone: Phone) -> None:
        home = a_home()
        item = phone.write("people.change_household", ("household", home.pk), {"address": "二组 2 号"}, base=1)
        phone.sync()
        phone.seq = 0
        phone.write("people.change_household", ("household", home.pk), {"address": "三组 3 号"}, base=1, id=item)
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["code"]) == ("refused", "offline.id_reused")
        assert Household.objects.get(pk=home.pk).address == "二组 2 号"
        assert Item.objects.count() == 1

    def test_under_an_id_of_another_town_is_refused_for_good(self, phone: Phone) -> None:
        far = a_phone("village_secretary", "15.08.02.101.201")
        item = far.write("people.check_household", ("household", ids.uuid7()))
        far.sync()
        phone.write("people.check_household", ("household", a_home().pk), id=item)
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["code"]) == ("refused", "offline.id_reused")
        assert receipt["hash"] == phone.sealed[item]["hash"]

    def test_that_is_forged_torn_or_anothers_is_not_kept(self, phone: Phone) -> None:
        home = a_home()
        item = phone.write("people.check_household", ("household", home.pk))
        whole = phone.sealed[item]
        other = a_phone()
        for changed, code in (
            ({"sig": other.keys.sign("x")}, "offline.not_signed"),
            ({"seq": 2}, "offline.not_signed"),
            ({"phone": other.id}, "offline.other_phone"),
        ):
            told = phone.send({**phone.body(), "items": [{**whole, **changed}]}).json()["receipts"]
            assert [(one["state"], one["code"]) for one in told] == [("refused", code)]
        assert not Item.objects.exists()

    def test_that_does_not_open_is_kept_as_it_came_and_refused(self, phone: Phone) -> None:
        home = a_home()
        item = phone.write("people.check_household", ("household", home.pk))
        phone.town["town_id"] = str(ids.uuid7())
        phone.write("people.check_household", ("household", home.pk))
        told = phone.sync()
        assert [(one["state"], one["code"]) for one in told] == [
            ("applied", "offline.is_applied"),
            ("refused", "offline.unreadable"),
        ]
        assert phone.receipts[item]["state"] == "applied"
        assert Item.objects.get(seq=2).body_sealed is not None

    def test_stands_sealed(self, phone: Phone) -> None:
        home = a_home()
        phone.write("people.change_household", ("household", home.pk), {"address": "秘密的地方"}, base=1)
        phone.sync()
        row = Item.objects.get()
        assert "秘密".encode() not in bytes(row.body_sealed or b"") + bytes(row.outcome_sealed or b"")
        assert "秘密" not in json.dumps([one.detail for one in Entry.objects.all()], ensure_ascii=False)


class TestFactsThatCannotBe:
    def test_stay_a_draft_with_the_fact_marked_and_a_mended_one_stands_for_it(self, phone: Phone) -> None:
        home, person = people.a_home(VILLAGE)
        Household.objects.filter(pk=home.pk).update(grid_path=GRID)
        tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
        facts = {"born_on": tomorrow, "phone": "123", "marriage": "99", "occupation": "木匠"}
        bad = phone.write("people.change_resident", ("resident", person.pk), facts, base=1)
        [receipt] = phone.sync()
        assert receipt["state"] == "refused"
        assert sorted(one["fact"] for one in receipt["errors"]) == ["born_on", "marriage", "phone"]
        assert all(one["says"] for one in receipt["errors"])
        assert phone.outbox
        person.refresh_from_db()
        assert person.occupation == ""
        phone.write("people.change_resident", ("resident", person.pk), {"occupation": "木匠"}, base=1, mends=bad)
        phone.outbox.pop(bad)
        assert states(phone) == ["applied"]
        person.refresh_from_db()
        assert person.occupation == "木匠"
        assert Item.objects.get(pk=bad).state == "mended"

    @pytest.mark.parametrize(
        ("facts", "fact"),
        [
            ({"house_size_m2": -3}, "house_size_m2"),
            ({"house_size_m2": "很大"}, "house_size_m2"),
            ({"water": "海水"}, "water"),
            ({"point": [500, 1]}, "point.0"),
            ({"colour": "蓝"}, "colour"),
            ({"address": "三组**号"}, "address"),
            ({"address": {"masked": "三组"}}, "address"),
            ({"number": ""}, "number"),
        ],
    )
    def test_of_a_home(self, phone: Phone, facts: dict[str, Any], fact: str) -> None:
        phone.write("people.change_household", ("household", a_home().pk), facts, base=1)
        [receipt] = phone.sync()
        assert (receipt["state"], [one["fact"] for one in receipt["errors"]]) == ("refused", [fact])

    def test_a_form_nobody_knows_and_a_version_of_tomorrow_are_kept_and_refused(self, phone: Phone) -> None:
        phone.write("grid.unheard_of", ("household", a_home().pk))
        phone.write("people.check_household", ("household", a_home().pk), v=7)
        told = phone.sync()
        assert [one["code"] for one in told] == ["offline.unknown_form", "offline.unknown_version"]
        assert Item.objects.filter(body_sealed__isnull=False).count() == 2


class TestOrder:
    def test_what_came_too_early_waits_for_what_was_written_before(self, phone: Phone) -> None:
        home = a_home()
        first = phone.write("people.change_household", ("household", home.pk), {"address": "甲"}, base=1)
        second = phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        [receipt] = phone.sync([second])
        assert receipt["state"] == "waiting"
        assert Household.objects.get(pk=home.pk).version == 1
        told = {one["id"]: one["state"] for one in phone.sync([first])}
        assert told == {first: "applied", second: "applied"}
        assert Household.objects.get(pk=home.pk).address == "乙"

    def test_a_removed_one_is_waited_for_no_more(self, phone: Phone) -> None:
        home = a_home()
        first = phone.write("people.change_household", ("household", home.pk), {"address": "甲"}, base=1)
        second = phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        phone.sync([second])
        phone.remove(first, "写错了")
        told = {one["id"]: one["state"] for one in phone.sync()}
        assert told == {first: "gone", second: "applied"}
        assert Item.objects.get(pk=first).state == "gone"
        late = phone.send({**phone.body([first])}).json()["receipts"]
        assert [one["state"] for one in late] == ["gone"]
        assert Household.objects.get(pk=home.pk).address == "乙"

    def test_what_a_phone_no_longer_holds_is_waited_for_no_more(self, phone: Phone) -> None:
        home = a_home()
        phone.write("people.change_household", ("household", home.pk), {"address": "甲"}, base=1)
        phone.outbox.clear()
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        assert states(phone) == ["applied"]
        row = PhoneRow.objects.get(pk=phone.id)
        assert (row.upto, row.lost) == (2, 1)

    def test_a_request_from_before_does_not_say_that_all_is_here(self, phone: Phone) -> None:
        empty = phone.body()
        home = a_home()
        first = phone.write("people.change_household", ("household", home.pk), {"address": "甲"}, base=1)
        second = phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        phone.sync([second])
        phone.send(empty)
        assert Item.objects.get(pk=second).state == "waiting"
        phone.sync([first])
        assert Household.objects.get(pk=home.pk).address == "乙"

    def test_who_joins_a_home_that_was_refused_waits_until_it_is_mended(self, phone: Phone) -> None:
        home, person = ids.uuid7(), ids.uuid7()
        bad = phone.write("people.add_household", ("household", home), {"area": VILLAGE, "grid": GRID, "water": "海水"})
        joins = phone.write(
            "people.add_resident",
            ("resident", person),
            {"household": str(home), "relation": "01", "began_by": "register", "name": "张三"},
        )
        told = {one["id"]: (one["state"], one["code"]) for one in phone.sync()}
        assert told[bad][0] == "refused"
        assert told[joins] == ("waiting", "offline.waits_for_mend")
        mended = phone.write("people.add_household", ("household", home), {"area": VILLAGE, "grid": GRID}, mends=bad)
        phone.outbox.pop(bad)
        told = {one["id"]: (one["state"], one["code"]) for one in phone.sync()}
        assert (told[mended][0], told[joins][0]) == ("applied", "applied"), phone.receipts[joins]
        assert Resident.objects.get(pk=person).memberships.get().household_id == home

    def test_does_not_lean_on_the_phones_clock(self, phone: Phone) -> None:
        home = a_home()
        phone.now = clock.now() + timedelta(days=366)
        phone.write("people.change_household", ("household", home.pk), {"address": "甲"}, base=1)
        phone.now = clock.now() - timedelta(days=3660)
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        assert states(phone) == ["applied", "applied"]
        home.refresh_from_db()
        assert home.address == "乙"
        assert home.home_source.as_of <= clock.now().date() + timedelta(days=1)
        assert PhoneRow.objects.get(pk=phone.id).clock_off_s < -3600
        shown = phone.browser.get("/api/offline/phones").json()["items"]
        assert [one["is_clock_off"] for one in shown] == [True]


class TestTwoWrote:
    def test_different_facts_both_go_in(self, phone: Phone) -> None:
        home = a_home(address="甲")
        send(accounts.a_browser("clerk"), f"households/{home.pk}", "PATCH", version=1, water="tap")
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        assert states(phone) == ["applied"]
        home.refresh_from_db()
        assert (home.address, home.water, home.version) == ("乙", "tap", 3)

    def test_the_same_fact_differently_is_kept_twice(self, phone: Phone) -> None:
        home = a_home(address="甲", heating="")
        clerk = accounts.a_browser("clerk", name="王建国")
        send(clerk, f"households/{home.pk}", "PATCH", version=1, address="丙")
        phone.write(
            "people.change_household", ("household", home.pk), {"address": "乙", "machines": ["拖拉机"]}, base=1
        )
        [receipt] = phone.sync()
        assert receipt["state"] == "conflict"
        home.refresh_from_db()
        assert (home.address, home.machines) == ("丙", ["拖拉机"])
        [shown] = phone.browser.get("/api/offline/conflicts").json()["items"]
        assert shown["id"] == receipt["conflict"]
        assert (shown["base"]["value"], shown["mine"]["value"], shown["theirs"]["value"]) == ("甲", "乙", "丙")
        assert (shown["mine"]["who"], shown["theirs"]["who"], shown["label"]) == ("李强", "王建国", "住址")
        assert shown["title"] == f"{home.number} 号户"
        assert shown["may"] == ["mine", "theirs", "both"]

    def test_the_same_fact_alike_is_no_conflict(self, phone: Phone) -> None:
        home = a_home(address="甲")
        send(accounts.a_browser("clerk"), f"households/{home.pk}", "PATCH", version=1, address="乙")
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        assert states(phone) == ["applied"]
        assert not Conflict.objects.exists()

    def test_ones_own_earlier_word_is_no_contradiction(self, phone: Phone) -> None:
        home = a_home(address="甲")
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        phone.sync()
        phone.write("people.change_household", ("household", home.pk), {"address": "丙"}, base=1)
        phone.write("people.change_household", ("household", home.pk), {"address": "甲"}, base=1)
        assert states(phone) == ["applied", "applied"]
        home.refresh_from_db()
        assert home.address == "甲"

    def test_but_anothers_word_in_between_is(self, phone: Phone) -> None:
        home = a_home(address="甲")
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        phone.sync()
        send(accounts.a_browser("clerk"), f"households/{home.pk}", "PATCH", version=2, address="丁")
        phone.write("people.change_household", ("household", home.pk), {"address": "丙"}, base=1)
        assert states(phone) == ["conflict"]

    def test_personal_numbers_are_masked_in_a_conflict(self, phone: Phone) -> None:
        home, person = people.a_home(VILLAGE, phone="13800001111")
        Household.objects.filter(pk=home.pk).update(grid_path=GRID)
        send(accounts.a_browser("clerk"), f"residents/{person.pk}", "PATCH", version=1, phone="13800002222")
        phone.write("people.change_resident", ("resident", person.pk), {"phone": "13800003333"}, base=1)
        assert states(phone) == ["conflict"]
        [shown] = phone.browser.get("/api/offline/conflicts").json()["items"]
        assert [shown[side]["value"] for side in ("base", "mine", "theirs")] == [
            "138****1111",
            "138****3333",
            "138****2222",
        ]


class TestOneOfTwo:
    def test_a_home_number_that_is_anothers_makes_both_and_a_person_looks(self, phone: Phone) -> None:
        clerk = accounts.a_browser("clerk")
        first = people.a_household(VILLAGE, number="0012", address="甲")
        new = ids.uuid7()
        facts = {"area": VILLAGE, "grid": GRID, "number": "0012", "address": "乙"}
        phone.write("people.add_household", ("household", new), facts)
        assert states(phone) == ["applied"]
        assert Household.objects.get(pk=new).number == "0013"
        [told] = clerk.get("/api/people/duplicates").json()
        assert (told["why"], {one["id"] for one in told["homes"]}) == ("number", {str(first.pk), str(new)})
        done = send(clerk, "merges", kind="household", keep=str(first.pk), drop=str(new))
        assert done.status_code == 201
        assert clerk.get("/api/people/duplicates").json() == []
        assert send(clerk, f"merges/{done.json()['id']}/undo").status_code == 200
        assert len(clerk.get("/api/people/duplicates").json()) == 1

    def test_an_id_number_that_is_anothers_makes_both_and_a_person_looks(self, phone: Phone) -> None:
        _, known = people.a_home(NEXT_VILLAGE, id_no=NUMBER)
        home, new = ids.uuid7(), ids.uuid7()
        head = {"id": str(new), "name": "李二柱", "id_no": NUMBER}
        phone.write("people.add_household", ("household", home), {"area": VILLAGE, "grid": GRID, "head": head})
        assert states(phone) == ["applied"]
        person = Resident.objects.get(pk=new)
        assert (person.id_no_sealed, person.born_on, person.sex) == (None, date(1956, 3, 1), "1")
        candidate = Candidate.objects.get()
        assert (candidate.first_id, candidate.second_id, candidate.why) == (known.pk, new, "id_no")
        [told] = accounts.a_browser("clerk").get("/api/people/duplicates").json()
        assert {one["id"] for one in told["people"]} == {str(known.pk), str(new)}

    def test_two_phones_that_add_the_same_person_are_found_by_name_and_birth(self, phone: Phone) -> None:
        other = a_phone("village_secretary", VILLAGE)
        home = a_home(address="甲")
        facts = {"household": str(home.pk), "relation": "20", "name": "张小花", "born_on": "2019-05-01"}
        for one in (phone, other):
            one.write("people.add_resident", ("resident", ids.uuid7()), facts)
            assert states(one) == ["applied"]
        told = accounts.a_browser("clerk").get("/api/people/duplicates").json()
        assert [one["why"] for one in told] == ["name_birth"]

    def test_a_home_that_was_merged_meanwhile_takes_it_where_it_went(self, phone: Phone) -> None:
        kept, gone = a_home(address="甲"), a_home(address="乙")
        send(accounts.a_browser("clerk"), "merges", kind="household", keep=str(kept.pk), drop=str(gone.pk))
        phone.write("people.change_household", ("household", gone.pk), {"water": "tap"}, base=1, was={"water": ""})
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["subject"]["id"]) == ("applied", str(kept.pk))


class TestAGridThatIsAnothersNow:
    def test_the_record_arrives_goes_to_the_new_one_and_both_are_told(self, phone: Phone) -> None:
        home = people.a_household(VILLAGE, grid_path=NEXT_GRID, address="甲")
        now_theirs = a_phone("grid_worker", NEXT_GRID)
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["code"]) == ("quarantined", "offline.is_moved")
        assert not phone.outbox
        assert set(Notice.objects.values_list("account", "code")) == {
            (phone.browser.who.pk, "offline.went_to_another"),
            (now_theirs.browser.who.pk, "offline.came_to_you"),
        }
        [waits] = now_theirs.browser.get("/api/offline/quarantine").json()["items"]
        assert (waits["why"], waits["may"]) == ("moved", ["accept", "put_aside"])
        assert waits["facts"] == [{"fact": "address", "label": "住址", "value": "乙"}]
        assert phone.browser.get("/api/offline/quarantine").json()["items"] == []
        done = now_theirs.browser.post(
            f"/api/offline/quarantine/{waits['id']}/accept", {}, content_type="application/json"
        )
        assert (done.status_code, done.json()["state"]) == (200, "applied")
        home.refresh_from_db()
        assert (home.address, home.home_source.entered_by) == ("乙", phone.browser.who.pk)

    def test_so_it_is_when_the_former_one_holds_no_post_any_more(self, phone: Phone) -> None:
        home = people.a_household(VILLAGE, grid_path=GRID, address="甲")
        now_theirs = a_phone("grid_worker", GRID)
        phone.browser.who.posts.update(ends_at=clock.now())
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["code"]) == ("quarantined", "offline.is_moved")
        [waits] = now_theirs.browser.get("/api/offline/quarantine").json()["items"]
        assert waits["why"] == "moved"

    def test_of_who_never_looked_after_it_nothing_is_told(self, phone: Phone) -> None:
        home = people.a_household(VILLAGE, grid_path=NEXT_GRID, address="甲")
        phone.browser.who.posts.update(ends_at=clock.now())
        phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["code"]) == ("refused", "offline.not_there")

    def test_a_row_of_another_town_is_not_there(self, phone: Phone) -> None:
        home = people.a_household("15.08.02.101.201")
        phone.write("people.check_household", ("household", home.pk))
        phone.write("people.check_household", ("household", ids.uuid7()))
        told = phone.sync()
        assert [(one["state"], one["code"]) for one in told] == [("refused", "offline.not_there")] * 2

    def test_a_villager_learns_nothing_of_a_neighbour(self) -> None:
        villager = a_phone("villager", VILLAGE)
        villager.write("people.check_household", ("household", a_home().pk))
        villager.write("people.check_household", ("household", ids.uuid7()))
        told = villager.sync()
        assert [(one["state"], one["code"]) for one in told] == [("refused", "offline.not_there")] * 2
