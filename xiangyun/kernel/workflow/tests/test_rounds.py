"""What the house does by the clock: who is told, what goes up, what is counted anew; never twice."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.workflow import actions, queries, rules
from xiangyun.kernel.workflow.models import CalendarDay, Matter
from xiangyun.kernel.workflow.tests.factories import AT, OTHER_TOWN, TOWN, VILLAGE, a_carried, a_person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOUSE = system(TOWN)
HOME = ZoneInfo("Asia/Shanghai")

pytestmark = pytest.mark.usefixtures("house")


def fresh(matter):
    return Matter.objects.select_related("clock", "owner").get(pk=matter.pk)


def acts(matter):
    return [step.act for step in queries.history(matter)]


def notices(person):
    return [notice.code for notice in Notice.objects.filter(account=person.account_id).order_by("created_at", "id")]


def a_routed(**changes):
    matter = a_carried(**changes)
    actions.route(matter, by=HOUSE, at=changes.get("at", AT))
    return matter


def test_whoever_has_it_is_told_once_that_time_runs_short():
    worker = a_person("grid_worker", VILLAGE)
    matter = a_routed()
    assert actions.turn_clocks(at=AT + 19 * HOUR, by=HOUSE) == 0
    assert actions.turn_clocks(at=AT + 20 * HOUR, by=HOUSE) == 1
    assert notices(worker) == ["workflow.assigned", "workflow.due_soon"]
    found = fresh(matter)
    assert (found.lamp, found.check_at) == ("warn", AT + DAY)
    assert actions.turn_clocks(at=AT + 21 * HOUR, by=HOUSE) == 0


@pytest.mark.parametrize(("severity", "urgency"), [(2, "soon"), (3, "plain")])
def test_of_what_is_grave_and_late_somebody_hears_the_same_day(severity, urgency):
    secretary = a_person("village_secretary", VILLAGE)
    a_routed(severity=severity)
    actions.turn_clocks(at=AT + DAY, by=HOUSE)
    assert Notice.objects.get(account=secretary.account_id, code="workflow.overdue_below").urgency == urgency


def test_what_is_late_goes_up_a_level_with_a_clock_of_its_own():
    worker, secretary = a_person("grid_worker", VILLAGE), a_person("village_secretary", VILLAGE)
    matter = a_routed()
    item = actions.sign(matter_id=matter.pk, by=worker, at=AT)
    assert actions.turn_clocks(at=AT + DAY, by=HOUSE) == 1
    found = fresh(matter)
    assert (found.level, found.state, found.owner, found.lamp) == ("village", "reported", None, "ok")
    assert (found.clock.stage, found.clock.started_at) == ("village", AT + DAY)
    # 22, 23 and 24 June
    assert found.due_at == found.clock.due_at == datetime(2026, 6, 25, tzinfo=HOME)
    item.refresh_from_db()
    assert (item.role, item.role_area, item.state, item.due_at) == ("village_secretary", VILLAGE, "open", found.due_at)
    assert acts(matter)[-3:] == ["overdue", "escalated", "moved"]
    assert notices(secretary) == ["workflow.overdue_below"]
    assert notices(worker)[-1] == "workflow.overdue"
    assert Entry.objects.filter(act="workflow.escalated").count() == 1
    assert actions.turn_clocks(at=AT + DAY, by=HOUSE) == 0
    # The worker had it before and reads on; taking it is the secretary's now.
    assert queries.matters_for(worker).filter(pk=matter.pk).exists()


def test_at_the_top_the_leader_is_told_and_nothing_more_happens():
    leader, clerk = a_person("town_leader"), a_person("clerk")
    matter = a_routed(level="town")
    Matter.objects.filter(pk=matter.pk).update(level="banner")
    end = fresh(matter).due_at
    actions.turn_clocks(at=end, by=HOUSE)
    assert notices(leader) == ["workflow.overdue"]
    assert notices(clerk)[-1] == "workflow.overdue"
    found = fresh(matter)
    assert (found.lamp, found.check_at, found.level) == ("late", None, "banner")


def test_many_at_once_are_one_notice():
    worker = a_person("grid_worker", VILLAGE)
    for _ in range(3):
        a_routed()
    assert actions.turn_clocks(at=AT + 20 * HOUR, by=HOUSE) == 3
    assert notices(worker).count("workflow.due_soon_many") == 1
    notice = Notice.objects.get(code="workflow.due_soon_many")
    assert (notice.params, notice.subject_kind) == ({"n": 3}, "inbox")


def test_a_leader_who_may_not_see_a_sealed_matter_is_told_nothing(monkeypatch):
    monkeypatch.setitem(access._granted, rules.SEE_SEALED, access.Ability(rules.SEE_SEALED, ()))
    leader, clerk = a_person("town_leader"), a_person("clerk")
    matter = a_routed(level="town", is_sealed=True)
    Matter.objects.filter(pk=matter.pk).update(level="banner")
    actions.turn_clocks(at=fresh(matter).due_at, by=HOUSE)
    assert notices(leader) == []
    assert notices(clerk) == ["workflow.assigned", "workflow.overdue"]


def test_a_clock_that_stands_still_is_left_alone():
    worker = a_person("grid_worker", VILLAGE)
    matter = a_routed()
    actions.sign(matter_id=matter.pk, by=worker, at=AT)
    actions.suspend(matter_id=matter.pk, reason="等水退", waits_for="", by=worker, at=AT + HOUR)
    assert actions.turn_clocks(at=AT + 90 * DAY, by=HOUSE) == 0
    actions.resume(matter_id=matter.pk, by=worker, at=AT + 30 * DAY)
    assert fresh(matter).due_at == AT + 31 * DAY - HOUR


def test_another_town_turns_its_own_alone():
    a_routed(area=VILLAGE)
    assert actions.turn_clocks(at=AT + 9 * DAY, by=system(OTHER_TOWN)) == 0
    assert actions.turn_clocks(at=AT + 9 * DAY, by=HOUSE) == 1


YEAR_END = datetime(2026, 12, 29, 9, tzinfo=HOME)
OFF = ["01-01", "01-02", "01-03", "02-05", "02-06", "04-05", "05-01", "10-01", "10-02", "10-03"]


def the_notice_of_2027(area=TOWN):
    for day in OFF:
        CalendarDay.objects.create(
            area_path=area, on=date.fromisoformat(f"2027-{day}"), is_working=False, basis="国务院办公厅通知"
        )
    CalendarDay.objects.create(area_path=area, on=date(2027, 1, 9), is_working=True, basis="国务院办公厅通知")


@pytest.mark.parametrize("area", [TOWN, "15.08.02"])
def test_a_clock_counted_without_knowing_the_year_says_so_until_it_is_known(area):
    matter = a_carried(level="town", at=YEAR_END)
    found = fresh(matter)
    # 30, 31 December, then Monday to Friday from New Year: a guess.
    assert (found.clock.unsure_year, found.clock.last_day) == (2027, date(2027, 1, 7))
    assert queries.unsure_years(TOWN) == [(2027, 1)]
    assert actions.recount_unsure(at=YEAR_END, by=HOUSE) == 0
    the_notice_of_2027(TOWN)
    assert actions.recount_unsure(at=YEAR_END, by=HOUSE) == 1
    found = fresh(matter)
    assert (found.clock.unsure_year, found.clock.last_day) == (None, date(2027, 1, 8))
    assert found.due_at == found.clock.due_at
    assert acts(matter)[-1] == "recounted"
    assert actions.recount_unsure(at=YEAR_END, by=HOUSE) == 0


def test_the_year_that_is_asked_for_soon():
    assert queries.needs_year(TOWN, datetime(2026, 11, 27, tzinfo=HOME)) is None
    assert queries.needs_year(TOWN, datetime(2026, 12, 1, tzinfo=HOME)) == 2027
    the_notice_of_2027()
    assert queries.needs_year(TOWN, datetime(2026, 12, 1, tzinfo=HOME)) is None
