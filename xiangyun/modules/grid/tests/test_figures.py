"""What is counted of reports and mediations, where, and what stays uncounted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.figures import registry
from xiangyun.kernel.org import seeds as places
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.actions import mediations, reports
from xiangyun.modules.grid.models import Party
from xiangyun.modules.grid.queries import figures
from xiangyun.modules.grid.rules import figures as rules
from xiangyun.modules.grid.rules.mediation import AgreementForm
from xiangyun.modules.grid.tests.factories import (
    AT,
    GRID,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_mediation,
    a_person,
    a_report,
    a_verified_report,
)

pytestmark = pytest.mark.usefixtures("grids")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def grids(house):
    """Groups and grids below the villages."""
    for town in (TOWN, OTHER_TOWN):
        places.plant(town, clock.now())


def settled(hours, at=AT):
    """A report that the grid worker settled so many hours after it was made."""
    report = a_verified_report(at=at)
    worker = a_person("grid_worker", GRID, at=at)
    facts = {"category": "road", "severity": 3, "by": worker, "at": at}
    reports.classify(report_id=report.pk, level=Level.GRID, **facts)
    return reports.close_here(report_id=report.pk, words="填平了", by=worker, at=at + hours * HOUR)


def figure(name, area=TOWN, at=AT + DAY):
    return registry.pick(f"grid.{name}").compute(area, at).value


def rows(name, area=TOWN, at=AT + DAY):
    return [row.id for row in registry.pick(f"grid.{name}").rows(area, at)]


def quarrel(ended, at=AT):
    secretary = a_person("village_secretary", VILLAGE, at=at)
    row = a_mediation(by=secretary, at=at)
    if ended == "refused":
        return mediations.refuse(mediation_id=row.pk, party_id=_a_party(row), by=secretary, at=at)
    mediations.accept(mediation_id=row.pk, mediator_name="王书记", by=secretary, at=at)
    facts = {"place": "村委会", "came": [_a_party(row)], "notes": "说了", "by": secretary, "at": at}
    mediations.hold_sitting(mediation_id=row.pk, held_at=at, **facts)
    return mediations.agree(
        mediation_id=row.pk, form=AgreementForm.ORAL, content="轮流浇", method="下一轮", by=secretary, at=at
    )


def _a_party(row):
    return Party.objects.filter(mediation=row).order_by("id")[0].pk


def test_what_is_open_is_counted_where_it_lies_and_opens_its_rows():
    report = a_report()
    assert (figure("open_reports"), figure("open_reports", VILLAGE), figure("open_reports", NEXT_VILLAGE)) == (1, 1, 0)
    assert rows("open_reports") == [str(report.matter_id)]
    compared = registry.pick("grid.open_reports").compute(TOWN, AT + HOUR).compare
    assert compared == ("workflow.more_than_yesterday", {"n": 1})


def test_what_is_sealed_counts_nowhere():
    a_report(category="domestic_violence")
    assert Matter.objects.filter(is_sealed=True).count() == 1
    whole, parts = figures.told(TOWN, AT + DAY)
    assert whole.numbers["open_reports"] == 0
    assert [part.numbers["open_reports"] for part in parts] == [0.0] * len(parts)
    assert rows("open_reports") == []


def test_who_settled_it_and_the_hours_half_of_them_took():
    for hours in (2, 4, 30):
        settled(hours)
    assert (figure("closed_in_grid", at=AT + 3 * DAY), figure("closed_in_village", at=AT + 3 * DAY)) == (3, 0)
    assert figure(rules.HOURS, at=AT + 3 * DAY) == 4.0
    assert figure(rules.HOURS, NEXT_VILLAGE) is None
    taken = [row.value for row in registry.pick("grid.hours_to_close").rows(TOWN, AT + 3 * DAY)]
    assert sorted(taken) == [2.0, 4.0, 30.0]


def test_what_was_settled_long_ago_is_no_longer_counted():
    settled(1)
    assert figure("closed_in_grid", at=AT + 89 * DAY) == 1
    assert figure("closed_in_grid", at=AT + 92 * DAY) == 0
    assert figure(rules.HOURS, at=AT + 92 * DAY) is None


def test_what_turned_out_to_be_nothing_was_settled_by_nobody():
    report = a_report()
    worker = a_person("grid_worker", GRID)
    reports.verify(report_id=report.pk, by=worker, at=AT, note="去看过，没有", is_real=False)
    assert (figure("open_reports"), figure("closed_in_grid"), figure(rules.HOURS)) == (0, 0, None)


def test_late_and_reopened_reports_are_counted_with_their_rows():
    late = a_verified_report()
    facts = {"category": "road", "level": Level.GRID, "severity": 3, "by": a_person("grid_worker", GRID), "at": AT}
    reports.classify(report_id=late.pk, **facts)
    assert (figure("overdue_reports", at=AT + HOUR), figure("overdue_reports", at=AT + 2 * DAY)) == (0, 1)
    assert rows("overdue_reports", at=AT + 2 * DAY) == [str(late.matter_id)]
    again = settled(1)
    workflow.reopen(matter_id=again.matter_id, reason="又塌了", by=a_person("clerk", TOWN), at=AT + 2 * HOUR)
    assert rows("reopened_reports") == [str(again.matter_id)]


def test_how_quarrels_end_is_told_of_three_or_more():
    quarrel("agreed"), quarrel("agreed")
    assert figure(rules.SUCCESS) is None
    assert registry.pick("grid.mediation_success").compute(TOWN, AT).reason == "grid.too_few_ended"
    quarrel("refused")
    assert figure(rules.SUCCESS) == 66.7
    assert len(rows(rules.SUCCESS)) == 3
    assert figure(rules.SUCCESS, at=AT + 92 * DAY) is None


def test_the_page_says_the_same_as_each_figure():
    settled(3)
    a_report()
    a_report(by=a_person("villager", f"{NEXT_VILLAGE}.g01"))
    whole, parts = figures.told(TOWN, AT + DAY)
    for name in rules.FIGURES:
        assert whole.numbers[name] == figure(name), name
        for part in parts:
            assert part.numbers[name] == figure(name, part.area), (name, part.area)
    assert [part.area for part in parts] == sorted(part.area for part in parts)
    alone, below = figures.told(VILLAGE, AT + DAY)
    assert (alone.numbers["open_reports"], below) == (1.0, [])


def test_a_reader_is_told_of_their_place_and_every_number_opens():
    a_report()
    clerk = a_browser()
    told = clerk.get("/api/grid/figures").json()
    assert [one["code"] for one in told["columns"]] == [*rules.FIGURES, "refreshed"]
    assert (told["whole"]["area"], told["whole"]["numbers"]["open_reports"]["value"]) == (TOWN, 1)
    for cell in told["items"][0]["numbers"].values():
        assert clerk.get(cell["rows_url"]).status_code == 200
    (row,) = clerk.get(told["whole"]["numbers"]["open_reports"]["rows_url"]).json()["items"]
    assert (row["kind"], row["note"]) == ("matter", f"{row['area_name']}：路、桥、涵洞")
    secretary = a_browser("village_secretary", VILLAGE)
    assert secretary.get("/api/grid/figures").json()["whole"]["area"] == VILLAGE
    assert secretary.get(f"/api/grid/figures?area={NEXT_VILLAGE}").status_code == 404
    assert secretary.get(f"/api/grid/figures?area={OTHER_TOWN}").status_code == 404
    worker = a_browser("grid_worker", GRID).get("/api/grid/figures").json()
    assert rules.SUCCESS not in [one["code"] for one in worker["columns"]]
    assert a_browser("villager", GRID).get("/api/grid/figures").status_code == 403


def test_the_page_asks_as_much_of_three_villages_as_of_one():
    clerk = a_browser()
    asked = []
    for village in (VILLAGE, NEXT_VILLAGE, f"{TOWN}.203"):
        a_report(by=a_person("villager", f"{village}.g01"))
        with CaptureQueriesContext(connection) as found:
            clerk.get("/api/grid/figures")
        asked.append(len(found))
    assert asked[0] == asked[1] == asked[2] <= 20, asked
