import base64
import hashlib
import json

import pytest
from django.test import Client

from xiangyun.base import clock, ids
from xiangyun.base.crypto import Suite
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor, Post
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.workflow import actions
from xiangyun.kernel.workflow.models import DutyShift, Op
from xiangyun.kernel.workflow.tests.factories import (
    AT,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_browser_of,
    a_matter,
    a_person,
    a_shift,
    a_work_item,
)

pytestmark = pytest.mark.usefixtures("house")


def post(client, path, **body):
    return client.post(path, body, content_type="application/json")


@pytest.fixture
def officer():
    return a_person()


@pytest.fixture
def desk(officer):
    return a_browser_of(officer)


def test_my_open_work_is_listed_with_the_moves_open_to_me(officer, desk):
    a_shift(officer)
    item = a_work_item()
    answer = desk.get("/api/work?state=open&mine=true").json()
    assert (answer["total"], answer["next"]) == (1, None)
    shown = answer["items"][0]
    assert shown["id"] == str(item.pk)
    assert shown["number"] == "值班-0620-01"
    assert shown["title"] == "去看一看"
    assert shown["assignee"] == {"account": officer.account, "name": "李强"}
    assert shown["may"] == ["take", "reassign"]
    assert shown["rule"] == "heavy_rain"
    assert (shown["area"], shown["area_name"]) == (VILLAGE, "迎丰村")


def test_taking_finishing_and_who_was_first(officer, desk):
    item = a_work_item()
    other = a_browser_of(a_person("clerk"))
    taken = post(desk, f"/api/work/{item.pk}/take", note="我去")
    assert (taken.status_code, taken.json()["state"], taken.json()["note"]) == (200, "taken", "我去")
    assert desk.generic("POST", f"/api/work/{item.pk}/take").status_code == 200
    refused = post(other, f"/api/work/{item.pk}/take")
    assert refused.status_code == 409
    assert refused.json()["by"] == {"account": officer.account, "name": "李强"}
    assert refused.json()["at"] == taken.json()["taken_at"]
    assert "李强" in refused.json()["detail"]
    assert post(desk, f"/api/work/{item.pk}/done").json()["state"] == "done"
    assert post(other, f"/api/work/{item.pk}/done").status_code == 409


def test_returning_opens_it_again(desk):
    item = a_work_item()
    post(desk, f"/api/work/{item.pk}/take")
    assert post(desk, f"/api/work/{item.pk}/return").json()["state"] == "open"


def test_one_item_shows_its_matter_and_history(desk):
    item = a_work_item()
    post(desk, f"/api/work/{item.pk}/take")
    shown = desk.get(f"/api/work/{item.pk}").json()
    assert shown["whole_matter"]["state"] == "in_hand"
    assert [step["says"] for step in shown["history"]] == ["系统立了这件事", "派给李强", "李强接了", "状态变为“办理中”"]


def test_english_readers_read_english(desk):
    item = a_work_item()
    shown = desk.get(f"/api/work/{item.pk}", headers={"accept-language": "en"}).json()
    assert shown["title"] == "Go and look"


def test_matters_are_listed_and_open_whole(desk):
    matter = a_work_item().matter
    listed = desk.get("/api/matters?state=open").json()
    assert [(item["number"], item["is_unaccepted"]) for item in listed["items"]] == [(matter.number, False)]
    assert desk.get("/api/matters?state=closed").json()["items"] == []
    whole = desk.get(f"/api/matters/{matter.pk}").json()
    assert len(whole["work"]) == 1
    assert [step["act"] for step in whole["history"]] == ["opened", "offered"]


NOWHERE = "/api/work/01930000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("path", ["/api/work", "/api/matters", "/api/duty", NOWHERE])
def test_nobody_and_villagers_see_no_work(path):
    assert Client().get(path).status_code == 401
    villager = a_browser_of(a_person("villager", VILLAGE))
    assert villager.get(path).status_code == (200 if path == "/api/duty" else 403)


def test_work_of_the_next_village_and_of_another_town_is_not_there():
    a_person()
    item = a_work_item(VILLAGE)
    for role, area in (("village_secretary", NEXT_VILLAGE), ("duty_officer", OTHER_TOWN)):
        stranger = a_browser_of(a_person(role, area))
        assert stranger.get("/api/work").json()["items"] == []
        assert stranger.get(f"/api/work/{item.pk}").status_code == 404
        assert stranger.get(f"/api/matters/{item.matter_id}").status_code == 404
        for verb in ("take", "done", "false_alarm", "return"):
            assert post(stranger, f"/api/work/{item.pk}/{verb}").status_code == 404


def test_an_overseer_sees_but_may_not_take():
    a_person()
    item = a_work_item()
    county = a_browser_of(a_person("county_viewer", "15.08.02"))
    assert county.get("/api/work").json()["items"][0]["may"] == []
    assert post(county, f"/api/work/{item.pk}/take").status_code == 403


def test_the_same_op_id_gets_the_same_answer_and_other_content_a_refusal(officer, desk):
    item, op_id = a_work_item(), str(ids.uuid7())
    first = post(desk, f"/api/work/{item.pk}/take", op_id=op_id)
    actions.give_back(work_id=item.pk, by=officer, at=AT)
    again = post(desk, f"/api/work/{item.pk}/take", op_id=op_id)
    assert (again.status_code, again.json()) == (200, first.json())
    assert post(desk, f"/api/work/{item.pk}/done", op_id=op_id).status_code == 409
    assert post(desk, f"/api/work/{item.pk}/take", op_id="7").status_code == 422


def test_what_is_kept_for_a_repeat_stands_sealed_and_a_new_key_reaches_it(officer, desk):
    item, op_id = a_work_item(), str(ids.uuid7())
    first = post(desk, f"/api/work/{item.pk}/take", op_id=op_id)
    kept = bytes(Op.objects.get(op_id=op_id).answer_sealed)
    assert first.json()["title"].encode() not in kept
    guard = Actor(
        account_id=None, account="s", name="s", kind="person", scope=TOWN, posts=(Post("security_admin", TOWN),)
    )
    with doors.scoped(TOWN):
        rotation = vault.rotate_key(suite=Suite.SM4_GCM, by=guard, at=AT)
        while vault.carry_on(rotation_id=rotation.pk, at=AT):
            pass
    assert bytes(Op.objects.get(op_id=op_id).answer_sealed) != kept
    assert post(desk, f"/api/work/{item.pk}/take", op_id=op_id).json() == first.json()


def test_a_refused_request_may_be_sent_again_with_its_op_id(desk):
    item, op_id = a_work_item(), str(ids.uuid7())
    assert post(desk, f"/api/work/{item.pk}/done", op_id=op_id).status_code == 409
    assert Op.objects.count() == 0
    post(desk, f"/api/work/{item.pk}/take")
    assert post(desk, f"/api/work/{item.pk}/done", op_id=op_id).status_code == 200


def test_the_header_names_an_op_id_too(desk):
    item, op_id = a_work_item(), str(ids.uuid7())
    for _ in range(2):
        answer = desk.generic("POST", f"/api/work/{item.pk}/take", headers={"idempotency-key": op_id})
        assert answer.status_code == 200
    assert Op.objects.get().status == 200


def test_the_row_of_a_repeat_tells_nothing_of_the_request_to_who_guesses_it(desk):
    item, op_id = a_work_item(), str(ids.uuid7())
    path = f"/api/work/{item.pk}/take"
    desk.generic("POST", path, headers={"idempotency-key": op_id})
    kept = bytes(Op.objects.get().request_hash)
    assert len(kept) == 32
    assert kept != hashlib.sha256(f"POST {path}\n".encode()).digest()


def test_reassigning_is_for_those_who_lead(desk):
    item, clerk = a_work_item(), a_person("clerk")
    assert post(a_browser_of(clerk), f"/api/work/{item.pk}/reassign", account=clerk.account).status_code == 403
    given = post(desk, f"/api/work/{item.pk}/reassign", account=clerk.account)
    assert given.json()["assignee"]["account"] == clerk.account
    assert post(desk, f"/api/work/{item.pk}/reassign", account="nobody").status_code == 422


def test_the_roster_is_public_in_its_town_and_set_by_those_who_lead(officer, desk):
    leader = a_person("town_leader", name="张镇长")
    begins = clock.now().isoformat()
    for kind, account in (("leader", leader.account), ("officer", officer.account)):
        made = post(desk, "/api/duty", account=account, area=TOWN, kind=kind, starts_at=begins)
        assert made.status_code == 201
        assert made.json()["phone"] == "0478-100 0001"
    villager = a_browser_of(a_person("villager", VILLAGE))
    shown = villager.get("/api/duty").json()
    assert (shown["leader"]["name"], shown["leader"]["post"]) == ("张镇长", "镇领导")
    assert [person["name"] for person in shown["officers"]] == ["李强"]
    everybody = [shown["leader"], *shown["officers"], *shown["shifts"]]
    assert {person["account"] for person in everybody} == {""}
    assert desk.get("/api/duty").json()["leader"]["account"] == leader.account
    assert shown["take_within_min"] == 10
    assert villager.get(f"/api/duty?area={OTHER_TOWN}").status_code == 404
    assert post(villager, "/api/duty", account="x", area=TOWN, kind="officer", starts_at=begins).status_code == 403
    shift = DutyShift.objects.get(kind="officer")
    stranger = a_browser_of(a_person("town_admin", OTHER_TOWN))
    assert post(stranger, f"/api/duty/{shift.pk}/end").status_code == 404
    assert post(desk, f"/api/duty/{shift.pk}/end").json()["is_on"] is False
    assert desk.get("/api/duty").json()["officers"] == []


def test_a_shift_without_a_time_zone_is_refused_by_name(desk, officer):
    told = {"account": officer.account, "area": TOWN, "kind": "officer"}
    answer = post(desk, "/api/duty", **told, starts_at="2026-11-25T08:00:00")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "starts_at"]


@pytest.mark.parametrize("values", [[1, 2], [{}, []], ["yesterday", "x"], [None, None]])
def test_a_cursor_somebody_made_up_is_refused(desk, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    answer = desk.get(f"/api/work?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json()["title"] == "base.bad_cursor"


def test_the_town_sets_its_limit(desk):
    made = post(desk, "/api/duty/take_limit", area=TOWN, minutes=5, basis="值班制度")
    assert (made.status_code, made.json()["minutes"]) == (201, 5)
    assert desk.get("/api/duty").json()["take_within_min"] == 5
    assert post(desk, "/api/duty/take_limit", area=OTHER_TOWN, minutes=5).status_code == 404
    assert post(desk, "/api/duty/take_limit", area=TOWN, minutes=0).status_code == 422


@pytest.mark.parametrize("path", ["/api/work", "/api/matters", "/api/duty", "/api/notices"])
def test_lists_cost_the_same_with_one_row_and_with_three(path, officer, desk, django_assert_num_queries):
    def fill():
        a_shift(officer)
        a_work_item(VILLAGE, matter=a_matter(VILLAGE))

    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        return len(queries)

    fill()
    one = count()
    fill()
    fill()
    assert count() == one
