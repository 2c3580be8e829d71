"""Homes as they are written: made, changed, looked at, closed, split; land, income; refusals in a sentence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.people.models import Change, Household, Income, Membership, Plot, Resident, Source
from xiangyun.kernel.people.queries import facts
from xiangyun.kernel.people.rules.identity import make_id_number
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send
from xiangyun.kernel.vault import queries as vault

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
GRID, NEXT_GRID = f"{VILLAGE}.g01", f"{VILLAGE}.g02"
NUMBER = make_id_number("152801", date(1956, 3, 1), 541)

pytestmark = pytest.mark.usefixtures("house", "confirmed")


@pytest.fixture
def grids() -> None:
    for suffix in ("g01", "g02", "z01"):
        org.add_part(village=VILLAGE, suffix=suffix, name=f"{suffix}网格", on=date(2026, 1, 1))


class TestANewHome:
    def test_gets_the_next_number_and_its_head_in_one_step(self, clerk: Any) -> None:
        people.a_household(number="0007")
        told = send(
            clerk,
            "households",
            area=VILLAGE,
            kind="resident",
            address="二组 3 号",
            point=[107.4, 40.8],
            house_size_m2=86.5,
            head={"name": "张建国", "id_no": NUMBER},
            source={"kind": "visit", "name": "入户调查表", "as_of": "2026-11-20"},
        )
        assert told.status_code == 201, told.content
        home = told.json()
        assert (home["number"], home["address"], home["point"], home["kind"]) == (
            "0008",
            "二组 3 号",
            [107.4, 40.8],
            "resident",
        )
        assert (home["source"]["kind"], home["source"]["as_of"], home["source"]["entered_by"]) == (
            "visit",
            "2026-11-20",
            "李强",
        )
        [head] = home["members"]
        assert (head["is_head"], head["resident"]["name"]) == (True, "张建国")
        assert Resident.objects.get(pk=head["resident"]["id"]).born_on == date(1956, 3, 1)
        assert Source.objects.filter(area_path=VILLAGE, kind="visit").count() == 2
        text = json.dumps([one.detail for one in Entry.objects.all()])
        assert not [secret for secret in ("张建国", NUMBER, "二组") if secret in text]

    @pytest.mark.parametrize(
        ("role", "area", "asked", "status"),
        [
            ("clerk", TOWN, VILLAGE, 201),
            ("village_secretary", VILLAGE, VILLAGE, 201),
            ("village_secretary", NEXT_VILLAGE, VILLAGE, 404),
            ("clerk", OTHER_TOWN, VILLAGE, 404),
            ("clerk", TOWN, TOWN, 422),
            ("clerk", TOWN, "15.08.02.100.999", 404),
            ("town_leader", TOWN, VILLAGE, 403),
            ("villager", VILLAGE, VILLAGE, 403),
            ("town_admin", TOWN, VILLAGE, 403),
        ],
    )
    def test_is_written_by_who_may_where_they_may(self, role: str, area: str, asked: str, status: int) -> None:
        assert send(accounts.a_browser(role, area), "households", area=asked).status_code == status

    def test_of_a_grid_worker_lies_in_their_grid(self, grids: None) -> None:
        worker = accounts.a_browser("grid_worker", GRID)
        assert send(worker, "households", area=VILLAGE, grid=GRID).status_code == 201
        assert send(worker, "households", area=VILLAGE, grid=NEXT_GRID).status_code == 422
        assert send(worker, "households", area=VILLAGE).status_code == 422
        assert send(worker, "households", area=NEXT_VILLAGE).status_code == 404

    def test_lies_in_parts_that_exist(self, clerk: Any, grids: None) -> None:
        assert send(clerk, "households", area=VILLAGE, group=f"{VILLAGE}.z01").status_code == 201
        for part in (f"{VILLAGE}.z09", f"{NEXT_VILLAGE}.z01", "x"):
            told = send(clerk, "households", area=VILLAGE, group=part)
            assert (told.status_code, told.json()["errors"][0]["loc"]) == (422, ["body", "group"])

    def test_does_not_take_a_number_that_names_another(self, clerk: Any) -> None:
        people.a_household(number="12")
        told = send(clerk, "households", area=VILLAGE, number="12")
        assert (told.status_code, told.json()["detail"]) == (409, "本村已有 12 号户。")
        assert send(clerk, "households", area=NEXT_VILLAGE, number="12").status_code == 201

    def test_waits_for_the_recovery_sheet(self, clerk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vault, "is_confirmed", lambda: False)
        home, one = people.a_home()
        told = [
            send(clerk, "households", area=VILLAGE),
            send(clerk, f"households/{home.pk}/members", person={"name": "张三"}, relation="20", began_by="born"),
            send(clerk, f"households/{home.pk}/plots", size_mu=1),
            send(clerk, f"households/{home.pk}/incomes/2025", "PUT", wage=1),
            send(clerk, f"residents/{one.pk}/marks", kind="alone"),
        ]
        assert [(each.status_code, each.json()["title"]) for each in told] == [(409, "vault.unconfirmed")] * 5


class TestAHomeChanges:
    def test_keeping_what_stood_there_and_where_it_came_from(self, clerk: Any) -> None:
        home = people.a_household(kind="resident")
        told = send(
            clerk,
            f"households/{home.pk}",
            "PATCH",
            version=1,
            kind="away",
            address="五组 1 号",
            heating="coal",
            source={"as_of": "2026-11-01"},
        )
        assert told.status_code == 200, told.content
        assert (told.json()["kind"], told.json()["version"]) == ("away", 2)
        [change] = Change.objects.all()
        assert (change.fields, change.former_source_id, change.version) == (
            ["address", "heating", "kind"],
            home.home_source_id,
            2,
        )
        assert "三组" not in str(bytes(change.before_sealed))
        [line] = clerk.get(f"/api/people/households/{home.pk}/history").json()["items"]
        assert line["before"] == {"kind": "resident", "address": "三组 12 号", "heating": None}
        assert line["former_source"]["entered_by"] == "王建国"
        leader = accounts.a_browser("town_leader")
        [line] = leader.get(f"/api/people/households/{home.pk}/history").json()["items"]
        assert line["before"]["address"].endswith("…")

    def test_and_the_day_before_is_told_as_it_was(self, clerk: Any) -> None:
        home = people.a_household(kind="resident")
        send(clerk, f"households/{home.pk}", "PATCH", version=1, kind="away", source={"as_of": "2026-11-01"})
        send(clerk, f"households/{home.pk}", "PATCH", version=2, kind="empty", source={"as_of": "2026-11-10"})
        url = f"/api/people/households/{home.pk}"
        asked = {day: clerk.get(url, {"on": day}).json()["kind"] for day in ("2026-10-31", "2026-11-05", "2026-11-20")}
        assert list(asked.values()) == ["resident", "away", "empty"]

    def test_nothing_is_written_where_all_of_it_stands(self, clerk: Any) -> None:
        home = people.a_household(kind="resident")
        sources, entries = Source.objects.count(), Entry.objects.count()
        told = send(clerk, f"households/{home.pk}", "PATCH", version=1, kind="resident", address="三组 12 号")
        assert (told.status_code, told.json()["version"]) == (200, 1)
        assert (Source.objects.count(), Entry.objects.count(), Change.objects.count()) == (sources, entries, 0)

    def test_who_was_first_is_told_to_the_second(self, clerk: Any) -> None:
        home = people.a_household()
        send(accounts.a_browser("clerk", name="赵敏"), f"households/{home.pk}", "PATCH", version=1, kind="away")
        told = send(clerk, f"households/{home.pk}", "PATCH", version=1, kind="empty")
        assert told.status_code == 409
        assert (told.json()["by"], told.json()["version"]) == ({"name": "赵敏"}, 2)
        assert told.json()["at"]
        assert Household.objects.get().kind == "away"

    @pytest.mark.parametrize(
        ("fact", "value"),
        [("address", "迎丰村…"), ("address", "三组 ** 号"), ("machines", ["拖拉机", "***"]), ("number", "**12")],
    )
    def test_a_masked_value_is_refused(self, clerk: Any, fact: str, value: Any) -> None:
        home = people.a_household()
        told = send(clerk, f"households/{home.pk}", "PATCH", version=1, **{fact: value})
        assert (told.status_code, told.json()["errors"][0]["loc"]) == (422, ["body", fact])
        assert Household.objects.get().address == "三组 12 号"

    def test_a_code_nobody_knows_and_a_column_nobody_may_write_are_refused(self, clerk: Any) -> None:
        home = people.a_household()
        assert send(clerk, f"households/{home.pk}", "PATCH", version=1, kind="castle").status_code == 422
        for column in ("area_path", "closed_on", "checked_at", "merged_into", "home_source", "id"):
            assert send(clerk, f"households/{home.pk}", "PATCH", version=1, **{column: "x"}).status_code == 422

    def test_it_is_still_so(self, clerk: Any) -> None:
        home = people.a_household(checked_at=people.AT - timedelta(days=200))
        told = send(clerk, f"households/{home.pk}/check", source={"kind": "visit"}).json()
        assert (told["source"]["kind"], told["version"]) == ("visit", 1)
        assert Household.objects.get().checked_at > clock.now() - timedelta(minutes=1)
        [row] = clerk.get("/api/people/households").json()["items"]
        assert not row["is_due"]

    def test_it_closes_when_nobody_lives_there_any_more(self, clerk: Any) -> None:
        home, one = people.a_home()
        assert send(clerk, f"households/{home.pk}/close").status_code == 409
        send(clerk, f"residents/{one.pk}/move", outside=True, how="moved_out")
        told = send(clerk, f"households/{home.pk}/close")
        assert told.json()["closed_on"]
        assert told.json()["may"] == ["reveal"]
        assert send(clerk, f"households/{home.pk}", "PATCH", version=2, kind="away").status_code == 409


class TestASplit:
    def test_some_make_a_home_of_their_own(self, clerk: Any) -> None:
        home, _ = people.a_home(name="张父")
        son, wife = people.a_resident(name="张子"), people.a_resident(name="王媳", sex="2")
        people.a_membership(home, son, relation="22")
        people.a_membership(home, wife, relation="38")
        told = send(
            clerk,
            f"households/{home.pk}/split",
            members=[
                {"resident": str(son.pk), "relation": "02"},
                {"resident": str(wife.pk), "relation": "12"},
            ],
            head=str(son.pk),
            on="2026-10-01",
            address="三组 13 号",
        )
        assert told.status_code == 201, told.content
        new = told.json()
        assert [(one["resident"]["name"], one["relation"], one["began_by"]) for one in new["members"]] == [
            ("张子", "02", "split"),
            ("王媳", "12", "split"),
        ]
        old = clerk.get(f"/api/people/households/{home.pk}").json()
        assert [one["resident"]["name"] for one in old["members"]] == ["张父"]
        assert {one["ended_by"] for one in old["former"]} == {"split"}
        september = clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-09-30"}).json()
        assert len(september["members"]) == 3

    @pytest.mark.parametrize(("protect", "shown"), [(False, "张父"), (True, "张*")])
    def test_of_a_former_day_shows_the_name_of_then_unless_it_is_protected_now(
        self, clerk: Any, protect: bool, shown: str
    ) -> None:
        home, head = people.a_home(name="张父")
        told = {"source": {"as_of": "2026-11-10"}, "name": "张富", "is_protected": protect}
        assert send(clerk, f"residents/{head.pk}", "PATCH", version=1, **told).status_code == 200
        october = clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-10-31"}).json()
        assert [one["resident"]["name"] for one in october["members"]] == [shown]

    def test_of_a_former_day_shows_who_was_protected_then_by_their_name(self, clerk: Any) -> None:
        home, head = people.a_home(name="张父", is_protected=True)
        told = {"source": {"as_of": "2026-11-10"}, "is_protected": False}
        assert send(clerk, f"residents/{head.pk}", "PATCH", version=1, **told).status_code == 200
        october = clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-10-31"}).json()
        assert [one["resident"]["name"] for one in october["members"]] == ["张父"]

    def test_the_head_goes_and_somebody_leads_those_who_stay(self, clerk: Any) -> None:
        home, head = people.a_home(name="张父")
        wife = people.a_resident(name="李妻", sex="2")
        people.a_membership(home, wife, relation="12")
        body: dict[str, Any] = {"members": [{"resident": str(head.pk), "relation": "02"}], "head": str(head.pk)}
        refused = send(clerk, f"households/{home.pk}/split", **body)
        assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", "head"])
        assert send(clerk, f"households/{home.pk}/split", **body, stay_head=str(wife.pk)).status_code == 201
        [stays] = clerk.get(f"/api/people/households/{home.pk}").json()["members"]
        assert (stays["resident"]["name"], stays["is_head"]) == ("李妻", True)

    def test_only_who_lives_there_can_go(self, clerk: Any) -> None:
        home, _ = people.a_home()
        stranger = people.a_resident()
        told = send(
            clerk,
            f"households/{home.pk}/split",
            members=[{"resident": str(stranger.pk), "relation": "02"}],
            head=str(stranger.pk),
        )
        assert told.status_code == 422


class TestLandAndIncome:
    def test_on_a_former_day_land_has_the_name_of_then(self, clerk: Any) -> None:
        home = people.a_household()
        plot = send(clerk, f"households/{home.pk}/plots", size_mu=3.5, name="渠东地").json()
        renamed = {"source": {"as_of": "2026-11-10"}, "name": "渠西地"}
        assert send(clerk, f"plots/{plot['id']}", "PATCH", version=1, **renamed).status_code == 200
        then = clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-10-31"}).json()["plots"]
        assert [one["name"] for one in then] == ["渠东地"]

    def test_a_plot_is_added_changed_and_closed(self, clerk: Any) -> None:
        home = people.a_household()
        plot = send(clerk, f"households/{home.pk}/plots", size_mu=3.5, name="渠东地", kind="0102", code="123")
        assert plot.status_code == 201, plot.content
        pk = plot.json()["id"]
        told = send(clerk, f"plots/{pk}", "PATCH", version=1, size_mu=4, crop="小麦")
        assert (told.json()["size_mu"], told.json()["version"]) == ("4", 2)
        assert send(clerk, f"plots/{pk}", "PATCH", version=1, size_mu=5).status_code == 409
        assert send(clerk, f"plots/{pk}", "PATCH", version=2, size_mu=4.0).json()["version"] == 2
        again = send(clerk, f"households/{home.pk}/plots", size_mu=1, code="123")
        assert again.status_code == 409
        assert send(clerk, f"plots/{pk}/close", on="2026-11-01").json()["closed_on"] == "2026-11-01"
        assert send(clerk, f"plots/{pk}/close").status_code == 409
        lines = clerk.get(f"/api/people/households/{home.pk}/history").json()["items"]
        assert [line["before"] for line in lines] == [{"closed_on": None}, {"crop": None, "size_mu": "3.5"}]
        assert len(clerk.get(f"/api/people/households/{home.pk}", {"on": "2026-10-01"}).json()["plots"]) == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"size_mu": 0},
            {"size_mu": 1, "kind": "moon"},
            {"size_mu": 1, "contract_from": "2020-01-01", "contract_until": "2019-01-01"},
            {"size_mu": 1, "code": "12a"},
            {},
        ],
    )
    def test_a_plot_that_cannot_be_is_refused(self, clerk: Any, body: Any) -> None:
        home = people.a_household()
        assert send(clerk, f"households/{home.pk}/plots", **body).status_code == 422
        assert not Plot.objects.exists()

    def test_a_plot_of_the_next_village_does_not_exist(self) -> None:
        plot = people.a_plot(people.a_household())
        secretary = accounts.a_browser("village_secretary", NEXT_VILLAGE)
        assert send(secretary, f"plots/{plot.pk}", "PATCH", version=1, crop="玉米").status_code == 404
        assert send(secretary, f"plots/{plot.pk}/close").status_code == 404

    def test_income_stands_sealed_and_is_not_told(self, clerk: Any) -> None:
        home = people.a_household()
        url = f"households/{home.pk}/incomes/2025"
        told = send(clerk, url, "PUT", wage=1_234_567, cost=7)
        assert told.status_code == 200, told.content
        assert "1234567" not in told.content.decode()
        [income] = Income.objects.all()
        assert facts.amounts(income)["wage"] == 1_234_567
        with connection.cursor() as cursor:
            cursor.execute("SELECT amounts_sealed FROM people_income")
            assert b"1234567" not in bytes(cursor.fetchone()[0])
        assert send(clerk, url, "PUT", wage=1).status_code == 409
        assert send(clerk, url, "PUT", wage=1_234_567, cost=7, version=1).json()["version"] == 1
        assert send(clerk, url, "PUT", wage=2, version=1).json()["version"] == 2
        [line] = clerk.get(f"/api/people/households/{home.pk}/history").json()["items"]
        assert line["before"] == {"amounts": None}

    @pytest.mark.parametrize(("year", "status"), [(1989, 422), (2099, 422), (2020, 200)])
    def test_income_is_of_a_year_that_was(self, clerk: Any, year: int, status: int) -> None:
        home = people.a_household()
        assert send(clerk, f"households/{home.pk}/incomes/{year}", "PUT", wage=1).status_code == status

    def test_a_grid_worker_writes_no_income(self) -> None:
        home = people.a_household(grid_path=GRID)
        told = send(accounts.a_browser("grid_worker", GRID), f"households/{home.pk}/incomes/2025", "PUT", wage=1)
        assert told.status_code == 403
        assert not Membership.objects.exists()
        assert not Resident.objects.exists()
