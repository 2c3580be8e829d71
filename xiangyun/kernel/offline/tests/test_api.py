"""Phones, rescue files, what waits for a person, conflicts and files over HTTP: wiring, roles, refusals, budgets."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.models import Session
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.models import DropTry, Item, ItemFile
from xiangyun.kernel.offline.models import Phone as PhoneRow
from xiangyun.kernel.offline.tests import factories as rows
from xiangyun.kernel.offline.tests.conftest import GRID, NEXT_GRID
from xiangyun.kernel.offline.tests.phone import Keys, Phone
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def post(browser: Any, path: str, **body: Any) -> Any:
    return browser.post(f"/api/offline/{path}", json.dumps(body), content_type="application/json")


def a_home(**changes: Any) -> Household:
    return people.a_household(VILLAGE, grid_path=GRID, **changes)


def wrote(phone: Phone, home: Household, address: str = "乙") -> str:
    return phone.write("people.change_household", ("household", home.pk), {"address": address}, base=1)


class TestPhones:
    def test_a_phone_of_another_account_is_not_there_wherever_it_is(self, phone: Phone) -> None:
        for stranger in (
            accounts.a_browser("grid_worker", NEXT_GRID),
            accounts.a_browser("clerk", OTHER_TOWN),
            accounts.a_browser("town_admin"),
        ):
            other = Phone(stranger)
            other.id = phone.id
            assert other.register().status_code == 404
            assert other.send().status_code == 404

    def test_says_how_it_stands_each_time(self, phone: Phone) -> None:
        holds = {"items": 3, "photos": 2, "bytes": 1_234_567, "oldest_at": clock.now().isoformat()}
        told = phone.register(holds=holds, is_persisted=True, evicted=1, label="小米 Chrome").json()
        assert told["holds"]["items"] == told["never_came"] == 3
        assert (told["is_persisted"], told["evicted"], told["label"], told["is_mine"]) == (True, 1, "小米 Chrome", True)

    def test_keeps_what_it_said_it_lost(self, phone: Phone) -> None:
        told = [phone.register(evicted=n).json()["evicted"] for n in (3, 3, 0)]
        assert told == [3, 3, 3]

    def test_with_another_key_is_refused(self, phone: Phone) -> None:
        phone.keys = Keys()
        assert phone.register().status_code == 409

    @pytest.mark.parametrize("public", ["x", "A" * 87, "_" * 87])
    def test_with_no_key_is_refused(self, public: str) -> None:
        phone = Phone(accounts.a_browser("grid_worker", GRID))
        assert phone.register(public=public).status_code in (409, 422)
        assert not PhoneRow.objects.exists()

    def test_are_not_without_end(self, phone: Phone) -> None:
        for _ in range(19):
            rows.a_phone(phone.browser.who, GRID)
        assert Phone(phone.browser).register().status_code == 409

    @pytest.mark.parametrize(
        ("role", "area", "seen"),
        [
            ("clerk", TOWN, 1),
            ("duty_officer", TOWN, 1),
            ("town_admin", TOWN, 1),
            ("town_leader", TOWN, 1),
            ("village_secretary", VILLAGE, 0),
            ("grid_worker", GRID, 0),
            ("villager", VILLAGE, 0),
            ("clerk", OTHER_TOWN, 0),
        ],
    )
    def test_are_seen_by_who_may(self, phone: Phone, role: str, area: str, seen: int) -> None:
        assert len(accounts.a_browser(role, area).get("/api/offline/phones").json()["items"]) == seen
        assert len(phone.browser.get("/api/offline/phones").json()["items"]) == 1

    def test_that_are_lost_tell_what_never_came(self, phone: Phone) -> None:
        home = a_home()
        for address in "乙丙丁":
            wrote(phone, home, address)
        phone.sync(list(phone.outbox)[:1])
        [told] = accounts.a_browser("clerk").get("/api/offline/phones").json()["items"]
        assert (told["never_came"], told["holds"]["items"], told["may"]) == (2, 2, ["revoke"])

    def test_tell_what_of_them_arrived_and_by_which_way(self, phone: Phone) -> None:
        home = a_home(address="甲")
        first = wrote(phone, home)
        phone.write("people.change_household", ("household", home.pk), {"address": 7})
        phone.sync()
        for address in "丙丁":
            wrote(phone, home, address)
        phone.register(holds={"items": 3, "photos": 1, "bytes": 400_000})
        clerk = accounts.a_browser("clerk")
        post(clerk, f"phones/{phone.id}/revoke")
        [*_, last] = phone.outbox
        post(Client(), "drop", **phone.drop_body([last]))
        [told] = clerk.get("/api/offline/phones?state=revoked").json()["items"]
        assert told["arrived"] == {"went_in": 1, "waiting": 0, "to_judge": 1, "not_in": 1, "since": 1}
        assert (told["holds"]["items"], told["never_came"], told["area_name"]) == (3, 2, "g01网格")
        assert Item.objects.get(pk=first).state == "applied"

    def test_are_found_by_what_they_still_hold(self, phone: Phone) -> None:
        clerk = accounts.a_browser("clerk")
        found = {state: clerk.get(f"/api/offline/phones?state={state}").json() for state in ("holding", "revoked")}
        assert {state: told["total"] for state, told in found.items()} == {"holding": 0, "revoked": 0}
        phone.register(holds={"items": 1, "photos": 0, "bytes": 900})
        assert clerk.get("/api/offline/phones?state=holding").json()["total"] == 1
        assert clerk.get("/api/offline/phones?state=lent").status_code == 422

    def test_that_are_revoked_lose_session_and_pack_but_nothing_they_hold(self, phone: Phone) -> None:
        home = a_home(address="甲")
        wrote(phone, home)
        second = wrote(phone, home, "丙")
        phone.sync([second])
        clerk = accounts.a_browser("clerk")
        told = post(clerk, f"phones/{phone.id}/revoke")
        assert (told.status_code, told.json()["may"]) == (200, [])
        assert post(clerk, f"phones/{phone.id}/revoke").json()["revoked_at"] == told.json()["revoked_at"]
        assert Item.objects.get(pk=second).why == "revoked"
        assert phone.send().status_code == 401
        dropped = post(Client(), "drop", **phone.drop_body())
        assert dropped.status_code == 200
        assert dropped.json()["is_revoked"]
        assert {one["state"] for one in dropped.json()["receipts"]} == {"quarantined"}
        phone.browser = accounts.browser_of(phone.browser.who)
        assert phone.register().json()["revoked_at"]
        assert phone.browser.get("/api/offline/pack").status_code == 403
        third = wrote(phone, home, "丁")
        told = {one["id"]: one["state"] for one in phone.sync([third])}
        assert told == {third: "quarantined"}
        home.refresh_from_db()
        assert home.address == "甲"
        assert Session.objects.filter(revoked_at__isnull=False).count() == 1


class TestRescue:
    def test_a_colleague_brings_it_and_a_person_lets_it_in_in_the_name_of_who_wrote_it(self, phone: Phone) -> None:
        home = a_home(address="甲")
        wrote(phone, home)
        colleague = accounts.a_browser("grid_worker", NEXT_GRID, name="赵丽")
        told = post(colleague, "drop", **phone.drop_body())
        assert told.status_code == 200, told.content
        [receipt] = told.json()["receipts"]
        assert (receipt["state"], receipt["subject"], receipt["errors"]) == ("quarantined", None, [])
        secretary = accounts.a_browser("village_secretary", VILLAGE)
        [waits] = secretary.get("/api/offline/quarantine").json()["items"]
        assert (waits["why"], waits["brought_by"], waits["account"]["name"]) == ("dropped", "赵丽", "李强")
        assert post(phone.browser, f"quarantine/{waits['id']}/accept").status_code == 403
        assert post(secretary, f"quarantine/{waits['id']}/accept").json()["state"] == "applied"
        assert post(secretary, f"quarantine/{waits['id']}/accept").status_code == 409
        home.refresh_from_db()
        assert (home.address, home.home_source.entered_by) == ("乙", phone.browser.who.pk)
        assert Entry.objects.filter(act=rules.ACCEPT, by_id=secretary.who.pk).count() == 1

    def test_put_aside_it_stays_with_the_reason_and_its_phone_is_told(self, phone: Phone) -> None:
        home = a_home(address="甲")
        item = wrote(phone, home)
        post(Client(), "drop", **phone.drop_body())
        secretary = accounts.a_browser("village_secretary", VILLAGE, name="王建国")
        assert post(secretary, f"quarantine/{item}/put_aside").status_code == 422
        assert post(secretary, f"quarantine/{item}/put_aside", reason="不是他写的").status_code == 200
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["says"]) == ("refused", "王建国看过，没有写进去：不是他写的")
        home.refresh_from_db()
        assert home.address == "甲"

    def test_that_then_comes_from_its_own_phone_needs_nobody(self, phone: Phone) -> None:
        home = a_home(address="甲")
        wrote(phone, home)
        post(Client(), "drop", **phone.drop_body())
        assert [one["state"] for one in phone.sync()] == ["applied"]
        assert accounts.a_browser("clerk").get("/api/offline/quarantine").json()["items"] == []

    def test_of_nobody_forged_or_too_large_is_turned_away(self, phone: Phone) -> None:
        wrote(phone, a_home())
        body = phone.drop_body()
        assert post(Client(), "drop", **{**body, "phone": str(ids.uuid7())}).status_code == 404
        forged = [{**body["items"][0], "sig": Keys().sign("x")}]
        told = post(Client(), "drop", **{**body, "items": forged}).json()["receipts"]
        assert [one["code"] for one in told] == ["offline.not_signed"]
        assert not Item.objects.exists()
        large = [{**body["items"][0], "sealed": "A" * rules.SEALED_CHARS}] * 3
        assert post(Client(), "drop", **{**body, "items": large}).status_code == 413

    def test_cannot_be_tried_or_filled_without_end(self, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "DROPPED_ITEMS", 1)
        home = a_home()
        wrote(phone, home)
        wrote(phone, home, "丙")
        body = phone.drop_body()
        assert post(Client(), "drop", **body).status_code == 409
        for _ in range(rules.DROPS_AN_HOUR - 1):
            post(Client(), "drop", **{**body, "items": body["items"][:1]})
        late = post(Client(), "drop", **body)
        assert late.status_code == 429
        assert 0 < int(late["Retry-After"]) <= 3600
        assert DropTry.objects.count() == rules.DROPS_AN_HOUR + 1
        assert post(Client(), "drop", **{**body, "phone": str(ids.uuid7())}).status_code == 404

    def test_tries_are_counted_by_address_too(self, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "DROPS_AN_HOUR_BY_ADDRESS", 3)
        wrote(phone, a_home())
        body = phone.drop_body()
        told = [post(Client(), "drop", **{**body, "phone": str(ids.uuid7())}).status_code for _ in range(4)]
        assert told == [404, 404, 404, 429]

    def test_what_waits_for_something_lost_may_be_let_in_after_a_day(self, phone: Phone) -> None:
        home = a_home(address="甲")
        wrote(phone, home)
        second = wrote(phone, home, "丙")
        phone.sync([second])
        clerk = accounts.a_browser("clerk")
        assert clerk.get("/api/offline/quarantine").json()["items"] == []
        assert post(clerk, f"quarantine/{second}/accept").status_code == 409
        Item.objects.filter(pk=second).update(came_at=clock.now() - timedelta(days=2))
        [waits] = clerk.get("/api/offline/quarantine").json()["items"]
        assert waits["why"] == "stuck"
        assert post(clerk, f"quarantine/{second}/accept").json()["state"] == "applied"
        home.refresh_from_db()
        assert home.address == "丙"


class TestConflicts:
    @pytest.fixture
    def conflict(self, phone: Phone) -> str:
        home = a_home(address="甲")
        send(accounts.a_browser("clerk"), f"households/{home.pk}", "PATCH", version=1, address="丙")
        wrote(phone, home)
        [receipt] = phone.sync()
        return str(receipt["conflict"])

    def home(self) -> Household:
        return Household.objects.get()

    def test_mine_is_written_over_what_stands_and_both_are_kept(self, phone: Phone, conflict: str) -> None:
        told = post(phone.browser, f"conflicts/{conflict}/decide", choice="mine", note="我刚去看过")
        assert told.status_code == 200, told.content
        assert self.home().address == "乙"
        assert self.home().home_source.entered_name == "李强"
        again = post(phone.browser, f"conflicts/{conflict}/decide", choice="theirs")
        assert again.status_code == 409
        [shown] = phone.browser.get("/api/offline/conflicts?state=decided").json()["items"]
        assert (shown["mine"]["value"], shown["theirs"]["value"], shown["choice"]) == ("乙", "丙", "mine")
        assert (shown["note"], shown["may"]) == ("我刚去看过", [])
        assert phone.browser.get("/api/offline/conflicts").json()["items"] == []

    def test_theirs_stays(self, phone: Phone, conflict: str) -> None:
        assert post(phone.browser, f"conflicts/{conflict}/decide", choice="theirs").status_code == 200
        assert (self.home().address, self.home().version) == ("丙", 2)

    def test_both_goes_to_the_office(self, phone: Phone, conflict: str) -> None:
        told = post(phone.browser, f"conflicts/{conflict}/decide", choice="both").json()
        assert (told["state"], told["may"]) == ("office", ["mine", "theirs"])
        clerk = accounts.a_browser("clerk")
        [shown] = clerk.get("/api/offline/conflicts?state=office").json()["items"]
        assert (shown["may"], shown["is_mine"]) == (["mine", "theirs"], False)
        assert post(clerk, f"conflicts/{conflict}/decide", choice="both").status_code == 403
        assert post(clerk, f"conflicts/{conflict}/decide", choice="mine").json()["state"] == "decided"
        assert self.home().address == "乙"

    @pytest.mark.parametrize(
        ("role", "area", "status"),
        [
            ("clerk", TOWN, 200),
            ("village_secretary", VILLAGE, 200),
            ("village_secretary", NEXT_VILLAGE, 404),
            ("grid_worker", NEXT_GRID, 404),
            ("town_leader", TOWN, 404),
            ("clerk", OTHER_TOWN, 404),
            ("villager", VILLAGE, 404),
        ],
    )
    def test_are_decided_by_who_may(self, conflict: str, role: str, area: str, status: int) -> None:
        browser = accounts.a_browser(role, area)
        assert len(browser.get("/api/offline/conflicts").json()["items"]) == (status == 200)
        assert post(browser, f"conflicts/{conflict}/decide", choice="theirs").status_code == status

    def test_both_sides_show_what_was_photographed_there(self, phone: Phone) -> None:
        home = a_home(address="甲")
        theirs = Phone(accounts.a_browser("village_secretary", VILLAGE))
        theirs.register()
        photos = {}
        for writes, address in ((theirs, "丙"), (phone, "乙")):
            content = files.a_picture(size=(640, 480 + len(photos)))
            named = hashlib.sha256(content).hexdigest()
            told = {"sha256": named, "role": "small", "size": len(content), "group": 1}
            # the photo was taken at the visit, the fact is told beside it
            visit = writes.write("people.check_household", ("household", home.pk), base=1, files=[told])
            wrote(writes, home, address)
            writes.sync()
            url = f"/api/offline/items/{visit}/files/{named}?role=small"
            assert writes.browser.put(url, content, content_type="application/octet-stream").status_code == 200
            photos[address] = str(ItemFile.objects.get(item=visit).attachment_id)
        [shown] = phone.browser.get("/api/offline/conflicts").json()["items"]
        assert {shown[side]["value"]: shown[side]["evidence"] for side in ("mine", "theirs")} == {
            "乙": [photos["乙"]],
            "丙": [photos["丙"]],
        }
        assert phone.browser.get(f"/api/files/{photos['丙']}/thumbnail").status_code == 200

    def test_a_value_of_the_desk_has_no_photo(self, phone: Phone, conflict: str) -> None:
        [shown] = phone.browser.get("/api/offline/conflicts").json()["items"]
        assert (shown["id"], shown["mine"]["evidence"], shown["theirs"]["evidence"]) == (conflict, [], [])

    def test_nobody_deletes_either_value(self, conflict: str) -> None:
        with connection.cursor() as cursor:
            for table in ("offline_item", "offline_conflict", "offline_phone", "offline_itemfile"):
                cursor.execute("SELECT has_table_privilege('xy_app', %s, 'DELETE')", [table])
                assert cursor.fetchone() == (False,)
