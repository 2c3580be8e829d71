"""What is masked is opened with a reason, so many an hour, and the person sees it; consents and requests."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from xiangyun.base import clock, words
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit import rules as audit
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.people.models import Change, Mark, Membership, Merge, Resident
from xiangyun.kernel.people.rules import codes, purposes
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
NUMBER, PHONE = "152801195603015414", "19900001234"


def reveal(browser: Any, resident: Any, field: str = "id_no", reason: str = "service") -> Any:
    return browser.post(
        f"/api/people/residents/{resident}/reveal",
        json.dumps({"field": field, "reason": reason}),
        content_type="application/json",
    )


@pytest.fixture
def somebody(house: None) -> Resident:
    return people.a_home(id_no=NUMBER, phone=PHONE, bank_card="6228480000000000018", health={"disability": "44"})[1]


@pytest.mark.parametrize(
    ("field", "value"),
    [("id_no", NUMBER), ("phone", PHONE), ("bank_card", "6228480000000000018"), ("name", "李二柱")],
)
def test_a_field_is_opened_with_a_reason_and_masks_itself_again(somebody: Resident, field: str, value: str) -> None:
    answer = reveal(accounts.a_browser("clerk"), somebody.pk, field)
    assert answer.status_code == 200, answer.content
    assert answer.json()["value"] == value
    entry = Entry.objects.get(act=audit.REVEAL)
    assert (entry.object_kind, entry.object_id) == ("resident", str(somebody.pk))
    assert entry.detail == {"field": field, "reason": "service"}
    assert value not in json.dumps(entry.detail)


def test_without_a_reason_nothing_is_opened(somebody: Resident) -> None:
    browser = accounts.a_browser("clerk")
    assert reveal(browser, somebody.pk, reason="because").status_code == 422
    assert reveal(browser, somebody.pk, reason="").status_code == 422
    assert reveal(browser, somebody.pk, field="id_no_sealed").status_code == 422
    assert not Entry.objects.filter(act=audit.REVEAL).exists()


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [
        ("clerk", TOWN, 200),
        ("village_secretary", VILLAGE, 200),
        ("village_secretary", NEXT_VILLAGE, 404),
        ("clerk", OTHER_TOWN, 404),
        ("town_leader", TOWN, 403),
        ("town_admin", TOWN, 403),
        ("villager", VILLAGE, 403),
    ],
)
def test_who_may_open_a_field(somebody: Resident, role: str, area: str, status: int) -> None:
    assert reveal(accounts.a_browser(role, area), somebody.pk).status_code == status


def test_a_grid_worker_opens_fields_of_their_own_grid_alone(house: None) -> None:
    mine = people.a_household(grid_path=f"{VILLAGE}.g01")
    next_ = people.a_household(grid_path=f"{VILLAGE}.g02")
    inside, outside = people.a_resident(id_no=NUMBER), people.a_resident(id_no="152801195603015422")
    people.a_membership(mine, inside)
    people.a_membership(next_, outside)
    browser = accounts.a_browser("grid_worker", f"{VILLAGE}.g01")
    assert reveal(browser, inside.pk).status_code == 200
    assert reveal(browser, outside.pk).status_code == 404


def test_so_many_an_hour_and_then_a_sentence(somebody: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_REVEALS_AN_HOUR", 3)
    browser, another = accounts.a_browser("clerk"), accounts.a_browser("clerk")
    for _ in range(3):
        assert reveal(browser, somebody.pk).status_code == 200
    refused = reveal(browser, somebody.pk)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 3500
    assert reveal(another, somebody.pk).status_code == 200
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert reveal(browser, somebody.pk).status_code == 200


def test_income_address_and_a_grave_mark_are_opened_alike(somebody: Resident) -> None:
    household = Membership.objects.get(resident=somebody).household
    people.an_income(household, 2025, wage=1_200_000)
    mark = people.a_mark(somebody, "mental", level=2)
    browser = accounts.a_browser("clerk")
    for path, field, value in (
        (f"households/{household.pk}", "address", "三组 12 号"),
        (f"marks/{mark.pk}", "kind", "mental"),
    ):
        answer = send(browser, f"{path}/reveal", field=field, reason="check")
        assert (answer.status_code, answer.json()["value"]) == (200, value)
    income = send(browser, f"households/{household.pk}/reveal", field="income.2025", reason="check")
    assert json.loads(income.json()["value"])["wage"] == 1_200_000
    assert send(browser, f"households/{household.pk}/reveal", field="income.1999", reason="check").status_code == 404
    assert send(browser, f"households/{household.pk}/reveal", field="income", reason="check").status_code == 422


def test_the_person_sees_who_looked_and_why_and_nobody_else_does(somebody: Resident) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    reveal(accounts.a_browser("clerk"), somebody.pk, "phone", "emergency")
    household = Membership.objects.get(resident=somebody).household
    send(
        accounts.a_browser("village_secretary", VILLAGE),
        f"households/{household.pk}/reveal",
        field="address",
        reason="visit",
    )
    [own] = mine.get("/api/people/me").json()
    assert (own["name"], own["kind"], own["looks"]) == ("李二柱", "self", 2)
    looks = mine.get(f"/api/people/me/{somebody.pk}/looks").json()
    assert [(one["by"], one["field"], one["reason"]) for one in looks["items"]] == [
        ("李强", "address", "visit"),
        ("李强", "phone", "emergency"),
    ]
    assert [one["post"] for one in looks["items"]] == [
        words.say("access.role.village_secretary"),
        words.say("access.role.clerk"),
    ]
    stranger = accounts.a_browser("villager", VILLAGE)
    assert stranger.get(f"/api/people/me/{somebody.pk}/looks").status_code == 404
    assert stranger.get("/api/people/me").json() == []


def test_i_see_what_is_held_about_me_masked_and_where_it_came_from(somebody: Resident) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    assert mine.get(f"/api/people/me/{somebody.pk}").status_code == 404
    people.an_own_record(mine.who.pk, somebody)
    told = mine.get(f"/api/people/me/{somebody.pk}").json()
    facts = {one["field"]: one for one in told["facts"]}
    assert facts["id_no"]["value"] == "**************5414"
    assert facts["phone"]["value"] == "199****1234"
    assert facts["sex"]["value"] == codes.codes("sex", people.AT.date())["1"].zh
    assert (facts["health"]["value"], facts["health"]["is_masked"]) == ("有登记，加密保存", True)
    assert facts["name"]["source"] == "王建国登记"
    assert NUMBER not in json.dumps(told)


def test_looks_cost_the_same_queries_for_one_and_for_three(somebody: Resident, django_assert_num_queries: Any) -> None:
    mine, clerk = accounts.a_browser("villager", VILLAGE), accounts.a_browser("clerk")
    people.an_own_record(mine.who.pk, somebody)

    def queries() -> int:
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            assert mine.get(f"/api/people/me/{somebody.pk}/looks").status_code == 200
        return len(captured)

    reveal(clerk, somebody.pk)
    one = queries()
    reveal(clerk, somebody.pk)
    reveal(clerk, somebody.pk, "phone")
    assert queries() == one


def test_what_people_are_told_is_whole_in_english_and_in_chinese(house: None) -> None:
    browser = accounts.a_browser("clerk")
    for lang, is_han in (("en", False), ("zh-Hans", True)):
        told = browser.get("/api/people/notices", headers={"Accept-Language": lang}).json()
        said = [one[part] for one in told for part in ("title", "basis", "kept", "text")]
        assert len(said) == 4 * len(purposes.purposes())
        assert {bool(re.search("[\u4e00-\u9fff]", one)) for one in said} == {is_han}


def test_a_request_is_answered_within_thirty_days_and_its_words_stand_sealed(somebody: Resident) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    asked = send(mine, f"me/{somebody.pk}/requests", kind="correct", text="电话换了")
    assert asked.status_code == 201
    assert send(mine, f"me/{somebody.pk}/requests", kind="correct", text="再说一次").status_code == 409
    clerk = accounts.a_browser("clerk")
    [open_] = clerk.get("/api/people/requests?state=open").json()["items"]
    assert (open_["text"], open_["may"]) == ("电话换了", ["done", "refused"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT text_sealed FROM people_personrequest")
        assert "电话".encode() not in bytes(cursor.fetchone()[0])
    answered = send(clerk, f"requests/{open_['id']}/answer", state="done", answer="改好了")
    assert answered.json()["state"] == "done"
    assert send(clerk, f"requests/{open_['id']}/answer", state="refused", answer="x").status_code == 409
    assert mine.get(f"/api/people/me/{somebody.pk}/requests").json()[0]["answer"] == "改好了"


def test_who_lives_here_is_not_erased_who_left_is_and_nothing_stays(somebody: Resident) -> None:
    clerk = accounts.a_browser("clerk")
    people.a_mark(somebody)
    asked = send(clerk, f"residents/{somebody.pk}/requests", kind="erase").json()
    assert send(clerk, f"requests/{asked['id']}/answer", state="done", answer="x").status_code == 409
    Membership.objects.filter(resident=somebody).update(until_on=people.AT.date(), ended_by="moved_out")
    assert send(clerk, f"requests/{asked['id']}/answer", state="done", answer="已删除").status_code == 200
    left = Resident.objects.get(pk=somebody.pk)
    assert left.erased_at
    assert (left.name, left.id_no_sealed, left.id_no_index, left.phone_index, left.health_sealed) == (
        "", None, None, None, None,
    )  # fmt: skip
    assert (left.born_on, left.name_keys, left.sex) == (None, [], "")
    assert not Mark.objects.exists()
    assert not Change.objects.exists()


def test_rows_that_turned_out_to_be_one_person_are_erased_with_them(house: None) -> None:
    clerk = accounts.a_browser("clerk")
    _, keep = people.a_home(name="李二柱")
    for name in ("李二住", "李儿柱"):
        _, drop = people.a_home(name=name, phone=PHONE)
        people.a_mark(drop, kind="disabled")
        merged = send(clerk, "merges", kind="resident", keep=str(keep.pk), drop=str(drop.pk), take=["phone"])
        assert merged.status_code == 201
    Membership.objects.update(until_on=people.AT.date(), ended_by="moved_out")
    asked = send(clerk, f"residents/{keep.pk}/requests", kind="erase").json()
    assert send(clerk, f"requests/{asked['id']}/answer", state="done", answer="已删除").status_code == 200
    rows = Resident.objects.all()
    assert [(row.name, row.phone_sealed, row.name_keys, bool(row.erased_at)) for row in rows] == [
        ("", None, [], True)
    ] * 3
    assert not Mark.objects.exists()
    assert not Change.objects.exists()
    assert not Merge.objects.exists(), "nobody takes them apart again"


def test_nobody_is_the_guardian_of_who_is_of_age(house: None) -> None:
    clerk, mother = accounts.a_browser("clerk"), accounts.a_browser("villager", VILLAGE)
    today = timezone.localdate()
    grown = purposes.grown_up_born(today)
    told = {"account": mother.who.account, "kind": "guardian"}
    adult = people.a_resident(born_on=grown)
    refused = send(clerk, f"residents/{adult.pk}/own_records", **told)
    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", "kind"])
    child = people.a_resident(born_on=grown + timedelta(days=1))
    assert send(clerk, f"residents/{child.pk}/own_records", **told).status_code == 201
    assert mother.get(f"/api/people/me/{child.pk}").status_code == 200
    Resident.objects.filter(pk=child.pk).update(born_on=grown)
    assert mother.get("/api/people/me").json() == []
    assert mother.get(f"/api/people/me/{child.pk}").status_code == 404


@pytest.mark.parametrize(
    ("on", "born"), [(date(2026, 11, 28), date(2008, 11, 28)), (date(2028, 2, 29), date(2010, 2, 28))]
)
def test_of_age_is_who_was_born_by_that_day(on: date, born: date) -> None:
    assert purposes.grown_up_born(on) == born
    assert purposes.age(born, on) == purposes.ADULT_FROM
    assert purposes.age(born + timedelta(days=1), on) < purposes.ADULT_FROM


def test_an_account_is_let_in_to_a_record_and_out_again(somebody: Resident) -> None:
    clerk, mine = accounts.a_browser("clerk"), accounts.a_browser("villager", VILLAGE)
    assert send(clerk, f"residents/{somebody.pk}/own_records", account="nobody", kind="self").status_code == 422
    opened = send(clerk, f"residents/{somebody.pk}/own_records", account=mine.who.account.upper(), kind="self")
    assert opened.status_code == 201
    another = people.a_resident()
    assert send(clerk, f"residents/{another.pk}/own_records", account=mine.who.account, kind="self").status_code == 409
    assert len(mine.get("/api/people/me").json()) == 1
    assert clerk.delete(f"/api/people/residents/{somebody.pk}/own_records/{opened.json()['id']}").status_code == 204
    assert mine.get("/api/people/me").json() == []
