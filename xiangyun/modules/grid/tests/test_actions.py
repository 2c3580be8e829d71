"""A report on its way: seen, judged, settled at its level; a sealed one; who may do what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xiangyun.base import ids
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, WrongState
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.tests.factories import a_session
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.tests.factories import a_photo
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.org import seeds as places
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow import queries as workflow_queries
from xiangyun.kernel.workflow.models import Step, WorkItem
from xiangyun.modules.grid.actions import categories, reports
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import reports as queries
from xiangyun.modules.grid.rules.reports import Channel, ReportState
from xiangyun.modules.grid.tests.factories import (
    AT,
    GRID,
    NEXT_GRID,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_person,
    a_report,
    a_verified_report,
)

pytestmark = pytest.mark.usefixtures("grids")


@pytest.fixture
def grids(house):
    """Groups and grids below the villages."""
    for town in (TOWN, OTHER_TOWN):
        places.plant(town, AT)


def seen_by(role, area):
    return list(queries.reports_for(a_person(role, area)))


def classified(report, **changes):
    told = {"category": report.matter.category, "level": "town", "severity": 2, "at": AT, **changes}
    told.setdefault("by", a_person("clerk"))
    return reports.classify(report_id=report.pk, **told)


def signed(report, by):
    workflow.sign(matter_id=report.matter_id, by=by, at=AT)
    return reports.fresh(report)


def test_a_villagers_report_is_offered_to_the_worker_of_the_grid():
    worker = a_person("grid_worker", GRID)
    report = a_report()
    assert (report.matter.state, report.matter.level, report.area_path, report.how) == (
        ReportState.REPORTED, "grid", GRID, "villager",
    )  # fmt: skip
    work = WorkItem.objects.get(matter=report.matter)
    assert (work.role, work.role_area, work.is_main) == ("grid_worker", GRID, True)
    assert Notice.objects.filter(account=worker.account_id).exists()
    assert report.matter.due_at == AT + timedelta(hours=24)
    assert report.matter.number.startswith("网格-0620-")


def test_what_a_worker_reports_is_verified_and_settled_on_the_spot():
    worker = a_person("grid_worker", GRID)
    report = a_report(by=worker, category="lighting", words="路灯不亮")
    assert report.matter.state == ReportState.VERIFIED
    report = classified(report, level="grid", severity=3, by=worker)
    assert report.matter.state == ReportState.CLASSIFIED
    report = reports.close_here(report_id=report.pk, words="换了灯泡", by=worker, at=AT)
    assert (report.matter.state, report.result, report.result_at) == (ReportState.CLOSED, "换了灯泡", AT)
    assert report.matter.closed_at == AT


def test_a_grid_worker_gives_nothing_to_the_village_or_the_town():
    worker = a_person("grid_worker", GRID)
    report = a_report(by=worker)
    with pytest.raises(NotAllowed):
        classified(report, by=worker)
    assert reports.fresh(report).matter.state == ReportState.VERIFIED


def test_the_town_is_made_to_act_and_somebody_else_checks():
    clerk, duty = a_person("clerk"), a_person("duty_officer")
    report = classified(a_verified_report(), by=duty)
    assert (report.matter.state, report.matter.level) == (ReportState.ASSIGNED, "town")
    report = signed(report, clerk)
    assert (report.matter.state, report.matter.owner_id) == (ReportState.SIGNED, clerk.account_id)
    with pytest.raises(NotAllowed):
        reports.tell_result(report_id=report.pk, words="修好了", by=duty, at=AT)
    report = reports.begin(report_id=report.pk, by=clerk, at=AT)
    report = reports.tell_result(report_id=report.pk, words="填了石子", by=clerk, at=AT)
    assert report.matter.state == ReportState.RESULT
    assert Notice.objects.filter(account=duty.account_id, code="grid.result_told").count() == 1
    report = reports.check(report_id=report.pk, is_good=False, note="还在塌", by=duty, at=AT)
    assert report.matter.state == ReportState.HANDLING
    report = reports.tell_result(report_id=report.pk, words="重新砌了", by=clerk, at=AT)
    report = reports.check(report_id=report.pk, is_good=True, by=duty, at=AT)
    assert (report.matter.state, report.result, report.handler_id) == (ReportState.CLOSED, "重新砌了", clerk.account_id)
    assert [one.state_to for one in Step.objects.filter(matter=report.matter, act="moved").order_by("id")][-3:] == [
        ReportState.RESULT, ReportState.CHECKED, ReportState.CLOSED,
    ]  # fmt: skip


def test_the_village_closes_its_own_and_not_the_towns():
    secretary = a_person("village_secretary", VILLAGE)
    of_village = signed(classified(a_verified_report(), level="village"), secretary)
    reports.tell_result(report_id=of_village.pk, words="填平了", by=secretary, at=AT)
    assert reports.check(report_id=of_village.pk, is_good=True, by=secretary, at=AT).matter.state == ReportState.CLOSED
    clerk = a_person("clerk")
    of_town = signed(classified(a_verified_report(by=a_person("villager", GRID))), clerk)
    reports.tell_result(report_id=of_town.pk, words="填平了", by=clerk, at=AT)
    with pytest.raises(NotAllowed):
        reports.check(report_id=of_town.pk, is_good=True, by=secretary, at=AT)


def test_it_is_given_back_once_and_assigned_again():
    clerk = a_person("clerk")
    report = signed(classified(a_verified_report()), clerk)
    workflow.send_back(matter_id=report.matter_id, reason="不归我管", by=clerk, at=AT)
    assert reports.fresh(report).matter.state == ReportState.RETURNED
    duty = a_person("duty_officer")
    workflow.assign(matter_id=report.matter_id, account=clerk.account_id, by=duty, at=AT)
    report = signed(reports.fresh(report), clerk)
    assert report.matter.state == ReportState.SIGNED
    with pytest.raises(WrongState):
        workflow.send_back(matter_id=report.matter_id, reason="还是不归我管", by=clerk, at=AT)


def test_nothing_there_ends_it_with_a_word_why():
    worker = a_person("grid_worker", GRID)
    report = a_report()
    with pytest.raises(BadInput):
        reports.verify(report_id=report.pk, is_real=False, by=worker, at=AT)
    report = reports.verify(report_id=report.pk, is_real=False, note="去看了，路是好的", by=worker, at=AT)
    assert (report.matter.state, report.matter.outcome) == (ReportState.INVALID, "invalid")
    assert not WorkItem.objects.filter(matter=report.matter, state__in=("open", "taken")).exists()


def test_the_law_takes_it_from_any_open_state():
    report = reports.send_to_law(
        report_id=a_report().pk, channel=Channel.COURT, note="当事人起诉了", by=a_person("clerk"), at=AT
    )
    assert (report.matter.state, report.channel) == (ReportState.LEGAL, "court")
    with pytest.raises(WrongState):
        reports.send_to_law(report_id=report.pk, channel=Channel.POLICE, note="x", by=a_person("clerk"), at=AT)


def test_a_closed_one_is_opened_again_and_counted():
    worker, clerk = a_person("grid_worker", GRID), a_person("clerk")
    report = a_report(by=worker, category="lighting")
    classified(report, level="grid", severity=3, by=worker)
    reports.close_here(report_id=report.pk, words="修了", by=worker, at=AT)
    workflow.reopen(matter_id=report.matter_id, reason="又坏了", by=clerk, at=AT)
    report = reports.fresh(report)
    assert (report.matter.state, report.matter.reopened) == (ReportState.REOPENED, 1)


def test_late_in_the_grid_goes_up_to_the_village_by_itself():
    secretary = a_person("village_secretary", VILLAGE)
    report = a_report()
    workflow.hand_up(matter_id=report.matter_id, by=secretary, at=AT)
    matter = reports.fresh(report).matter
    assert (matter.level, matter.state) == ("village", ReportState.REPORTED)
    assert WorkItem.objects.get(matter=matter, state="open").role == "village_secretary"


def test_the_next_grid_the_next_village_and_the_next_town_know_nothing_of_it():
    report = a_report()
    assert seen_by("grid_worker", GRID) == [report]
    assert seen_by("village_secretary", VILLAGE) == [report]
    for role, area in (
        ("grid_worker", NEXT_GRID), ("village_secretary", NEXT_VILLAGE), ("clerk", OTHER_TOWN), ("villager", GRID),
    ):  # fmt: skip
        assert seen_by(role, area) == []
    with pytest.raises(NotFound):
        reports.verify(report_id=report.pk, by=a_person("grid_worker", NEXT_GRID), at=AT)


def test_whoever_made_it_follows_it():
    villager = a_person("villager", GRID)
    report = a_report(by=villager)
    assert list(queries.made_by(villager)) == list(queries.reports_for(villager)) == [report]


def test_a_sensitive_report_is_sealed_whole():
    villager = a_person("villager", GRID)
    report = a_report(
        by=villager, category="domestic_violence", words="隔壁又打人了", place="三组东头", point=(107.2, 40.9)
    )
    row = Report.objects.get(pk=report.pk)
    assert (row.words, row.place, row.household, row.matter.lon, row.area_path) == ("", "", None, None, VILLAGE)
    assert (row.matter.is_sealed, row.matter.level) == (True, "town")
    assert queries.told(row)["words"] == "隔壁又打人了"
    assert "隔壁".encode() not in bytes(row.told_sealed)
    assert seen_by("grid_worker", GRID) == seen_by("village_secretary", VILLAGE) == seen_by("duty_officer", TOWN) == []
    assert seen_by("clerk", TOWN) == [row]
    assert list(queries.made_by(villager)) == [row]
    assert list(queries.published(villager, None)) == []
    notices = Notice.objects.filter(subject_id=str(row.matter_id))
    assert all("sealed" in str(one.params) for one in notices)


def test_what_turns_out_to_be_sensitive_leaves_the_map_and_the_open_row_with_its_photos():
    worker = a_person("grid_worker", GRID)
    photo = a_photo(VILLAGE, subject=None, by=worker, at=AT)
    told = {"words": "两口子吵架", "point": (107.2, 40.9), "file_ids": [photo.pk]}
    report = a_report(by=worker, category="marriage_family", **told)
    secretary = a_person("village_secretary", VILLAGE)
    assert Attachment.objects.visible_to(secretary).filter(pk=photo.pk).exists()
    report = classified(report, category="domestic_violence", severity=1)
    assert (report.words, report.matter.lon, report.matter.is_sealed) == ("", None, True)
    assert queries.told(report)["words"] == "两口子吵架"
    assert not Attachment.objects.visible_to(secretary).filter(pk=photo.pk).exists()
    assert list(queries.files_of(report)) == [photo]
    report = reports.tell_result(
        report_id=signed(report, a_person("clerk")).pk, words="报了警", by=_owner(report), at=AT
    )
    assert report.result == ""
    assert queries.told(report)["result"] == "报了警"
    assert not Step.objects.filter(matter=report.matter, note__contains="报了警").exists()


def _owner(report):
    account = reports.fresh(report).matter.owner
    token, _ = a_session(account, at=AT)
    actor = accounts.actor_of_session(token, AT)
    assert actor is not None
    return actor


def test_a_sealed_one_stays_sealed_and_with_the_town():
    clerk = a_person("clerk")
    report = a_report(category="minor_harmed")
    reports.verify(report_id=report.pk, by=clerk, at=AT)
    for told in ({"category": "road"}, {"category": "minor_harmed", "level": "village"}):
        with pytest.raises(BadInput, match="stays_sealed"):
            classified(report, by=clerk, **told)


def test_who_told_it_stands_sealed():
    report = a_report(by=a_person("clerk"), how="phone", area=GRID, caller={"name": "赵二柱", "phone": "13812341234"})
    row = Report.objects.get(pk=report.pk)
    assert queries.caller(row) == {"name": "赵二柱", "phone": "13812341234"}
    assert "赵二柱".encode() not in bytes(row.caller_sealed)
    assert row.how == "phone"


def test_a_villager_reports_for_nobody_else():
    with pytest.raises(NotAllowed):
        a_report(how="phone")


def test_a_report_lies_where_its_home_does():
    home, _ = people.a_home(VILLAGE)
    home.grid_path, home.lon, home.lat = NEXT_GRID, 107.21, 40.91
    home.save()
    report = a_report(by=a_person("clerk"), household_id=home.pk)
    assert (report.area_path, report.matter.lon) == (NEXT_GRID, 107.21)
    with pytest.raises(NotFound):
        a_report(by=a_person("grid_worker", GRID), household_id=home.pk)
    with pytest.raises(NotFound):
        a_report(household_id=home.pk)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"words": "  "}, "say_or_show"),
        ({"category": "ufo"}, "no_such_category"),
        ({"file_ids": [ids.uuid7()] * 10}, "too_many_files"),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(changes, why):
    with pytest.raises(BadInput, match=why):
        a_report(**changes)
    assert not Report.objects.exists()


def test_likely_duplicates_are_suggested_and_merged_by_a_person():
    first = a_report(point=(107.2, 40.9), by=a_person("villager", GRID))
    second = a_report(point=(107.2003, 40.9), words="桥头的路塌了", at=AT + timedelta(hours=2))
    a_report(point=(107.3, 40.9))
    a_report(category="minor_harmed", words="渠东桥头的路塌了一块", point=(107.2, 40.9))
    clerk = a_person("clerk")
    (alike,) = queries.likely(second, clerk)
    assert alike.report == first
    workflow.merge(matter_id=second.matter_id, into=first.matter_id, by=clerk, at=AT)
    assert reports.fresh(second).matter.state == ReportState.MERGED
    assert queries.likely(first, clerk) == []


def test_a_town_writes_its_own_category_once_a_day():
    admin = a_person("town_admin")
    told = {
        "code": "sand", "group": "hazard", "zh": "沙埋路", "en": "sand on the road", "level": "village", "severity": 2,
        "valid_from": AT.date(), "source": "镇政府办公会", "by": admin, "at": AT,
    }  # fmt: skip
    categories.set_category(**told)
    assert a_report(category="sand").matter.title_params["category"] == "沙埋路"
    with pytest.raises(Conflict):
        categories.set_category(**told)
    with pytest.raises(BadInput):
        categories.set_category(**{**told, "valid_from": AT.date() + timedelta(days=2), "valid_until": AT.date()})
    with pytest.raises(NotAllowed):
        categories.set_category(**{**told, "by": a_person("clerk")})


def test_the_audit_holds_no_words():
    a_report(words="渠东桥头的路塌了一块")
    assert not [entry for entry in Entry.objects.all() if "塌" in str(entry.detail)]


def test_a_matter_of_a_report_is_the_same_for_the_inbox():
    report = a_report()
    assert workflow_queries.matters_for(a_person("grid_worker", GRID)).filter(pk=report.matter_id).exists()


def test_without_a_clerk_a_sealed_report_goes_to_nobody_who_may_not_see_it():
    a_person("village_secretary", VILLAGE)
    leader = a_person("town_leader")
    report = a_report(category="minor_harmed")
    assert WorkItem.objects.get(matter=report.matter).assignee_id == leader.account_id
    assert seen_by("village_secretary", VILLAGE) == []


def test_a_worker_who_sees_somebody_harmed_reports_it_though_it_lies_above_their_grid():
    report = a_report(by=a_person("grid_worker", GRID), category="minor_harmed", words="孩子身上有伤")
    assert (report.matter.state, report.matter.is_sealed, report.area_path) == (ReportState.VERIFIED, True, VILLAGE)
