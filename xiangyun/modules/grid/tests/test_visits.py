"""Visits: written at a door without signal, arrived once; what is due; what was missed; who reads what was said."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from xiangyun.base import clock, ids
from xiangyun.base.errors import BadInput, Conflict
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.tests.factories import a_picture
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.offline.tests.conftest import confirmed
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.org import seeds as places
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.workflow.tests import factories as workflow
from xiangyun.modules.grid.actions import visits
from xiangyun.modules.grid.models import MissedVisit, Report, Visit
from xiangyun.modules.grid.queries import visits as queries
from xiangyun.modules.grid.tests.factories import (
    GRID,
    NEXT_GRID,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_person,
    a_visit,
)

__all__ = ["confirmed"]

pytestmark = pytest.mark.usefixtures("grids", "confirmed")

JSON = "application/json"
DAY = timedelta(days=1)


@pytest.fixture
def grids(house):
    """Groups and grids below the villages."""
    for town in (TOWN, OTHER_TOWN):
        places.plant(town, clock.now())


@pytest.fixture
def phone():
    made = Phone(a_browser("grid_worker", GRID))
    assert made.register().status_code == 200
    return made


def a_home(grid=GRID, days_ago=10, **changes):
    seen = clock.now() - days_ago * DAY
    village = grid.rpartition(".")[0]
    return people.a_household(village, grid_path=grid, checked_at=seen, **changes)


def in_care(home, kind="alone", **changes):
    """Somebody of a home is in special care."""
    who = people.a_resident(home.area_path)
    people.a_membership(home, who, is_head=True)
    people.a_mark(who, kind, **changes)
    return home


def due_of(browser):
    return browser.get("/api/grid/due").json()


def uploaded(browser, content):
    """Bytes in one piece, as the app sends a small picture; returns the id of the file."""
    told = {"name": "院子.jpg", "size": len(content), "kind": "photo"}
    told["sha256"] = hashlib.sha256(content).hexdigest()
    url = f"/api/uploads/{browser.post('/api/uploads', told, content_type=JSON).json()['id']}"
    browser.put(f"{url}?offset=0", content, content_type="application/octet-stream")
    return browser.post(f"{url}/finish", {}, content_type=JSON).json()["id"]


def said(receipt):
    return receipt["state"], [(one["fact"], one["says"]) for one in receipt["errors"]]


class TestACensusVisit:
    def test_that_finds_no_change_makes_the_home_fresh(self, phone):
        home = a_home(days_ago=100)
        assert [one["id"] for one in due_of(phone.browser)["items"]] == [str(home.pk)]
        item = phone.write("grid.visit", ("household", home.pk), {"outcome": "same"}, base=1)
        [receipt] = phone.sync()
        assert (said(receipt), receipt["subject"]["id"]) == (("applied", []), str(home.pk))
        assert due_of(phone.browser) == {"items": [], "total": 0, "care": 0}
        row = Visit.objects.get()
        assert (str(row.pk), row.kind, row.outcome, row.area_path) == (item, "census", "same", GRID)
        assert (row.told_sealed, row.call_back_on) == (None, None)
        assert Entry.objects.filter(act="grid.visit_home", object_id=str(home.pk)).count() == 1

    def test_sent_again_is_one_visit(self, phone):
        home = a_home()
        phone.write("grid.visit", ("household", home.pk), {"outcome": "same"})
        body = phone.body()
        assert phone.send(body).json()["receipts"] == phone.send(body).json()["receipts"]
        assert Visit.objects.count() == 1

    def test_at_which_nobody_was_home_leaves_the_home_due(self, phone):
        home = a_home(days_ago=100)
        phone.write("grid.visit", ("household", home.pk), {"outcome": "away"})
        phone.sync()
        [shown] = due_of(phone.browser)["items"]
        assert (shown["id"], shown["last_outcome"], shown["is_census"]) == (str(home.pk), "away", True)

    def test_that_asked_only_a_part_says_so(self, phone):
        home = a_home()
        phone.write("grid.visit", ("household", home.pk), {"outcome": "partly"}, base=1)
        assert [one["state"] for one in phone.sync()] == ["applied"]
        assert Visit.objects.get().outcome == "partly"

    def test_and_what_changed_go_in_by_the_registers_own_form(self, phone):
        home = a_home(address="一组 1 号")
        phone.write("grid.visit", ("household", home.pk), {"outcome": "changed", "note": "盖了新房"}, base=1)
        phone.write("people.change_household", ("household", home.pk), {"address": "二组 2 号"}, base=1)
        assert [one["state"] for one in phone.sync()] == ["applied", "applied"]
        home.refresh_from_db()
        assert (home.address, home.version) == ("二组 2 号", 2)
        row = Visit.objects.get()
        assert "盖了新房" not in str(bytes(row.told_sealed or b""))
        assert queries.told(row) == {"note": "盖了新房"}

    def test_with_an_answer_nobody_knows_is_refused_at_its_question_and_kept(self, phone):
        home = a_home()
        phone.write("grid.visit", ("household", home.pk), {"outcome": "ghost"})
        [receipt] = phone.sync()
        [(fact, says)] = said(receipt)[1]
        assert (receipt["state"], fact) == ("refused", "outcome")
        assert "没变" in says
        assert not Visit.objects.exists()
        assert phone.outbox

    def test_in_a_grid_that_is_anothers_by_now_goes_to_them_and_both_are_told(self, phone):
        home = a_home()
        mine = Post.objects.get(role="grid_worker", area_path=GRID).account_id
        other = a_person("grid_worker", NEXT_GRID)
        phone.write("grid.visit", ("household", home.pk), {"outcome": "same"})
        Household.objects.filter(pk=home.pk).update(grid_path=NEXT_GRID)
        [receipt] = phone.sync()
        assert receipt["state"] == "quarantined"
        told = {(one.account_id, one.code) for one in Notice.objects.filter(code__startswith="offline.")}
        assert told == {(mine, "offline.went_to_another"), (other.account_id, "offline.came_to_you")}

    def test_of_somebody_born_after_it_marks_the_day(self, phone):
        home = a_home()
        facts = {"household": str(home.pk), "name": "李小宝", "sex": "1", "relation": "20"}
        born = timezone.localdate() + DAY
        phone.write("people.add_resident", ("resident", ids.uuid7()), {**facts, "born_on": born.isoformat()})
        [receipt] = phone.sync()
        assert (receipt["state"], [one["fact"] for one in receipt["errors"]]) == ("refused", ["born_on"])


class TestACareVisit:
    def write(self, phone, home, files=(), **facts):
        told = {"household": str(home.pk), "outcome": "same", **facts}
        return phone.write("grid.care_visit", ("visit", ids.uuid7()), told, files=files)

    def test_puts_off_the_next_one(self, phone):
        home = in_care(a_home())
        [shown] = due_of(phone.browser)["items"]
        assert (shown["is_care"], shown["is_census"], [one["name"] for one in shown["care"]]) == (
            True, False, ["独居老人"],
        )  # fmt: skip
        self.write(phone, home, note="精神好")
        assert [one["state"] for one in phone.sync()] == ["applied"]
        assert due_of(phone.browser)["total"] == 0

    def test_that_asks_for_help_becomes_a_sealed_report_that_the_visit_does_not_name_in_the_open(self, phone):
        home = in_care(a_home())
        self.write(phone, home, outcome="changed", help="腿疼，没人买煤", note="说话没力气")
        [receipt] = phone.sync()
        assert said(receipt) == ("applied", [])
        report = Report.objects.get()
        assert (report.matter.is_sealed, report.words, report.household, report.matter.category) == (
            True, "", None, "needs_help",
        )  # fmt: skip
        row = Visit.objects.get()
        assert queries.told(row) == {"note": "说话没力气", "help": "腿疼，没人买煤", "report": str(report.pk)}
        [shown] = a_browser("clerk", TOWN).get("/api/grid/visits").json()["items"]
        assert (shown["outcome"], shown["has_words"]) == ("changed", True)
        assert "煤" not in str(shown)

    def test_that_promises_a_day_is_due_on_it(self, phone):
        home = in_care(a_home())
        day = timezone.localdate() + DAY
        self.write(phone, home, call_back_on=day.isoformat())
        phone.sync()
        secretary = a_person("village_secretary", VILLAGE)
        [one] = queries.walked(secretary, at=clock.now())
        assert (one.care.due_on, one.is_due) == (day, False)
        [one] = queries.walked(secretary, at=clock.now() + DAY)
        assert one.is_care

    def test_that_promises_a_day_gone_by_is_refused(self, phone):
        home = in_care(a_home())
        self.write(phone, home, call_back_on=timezone.localdate().isoformat())
        [receipt] = phone.sync()
        assert (receipt["state"], [one["fact"] for one in receipt["errors"]]) == ("refused", ["call_back_on"])

    def test_keeps_its_photos_to_itself(self, phone):
        home = in_care(a_home())
        picture = a_picture()
        digest = hashlib.sha256(picture).hexdigest()
        item = self.write(phone, home, files=[{"sha256": digest, "role": "small", "group": 1, "size": len(picture)}])
        phone.sync()
        file = uploaded(phone.browser, picture)
        kept = phone.browser.post(
            f"/api/offline/items/{item}/files",
            {"sha256": digest, "role": "small", "file": file},
            content_type=JSON,
        )
        assert kept.status_code == 200, kept.content
        row, visit = Attachment.objects.get(), Visit.objects.get()
        assert (row.subject_kind, row.subject_id, row.is_sealed) == ("visit", str(visit.pk), True)
        clerk = a_browser("clerk", TOWN)
        assert clerk.get(f"/api/files/{row.pk}").status_code == 404
        [shown] = clerk.get(f"/api/grid/visits/{visit.pk}").json()["files"]
        assert clerk.get(f"/api/grid/visits/{visit.pk}/files/{shown['id']}").status_code == 200
        assert Entry.objects.filter(act="grid.read_visit").count() == 1


class TestAReportWithoutSignal:
    def test_arrives_once_with_the_photo_alone(self, phone):
        pk = ids.uuid7()
        files = [{"sha256": "0" * 64, "role": "small", "group": 1, "size": 9}]
        phone.write("grid.report", ("report", pk), {"category": "road", "place": "桥头"}, files=files)
        body = phone.body()
        first, again = phone.send(body).json(), phone.send(body).json()
        assert first["receipts"] == again["receipts"]
        [receipt] = first["receipts"]
        assert (receipt["state"], receipt["missing"]) == ("applied", ["0" * 64])
        report = Report.objects.get()
        assert (report.pk, report.place, report.how, report.area_path) == (pk, "桥头", "worker", GRID)

    def test_that_came_by_the_line_and_once_more_from_the_outbox_is_one(self, phone):
        op = str(ids.uuid7())
        told = {"category": "road", "words": "路塌了"}
        made = phone.browser.post("/api/grid/reports", {**told, "op_id": op}, content_type=JSON)
        assert made.json()["id"] == op
        phone.write("grid.report", ("report", op), told)
        [receipt] = phone.sync()
        assert (receipt["state"], receipt["subject"]["id"]) == ("applied", op)
        assert Report.objects.count() == 1

    def test_under_an_id_that_is_anothers_is_refused(self, phone):
        op = str(ids.uuid7())
        told = {"category": "road", "words": "路塌了"}
        other = a_browser("villager", NEXT_GRID)
        assert other.post("/api/grid/reports", {**told, "op_id": op}, content_type=JSON).status_code == 201
        assert phone.browser.post("/api/grid/reports", {**told, "op_id": op}, content_type=JSON).status_code == 409
        phone.write("grid.report", ("report", op), told)
        assert [one["state"] for one in phone.sync()] == ["refused"]

    def test_of_a_villager_too(self):
        made = Phone(a_browser("villager", GRID))
        made.register()
        made.write("grid.report", ("report", ids.uuid7()), {"category": "lighting", "words": "灯不亮"})
        assert [one["state"] for one in made.sync()] == ["applied"]
        assert Report.objects.get().how == "villager"

    @pytest.mark.parametrize(
        ("facts", "fact"),
        [
            ({"category": "no_such", "words": "x"}, "category"),
            ({"category": "road"}, "words"),
            ({"category": "road", "words": "字" * 2001}, "words"),
            ({"category": "road", "words": "x", "point": [200, 95]}, "point"),
            ({"category": "road", "words": "x", "household": "王家"}, "household"),
        ],
    )
    def test_that_cannot_be_marks_the_fact_and_stays(self, phone, facts, fact):
        phone.write("grid.report", ("report", ids.uuid7()), facts)
        [receipt] = phone.sync()
        assert (receipt["state"], [one["fact"] for one in receipt["errors"]]) == ("refused", [fact])
        assert receipt["errors"][0]["says"]
        assert not Report.objects.exists()


class TestWhatIsDue:
    def test_is_of_ones_own_grid_care_first_and_asks_as_often_for_three_as_for_one(self, phone):
        old = a_home(days_ago=100)
        cared = in_care(a_home())
        a_home(NEXT_GRID, days_ago=200)
        a_home(days_ago=5)
        due_of(phone.browser)
        with CaptureQueriesContext(connection) as few:
            shown = due_of(phone.browser)
        assert [one["id"] for one in shown["items"]] == [str(cared.pk), str(old.pk)]
        assert (shown["total"], shown["care"]) == (2, 1)
        for _ in range(3):
            in_care(a_home(days_ago=120), "oldest")
        with CaptureQueriesContext(connection) as many:
            assert due_of(phone.browser)["total"] == 5
        assert len(many) == len(few)

    def test_counts_no_grave_mark(self, phone):
        in_care(a_home(), "drug_recovery", level=2)
        in_care(a_home(), "disabled", level=1)
        assert due_of(phone.browser)["total"] == 0

    def test_another_village_is_not_there(self, phone):
        answer = phone.browser.get(f"/api/grid/due?area={NEXT_VILLAGE}")
        assert answer.status_code == 404

    def test_goes_into_the_pack(self, phone):
        home = in_care(a_home())
        told = phone.browser.get("/api/offline/pack").json()
        [row] = told["visits"]
        assert (row["id"], row["care"], row["last_at"]) == (str(home.pk), ["独居老人"], None)
        assert row["care_due_on"] < timezone.localdate().isoformat()
        assert "needs_help" in [one["code"] for one in told["categories"]]

    def test_follows_the_towns_own_interval(self, phone):
        home = in_care(a_home())
        a_visit(home, by=a_person("village_secretary", VILLAGE), visited_at=clock.now() - 8 * DAY, at=clock.now())
        assert due_of(phone.browser)["total"] == 0
        told = {"kind": "alone", "days": 7, "valid_from": timezone.localdate(), "source": "镇政府办公会"}
        visits.set_interval(**told, by=a_person("town_admin"), at=clock.now())
        assert due_of(phone.browser)["total"] == 1
        with pytest.raises(Conflict):
            visits.set_interval(**told, by=a_person("town_admin"), at=clock.now())
        with pytest.raises(BadInput):
            visits.set_interval(**{**told, "kind": "drug_recovery"}, by=a_person("town_admin"), at=clock.now())
        rows = a_browser("town_admin", TOWN).get("/api/grid/visit_intervals").json()["items"]
        days = {row["kind"]: row["days"] for row in rows}
        assert (days["alone"], days["left_elder"], days["veteran"]) == (7, 30, None), "kinds without one are named too"


class TestAMissedVisit:
    def notices(self):
        return list(Notice.objects.filter(code="grid.visits_missed"))

    def test_is_told_to_the_secretary_once_and_names_nobody(self):
        secretary = a_person("village_secretary", VILLAGE)
        a_person("grid_worker", GRID)
        in_care(a_home())
        in_care(a_home())
        assert visits.tell_missed(town=TOWN, at=clock.now()) == 2
        [notice] = self.notices()
        assert (notice.account_id, notice.area_path, notice.params) == (secretary.account_id, GRID, {"n": 2})
        assert visits.tell_missed(town=TOWN, at=clock.now() + DAY) == 0
        assert len(self.notices()) == 1
        assert MissedVisit.objects.count() == 2

    def test_is_told_to_who_stands_in(self):
        a_person("village_secretary", VILLAGE)
        worker, deputy = a_person("grid_worker", GRID), a_person("grid_worker", NEXT_GRID)
        workflow.a_stand_in(worker, deputy_id=deputy.account_id, at=clock.now())
        in_care(a_home())
        visits.tell_missed(town=TOWN, at=clock.now())
        assert [one.account_id for one in self.notices()] == [deputy.account_id]

    def test_is_none_a_few_days_late_or_after_a_visit(self):
        a_person("village_secretary", VILLAGE)
        home = in_care(a_home())
        a_visit(home, visited_at=clock.now() - 33 * DAY, at=clock.now())
        assert visits.tell_missed(town=TOWN, at=clock.now()) == 0
        assert visits.tell_missed(town=TOWN, at=clock.now() + 5 * DAY) == 1


class TestWhatWasSaid:
    def test_is_opened_with_a_reason_that_is_written_down(self):
        visit = a_visit(in_care(a_home()), at=clock.now())
        clerk = a_browser("clerk", TOWN)
        refused = clerk.post(f"/api/grid/visits/{visit.pk}/reveal", {"reason": "curious"}, content_type=JSON)
        assert refused.status_code == 422
        told = clerk.post(f"/api/grid/visits/{visit.pk}/reveal", {"reason": "visit"}, content_type=JSON)
        assert told.json() == {"note": "精神好", "help": "", "report": None}
        assert Entry.objects.filter(act="people.reveal_field", object_id=str(visit.household_id)).count() == 1

    def test_does_not_exist_for_the_next_village(self):
        visit = a_visit(in_care(a_home()), at=clock.now())
        assert a_browser("grid_worker", GRID).get(f"/api/grid/visits/{visit.pk}").status_code == 200
        for role, area in (("village_secretary", NEXT_VILLAGE), ("grid_worker", NEXT_GRID), ("clerk", OTHER_TOWN)):
            assert a_browser(role, area).get(f"/api/grid/visits/{visit.pk}").status_code == 404

    def test_a_list_asks_as_often_for_three_as_for_one(self):
        clerk = a_browser("clerk", TOWN)
        for count in (1, 2):
            for _ in range(count):
                a_visit(in_care(a_home()), at=clock.now())
            clerk.get("/api/grid/visits")
            with CaptureQueriesContext(connection) as asked:
                assert clerk.get("/api/grid/visits?kind=care").status_code == 200
            if count == 1:
                few = len(asked)
        assert len(asked) == few
