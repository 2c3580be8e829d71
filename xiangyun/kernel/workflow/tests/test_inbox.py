"""One inbox for everybody: boxes, clocks, counts, stand-ins, handing over."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.base.errors import BadInput, NotAllowed, NotFound
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.workflow import actions, queries
from xiangyun.kernel.workflow.models import Matter, StandIn, WorkItem
from xiangyun.kernel.workflow.tests.factories import (
    HOUSE,
    NEXT_VILLAGE,
    OTHER_TOWN,
    VILLAGE,
    a_browser_of,
    a_carried,
    a_matter,
    a_person,
    a_shift,
    a_work_item,
)

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def desk(clerk):
    return a_browser_of(clerk)


def a_routed(level="town", **changes):
    matter = a_carried(level=level, at=changes.pop("at", clock.now()), **changes)
    actions.route(matter, by=HOUSE, at=clock.now())
    return matter


def items(client, box, **filters):
    answer = client.get("/api/inbox", {"box": box, **filters})
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["total"] is None
    return answer.json()["items"]


def numbers(client, box, **filters):
    return [item["number"] for item in items(client, box, **filters)]


def test_through_the_boxes(clerk, desk):
    other = a_browser_of(a_person("clerk"))
    matter = a_routed()
    (item,) = items(desk, "todo")
    assert (item["number"], item["title"], item["has"], item["role"]) == (matter.number, "水渠堵了", None, "clerk")
    assert "sign" in item["may"]
    assert (item["clock"]["stage"], item["clock"]["lamp"], item["clock"]["basis"]) == ("town", "ok", "试行办法第三条")
    assert numbers(other, "todo") == [matter.number]
    actions.sign(matter_id=matter.pk, by=clerk, at=clock.now())
    assert (numbers(desk, "todo"), numbers(desk, "doing"), numbers(other, "todo")) == ([], [matter.number], [])
    assert items(desk, "doing")[0]["has"]["account"] == clerk.account
    actions.close(matter_id=matter.pk, words="好了", by=clerk, at=clock.now())
    assert (numbers(desk, "doing"), numbers(desk, "done")) == ([], [matter.number])
    assert items(desk, "done")[0]["outcome"] == "done"


def test_work_that_alerts_send_stands_there_too_with_its_own_time():
    officer = a_person()
    a_shift(officer)
    work = a_work_item(at=clock.now())
    (item,) = items(a_browser_of(officer), "todo")
    assert (item["work"], item["work_may"], item["may"]) == (str(work.pk), ["take", "reassign"], [])
    assert (item["clock"]["lamp"], item["clock"]["basis"], item["has"]["account"]) == ("ok", "", officer.account)


def test_late_is_late_and_what_stands_still_is_not(clerk, desk):
    late, still = a_routed(at=clock.now() - 60 * DAY), a_routed(at=clock.now() - 60 * DAY)
    actions.sign(matter_id=still.pk, by=clerk, at=clock.now() - 59 * DAY)
    actions.suspend(matter_id=still.pk, reason="等", waits_for="", by=clerk, at=clock.now() - 58 * DAY)
    assert numbers(desk, "late") == [late.number]
    assert items(desk, "late")[0]["clock"]["lamp"] == "late"
    counts = desk.get("/api/inbox/counts").json()
    assert (counts["late"], counts["stopped"], counts["todo"], counts["doing"]) == (1, 1, 1, 1)


def test_what_i_watch_or_reported(clerk, desk):
    matter = a_routed(level="village")
    villager = a_person("villager", VILLAGE)
    mine = a_routed(level="village", reporter=villager.account_id)
    actions.watch(matter_id=matter.pk, by=clerk, at=clock.now())
    assert numbers(desk, "watching") == [matter.number]
    phone = a_browser_of(villager)
    assert numbers(phone, "watching") == [mine.number]
    assert numbers(phone, "todo") == []
    assert phone.get("/api/inbox/counts").json()["watching"] == 1


def test_a_watched_matter_without_a_clock_reads_too(clerk, desk):
    matter = a_matter()
    actions.watch(matter_id=matter.pk, by=clerk, at=clock.now())
    [item] = items(desk, "watching")
    assert (item["number"], item["clock"], item["due_at"], item["work"]) == (matter.number, None, None, None)


def test_a_watcher_who_may_no_longer_see_it_sees_it_no_more(clerk, desk):
    matter = a_routed(level="village")
    officer = a_person("duty_officer")
    actions.watch(matter_id=matter.pk, by=officer, at=clock.now())
    Matter.objects.filter(pk=matter.pk).update(is_sealed=True)
    assert numbers(a_browser_of(officer), "watching") == []


def test_counts_by_when_it_is_due(clerk, desk):
    now = clock.now()
    for days in (-1, 0, 2, 30):
        matter = a_routed()
        WorkItem.objects.filter(matter=matter).update(due_at=now + days * DAY + timedelta(minutes=5))
    counts = desk.get("/api/inbox/counts").json()
    assert counts["late"] == 1
    assert counts["today"] + counts["three_days"] == 2
    assert (counts["later"], counts["todo"]) == (1, 4)


def test_filters(clerk, desk):
    here, there = a_routed(area=VILLAGE), a_routed(area=NEXT_VILLAGE, title=("workflow.titled", {"words": "路灯"}))
    assert numbers(desk, "todo", area=NEXT_VILLAGE) == [there.number]
    assert numbers(desk, "todo", kind="workflow.errand", q=here.number[-2:]) == [here.number]
    assert numbers(desk, "todo", q="路灯") == [there.number]
    assert numbers(desk, "todo", kind="grid.other") == []
    assert desk.get("/api/inbox?box=everything").status_code == 422


def test_pages_follow_one_another(desk):
    made = [a_routed().number for _ in range(3)]
    first = desk.get("/api/inbox?box=todo&limit=2").json()
    second = desk.get("/api/inbox", {"box": "todo", "limit": 2, "cursor": first["next"]}).json()
    assert [item["number"] for item in (*first["items"], *second["items"])] == made


def test_pages_put_together_what_is_late_of_mine_and_of_my_post(clerk, desk):
    made = [a_routed(at=clock.now() - n * DAY) for n in (64, 63, 62, 61, 60)]
    for matter in made[1::2]:
        actions.sign(matter_id=matter.pk, by=clerk, at=clock.now() - 59 * DAY)
    found, cursor = [], ""
    for _ in range(5):
        answer = desk.get("/api/inbox", {"box": "late", "limit": 1, "cursor": cursor}).json()
        found += [item["number"] for item in answer["items"]]
        cursor = answer["next"] or ""
    assert (found, cursor) == ([matter.number for matter in made], "")


def test_nobody_has_no_inbox_and_another_town_an_empty_one():
    a_routed()
    assert Client().get("/api/inbox").status_code == 401
    assert Client().get("/api/inbox/counts").status_code == 401
    for role, area in (("clerk", OTHER_TOWN), ("village_secretary", NEXT_VILLAGE)):
        assert numbers(a_browser_of(a_person(role, area)), "todo") == []


@pytest.mark.parametrize("box", ["todo", "doing", "done", "late", "watching"])
def test_a_box_asks_the_same_for_one_row_and_three(clerk, desk, box):
    def fill():
        matter = a_routed(at=clock.now() - 60 * DAY)
        actions.watch(matter_id=matter.pk, by=clerk, at=clock.now())
        if box in ("doing", "done"):
            actions.sign(matter_id=matter.pk, by=clerk, at=clock.now())
        if box == "done":
            actions.close(matter_id=matter.pk, words="好了", by=clerk, at=clock.now())

    def asked(n):
        with CaptureQueriesContext(connection) as seen:
            assert len(items(desk, box)) == n
        return len(seen)

    fill()
    items(desk, box)
    one = asked(1)
    fill()
    fill()
    assert asked(3) == one
    with CaptureQueriesContext(connection) as seen:
        desk.get("/api/inbox/counts")
    assert len(seen) <= 8


# Stand-ins


def away(person, deputy, **changes):
    now = clock.now()
    facts = {"starts_at": now - DAY, "ends_at": now + DAY, "by": person, "at": now, **changes}
    return actions.stand_in(account=person.account_id, deputy=deputy.account_id, **facts)


def test_offers_go_to_the_deputy_and_say_so(clerk, desk):
    deputy = a_person("clerk")
    away(clerk, deputy)
    matter = a_carried(level="town", at=clock.now())
    actions.assign(matter_id=matter.pk, account=clerk.account_id, by=a_person("town_leader"), at=clock.now())
    (item,) = items(a_browser_of(deputy), "todo")
    assert (item["in_place_of"]["account"], item["has"]["account"]) == (clerk.account, deputy.account)
    assert numbers(desk, "todo") == []
    assert Notice.objects.filter(account=deputy.account_id, code="workflow.assigned").count() == 1


def test_duty_goes_to_the_deputy_too_and_is_not_called_unaccepted():
    officer, deputy = a_person(), a_person()
    a_shift(officer)
    away(officer, deputy)
    item = a_work_item(at=clock.now())
    assert (item.assignee_id, item.in_place_of_id) == (deputy.account_id, officer.account_id)
    assert item.asked == [officer.account_id]


def test_after_the_time_or_its_end_the_person_is_asked_again(clerk):
    deputy = a_person("clerk")
    row = away(clerk, deputy)
    assert queries.deputy_of(clerk.account_id, clock.now() + 2 * DAY) is None
    actions.end_stand_in(stand_in_id=row.pk, by=clerk, at=clock.now())
    assert queries.deputy_of(clerk.account_id, clock.now()) is None


def test_who_may_stand_in_for_whom(clerk):
    deputy, leader = a_person("clerk"), a_person("town_leader")
    stranger = a_person("clerk", OTHER_TOWN)
    for bad in (clerk, stranger, a_person("villager", VILLAGE)):
        with pytest.raises(BadInput):
            away(clerk, bad)
    with pytest.raises(BadInput):
        away(clerk, deputy, ends_at=clock.now() - timedelta(hours=1))
    with pytest.raises(NotAllowed):
        away(clerk, deputy, by=deputy)
    with pytest.raises(NotFound):
        away(clerk, deputy, by=stranger)
    away(clerk, deputy, by=leader)
    with pytest.raises(BadInput):
        away(clerk, deputy)
    assert StandIn.objects.count() == 1


def test_stand_ins_over_http(clerk, desk):
    deputy = a_person("clerk")
    now = clock.now()
    body = {"deputy": deputy.account, "starts_at": now.isoformat(), "ends_at": (now + DAY).isoformat()}
    made = desk.post("/api/stand_ins", body, content_type="application/json")
    assert (made.status_code, made.json()["account"]["account"]) == (201, clerk.account)
    assert [row["deputy"]["account"] for row in desk.get("/api/stand_ins").json()["items"]] == [deputy.account]
    stranger = a_browser_of(a_person("clerk", OTHER_TOWN))
    end = f"/api/stand_ins/{made.json()['id']}/end"
    assert stranger.generic("POST", end).status_code == 404
    assert Notice.objects.filter(account=deputy.account_id, code="workflow.stands_in").count() == 1
    assert not Notice.objects.filter(code="workflow.stood_in_for").exists()
    assert desk.get("/api/stand_ins?ended=true").json()["total"] == 0
    ended = desk.generic("POST", end)
    assert [desk.get(f"/api/stand_ins?ended={on}").json()["total"] for on in ("true", "false")] == [1, 0]
    assert (ended.status_code, ended.json()["is_on"]) == (200, False)
    assert Client().post("/api/stand_ins", body, content_type="application/json").status_code == 401


def test_all_open_work_goes_over_in_one_act(clerk, desk):
    other = a_person("clerk")
    taken, offered = a_routed(), a_carried(level="town", at=clock.now())
    actions.sign(matter_id=taken.pk, by=clerk, at=clock.now())
    actions.assign(matter_id=offered.pk, account=clerk.account_id, by=a_person("town_leader"), at=clock.now())
    look = desk.post("/api/inbox/hand_over/look", {"to": other.account}, content_type="application/json").json()
    assert (look["n"], look["stays"], [one["n"] for one in look["went"]]) == (2, 0, [2])
    assert set(numbers(desk, "doing")) == {taken.number}
    answer = desk.post("/api/inbox/hand_over", {"to": other.account, "note": "调走"}, content_type="application/json")
    assert answer.status_code == 200, answer.content.decode()
    assert {row["number"] for row in answer.json()["went"]} == {taken.number, offered.number}
    assert answer.json()["stayed"] == []
    assert (numbers(desk, "todo"), numbers(desk, "doing")) == ([], [])
    theirs = a_browser_of(other)
    assert (numbers(theirs, "doing"), numbers(theirs, "todo")) == ([taken.number], [offered.number])
    assert Matter.objects.get(pk=taken.pk).owner_id == other.account_id
    assert Notice.objects.filter(account=other.account_id, code="workflow.handed_over").get().params["n"] == 2
    # Whoever had it before reads on.
    assert desk.get(f"/api/matters/{taken.pk}").status_code == 200
    assert "handed_over" in [step.act for step in queries.history(taken)]


def test_what_the_other_may_not_have_stays(clerk):
    matter = a_routed(area=VILLAGE)
    actions.sign(matter_id=matter.pk, by=clerk, at=clock.now())
    neighbour = a_person("village_secretary", NEXT_VILLAGE)
    over = actions.hand_over(account=clerk.account_id, to=neighbour.account_id, by=clerk, at=clock.now())
    assert (len(over.went), len(over.stayed)) == (0, 1)
    with pytest.raises(NotAllowed):
        actions.hand_over(account=clerk.account_id, to=neighbour.account_id, by=a_person("clerk"), at=clock.now())
    with pytest.raises(BadInput):
        actions.hand_over(account=clerk.account_id, to=clerk.account_id, by=clerk, at=clock.now())
    leader = a_person("town_leader")
    actions.hand_over(account=clerk.account_id, to=a_person("clerk").account_id, by=leader, at=clock.now())
    assert WorkItem.objects.filter(assignee=clerk.account_id).count() == 0
    [told] = Notice.objects.filter(account=clerk.account_id, code="workflow.handed_over_for_you")
    assert (told.params["name"], told.params["n"]) == (leader.name, 1)
