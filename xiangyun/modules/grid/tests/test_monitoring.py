"""A family from being found to leaving the monitoring; every refusal; who reads the file; what stands sealed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from xiangyun.base import clock
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, WrongState
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.workflow.models import WorkItem
from xiangyun.modules.grid.actions import monitoring
from xiangyun.modules.grid.models import Measure, Monitoring
from xiangyun.modules.grid.queries import monitoring as queries
from xiangyun.modules.grid.rules import monitoring as rules
from xiangyun.modules.grid.rules.monitoring import How, MeasureKind, MonitoringState, Target
from xiangyun.modules.grid.tests.factories import (
    AT,
    GRID,
    NEXT_GRID,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_grid_home,
    a_monitoring,
    a_person,
    a_public_one,
)

pytestmark = pytest.mark.usefixtures("house")

JSON = "application/json"
COUNTY, NEXT_COUNTY = "15.08.02", "15.08.21"
AFTER = AT + timedelta(days=6)


@pytest.fixture
def clerk(house):
    return a_person("clerk")


@pytest.fixture
def county(house):
    return a_person("county_clerk", COUNTY)


def helped(row, clerk, county):
    """The file once the county approved and something is done."""
    monitoring.approve(monitoring_id=row.pk, words="同意", by=county, at=AFTER)
    told = {"what": MeasureKind.JOB, "answerable": "孙有福", "since": AFTER.date(), "words": "去合作社上班"}
    monitoring.add_measure(monitoring_id=row.pk, **told, by=clerk, at=AFTER)
    return Monitoring.objects.get(pk=row.pk)


def test_from_being_found_to_leaving(clerk, county):
    row = a_monitoring()
    assert (row.matter.state, row.matter.is_sealed, row.target) == (MonitoringState.FOUND, True, Target.AT_RISK)
    assert WorkItem.objects.get(matter=row.matter, is_main=True).role == "village_secretary"
    row = monitoring.verify(monitoring_id=row.pk, is_met=True, words="属实", by=clerk, at=AT)
    row = monitoring.publicise(monitoring_id=row.pk, by=clerk, at=AT)
    assert (row.publicised_until - row.publicised_from).days == rules.PUBLIC_DAYS
    row = helped(row, clerk, county)
    assert (row.matter.state, row.decided_by_id) == (MonitoringState.HELPED, county.account_id)
    row = monitoring.mark_stable(monitoring_id=row.pk, by=clerk, at=AFTER)
    assert row.stable_since == timezone.localdate(AFTER)
    row = monitoring.leave(monitoring_id=row.pk, words="收入稳了", by=clerk, at=AFTER)
    assert (row.matter.state, row.exited_at, queries.why_ended(row)) == (MonitoringState.EXITED, AFTER, "收入稳了")
    assert not WorkItem.objects.filter(matter=row.matter, state__in=("open", "taken")).exists()
    acts = Entry.objects.filter(object_kind="monitoring", object_id=str(row.pk)).values_list("act", flat=True)
    assert set(acts) == {
        *("grid.find_home", "grid.verify_home", "grid.publicise_home", "grid.approve_home"),
        *("grid.add_measure", "grid.mark_stable", "grid.end_monitoring"),
    }


def test_a_family_is_followed_once_at_a_time_and_can_be_found_again(clerk):
    row = a_monitoring()
    with pytest.raises(Conflict, match="followed_already"):
        a_monitoring(home=row.household)
    monitoring.verify(monitoring_id=row.pk, is_met=False, words="没有困难", by=clerk, at=AT)
    assert a_monitoring(home=row.household).matter.state == MonitoringState.FOUND


def test_verification_that_finds_no_need_ends_it(clerk):
    row = monitoring.verify(monitoring_id=a_monitoring().pk, is_met=False, words="没有困难", by=clerk, at=AT)
    assert (row.matter.state, queries.why_ended(row)) == (MonitoringState.NOT_MET, "没有困难")


def test_an_objection_leads_back_and_the_name_must_hang_out_again(clerk, county):
    row = a_public_one()
    row = monitoring.object_to(monitoring_id=row.pk, words="他家在城里有房", by=clerk, at=AT)
    assert (row.matter.state, row.publicised_until) == (MonitoringState.VERIFIED, None)
    assert [one["words"] for one in queries.objections(row)] == ["他家在城里有房"]
    with pytest.raises(WrongState):
        monitoring.approve(monitoring_id=row.pk, by=county, at=AFTER)
    row = monitoring.publicise(monitoring_id=row.pk, days=1, by=clerk, at=AT)
    row = monitoring.object_to(monitoring_id=row.pk, words="房本看到了", by=clerk, at=AT)
    row = monitoring.verify(monitoring_id=row.pk, is_met=False, words="异议属实", by=clerk, at=AT)
    assert (row.matter.state, len(queries.objections(row))) == (MonitoringState.NOT_MET, 2)


def test_the_county_decides_once_the_name_has_hung_out(clerk, county):
    row = a_public_one()
    with pytest.raises(WrongState, match="still_public"):
        monitoring.approve(monitoring_id=row.pk, by=county, at=AT + timedelta(days=5))
    assert Monitoring.objects.get(pk=row.pk).matter.state == MonitoringState.PUBLICISED
    assert monitoring.approve(monitoring_id=row.pk, by=county, at=AFTER).matter.state == MonitoringState.APPROVED


def main_work(row):
    return WorkItem.objects.get(matter=row.matter, is_main=True, state__in=("open", "taken"))


def test_what_has_hung_out_stands_in_the_countys_inbox_once_and_goes_on_in_the_town(clerk, county):
    row = a_public_one()
    last = timezone.make_aware(datetime.combine(row.publicised_until, time(22)))
    assert monitoring.ask_county(town=TOWN, at=last) == 0
    assert [monitoring.ask_county(town=TOWN, at=AFTER) for _ in range(2)] == [1, 0]
    row = Monitoring.objects.get(pk=row.pk)
    assert (row.matter.level, main_work(row).role, main_work(row).role_area) == ("banner", "county_clerk", COUNTY)
    inbox = a_browser("county_clerk", COUNTY, name="斯琴").get("/api/inbox?box=todo").json()["items"]
    assert [one["number"] for one in inbox] == [row.matter.number]
    row = monitoring.approve(monitoring_id=row.pk, by=county, at=AFTER)
    assert (row.matter.level, main_work(row).role, main_work(row).role_area) == ("town", "clerk", TOWN)
    assert monitoring.ask_county(town=TOWN, at=AFTER) == 0


def test_an_objection_takes_it_back_from_the_county(clerk):
    row = a_public_one()
    monitoring.ask_county(town=TOWN, at=AFTER)
    row = monitoring.object_to(monitoring_id=row.pk, words="他家在城里有房", by=clerk, at=AFTER)
    assert (row.matter.level, main_work(row).role) == ("town", "clerk")


def test_what_the_county_refuses_asks_nobody_any_more(county):
    row = a_public_one()
    monitoring.ask_county(town=TOWN, at=AFTER)
    row = monitoring.refuse(monitoring_id=row.pk, words="收入高于当年标准", by=county, at=AFTER)
    assert not WorkItem.objects.filter(matter=row.matter, state__in=("open", "taken")).exists()


def test_the_county_says_no_and_nobody_else_does(clerk, county):
    row = a_public_one()
    for refused in (monitoring.refuse, monitoring.approve):
        with pytest.raises(NotAllowed):
            refused(monitoring_id=row.pk, words="不够", by=clerk, at=AFTER)
    row = monitoring.refuse(monitoring_id=row.pk, words="收入高于当年标准", by=county, at=AFTER)
    assert (row.matter.state, row.decided_at) == (MonitoringState.NOT_MET, AFTER)


def test_the_county_keeps_no_file(county):
    row = a_monitoring()
    with pytest.raises(NotAllowed):
        monitoring.verify(monitoring_id=row.pk, is_met=True, words="x", by=county, at=AT)
    with pytest.raises(NotFound):
        a_monitoring(by=county)


def test_each_step_is_refused_in_the_wrong_state(clerk, county):
    row = a_monitoring()
    told = {"monitoring_id": row.pk, "at": AT}
    measure = {"what": MeasureKind.OTHER, "answerable": "孙有福", "since": AT.date()}
    for step in (
        lambda: monitoring.publicise(**told, by=clerk),
        lambda: monitoring.object_to(**told, words="x", by=clerk),
        lambda: monitoring.approve(**told, by=county),
        lambda: monitoring.refuse(**told, words="x", by=county),
        lambda: monitoring.add_measure(**told, **measure, by=clerk),
        lambda: monitoring.mark_stable(**told, by=clerk),
        lambda: monitoring.leave(**told, words="x", by=clerk),
    ):
        with pytest.raises(WrongState):
            step()
    public = a_public_one()
    for is_met in (True, False):
        with pytest.raises(WrongState):
            monitoring.verify(monitoring_id=public.pk, is_met=is_met, words="x", by=clerk, at=AT)


def test_words_are_asked_for(clerk, county):
    row = a_public_one()
    with pytest.raises(BadInput):
        a_monitoring(found=" ")
    with pytest.raises(BadInput):
        monitoring.object_to(monitoring_id=row.pk, words=" ", by=clerk, at=AT)
    with pytest.raises(BadInput):
        monitoring.refuse(monitoring_id=row.pk, words=" ", by=county, at=AT)
    helped(row, clerk, county)
    for changes, why in (({"answerable": " "}, "say_something"), ({"since": date(2030, 1, 1)}, "measure_ahead")):
        told = {"what": MeasureKind.OTHER, "answerable": "孙有福", "since": AT.date(), **changes}
        with pytest.raises(BadInput, match=why):
            monitoring.add_measure(monitoring_id=row.pk, **told, by=clerk, at=AFTER)


@pytest.mark.parametrize("days", [0, rules.MOST_PUBLIC_DAYS + 1])
def test_a_name_hangs_out_for_a_day_at_least(clerk, days):
    row = monitoring.verify(monitoring_id=a_monitoring().pk, is_met=True, words="属实", by=clerk, at=AT)
    with pytest.raises(BadInput, match="public_days"):
        monitoring.publicise(monitoring_id=row.pk, days=days, by=clerk, at=AT)


def test_as_what_a_family_is_followed_follows_the_day():
    assert rules.targets(date(2025, 12, 31)) == [Target.UNSTABLE, Target.BORDERLINE, Target.SUDDEN]
    assert rules.targets(date(2026, 1, 1)) == [Target.AT_RISK]
    with pytest.raises(BadInput, match="no_such_target"):
        a_monitoring(target=Target.SUDDEN)


def test_a_grid_worker_finds_in_their_grid_and_sees_only_what_they_brought(clerk):
    worker = a_person("grid_worker", GRID)
    mine, other = a_monitoring(by=worker, how=How.VISIT), a_monitoring()
    assert list(queries.monitoring_for(worker)) == [mine]
    assert set(queries.monitoring_for(clerk)) == {mine, other}
    for stranger in (a_person("grid_worker", NEXT_GRID), a_person("village_secretary", NEXT_VILLAGE)):
        assert not queries.monitoring_for(stranger).exists()
        with pytest.raises(NotFound):
            a_monitoring(home=a_grid_home(), by=stranger)
    with pytest.raises(NotAllowed):
        monitoring.verify(monitoring_id=mine.pk, is_met=True, words="x", by=worker, at=AT)


def test_nothing_of_it_stands_in_the_open(clerk, county):
    row = a_public_one()
    monitoring.object_to(monitoring_id=row.pk, words="他家在城里有房", by=clerk, at=AT)
    monitoring.publicise(monitoring_id=row.pk, by=clerk, at=AT)
    row = helped(row, clerk, county)
    monitoring.mark_stable(monitoring_id=row.pk, by=clerk, at=AFTER)
    row = monitoring.leave(monitoring_id=row.pk, words="收入稳了", by=clerk, at=AFTER)
    said = ("赵二柱", "冰雹", "八千", "入户看了", "城里有房", "合作社", "收入稳了")
    with connection.cursor() as cursor:
        tables = ("grid_monitoring", "grid_measure", "workflow_matter", "workflow_step", "audit_entry")
        for table in (*tables, "notify_notice"):
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM \"{table}\" t")
            told = cursor.fetchone()[0] or ""
            assert not [word for word in said if word in told], table
    assert queries.told(row)["income"] == "去年人均八千"
    assert queries.words_of(Measure.objects.get(monitoring=row)) == "去合作社上班"


def test_acts_follow_the_state():
    def acts(state, is_public=False):
        return rules.acts_open(state=state, is_public=is_public, may_here=lambda _: True)

    assert acts(MonitoringState.FOUND) == ["verify"]
    assert acts(MonitoringState.VERIFIED) == ["publicise", "verify"]
    assert acts(MonitoringState.PUBLICISED, is_public=True) == ["object", "refuse"]
    assert acts(MonitoringState.PUBLICISED) == ["object", "approve", "refuse"]
    assert acts(MonitoringState.EXITED) == []
    assert rules.acts_open(state=MonitoringState.FOUND, is_public=False, may_here=lambda _: False) == []


def test_over_http_names_are_masked_in_the_list_and_reading_the_file_is_written_down(house):
    row = a_monitoring(at=clock.now())
    clerk = a_browser("clerk")
    (listed,) = clerk.get("/api/grid/monitoring").json()["items"]
    assert (listed["head"], listed["may"]) == ("赵**", ["verify"])
    assert not {"found", "income", "home"} & set(listed)
    before = Entry.objects.filter(act="grid.read_monitoring").count()
    whole = clerk.get(f"/api/grid/monitoring/{row.pk}").json()
    assert (whole["head"], whole["income"]) == ("赵二柱", "去年人均八千")
    assert Entry.objects.filter(act="grid.read_monitoring").count() == before + 1
    for role, area, status in (
        ("village_secretary", VILLAGE, 200),
        ("town_leader", row.area_path[:12], 200),
        ("county_clerk", COUNTY, 200),
        ("county_clerk", NEXT_COUNTY, 404),
        ("village_secretary", NEXT_VILLAGE, 404),
        ("clerk", OTHER_TOWN, 404),
        ("grid_worker", GRID, 404),
        ("villager", GRID, 403),
        ("county_viewer", COUNTY, 403),
    ):
        assert a_browser(role, area).get(f"/api/grid/monitoring/{row.pk}").status_code == status, (role, area)


def test_over_http_the_whole_way(house):
    home = a_grid_home()
    worker, clerk = a_browser("grid_worker", GRID), a_browser("clerk")

    def post(browser, path, **body):
        return browser.post(f"/api/grid/monitoring{path}", body, content_type=JSON)

    made = post(worker, "", household=str(home.pk), how="self_report", found="种地赔了")
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["may"]) == ("found", [])
    at = f"/{made.json()['id']}"
    assert post(worker, f"{at}/verify", is_met=True, words="x").status_code == 403
    assert post(clerk, f"{at}/verify", is_met=True, words="属实").json()["state"] == "verified"
    assert post(clerk, f"{at}/publicise", days=0).status_code == 422
    assert post(clerk, f"{at}/publicise").json()["is_public"]
    assert post(clerk, f"{at}/approve").status_code == 403
    county = a_browser("county_clerk", COUNTY)
    assert post(county, f"{at}/approve").status_code == 409
    assert post(clerk, f"{at}/object", words="城里有房").json()["objections"][0]["words"] == "城里有房"
    assert post(clerk, f"{at}/publicise", days=1).status_code == 200
    assert post(county, f"{at}/refuse", words="不够").json()["state"] == "not_met"
    assert worker.get(f"/api/grid/monitoring{at}").json()["why_ended"] == "不够"
    assert post(clerk, "", household=str(a_grid_home(area=VILLAGE).pk), how="rumour", found="x").status_code == 422


def test_a_list_asks_as_much_for_one_as_for_three(house):
    clerk = a_browser("clerk")
    asked = []
    for more in (1, 2):
        for _ in range(more):
            a_monitoring()
        with CaptureQueriesContext(connection) as seen:
            found = clerk.get("/api/grid/monitoring").json()["items"]
        asked.append((len(found), len(seen)))
    assert [found for found, _ in asked] == [1, 3]
    assert asked[0][1] == asked[1][1] <= 12
