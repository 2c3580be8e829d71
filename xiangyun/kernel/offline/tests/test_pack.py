"""The village pack over HTTP, and how few queries everything costs."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.models import Conflict
from xiangyun.kernel.offline.tests import factories as rows
from xiangyun.kernel.offline.tests.conftest import GRID, NEXT_GRID
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def post(browser: Any, path: str, **body: Any) -> Any:
    return browser.post(f"/api/offline/{path}", json.dumps(body), content_type="application/json")


def a_home(**changes: Any) -> Household:
    return people.a_household(VILLAGE, grid_path=GRID, **changes)


def wrote(phone: Phone, home: Household, address: str = "乙") -> str:
    return phone.write("people.change_household", ("household", home.pk), {"address": address}, base=1)


class TestThePack:
    def test_holds_ones_own_grid_masked(self, phone: Phone) -> None:
        home, person = people.a_home(
            VILLAGE, id_no="11010519491231002X", phone="13800001111", health={"chronic": ["x"]}
        )
        Household.objects.filter(pk=home.pk).update(grid_path=GRID, address="三组 3 号")
        people.a_plot(home)
        people.a_mark(person)
        people.a_mark(person, "drugs", level=2)
        hidden, _ = people.a_home(VILLAGE, name="欧阳小敏", is_protected=True)
        Household.objects.filter(pk=hidden.pk).update(grid_path=GRID)
        people.a_household(VILLAGE, grid_path=NEXT_GRID)
        people.a_household(NEXT_VILLAGE)
        answer = phone.browser.get("/api/offline/pack", headers={"Accept-Encoding": "gzip"})
        assert answer["Content-Encoding"] == "gzip"
        pack = json.loads(gzip.decompress(answer.content))
        assert {one["id"] for one in pack["households"]} == {str(home.pk), str(hidden.pk)}
        told = next(one for one in pack["households"] if one["id"] == str(home.pk))
        assert (told["address"], told["version"], told["grid"]) == ("三组 3 号", 1, GRID)
        [member] = told["members"]
        assert member["id_no"] == {"masked": "****"}
        assert member["phone"] == {"masked": "138****1111"}
        assert (member["health"], member["marks"]) == ({"masked": ""}, ["alone"])
        assert [one["size_mu"] for one in told["plots"]] == ["3.5"]
        shown = next(one for one in pack["households"] if one["id"] == str(hidden.pk))["members"][0]["name"]
        assert shown == {"masked": "欧阳**"}
        text = json.dumps(pack, ensure_ascii=False)
        assert not [one for one in ("11010519491231002X", "13800001111", "欧阳小敏", "drugs") if one in text]
        assert {one["code"] for one in pack["forms"]} >= {"people.change_household", "workflow.answer_work"}
        forms = {one["code"]: one for one in pack["forms"]}
        assert forms["people.change_household"]["lists"]["water"] in {one["id"] for one in pack["codes"]}
        assert forms["workflow.answer_work"]["choices"]["answer"].keys() == {"take", "done", "false_alarm", "return"}
        assert all(forms["workflow.answer_work"]["choices"]["answer"].values())
        again = phone.browser.get("/api/offline/pack").json()
        assert again["version"] == pack["version"]
        assert Entry.objects.filter(act=rules.TAKE_PACK).count() == 2

    @pytest.mark.parametrize(
        ("role", "area", "asked", "status"),
        [
            ("village_secretary", VILLAGE, VILLAGE, 200),
            ("village_secretary", VILLAGE, NEXT_VILLAGE, 404),
            ("clerk", TOWN, VILLAGE, 200),
            ("clerk", OTHER_TOWN, VILLAGE, 404),
            ("grid_worker", GRID, NEXT_GRID, 404),
        ],
    )
    def test_is_of_a_place_of_mine(self, role: str, area: str, asked: str, status: int) -> None:
        answer = accounts.a_browser(role, area).get("/api/offline/pack", {"area": asked})
        assert answer.status_code == status

    def test_of_who_looks_after_no_home_holds_none(self) -> None:
        a_home()
        for role in ("villager", "town_leader", "duty_officer"):
            assert accounts.a_browser(role).get("/api/offline/pack").json()["households"] == []

    def test_is_not_a_whole_town(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from xiangyun.kernel.people.queries import pack

        monkeypatch.setattr(pack, "MOST_HOMES", 1)
        a_home()
        a_home()
        assert accounts.a_browser("clerk").get("/api/offline/pack").status_code == 409


class TestBudgets:
    """Lists ask as often for three rows as for one."""

    def asked(self, browser: Any, url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    @pytest.mark.parametrize("url", ["phones", "conflicts", "quarantine", "pack"])
    def test_of_lists(self, url: str) -> None:
        clerk = accounts.a_browser("clerk")
        counts = []
        for n in (1, 2):
            for _ in range(n):
                home, _ = people.a_home(VILLAGE)
                people.a_plot(home)
                files.an_attachment(
                    VILLAGE, content=files.a_picture(), name="a.jpg", kind="photo", subject=("household", home.pk)
                ) if url == "pack" else None
                rows.a_conflict(rows.an_item(rows.a_phone(), home.pk))
            counts.append(self.asked(clerk, f"/api/offline/{url}"))
        assert counts[0] == counts[1], counts

    def test_of_a_sync_are_the_same_for_each_thing(self, phone: Phone) -> None:
        homes = [a_home() for _ in range(7)]
        counts = []
        for batch in (homes[:1], homes[1:3], homes[3:7]):
            for home in batch:
                wrote(phone, home)
            with CaptureQueriesContext(connection) as seen:
                phone.sync()
            counts.append(len(seen))
        each = (counts[1] - counts[0], (counts[2] - counts[1]) / 2)
        assert each[0] == each[1] <= 25, counts

    def test_of_repeats_do_not_grow(self, phone: Phone) -> None:
        counts = []
        for n in (1, 4):
            for _ in range(n):
                wrote(phone, a_home())
            body = phone.body()
            phone.sync()
            with CaptureQueriesContext(connection) as seen:
                phone.send(body)
            counts.append(len(seen))
        assert counts[0] == counts[1], counts


def test_a_conflict_stays_when_the_form_is_gone(phone: Phone) -> None:
    home = a_home()
    row = rows.a_conflict(rows.an_item(rows.a_phone(area=GRID), home.pk, form="grid.gone"))
    [shown] = accounts.a_browser("clerk").get("/api/offline/conflicts").json()["items"]
    assert (shown["form_name"], shown["mine"]["value"], shown["may"]) == ("grid.gone", None, ["theirs", "both"])
    assert Conflict.objects.get().pk == row.pk
