"""Matters over HTTP: each act by the right person, its refusals, and what a page is told."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.workflow import actions
from xiangyun.kernel.workflow.tests.factories import (
    CARRIED,
    HOUSE,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_browser_of,
    a_carried,
    a_matter,
    a_person,
    a_work_item,
)

pytestmark = pytest.mark.usefixtures("house")

PLAIN = ("sign", "assign", "hand_up", "send_down", "unmerge", "resume", "grant_extension", "refuse_extension")
BODIES = {
    "send_back": {"reason": "不归我"},
    "co_handle": {"accounts": ["nobody"]},
    "merge": {"into": "00000000-0000-7000-8000-000000000000"},
    "split": {"titles": ["一半"]},
    "suspend": {"reason": "等"},
    "ask_extension": {"reason": "忙", "amount": 1},
    "close": {"words": "好了"},
    "reopen": {"reason": "没好"},
    "remark": {"note": "好了"},
}
ACTS = (*PLAIN, *BODIES, "watch", "unwatch")


def post(client, matter, act, **body):
    return client.post(f"/api/matters/{matter.pk}/{act}", body, content_type="application/json")


def ok(answer):
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


@pytest.fixture
def matter(secretary):
    made = a_carried(level="village", at=clock.now())
    actions.route(made, by=HOUSE, at=clock.now())
    return made


def test_from_assigned_to_closed_and_opened_again(matter, secretary, clerk):
    desk, village = a_browser_of(clerk), a_browser_of(secretary)
    shown = village.get(f"/api/matters/{matter.pk}").json()
    assert set(shown["may"]) == {
        *("assign", "sign", "send_back", "co_handle", "hand_up", "send_down", "merge", "split", "suspend", "close"),
        "remark",
    }
    assert (shown["level"], shown["level_name"], shown["work"][0]["role_name"]) == ("village", "村", "村支书")
    told = ok(post(village, matter, "sign", note="我来"))
    assert (told["owner"]["account"], told["state"]) == (secretary.account, "handling")
    assert "close" in told["may"]
    assert "sign" not in told["may"]
    helper = a_person("agronomist")
    told = ok(post(village, matter, "co_handle", accounts=[helper.account], note="看看地"))
    assert [item["is_main"] for item in told["work"]] == [True, False]
    told = ok(post(village, matter, "suspend", reason="材料不全", waits_for="照片"))
    assert (told["clock"]["lamp"], told["clock"]["left"], told["clock"]["says"]) == ("stopped", "stopped", "停表")
    assert told["stops"][0]["waits_for"] == "照片"
    told = ok(post(village, matter, "resume"))
    assert told["clock"]["lamp"] == "ok"
    assert ok(post(village, matter, "remark", note="去看过了"))["history"][-1]["note"] == "去看过了"
    photo = files.a_photo(TOWN, subject=None, by=secretary, at=clock.now())
    told = ok(post(village, matter, "close", words="清好了", evidence=[{"file": str(photo.pk), "words": "清完"}]))
    assert (told["state"], told["outcome"]) == ("closed", "done")
    assert [step["evidence"] for step in told["history"] if step["act"] == "closed"] == [
        [{"file": str(photo.pk), "words": "清完"}]
    ]
    told = ok(post(desk, matter, "reopen", reason="没清干净"))
    assert (told["reopened"], told["closed_at"]) == (1, None)
    assert "李强重新打开" in [step["says"] for step in told["history"]]


def test_up_down_and_back(matter, secretary, clerk):
    desk, village = a_browser_of(clerk), a_browser_of(secretary)
    ok(post(village, matter, "sign"))
    told = ok(post(village, matter, "hand_up", note="办不了"))
    assert (told["level"], told["clock"]["unit"], told["number"]) == ("town", "working_days", matter.number)
    assert "李强上报到镇" in [step["says"] for step in told["history"]]
    told = ok(post(desk, matter, "send_down"))
    assert told["level"] == "village"
    told = ok(post(desk, matter, "assign", account=secretary.account))
    ok(post(village, matter, "sign"))
    told = ok(post(village, matter, "send_back", reason="是水利站的事"))
    assert told["sent_back"] == 1
    ok(post(desk, matter, "assign", role="village_secretary"))
    refused = post(village, matter, "send_back", reason="还是不归我")
    assert refused.status_code == 409
    assert "退回过一次" in refused.json()["detail"]


def test_more_time(clerk):
    matter = a_carried(level="town", at=clock.now())
    actions.route(matter, by=HOUSE, at=clock.now())
    desk, leader = a_browser_of(clerk), a_browser_of(a_person("town_leader"))
    ok(post(desk, matter, "sign"))
    assert post(desk, matter, "ask_extension", amount=0, reason="忙").status_code == 422
    told = ok(post(desk, matter, "ask_extension", amount=3, reason="人手不够"))
    assert (told["extensions"][0]["is_granted"], told["may"].count("grant_extension")) == (None, 0)
    assert post(desk, matter, "grant_extension").status_code == 403
    told = ok(leader.get(f"/api/matters/{matter.pk}"))
    assert {"grant_extension", "refuse_extension"} <= set(told["may"])
    told = ok(post(leader, matter, "grant_extension", note="准"))
    assert (told["clock"]["extended"], told["extensions"][0]["is_granted"]) == (3, True)


def test_one_of_two_and_several_of_one(matter, clerk):
    desk = a_browser_of(clerk)
    other = a_carried(level="village", at=clock.now())
    told = ok(post(desk, other, "merge", into=str(matter.pk)))
    assert told["merged_into"] == {"id": str(matter.pk), "number": matter.number}
    assert ok(desk.get(f"/api/matters/{matter.pk}"))["merged"] == [{"id": str(other.pk), "number": other.number}]
    assert ok(post(desk, other, "unmerge"))["merged_into"] is None
    told = ok(post(desk, matter, "split", titles=["路灯不亮"]))
    assert len(told["parts"]) == 1
    part = ok(desk.get(f"/api/matters/{told['parts'][0]['id']}"))
    assert (part["title"], part["split_from"]["number"]) == ("路灯不亮", matter.number)


def test_watching(matter, clerk):
    desk = a_browser_of(clerk)
    assert ok(post(desk, matter, "watch"))["is_watched"]
    assert ok(post(desk, matter, "watch"))["is_watched"]
    assert not ok(post(desk, matter, "unwatch"))["is_watched"]


def test_the_same_op_id_acts_once(matter, secretary):
    village = a_browser_of(secretary)
    op_id = str(ids.uuid7())
    first = post(village, matter, "sign", op_id=op_id)
    again = post(village, matter, "sign", op_id=op_id)
    assert (first.status_code, again.json()) == (200, first.json())
    assert post(village, matter, "sign", op_id=op_id, note="不一样").status_code == 409


@pytest.mark.parametrize("act", ACTS)
def test_nobody_a_villager_the_next_village_and_another_town_act_on_nothing(matter, act):
    assert post(Client(), matter, act, **BODIES.get(act, {})).status_code == 401
    villager = a_browser_of(a_person("villager", VILLAGE))
    assert post(villager, matter, act, **BODIES.get(act, {})).status_code == 403
    for role, area in (("village_secretary", NEXT_VILLAGE), ("clerk", OTHER_TOWN)):
        stranger = a_browser_of(a_person(role, area))
        assert post(stranger, matter, act, **BODIES.get(act, {})).status_code == 404


def test_a_villager_reads_the_whole_of_what_they_reported_and_nothing_else(matter):
    villager = a_person("villager", VILLAGE)
    theirs = a_carried(level="village", reporter=villager.account_id, at=clock.now())
    phone = a_browser_of(villager)
    shown = ok(phone.get(f"/api/matters/{theirs.pk}"))
    assert (shown["reporter"]["account"], shown["may"]) == (villager.account, [])
    assert [step["act"] for step in shown["history"]] == ["opened"]
    assert phone.get(f"/api/matters/{matter.pk}").status_code == 404


def test_a_sealed_matter_is_in_no_list_figure_or_work_of_others(clerk):
    officer = a_browser_of(a_person("duty_officer"))
    desk = a_browser_of(clerk)
    sealed = a_carried(level="town", is_sealed=True, at=clock.now())
    actions.route(sealed, by=HOUSE, at=clock.now())
    assert officer.get(f"/api/matters/{sealed.pk}").status_code == 404
    for path in ("/api/matters", "/api/work", "/api/inbox", "/api/inbox?box=watching"):
        assert officer.get(path).json()["items"] == []
    figure = desk.get(f"/api/figures/workflow.open_matters/rows?area={TOWN}").json()
    assert (figure["figure"]["value"], figure["items"]) == (0, [])
    assert [item["number"] for item in desk.get("/api/matters").json()["items"]] == [sealed.number]
    assert [item["title"] for item in desk.get("/api/inbox").json()["items"]] == ["水渠堵了"]


def test_the_list_asks_the_same_for_one_row_and_three(clerk):
    desk = a_browser_of(clerk)

    def asked():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert desk.get("/api/matters?state=open").status_code == 200
        return len(seen)

    a_carried(level="town", at=clock.now())
    desk.get("/api/matters?state=open")
    one = asked()
    for _ in range(2):
        a_carried(level="town", at=clock.now())
    a_matter()
    assert asked() == one


def test_a_page_asks_the_same_whatever_happened(matter, secretary, clerk):
    desk = a_browser_of(clerk)
    path = f"/api/matters/{matter.pk}"
    desk.get(path)
    with CaptureQueriesContext(connection) as few:
        desk.get(path)
    for _ in range(3):
        actions.note_on(matter_id=matter.pk, note="又看了一次", by=clerk, at=clock.now())
    with CaptureQueriesContext(connection) as many:
        desk.get(path)
    assert len(many) == len(few)


def test_a_wall_asks_without_what_is_sealed():
    for is_sealed in (False, True):
        a_work_item(matter=a_carried(level="town", is_sealed=is_sealed))
    leader = a_browser_of(a_person("town_leader", TOWN))
    every = leader.get("/api/work").json()["items"]
    told = leader.get("/api/work?is_sealed=false").json()["items"]
    assert sorted(one["is_sealed"] for one in every) == [False, True]
    assert [(one["is_sealed"], one["matter_kind"], one["stopped_at"]) for one in told] == [(False, CARRIED.code, None)]
