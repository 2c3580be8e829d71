"""Reports over HTTP: three taps of a villager, what each role reads, what is refused, what a list asks."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.tests.factories import a_photo
from xiangyun.kernel.org import seeds as places
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.modules.grid.actions import reports
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import reports as queries
from xiangyun.modules.grid.tests.factories import (
    GRID,
    NEXT_GRID,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_person,
    a_report,
)

pytestmark = pytest.mark.usefixtures("grids")

JSON = "application/json"


@pytest.fixture
def grids(house):
    """Groups and grids below the villages."""
    for town in (TOWN, OTHER_TOWN):
        places.plant(town, clock.now())


def post(browser, path, **body):
    return browser.post(f"/api/grid/{path}", body, content_type=JSON)


def get(browser, path):
    return browser.get(f"/api/grid/{path}")


def ids_of(answer):
    return [one["id"] for one in answer.json()["items"]]


def test_three_taps_of_a_villager_and_what_the_village_reads_in_the_end():
    villager, worker = a_browser("villager", GRID), a_browser("grid_worker", GRID, name="李秀兰")
    shown = get(villager, "categories").json()
    assert "110" in shown["danger"]
    assert "lighting" in [one["code"] for one in shown["items"]]
    made = post(villager, "reports", category="lighting", words="村口路灯不亮")
    assert made.status_code == 201
    told = made.json()
    assert (told["state_name"], told["category_name"], told["result"]) == ("收到了", "路灯、牌子、井盖", None)

    assert (told["owner"], told["due_at"] is None) == (None, False)

    (seen,) = get(worker, "reports?is_open=true").json()["items"]
    assert (seen["title"], seen["state_name"], seen["may"]) == (
        f"{seen['area_name']}：路灯、牌子、井盖", "已上报", ["verify", "dismiss"],
    )  # fmt: skip
    at = f"reports/{told['id']}"
    assert post(worker, f"{at}/verify").json()["may"] == ["dismiss", "classify"]
    judged = post(worker, f"{at}/classify", category="lighting", level="grid", severity=3)
    assert judged.json()["may"] == ["close_here"]
    assert post(worker, f"{at}/close_here", words="换了灯泡").json()["state"] == "closed"

    (mine,) = get(villager, "my_reports").json()["items"]
    assert (mine["state_name"], mine["result"]) == ("办好了", "换了灯泡")
    neighbour = a_browser("villager", NEXT_GRID)
    (public,) = get(neighbour, "published").json()["items"]
    assert (public["state"], public["result"], public["number"]) == ("settled", "换了灯泡", told["number"])
    assert "words" not in public
    assert get(neighbour, "my_reports").json()["items"] == []


def test_each_reads_what_is_theirs():
    report = a_report(at=clock.now())
    for role, area, status in (
        ("grid_worker", GRID, 200),
        ("village_secretary", VILLAGE, 200),
        ("clerk", TOWN, 200),
        ("grid_worker", NEXT_GRID, 404),
        ("village_secretary", NEXT_VILLAGE, 404),
        ("clerk", OTHER_TOWN, 404),
        ("agronomist", TOWN, 404),
        ("villager", GRID, 403),
        ("security_admin", TOWN, 403),
    ):
        assert get(a_browser(role, area), f"reports/{report.pk}").status_code == status, (role, area)


def test_a_sealed_report_exists_for_few():
    villager = a_browser("villager", GRID)
    made = post(villager, "reports", category="minor_harmed", words="孩子身上有伤").json()
    assert made["is_sealed"]
    assert [one["words"] for one in get(villager, "my_reports").json()["items"]] == ["孩子身上有伤"]
    for role, area in (("grid_worker", GRID), ("village_secretary", VILLAGE), ("duty_officer", TOWN)):
        assert get(a_browser(role, area), f"reports/{made['id']}").status_code == 404
        assert get(a_browser(role, area), "reports").json()["total"] == 0
    clerk = a_browser("clerk", TOWN)
    assert get(clerk, f"reports/{made['id']}").json()["words"] == "孩子身上有伤"
    assert get(a_browser("villager", NEXT_GRID), "published").json()["items"] == []


def test_a_callers_number_is_masked_and_opened_with_a_reason():
    clerk = a_browser("clerk")
    told = {"category": "road", "words": "路塌了", "how": "phone", "area": GRID}
    made = post(clerk, "reports", **told, caller={"name": "赵二柱", "phone": "13812341234"}).json()
    seen = get(clerk, f"reports/{made['id']}").json()
    assert seen["caller"] == {"name": "赵**", "phone": "138****1234"}
    assert "reveal" in seen["may"]
    assert post(clerk, f"reports/{made['id']}/reveal", reason="because").status_code == 422
    opened = post(clerk, f"reports/{made['id']}/reveal", reason="service")
    assert opened.json() == {"name": "赵二柱", "phone": "13812341234"}
    assert Entry.objects.filter(object_kind="report", object_id=made["id"], detail__field="caller").count() == 1


def test_a_home_is_named_to_those_who_may_see_it():
    home, _ = people.a_home(VILLAGE)
    home.grid_path, home.lon, home.lat = GRID, 107.2, 40.9
    home.save()
    report = a_report(by=a_person("clerk", at=clock.now()), household_id=home.pk, at=clock.now())
    assert get(a_browser("grid_worker", GRID), f"reports/{report.pk}").json()["home"]["number"] == home.number
    helper, row = a_browser("agronomist"), report.matter
    row.involved.create(area_path=row.area_path, account=helper.who, how="helper", since_at=clock.now())
    seen = get(helper, f"reports/{report.pk}").json()
    assert (seen["home"], seen["point"]) == (None, None)


def test_a_number_in_what_was_told_is_for_who_may_read_the_report_alone():
    villager, worker = a_browser("villager", GRID), a_browser("grid_worker", GRID)
    said = "路灯不亮，修好了打我电话13812341234"
    made = post(villager, "reports", category="lighting", words=said, place="王家门口").json()
    row = Report.objects.get(words__startswith="路灯不亮")
    assert (row.words, row.place) == ("路灯不亮，修好了打我电话***********", "王家门口")
    assert made["words"] == said
    assert get(worker, f"reports/{row.pk}").json()["words"] == said
    post(worker, f"reports/{row.pk}/verify")
    post(worker, f"reports/{row.pk}/classify", category="lighting", level="grid", severity=3)
    done = post(worker, f"reports/{row.pk}/close_here", words="换了灯泡，问13898765432")
    assert done.status_code == 200, done.content
    assert done.json()["result"] == "换了灯泡，问13898765432"
    assert done.json()["words"] == said
    [shown] = get(villager, "published").json()["items"]
    assert shown["result"] == "换了灯泡，问***********"
    assert b"13898765432" not in worker.get(f"/api/matters/{row.matter_id}").content


def test_a_report_that_is_sealed_later_keeps_its_numbers():
    clerk, at = a_person("clerk", at=clock.now()), clock.now()
    report = a_report(by=clerk, area=GRID, words="问13812341234", at=at)
    reports.seal(report, by=clerk, at=at)
    row = Report.objects.get(pk=report.pk)
    assert (row.words, row.numbers_sealed) == ("", None)
    assert queries.told(row)["words"] == "问13812341234"


def test_photos_are_shown_through_the_report():
    worker = a_person("grid_worker", GRID, at=clock.now())
    photo = a_photo(GRID, subject=None, by=worker, at=clock.now())
    report = a_report(by=worker, file_ids=[photo.pk], at=clock.now())
    secretary = a_browser("village_secretary", VILLAGE)
    (file,) = get(secretary, f"reports/{report.pk}").json()["files"]
    answer = get(secretary, f"reports/{report.pk}/files/{file['id']}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert get(secretary, f"reports/{report.pk}/files/{ids.uuid7()}").status_code == 404
    assert get(a_browser("grid_worker", NEXT_GRID), f"reports/{report.pk}/files/{file['id']}").status_code == 404


def test_likely_ones_are_told_with_their_reasons():
    first, second = (a_report(point=(107.2, 40.9), at=clock.now()) for _ in range(2))
    (alike,) = get(a_browser("clerk"), f"reports/{second.pk}/likely").json()["items"]
    assert (alike["report"]["id"], alike["distance_m"], alike["words"]) == (str(first.pk), 0, 1.0)


def test_what_does_not_fit_is_refused_and_nothing_is_lost():
    villager = a_browser("villager", GRID)
    for body in (
        {"category": "ufo", "words": "x"},
        {"category": "road"},
        {"category": "road", "words": "x", "point": [181, 40]},
        {"category": "road", "words": "x", "unknown": 1},
        {"category": "road", "words": "x" * 2001},
    ):
        assert post(villager, "reports", **body).status_code == 422, body
    for body in (
        {"category": "road", "words": "x", "files": [str(ids.uuid7())]},
        {"category": "road", "words": "x", "household": str(ids.uuid7())},
        {"category": "road", "words": "x", "area": NEXT_VILLAGE},
        {"category": "road", "words": "x", "area": OTHER_TOWN},
    ):
        assert post(villager, "reports", **body).status_code == 404, body
    assert post(villager, "reports", category="road", words="x", how="phone").status_code == 403


def test_sent_twice_it_is_one():
    villager, once = a_browser("villager", GRID), str(ids.uuid7())
    told = {"category": "road", "words": "路塌了", "op_id": once}
    assert post(villager, "reports", **told).json() == post(villager, "reports", **told).json()
    assert get(villager, "my_reports").json()["total"] == 1
    assert post(villager, "reports", **{**told, "words": "桥塌了"}).status_code == 409


def test_a_town_sets_its_own_categories():
    told = {
        "code": "sand", "group": "hazard", "zh": "沙埋路", "en": "sand on the road", "level": "village", "severity": 2,
        "valid_from": "2026-01-01", "source": "镇政府办公会",
    }  # fmt: skip
    admin = a_browser("town_admin")
    assert post(admin, "categories", **told).status_code == 201
    assert post(admin, "categories", **told).status_code == 409
    assert post(admin, "categories", **{**told, "level": "banner"}).status_code == 422
    own = [one for one in get(a_browser("villager", GRID), "categories").json()["items"] if one["code"] == "sand"]
    assert own[0]["source"] == "镇政府办公会"
    next_town = get(a_browser("villager", f"{OTHER_TOWN}.201.g01"), "categories").json()["items"]
    assert "sand" not in [one["code"] for one in next_town]


@pytest.mark.parametrize(
    ("path", "role", "area"),
    [("reports", "clerk", TOWN), ("published", "clerk", TOWN), ("my_reports", "villager", GRID)],
)
def test_a_list_asks_as_much_for_one_as_for_three(path, role, area):
    browser = a_browser(role, area)
    told = {"category": "road", "words": "路塌了"} | ({"area": GRID} if role == "clerk" else {})
    url = f"{path}?area={VILLAGE}" if path == "published" else path
    asked = []
    for _ in range(2):
        post(browser, "reports", **told)
        if asked:
            post(browser, "reports", **told)
        with CaptureQueriesContext(connection) as seen:
            found = get(browser, url).json()["items"]
        asked.append((len(found), len(seen)))
    assert [found for found, _ in asked] == [1, 3]
    assert asked[0][1] == asked[1][1] <= 14


def test_whose_report_was_joined_follows_the_other_and_reads_no_word_of_it():
    first = a_report(at=clock.now(), words="老王家门口的路塌了")
    browser = a_browser("villager", GRID)
    mine = post(browser, "reports", category="road", words="路塌了").json()
    other = Report.objects.get(pk=mine["id"])
    clerk = a_person("clerk", at=clock.now())
    workflow.merge(matter_id=other.matter_id, into=first.matter_id, by=clerk, at=clock.now())
    seen = {one["id"]: one for one in get(browser, "my_reports").json()["items"]}
    assert seen[mine["id"]]["state_name"] == "和别人报的合在一起办"
    assert seen[str(first.pk)]["words"] == ""


def test_who_judges_may_join_two_and_take_it_back():
    clerk = a_browser("clerk")
    made = [post(clerk, "reports", category="road", words="路塌了", area=GRID).json()["id"] for _ in range(2)]
    first, second = [get(clerk, f"reports/{one}").json() for one in made]
    assert "merge" in second["may"]
    assert "merge" not in get(a_browser("grid_worker", GRID), f"reports/{second['id']}").json()["may"]
    into = {"into": first["matter"]}
    clerk.post(f"/api/matters/{second['matter']}/merge", into, content_type="application/json")
    joined = get(clerk, f"reports/{second['id']}").json()
    assert joined["merged_into"] == {"id": first["id"], "number": first["number"]}
    assert joined["may"] == ["unmerge"]
    # a secretary of the village in which the other one lies reads its number, and finds no door that is shut
    Report.objects.filter(pk=first["id"]).update(area_path=NEXT_VILLAGE)
    told = get(a_browser("village_secretary", VILLAGE), f"reports/{second['id']}").json()
    assert told["merged_into"] == {"id": None, "number": first["number"]}
    Report.objects.filter(pk=first["id"]).update(area_path=GRID)
    clerk.post(f"/api/matters/{second['matter']}/unmerge", {}, content_type="application/json")
    again = get(clerk, f"reports/{second['id']}").json()
    assert (again["merged_into"], again["state"], again["may"]) == (None, second["state"], second["may"])
