"""Reports and answers that wait for a person and are sealed: nothing of them is shown in the list of what waits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.tests.conftest import confirmed
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.org import seeds as places
from xiangyun.kernel.workflow.tests import factories as workflow
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.tests.factories import GRID, TOWN, VILLAGE

__all__ = ["confirmed"]

pytestmark = pytest.mark.usefixtures("grids", "confirmed")

JSON = "application/json"
SAID = "夜里听见打人"


@pytest.fixture
def grids(house: Any) -> None:
    """Groups and grids below the villages."""
    places.plant(TOWN, clock.now())


@pytest.fixture
def phone() -> Phone:
    made = Phone(a_browser("villager", GRID))
    assert made.register().status_code == 200
    return made


def dropped(phone: Phone, *categories: str) -> list[str]:
    """Reports that came by no session of their phone."""
    items = [
        phone.write("grid.report", ("report", ids.uuid7()), {"category": one, "words": SAID, "area": GRID})
        for one in categories
    ]
    assert Client().post("/api/offline/drop", json.dumps(phone.drop_body()), content_type=JSON).status_code == 200
    return items


def judge(browser: Any, item: str, verb: str, **body: Any) -> Any:
    return browser.post(f"/api/offline/quarantine/{item}/{verb}", json.dumps(body), content_type=JSON)


def listed(browser: Any) -> list[dict[str, Any]]:
    return list(browser.get("/api/offline/quarantine").json()["items"])


def test_an_open_report_is_shown_with_its_category_by_name(phone: Phone) -> None:
    dropped(phone, "road")
    [told] = listed(a_browser("grid_worker", GRID))
    assert [one["value"] for one in told["facts"]] == ["路、桥、涵洞", SAID, None]
    assert (told["is_sealed"], told["may"], told["account"]["account"]) == (
        False,
        ["accept", "put_aside"],
        phone.browser.who.account,
    )


@pytest.mark.parametrize("category", ["domestic_violence", "of_another_version"])
@pytest.mark.parametrize(("role", "area"), [("grid_worker", GRID), ("village_secretary", VILLAGE)])
def test_of_a_sealed_one_who_may_not_read_it_learns_nothing_and_judges_nothing(
    phone: Phone, role: str, area: str, category: str
) -> None:
    [item] = dropped(phone, category)
    browser = a_browser(role, area)
    [told] = listed(browser)
    assert (told["is_sealed"], told["facts"], told["may"]) == (True, [], [])
    assert (told["account"], told["phone"], told["phone_label"], told["subject"]) == (None, None, "", None)
    assert told["area"] == VILLAGE
    for secret in (SAID, category, phone.browser.who.name, phone.browser.who.account, phone.id):
        assert secret not in json.dumps(told, ensure_ascii=False)
    assert judge(browser, item, "accept").status_code == 403
    assert judge(browser, item, "put_aside", reason="不是").status_code == 403
    assert Item.objects.get(pk=item).state == "quarantined"


def test_who_may_read_such_reports_lets_it_in_unread_and_reads_it_in_its_room(phone: Phone) -> None:
    [item] = dropped(phone, "domestic_violence")
    clerk = a_browser("clerk")
    [told] = listed(clerk)
    assert (told["is_sealed"], told["facts"], told["may"]) == (True, [], ["accept", "put_aside"])
    assert told["account"]["account"] == phone.browser.who.account
    assert judge(clerk, item, "accept").json()["state"] == "applied"
    report = Report.objects.get()
    assert (report.matter.is_sealed, report.words) == (True, "")
    assert clerk.get(f"/api/grid/reports/{report.pk}").json()["words"] == SAID


def test_an_answer_to_sealed_work_is_shown_to_nobody_else() -> None:
    owner = accounts.an_account("grid_worker", GRID)
    matter = workflow.a_matter(VILLAGE, is_sealed=True)
    work = workflow.a_work_item(VILLAGE, matter=matter)
    phone = Phone(accounts.browser_of(owner))
    phone.register()
    phone.write("workflow.answer_work", ("work", work.pk), {"answer": "done", "note": SAID})
    Client().post("/api/offline/drop", json.dumps(phone.drop_body()), content_type=JSON)
    Item.objects.update(area_path=VILLAGE)
    [told] = listed(a_browser("village_secretary", VILLAGE))
    assert (told["is_sealed"], told["facts"], told["account"], told["may"]) == (True, [], None, [])
    [told] = listed(a_browser("clerk"))
    assert (told["is_sealed"], told["facts"], told["may"]) == (True, [], ["accept", "put_aside"])


def test_many_cost_no_more_than_one(phone: Phone) -> None:
    secretary = a_browser("village_secretary", VILLAGE)
    dropped(phone, "domestic_violence")
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert len(listed(secretary)) == 1
    dropped(phone, "road", "domestic_violence")
    with CaptureQueriesContext(connection) as three:
        assert len(listed(secretary)) == 3
    assert len(three) == len(one)
