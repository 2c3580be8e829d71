from datetime import timedelta
from uuid import uuid4

import pytest

from xiangyun.base.errors import BadInput, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.workflow import actions, queries, seeds
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.tests.factories import (
    AT,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_matter,
    a_person,
    a_shift,
    a_work_item,
)

MINUTE = timedelta(minutes=1)
HOUSE = system(TOWN)

pytestmark = pytest.mark.usefixtures("house")


def acts(matter):
    return [step.act for step in queries.history(matter)]


def test_numbers_count_within_a_town_and_a_day():
    numbers = [a_matter(area).number for area in (VILLAGE, NEXT_VILLAGE, f"{OTHER_TOWN}.201")]
    assert numbers == ["值班-0620-01", "值班-0620-02", "值班-0620-01"]
    assert a_matter(at=AT + timedelta(hours=12)).number == "值班-0621-01"


def test_the_person_on_duty_is_asked_and_told():
    officer = a_person()
    a_shift(officer)
    item = a_work_item()
    assert item.assignee_id == officer.account_id
    assert item.take_by_at == AT + 10 * MINUTE
    assert Notice.objects.get().account_id == officer.account_id
    assert acts(item.matter) == ["opened", "offered"]


def test_without_a_roster_the_duty_officer_of_the_town_is_asked():
    a_person("town_leader")
    officer = a_person("duty_officer")
    assert a_work_item().assignee_id == officer.account_id


def test_nobody_at_all_leaves_the_item_open_and_shown():
    item = a_work_item()
    assert (item.assignee_id, item.take_by_at, item.state) == (None, None, "open")


def test_taking_moves_the_matter_and_is_written_down():
    officer = a_person()
    item = actions.take(work_id=a_work_item().pk, by=officer, at=AT + MINUTE)
    assert (item.state, item.taken_at) == ("taken", AT + MINUTE)
    assert (item.matter.state, item.matter.owner_id) == ("in_hand", officer.account_id)
    assert acts(item.matter) == ["opened", "offered", "taken", "moved"]
    assert [entry.act for entry in Entry.objects.order_by("id")] == [
        "workflow.open_matter",
        "workflow.offered",
        "workflow.taken",
        "workflow.move",
    ]


def test_my_second_take_changes_nothing():
    officer = a_person()
    item = a_work_item()
    actions.take(work_id=item.pk, by=officer, at=AT)
    again = actions.take(work_id=item.pk, by=officer, at=AT + MINUTE)
    assert again.taken_at == AT
    assert acts(item.matter).count("taken") == 1


def test_who_was_first_stands_in_the_refusal():
    first, second = a_person(), a_person("clerk")
    item = a_work_item()
    actions.take(work_id=item.pk, by=first, at=AT)
    with pytest.raises(WrongState) as refusal:
        actions.take(work_id=item.pk, by=second, at=AT + MINUTE)
    assert refusal.value.extra == {"by": {"account": first.account, "name": "李强"}, "at": AT}


@pytest.mark.parametrize(("end", "outcome"), [(actions.done, "done"), (actions.false_alarm, "false_alarm")])
def test_finished_work_closes_its_matter(end, outcome):
    officer = a_person()
    item = a_work_item()
    actions.take(work_id=item.pk, by=officer, at=AT)
    item = end(work_id=item.pk, by=officer, at=AT + MINUTE, note="看过了")
    assert (item.state, item.outcome, item.done_at, item.note) == ("done", outcome, AT + MINUTE, "看过了")
    assert (item.matter.state, item.matter.outcome, item.matter.closed_at) == ("closed", outcome, AT + MINUTE)
    again = end(work_id=item.pk, by=officer, at=AT + 2 * MINUTE)
    assert again.done_at == AT + MINUTE


def test_a_matter_closes_with_the_last_of_its_work():
    officer = a_person()
    matter = a_matter()
    one, two = a_work_item(matter=matter), a_work_item(matter=matter)
    for item in (one, two):
        actions.take(work_id=item.pk, by=officer, at=AT)
    actions.done(work_id=one.pk, by=officer, at=AT)
    assert Matter.objects.get().closed_at is None
    actions.done(work_id=two.pk, by=officer, at=AT)
    assert Matter.objects.get().closed_at == AT


def test_work_that_nobody_took_cannot_be_finished():
    officer = a_person()
    with pytest.raises(WrongState):
        actions.done(work_id=a_work_item().pk, by=officer, at=AT)


def test_returned_work_goes_to_the_next_in_line():
    first, second = a_person(), a_person()
    a_shift(first)
    a_shift(second, rank=2)
    item = a_work_item()
    actions.take(work_id=item.pk, by=first, at=AT)
    item = actions.give_back(work_id=item.pk, by=first, at=AT + MINUTE)
    assert (item.state, item.assignee_id, item.matter.state, item.matter.owner_id) == (
        "open",
        second.account_id,
        "open",
        None,
    )


def test_work_is_escalated_to_the_leader_and_then_stays_unaccepted():
    officer, leader = a_person(), a_person("town_leader")
    a_shift(officer)
    item = a_work_item()
    assert actions.escalate(at=AT + 9 * MINUTE, by=HOUSE) == 0
    assert actions.escalate(at=AT + 10 * MINUTE, by=HOUSE) == 1
    item.refresh_from_db()
    assert (item.assignee_id, item.take_by_at) == (leader.account_id, AT + 20 * MINUTE)
    assert Notice.objects.filter(account=leader.account_id, code="workflow.offered_next").count() == 1
    assert actions.escalate(at=AT + 20 * MINUTE, by=HOUSE) == 1
    assert actions.escalate(at=AT + 90 * MINUTE, by=HOUSE) == 0
    item.refresh_from_db()
    assert (item.assignee_id, item.take_by_at, item.state) == (leader.account_id, None, "open")
    assert acts(item.matter) == ["opened", "offered", "unanswered", "unanswered"]


def test_the_town_sets_how_long_work_may_wait():
    admin = a_person("town_admin")
    actions.set_take_limit(area=TOWN, minutes=3, basis="值班制度第二条", by=admin, at=AT)
    actions.set_take_limit(area=VILLAGE, minutes=5, basis="", by=admin, at=AT)
    assert a_work_item(VILLAGE).take_by_at == AT + 5 * MINUTE
    assert a_work_item(NEXT_VILLAGE).take_by_at == AT + 3 * MINUTE


def test_a_leader_gives_work_to_somebody_else():
    officer, clerk, leader = a_person(), a_person("clerk"), a_person("town_leader")
    item = a_work_item()
    actions.take(work_id=item.pk, by=officer, at=AT)
    item = actions.reassign(work_id=item.pk, account=clerk.account_id, by=leader, at=AT + MINUTE)
    assert (item.state, item.assignee_id, item.matter.state) == ("open", clerk.account_id, "open")
    with pytest.raises(NotAllowed):
        actions.reassign(work_id=item.pk, account=clerk.account_id, by=clerk, at=AT)
    villager = a_person("villager", VILLAGE)
    with pytest.raises(BadInput):
        actions.reassign(work_id=item.pk, account=villager.account_id, by=leader, at=AT)


def test_a_viewer_of_work_cannot_take_it():
    overseer = a_person("county_viewer", "15.08.02")
    with pytest.raises(NotAllowed):
        actions.take(work_id=a_work_item().pk, by=overseer, at=AT)


def test_work_of_the_next_village_and_of_another_town_does_not_exist():
    secretary = a_person("village_secretary", NEXT_VILLAGE)
    stranger = a_person("duty_officer", OTHER_TOWN)
    a_person("duty_officer", TOWN)
    item = a_work_item(VILLAGE)
    for person in (secretary, stranger):
        with pytest.raises(NotFound):
            actions.take(work_id=item.pk, by=person, at=AT)


def test_what_was_given_to_me_exists_for_me_wherever_it_lies():
    helper = a_person("village_secretary", NEXT_VILLAGE)
    a_shift(helper, TOWN)
    item = a_work_item(VILLAGE)
    assert actions.take(work_id=item.pk, by=helper, at=AT).state == "taken"


def test_a_move_nobody_listed_cannot_happen():
    matter = a_matter()
    with pytest.raises(WrongState):
        actions.move(matter, to="burnt", by=HOUSE, at=AT)
    with pytest.raises(NotAllowed):
        actions.move(matter, to="in_hand", by=a_person("villager", VILLAGE), at=AT)


def test_a_shift_needs_a_post_for_the_place_and_an_end_after_its_start():
    admin, officer = a_person("town_admin"), a_person()
    facts = {"area": TOWN, "kind": "officer", "starts_at": AT, "ends_at": None, "by": admin, "at": AT}
    from xiangyun.kernel.workflow.rules import ShiftKind

    facts["kind"] = ShiftKind.OFFICER
    shift = actions.add_shift(account=officer.account_id, **facts)
    assert shift.phone == "0478-100 0001"
    with pytest.raises(BadInput):
        actions.add_shift(account=uuid4(), **facts)
    with pytest.raises(BadInput):
        actions.add_shift(account=officer.account_id, **{**facts, "ends_at": AT})
    with pytest.raises(NotFound):
        actions.add_shift(account=officer.account_id, **{**facts, "area": OTHER_TOWN})
    actions.end_shift(shift_id=shift.pk, by=admin, at=AT + MINUTE)
    assert list(queries.shifts(TOWN, AT + MINUTE)) == []


def test_filters_off_the_database_still_shows_only_the_town():
    a_work_item(VILLAGE)
    with doors.scoped(OTHER_TOWN):
        assert WorkItem.objects.count() == 0
    with doors.scoped(TOWN):
        assert WorkItem.objects.count() == 1


def test_a_process_that_beats_is_alive_for_a_while():
    actions.beat("worker", at=AT)
    actions.beat("worker", at=AT + MINUTE)
    assert queries.is_alive("worker", AT + MINUTE + timedelta(seconds=14))
    assert not queries.is_alive("worker", AT + 2 * MINUTE)
    assert not queries.is_alive("ingest", AT)


def test_the_demo_roster_asks_the_duty_officers_in_order_and_the_leader_last():
    leader = a_person("town_leader")
    second, first = a_person(account="b"), a_person(account="a")
    for _ in range(2):
        seeds.plant(TOWN, AT)
    assert queries.line_up(VILLAGE, AT) == [first.account_id, second.account_id, leader.account_id]


def test_who_is_asked_is_told_until_somebody_has_it():
    asked, following = a_person(), a_person()
    a_shift(asked, rank=1)
    a_shift(following, rank=2)
    item = a_work_item(matter=a_matter(severity=1))
    first = Notice.objects.get()
    assert (first.urgency, first.until_taken, first.settled_at) == ("now", True, None)
    actions.escalate(at=AT + 11 * MINUTE, by=HOUSE)
    second = Notice.objects.get(account=following.account_id)
    first.refresh_from_db()
    assert (first.settled_at, second.settled_at) == (AT + 11 * MINUTE, None)
    actions.take(work_id=item.pk, by=following, at=AT + 12 * MINUTE)
    second.refresh_from_db()
    assert second.settled_at == AT + 12 * MINUTE


def test_what_is_less_grave_waits_for_the_morning():
    a_shift(a_person())
    a_work_item(matter=a_matter(severity=3))
    assert Notice.objects.get().urgency == "soon"
