"""Carrying a matter through the house: every act, who may, what it leaves behind."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from xiangyun.base.errors import BadInput, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.workflow import actions, queries
from xiangyun.kernel.workflow.models import Clock, Evidence, Extension, Matter, Stop, WorkItem
from xiangyun.kernel.workflow.tests.factories import (
    AT,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_carried,
    a_matter,
    a_person,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOUSE = system(TOWN)
HOME = ZoneInfo("Asia/Shanghai")

pytestmark = pytest.mark.usefixtures("house")


def fresh(matter):
    return Matter.objects.select_related("clock").get(pk=matter.pk)


def acts(matter):
    return [step.act for step in queries.history(matter)]


@pytest.fixture
def matter(secretary):
    """A matter in the village's hands, offered to its secretary's post."""
    made = a_carried(level="village")
    actions.route(made, by=HOUSE, at=AT)
    return made


@pytest.fixture
def owned(matter, secretary):
    actions.sign(matter_id=matter.pk, by=secretary, at=AT + HOUR)
    return matter


def test_a_matter_goes_to_the_role_of_its_level_and_all_who_hold_it_are_told(secretary, matter):
    other = a_person("village_secretary", NEXT_VILLAGE)
    item = queries.main_work(matter)
    assert (item.role, item.role_area, item.assignee, item.is_main) == ("village_secretary", VILLAGE, None, True)
    assert [one.account_id for one in Notice.objects.all()] == [secretary.account_id]
    assert queries.standings([fresh(matter)], secretary)[matter.pk].is_asked
    assert not queries.standings([fresh(matter)], other)[matter.pk].is_asked


def test_nobody_holds_the_role_so_the_duty_line_is_asked(clerk):
    officer = a_person("duty_officer")
    made = a_carried(level="village")
    assert actions.route(made, by=HOUSE, at=AT).assignee_id == officer.account_id


def test_nobody_at_all_and_the_matter_still_stands_open():
    item = actions.route(a_carried(level="village"), by=HOUSE, at=AT)
    assert (item.assignee, item.role, item.state) == (None, "", "open")


def test_signing_makes_an_owner(secretary, matter):
    item = actions.sign(matter_id=matter.pk, by=secretary, at=AT + HOUR, note="我来")
    assert (item.state, item.assignee_id, item.taken_at) == ("taken", secretary.account_id, AT + HOUR)
    found = fresh(matter)
    assert (found.owner_id, found.state) == (secretary.account_id, "handling")
    assert acts(matter) == ["opened", "routed", "signed", "moved"]
    again = actions.sign(matter_id=matter.pk, by=secretary, at=AT + DAY)
    assert again.taken_at == AT + HOUR
    assert "workflow.signed" in {entry.act for entry in Entry.objects.all()}


def test_who_was_not_asked_cannot_sign(matter, clerk):
    with pytest.raises(WrongState):
        actions.sign(matter_id=matter.pk, by=clerk, at=AT)


def test_taking_the_work_is_signing(secretary, matter):
    item = actions.take(work_id=queries.main_work(matter).pk, by=secretary, at=AT)
    assert (item.state, fresh(matter).owner_id) == ("taken", secretary.account_id)
    with pytest.raises(WrongState):
        actions.done(work_id=item.pk, by=secretary, at=AT)


def test_a_matter_is_given_to_a_named_person_or_to_a_role(matter, clerk):
    worker = a_person("grid_worker", f"{VILLAGE}.g01")
    leader = a_person("town_leader")
    with pytest.raises(NotAllowed):
        actions.assign(matter_id=matter.pk, account=clerk.account_id, by=a_person("agronomist"), at=AT)
    item = actions.assign(matter_id=matter.pk, account=leader.account_id, by=clerk, at=AT + HOUR, note="请您看看")
    assert (item.assignee_id, item.role, item.assigned_by_id) == (leader.account_id, "", clerk.account_id)
    item = actions.assign(matter_id=matter.pk, role="clerk", by=clerk, at=AT + HOUR)
    assert (item.assignee_id, item.role, item.role_area) == (None, "clerk", TOWN)
    assert WorkItem.objects.filter(matter=matter).count() == 1
    for bad in ({}, {"account": leader.account_id, "role": "clerk"}, {"role": "maintainer"}, {"role": "villager"}):
        with pytest.raises(BadInput):
            actions.assign(matter_id=matter.pk, by=clerk, at=AT, **bad)
    with pytest.raises(BadInput):
        # A grid worker of one grid does not work for the whole village.
        actions.assign(matter_id=matter.pk, account=worker.account_id, by=clerk, at=AT)


def test_it_is_given_back_once_with_a_reason(clerk, secretary, matter):
    actions.assign(matter_id=matter.pk, account=secretary.account_id, by=clerk, at=AT)
    actions.sign(matter_id=matter.pk, by=secretary, at=AT)
    with pytest.raises(BadInput):
        actions.send_back(matter_id=matter.pk, reason="  ", by=secretary, at=AT)
    with pytest.raises(NotAllowed):
        actions.send_back(matter_id=matter.pk, reason="不归我管", by=clerk, at=AT)
    item = actions.send_back(matter_id=matter.pk, reason="这是水利站的事", by=secretary, at=AT + HOUR)
    assert (item.assignee_id, item.state) == (clerk.account_id, "open")
    found = fresh(matter)
    assert (found.sent_back, found.owner_id, found.state) == (1, None, "reported")
    assert Notice.objects.filter(account=clerk.account_id, code="workflow.sent_back_to_you").count() == 1
    actions.assign(matter_id=matter.pk, account=secretary.account_id, by=clerk, at=AT)
    with pytest.raises(WrongState) as refusal:
        actions.send_back(matter_id=matter.pk, reason="还是不归我管", by=secretary, at=AT)
    assert refusal.value.status == 409


@pytest.mark.parametrize(("severity", "urgency"), [(1, "now"), (2, "soon"), (3, "plain")])
def test_whoever_is_asked_hears_of_what_is_grave_at_once(clerk, secretary, severity, urgency):
    matter = a_carried(level="village", severity=severity)
    actions.assign(matter_id=matter.pk, account=secretary.account_id, by=clerk, at=AT)
    assert Notice.objects.get(account=secretary.account_id, subject_id=str(matter.pk)).urgency == urgency


def test_others_help_and_the_owner_stays(secretary, owned):
    helper, stranger = a_person("agronomist"), a_person("agronomist", OTHER_TOWN)
    (item,) = actions.co_handle(matter_id=owned.pk, accounts=[helper.account_id], by=secretary, at=AT, note="看看地")
    assert (item.is_main, item.assignee_id) == (False, helper.account_id)
    assert actions.co_handle(matter_id=owned.pk, accounts=[helper.account_id], by=secretary, at=AT) == []
    actions.take(work_id=item.pk, by=helper, at=AT)
    actions.done(work_id=item.pk, by=helper, at=AT + HOUR, note="看过了")
    found = fresh(owned)
    assert (found.owner_id, found.state, found.closed_at) == (secretary.account_id, "handling", None)
    for bad in ([], [stranger.account_id]):
        with pytest.raises(BadInput):
            actions.co_handle(matter_id=owned.pk, accounts=bad, by=secretary, at=AT)


def test_up_and_down_the_levels_under_one_number_each_with_its_own_clock(clerk, secretary, owned):
    number, first = owned.number, fresh(owned).clock
    matter = actions.hand_up(matter_id=owned.pk, by=secretary, at=AT + DAY, note="村里办不了")
    assert (matter.number, matter.level, matter.state) == (number, "town", "reported")
    item = queries.main_work(matter)
    assert (item.role, item.role_area, item.state) == ("clerk", TOWN, "open")
    clock = fresh(matter).clock
    assert (clock.stage, clock.unit, clock.started_at, clock.basis) == (
        "town",
        "working_days",
        AT + DAY,
        "试行办法第三条",
    )
    assert Clock.objects.get(pk=first.pk).ended_at == AT + DAY
    assert matter.due_at == clock.due_at == item.due_at
    # The one who had it reads on, though it left the village.
    assert queries.matters_for(secretary).filter(pk=matter.pk).exists()
    matter = actions.send_down(matter_id=owned.pk, by=clerk, at=AT + 2 * DAY)
    assert (matter.number, matter.level) == (number, "village")
    assert queries.main_work(matter).role_area == VILLAGE
    assert acts(matter)[-2:] == ["sent_down", "routed"]
    actions.send_down(matter_id=owned.pk, by=clerk, at=AT + 2 * DAY)
    with pytest.raises(WrongState):
        actions.send_down(matter_id=owned.pk, by=clerk, at=AT + 2 * DAY)


def test_the_county_has_it_under_the_same_number_and_its_clock_waits_for_a_signature(clerk):
    matter = a_carried(level="town")
    actions.route(matter, by=HOUSE, at=AT)
    actions.hand_up(matter_id=matter.pk, by=clerk, at=AT)
    found = fresh(matter)
    assert (found.level, found.number) == ("banner", matter.number)
    assert found.clock.ended_at is not None
    with pytest.raises(WrongState):
        actions.hand_up(matter_id=matter.pk, by=clerk, at=AT)


def test_a_duplicate_points_to_the_one_that_is_kept_and_can_be_taken_apart(clerk, secretary, owned):
    villager = a_person("villager", VILLAGE)
    kept = a_carried(level="village")
    Matter.objects.filter(pk=owned.pk).update(reporter=villager.account_id)
    due_at = fresh(owned).due_at
    actions.merge(matter_id=owned.pk, into=kept.pk, by=clerk, at=AT + DAY)
    found = fresh(owned)
    assert (found.merged_into_id, found.outcome, found.closed_at, found.check_at) == (kept.pk, "merged", AT + DAY, None)
    assert WorkItem.objects.get(matter=owned).state == "dropped"
    assert acts(owned)[-1] == "merged"
    assert acts(kept)[-1] == "absorbed"
    assert queries.matters_for(villager).filter(pk=kept.pk).exists()
    with pytest.raises(WrongState):
        actions.reopen(matter_id=owned.pk, reason="没办好", by=clerk, at=AT)
    actions.unmerge(matter_id=owned.pk, by=clerk, at=AT + 2 * DAY)
    found = fresh(owned)
    assert (found.merged_into, found.closed_at, found.state, found.outcome) == (None, None, "handling", "")
    assert (found.due_at, found.clock.ended_at) == (due_at, None)
    item = WorkItem.objects.get(matter=owned)
    assert (item.state, item.assignee_id, item.done_at) == ("taken", secretary.account_id, None)
    with pytest.raises(WrongState):
        actions.unmerge(matter_id=owned.pk, by=clerk, at=AT)


def test_a_duplicate_whose_clock_stood_still_stands_still_again(clerk, secretary, owned):
    actions.suspend(matter_id=owned.pk, reason="等材料", waits_for="产权证", by=secretary, at=AT)
    actions.merge(matter_id=owned.pk, into=a_carried(level="village").pk, by=clerk, at=AT + DAY)
    actions.unmerge(matter_id=owned.pk, by=clerk, at=AT + 2 * DAY)
    found = fresh(owned)
    assert (found.stopped_at, found.clock.stopped_at, found.clock.stops.get().resumed_at) == (AT, AT, None)
    actions.resume(matter_id=owned.pk, by=secretary, at=AT + 3 * DAY)
    assert fresh(owned).stopped_at is None


def test_what_cannot_be_one(clerk, owned):
    sealed, plain = a_carried(level="village", is_sealed=True), a_matter()
    for bad in (owned, plain):
        with pytest.raises(BadInput):
            actions.merge(matter_id=owned.pk, into=bad.pk, by=clerk, at=AT)
    with pytest.raises(BadInput):
        actions.merge(matter_id=sealed.pk, into=owned.pk, by=clerk, at=AT)
    with pytest.raises(NotFound):
        actions.merge(matter_id=owned.pk, into=uuid4(), by=clerk, at=AT)
    with pytest.raises(WrongState):
        actions.merge(matter_id=plain.pk, into=owned.pk, by=clerk, at=AT)


def test_a_part_goes_on_under_its_own_number(clerk, secretary, owned):
    parts = actions.split(matter_id=owned.pk, titles=["路灯不亮", " ", "井盖坏了"], by=clerk, at=AT)
    assert [part.split_from_id for part in parts] == [owned.pk] * 2
    assert len({owned.number, *(part.number for part in parts)}) == 3
    assert queries.main_work(parts[0]).role_area == VILLAGE
    assert [step.note for step in queries.history(owned) if step.act == "split"] == [
        f"{parts[0].number} 路灯不亮",
        f"{parts[1].number} 井盖坏了",
    ]
    with pytest.raises(BadInput):
        actions.split(matter_id=owned.pk, titles=[" "], by=clerk, at=AT)


def test_the_clock_stands_still_while_something_is_waited_for(secretary, owned):
    before = fresh(owned).due_at
    actions.suspend(matter_id=owned.pk, reason="材料不全", waits_for="身份证复印件", by=secretary, at=AT + DAY)
    found = fresh(owned)
    assert (found.stopped_at, found.check_at, found.lamp) == (AT + DAY, None, "stopped")
    with pytest.raises(WrongState):
        actions.suspend(matter_id=owned.pk, reason="再等等", waits_for="", by=secretary, at=AT + DAY)
    actions.resume(matter_id=owned.pk, by=secretary, at=AT + 3 * DAY)
    found = fresh(owned)
    assert (found.stopped_at, found.lamp) == (None, "ok")
    # 21, 22 and 23 June did not count.
    assert found.due_at > before
    assert found.clock.last_day.isoformat() == "2026-06-26"
    assert Stop.objects.get().resumed_at == AT + 3 * DAY
    with pytest.raises(WrongState):
        actions.resume(matter_id=owned.pk, by=secretary, at=AT + 3 * DAY)


def test_closing_ends_a_stop_and_the_clock(secretary, owned):
    actions.suspend(matter_id=owned.pk, reason="等水退", waits_for="", by=secretary, at=AT + DAY)
    actions.close(matter_id=owned.pk, words="清好了", by=secretary, at=AT + 2 * DAY)
    found = fresh(owned)
    assert (found.stopped_at, found.check_at, found.clock.ended_at) == (None, None, AT + 2 * DAY)
    assert found.clock.stopped_at is None


def test_more_time_is_asked_for_and_granted_once(clerk):
    leader = a_person("town_leader")
    matter = a_carried(level="town")
    actions.route(matter, by=HOUSE, at=AT)
    with pytest.raises(NotAllowed):
        actions.ask_extension(matter_id=matter.pk, amount=1, reason="人手不够", by=clerk, at=AT)
    actions.sign(matter_id=matter.pk, by=clerk, at=AT)
    with pytest.raises(BadInput):
        actions.ask_extension(matter_id=matter.pk, amount=9, reason="人手不够", by=clerk, at=AT)
    before = fresh(matter).clock
    assert before.last_day.isoformat() == "2026-06-30"
    actions.ask_extension(matter_id=matter.pk, amount=8, reason="人手不够", by=clerk, at=AT)
    assert Notice.objects.filter(account=leader.account_id, code="workflow.extension_asked").count() == 1
    with pytest.raises(WrongState):
        actions.ask_extension(matter_id=matter.pk, amount=8, reason="人手不够", by=clerk, at=AT)
    with pytest.raises(NotAllowed):
        actions.grant_extension(matter_id=matter.pk, by=clerk, at=AT)
    actions.refuse_extension(matter_id=matter.pk, by=leader, at=AT, note="先办着")
    assert fresh(matter).due_at == before.due_at
    actions.ask_extension(matter_id=matter.pk, amount=5, reason="还要等省里答复", by=clerk, at=AT)
    actions.grant_extension(matter_id=matter.pk, by=leader, at=AT)
    after = fresh(matter).clock
    assert (after.extended, after.last_day.isoformat()) == (5, "2026-07-07")
    assert [one.is_granted for one in Extension.objects.order_by("asked_at", "id")] == [False, True]
    with pytest.raises(WrongState):
        actions.ask_extension(matter_id=matter.pk, amount=1, reason="再宽几天", by=clerk, at=AT)


def test_nobody_grants_themselves_more_time():
    leader = a_person("town_leader")
    matter = a_carried(level="town")
    actions.route(matter, by=HOUSE, at=AT)
    actions.sign(matter_id=matter.pk, by=leader, at=AT)
    actions.ask_extension(matter_id=matter.pk, amount=1, reason="人手不够", by=leader, at=AT)
    with pytest.raises(NotAllowed):
        actions.grant_extension(matter_id=matter.pk, by=leader, at=AT)
    actions.grant_extension(matter_id=matter.pk, by=a_person("town_leader"), at=AT)


def test_closing_with_what_proves_it(secretary, owned):
    photo = files.a_photo(TOWN, subject=None, by=secretary)
    step_before = len(acts(owned))
    with pytest.raises(BadInput):
        actions.close(matter_id=owned.pk, words="", by=secretary, at=AT)
    with pytest.raises(NotFound):
        actions.close(matter_id=owned.pk, words="清好了", evidence=[(uuid4(), "")], by=secretary, at=AT)
    actions.close(matter_id=owned.pk, words="渠清好了", evidence=[(photo.pk, "清完的样子")], by=secretary, at=AT)
    found = fresh(owned)
    assert (found.state, found.outcome, found.closed_at) == ("closed", "done", AT)
    item = WorkItem.objects.get(matter=owned)
    assert (item.state, item.outcome, item.note) == ("done", "done", "渠清好了")
    proof = Evidence.objects.get()
    assert (proof.file_id, proof.words, proof.step.act) == (photo.pk, "清完的样子", "closed")
    assert len(acts(owned)) == step_before + 2
    with pytest.raises(WrongState):
        actions.close(matter_id=owned.pk, words="再办一次", by=secretary, at=AT)


def test_what_was_not_settled_is_opened_again_and_counted(clerk, secretary, owned):
    with pytest.raises(WrongState):
        actions.reopen(matter_id=owned.pk, reason="没清干净", by=clerk, at=AT)
    actions.close(matter_id=owned.pk, words="清好了", by=secretary, at=AT)
    with pytest.raises(BadInput):
        actions.reopen(matter_id=owned.pk, reason="", by=clerk, at=AT)
    actions.reopen(matter_id=owned.pk, reason="没清干净", by=clerk, at=AT + DAY)
    found = fresh(owned)
    assert (found.reopened, found.closed_at, found.outcome, found.state) == (1, None, "", "reported")
    assert found.clock.started_at == AT + DAY
    assert queries.main_work(found).assignee_id == secretary.account_id


def test_a_remark_moves_nothing(secretary, owned):
    actions.note_on(matter_id=owned.pk, note="去看了一次，没人", by=secretary, at=AT + DAY)
    assert acts(owned)[-1] == "remarked"
    with pytest.raises(BadInput):
        actions.note_on(matter_id=owned.pk, note=" ", by=secretary, at=AT)


def test_a_plain_matter_knows_none_of_this(clerk):
    plain = a_matter()
    for act in (
        lambda: actions.assign(matter_id=plain.pk, role="clerk", by=clerk, at=AT),
        lambda: actions.hand_up(matter_id=plain.pk, by=clerk, at=AT),
        lambda: actions.close(matter_id=plain.pk, words="好了", by=clerk, at=AT),
        lambda: actions.note_on(matter_id=plain.pk, note="好了", by=clerk, at=AT),
    ):
        with pytest.raises(WrongState):
            act()
    assert fresh(plain).clock is None


def test_the_next_village_and_another_town_know_nothing_of_it(owned):
    for stranger in (a_person("village_secretary", NEXT_VILLAGE), a_person("clerk", OTHER_TOWN)):
        for act in (
            lambda by: actions.assign(matter_id=owned.pk, role="clerk", by=by, at=AT),
            lambda by: actions.sign(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.send_back(matter_id=owned.pk, reason="不归我", by=by, at=AT),
            lambda by: actions.co_handle(matter_id=owned.pk, accounts=[by.account_id], by=by, at=AT),
            lambda by: actions.hand_up(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.send_down(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.merge(matter_id=owned.pk, into=owned.pk, by=by, at=AT),
            lambda by: actions.unmerge(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.split(matter_id=owned.pk, titles=["一半"], by=by, at=AT),
            lambda by: actions.suspend(matter_id=owned.pk, reason="等", waits_for="", by=by, at=AT),
            lambda by: actions.resume(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.ask_extension(matter_id=owned.pk, amount=1, reason="忙", by=by, at=AT),
            lambda by: actions.grant_extension(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.refuse_extension(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.reopen(matter_id=owned.pk, reason="没好", by=by, at=AT),
            lambda by: actions.close(matter_id=owned.pk, words="好了", by=by, at=AT),
            lambda by: actions.note_on(matter_id=owned.pk, note="好了", by=by, at=AT),
            lambda by: actions.watch(matter_id=owned.pk, by=by, at=AT),
            lambda by: actions.unwatch(matter_id=owned.pk, by=by),
        ):
            with pytest.raises(NotFound):
                act(stranger)


def test_the_clock_of_hours_starts_with_the_stage_and_counts_from_the_moment():
    found = fresh(a_carried())
    assert (found.level, found.due_at, found.clock.last_day) == ("grid", AT + DAY, None)
    assert found.check_at == AT + 0.8 * DAY


def test_the_clock_of_days_ends_at_the_end_of_a_day():
    found = fresh(a_carried(level="village", at=datetime(2026, 9, 28, 10, tzinfo=HOME)))
    assert found.due_at == datetime(2026, 10, 9, tzinfo=HOME)
