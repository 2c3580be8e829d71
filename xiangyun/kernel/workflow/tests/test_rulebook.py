"""Limits, days and routes: written from a day on, by whom it concerns, over HTTP and in tables."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.base.sheets import Row, Unfit
from xiangyun.kernel.access import doors
from xiangyun.kernel.workflow import actions, exports, imports, queries
from xiangyun.kernel.workflow.actions import tables
from xiangyun.kernel.workflow.models import CalendarDay, Clock, Matter, Route
from xiangyun.kernel.workflow.rules import Level, Limit, Unit
from xiangyun.kernel.workflow.tests.factories import (
    AT,
    CARRIED,
    HOUSE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_browser_of,
    a_carried,
    a_person,
    a_route,
)

HOME = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 6, 20)
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def admin():
    a_carried()  # the kind is known
    return a_person("town_admin")


def ten_days(by, **changes):
    facts = {"area": TOWN, "kind": CARRIED.code, "stage": "town", "limit": Limit(10, Unit.WORKING_DAYS), **changes}
    facts = {"valid_from": TODAY, "basis": "镇政府办公会纪要", "by": by, "at": AT, **facts}
    return actions.set_deadline(**facts)


def test_a_towns_own_limit_stands_instead_of_the_kinds_from_its_day_on(admin):
    before = Matter.objects.select_related("clock").get(pk=a_carried(level="town").pk)
    ten_days(admin, valid_from=TODAY + DAY)
    same_day = Matter.objects.select_related("clock").get(pk=a_carried(level="town").pk)
    next_day = Matter.objects.select_related("clock").get(pk=a_carried(level="town", at=AT + DAY).pk)
    assert (same_day.clock.amount, next_day.clock.amount) == (7, 10)
    assert next_day.clock.basis == "镇政府办公会纪要"
    before.clock.refresh_from_db()
    assert before.clock.amount == 7
    assert queries.deadline(CARRIED.code, "town", f"{OTHER_TOWN}.201", TODAY + DAY).limit.amount == 7


def test_a_limit_changes_again_and_the_one_before_ends(admin):
    first = ten_days(admin)
    ten_days(admin, limit=Limit(12, Unit.WORKING_DAYS), valid_from=TODAY + 10 * DAY)
    first.refresh_from_db()
    assert first.valid_until == TODAY + 10 * DAY
    assert queries.deadline(CARRIED.code, "town", VILLAGE, TODAY + 9 * DAY).limit.amount == 10
    assert queries.deadline(CARRIED.code, "town", VILLAGE, TODAY + 10 * DAY).limit.amount == 12


def test_what_no_limit_can_be(admin):
    for bad in ({"stage": "moon"}, {"kind": "nobody.knows"}, {"valid_from": TODAY - DAY}, {"basis": " "}):
        with pytest.raises(BadInput):
            ten_days(admin, **bad)
    ten_days(admin, valid_from=TODAY + DAY)
    with pytest.raises(WrongState):
        ten_days(admin)
    for by, area in ((admin, OTHER_TOWN), (a_person("clerk"), TOWN), (a_person("town_admin", OTHER_TOWN), TOWN)):
        with pytest.raises(NotFound):
            ten_days(by, area=area, valid_from=TODAY + 5 * DAY)


def test_limits_over_http(admin):
    desk, clerk = a_browser_of(admin), a_browser_of(a_person("clerk"))
    body = {
        "area": TOWN,
        "kind": CARRIED.code,
        "stage": "town",
        "amount": 10,
        "unit": "working_days",
        "valid_from": (clock.now().astimezone(HOME).date() + DAY).isoformat(),
        "basis": "镇政府办公会纪要",
    }
    assert Client().post("/api/deadlines", body, content_type="application/json").status_code == 401
    assert clerk.post("/api/deadlines", body, content_type="application/json").status_code == 403
    made = desk.post("/api/deadlines", body, content_type="application/json")
    assert (made.status_code, made.json()["basis"]) == (201, "镇政府办公会纪要")
    assert desk.post("/api/deadlines", {**body, "area": OTHER_TOWN}, content_type="application/json").status_code == 404
    assert desk.post("/api/deadlines", {**body, "amount": 0}, content_type="application/json").status_code == 422
    rows = clerk.get(f"/api/deadlines?kind={CARRIED.code}").json()
    assert [(row["area"], row["stage"], row["amount"]) for row in rows if row["stage"] == "town"] == [
        (None, "town", 7),
        (TOWN, "town", 10),
    ]
    stranger = a_browser_of(a_person("clerk", OTHER_TOWN))
    assert all(row["area"] is None for row in stranger.get("/api/deadlines").json())


def test_a_day_written_down_late_moves_the_clocks_that_pass_through_it(admin):
    matter = a_carried(level="town")
    before = Clock.objects.get(matter=matter)
    assert before.last_day == date(2026, 6, 30)
    assert actions.write_days(area=TOWN, days={date(2026, 6, 25): False}, basis="镇里停电", by=admin, at=AT) == (1, 0)
    assert actions.write_days(area=TOWN, days={date(2026, 6, 25): False}, basis="镇里停电", by=admin, at=AT) == (0, 0)
    assert actions.recount_unsure(at=AT, by=HOUSE) == 1
    after = Clock.objects.get(matter=matter)
    assert (after.last_day, after.unsure_year) == (date(2026, 7, 1), None)
    assert actions.write_days(area=TOWN, days={date(2026, 6, 25): True}, basis="电来了", by=admin, at=AT) == (0, 1)
    actions.recount_unsure(at=AT, by=HOUSE)
    assert Clock.objects.get(matter=matter).last_day == date(2026, 6, 30)


def test_a_countys_day_holds_in_its_towns():
    with doors.scoped("15.08.02"):
        CalendarDay.objects.create(area_path="15.08.02", on=date(2026, 6, 25), is_working=False, basis="区里的活动")
    with doors.scoped(TOWN):
        assert not queries.calendar(VILLAGE).is_working_day(date(2026, 6, 25))


def test_a_year_over_http(admin):
    desk, stranger = a_browser_of(admin), a_browser_of(a_person("clerk", OTHER_TOWN))
    shown = desk.get("/api/calendar/2026").json()
    assert shown["is_known"]
    assert {"on": "2026-10-10", "is_working": True, "area": None, "basis": None} in shown["days"]
    assert desk.get("/api/calendar/2031").json() == {
        "year": 2031,
        "is_known": False,
        "missing": ["01-01", "05-01", "10-01", "10-02", "10-03", "01-21…02-21", "04-04…04-06"],
        "days": [],
    }
    days = [{"on": f"2031-{day}", "is_working": False} for day in ("01-01", "01-23", "04-05", "05-01")]
    days += [{"on": f"2031-10-0{n}", "is_working": False} for n in (1, 2, 3)]
    body = {"area": TOWN, "days": days, "basis": "国务院办公厅关于2031年部分节假日安排的通知"}
    assert (
        a_browser_of(a_person("agronomist")).post("/api/calendar", body, content_type="application/json").status_code
        == 403
    )
    made = desk.post("/api/calendar", body, content_type="application/json")
    assert (made.status_code, made.json()["is_known"], made.json()["missing"]) == (201, True, [])
    assert stranger.get("/api/calendar/2031").json()["is_known"] is False
    assert stranger.get(f"/api/calendar/2031?area={TOWN}").status_code == 404
    assert stranger.post("/api/calendar", body, content_type="application/json").status_code == 404


def test_a_towns_own_day_is_taken_back_and_the_clocks_with_it(admin):
    matter = a_carried(level="town")
    county = {"on": date(2026, 6, 25), "is_working": True, "basis": "区里的安排"}
    with doors.scoped("15.08.02"):
        CalendarDay.objects.create(area_path="15.08.02", **county)
    desk, stranger = a_browser_of(admin), a_browser_of(a_person("clerk", OTHER_TOWN))
    body = {"area": TOWN, "days": [{"on": "2026-06-25", "is_working": False}], "basis": "镇里停电"}
    told = desk.post("/api/calendar", body, content_type="application/json").json()["days"]
    day = {"on": "2026-06-25", "is_working": False, "area": TOWN, "basis": "镇里停电"}
    assert day in told
    actions.recount_unsure(at=AT, by=HOUSE)
    assert Clock.objects.get(matter=matter).last_day == date(2026, 7, 1)
    body = {"area": TOWN, "days": ["2026-06-25", "2026-06-26"]}
    url = "/api/calendar/days/forget"
    assert stranger.post(url, body, content_type="application/json").status_code == 404
    agronomist = a_browser_of(a_person("agronomist"))
    assert agronomist.post(url, body, content_type="application/json").status_code == 403
    told = desk.post(url, body, content_type="application/json").json()["days"]
    assert {**day, "is_working": True, "area": "15.08.02", "basis": "区里的安排"} in told
    assert actions.forget_days(area=TOWN, days=[date(2026, 6, 25)], by=admin, at=AT) == 0
    actions.recount_unsure(at=AT, by=HOUSE)
    assert Clock.objects.get(matter=matter).last_day == date(2026, 6, 30)


# Routes


def test_the_towns_table_goes_before_the_kind_and_the_category_before_any(admin):
    a_person("clerk")
    agronomist = a_person("agronomist")
    a_route(role="agronomist")
    a_route(category="water", role="", account_id=admin.account_id)
    general = actions.route(a_carried(level="town"), by=HOUSE, at=AT)
    water = actions.route(a_carried(level="town", category="water"), by=HOUSE, at=AT)
    assert (general.role, general.role_area) == ("agronomist", TOWN)
    assert water.assignee_id == admin.account_id
    assert queries.holders_of("agronomist", TOWN, AT) == [agronomist.account_id]


def test_a_route_to_nobody_is_passed_over(admin):
    a_person("clerk")
    a_route(role="maintainer", order=1)
    a_route(role="clerk", order=2)
    assert actions.route(a_carried(level="town"), by=HOUSE, at=AT).role == "clerk"


def test_routes_begin_and_end(admin):
    a_person("clerk"), a_person("agronomist")
    line = {"area": TOWN, "kind": CARRIED.code, "level": Level.TOWN, "by": admin, "at": AT}
    first = actions.set_route(role="agronomist", valid_from=TODAY, **line)
    second = actions.set_route(role="clerk", valid_from=TODAY + 5 * DAY, **line)
    first.refresh_from_db()
    assert first.valid_until == TODAY + 5 * DAY
    assert actions.route(a_carried(level="town"), by=HOUSE, at=AT).role == "agronomist"
    assert actions.route(a_carried(level="town"), by=HOUSE, at=AT + 5 * DAY).role == "clerk"
    actions.end_route(route_id=second.pk, by=admin, at=AT + 6 * DAY)
    second.refresh_from_db()
    assert second.valid_until == TODAY + 6 * DAY
    for bad in ({"role": "villager"}, {"role": ""}, {"role": "clerk", "account": admin.account_id}, {"kind": "a.b"}):
        with pytest.raises(BadInput):
            actions.set_route(**{**line, "role": "clerk", "valid_from": TODAY, **bad})


def test_routes_over_http(admin):
    desk, stranger = a_browser_of(admin), a_browser_of(a_person("town_admin", OTHER_TOWN))
    body = {"area": TOWN, "kind": CARRIED.code, "level": "town", "role": "agronomist", "office": "农技站"}
    body["valid_from"] = "2026-06-20"
    assert Client().get("/api/routes").status_code == 401
    assert (
        a_browser_of(a_person("grid_worker", VILLAGE))
        .post("/api/routes", body, content_type="application/json")
        .status_code
        == 403
    )
    made = desk.post("/api/routes", body, content_type="application/json")
    assert (made.status_code, made.json()["role_name"], made.json()["office"]) == (201, "农技员", "农技站")
    assert stranger.get("/api/routes").json()["items"] == []
    end = f"/api/routes/{made.json()['id']}/end"
    assert stranger.generic("POST", end).status_code == 404
    assert desk.generic("POST", end).json()["valid_until"] is not None
    assert desk.get("/api/routes").json()["items"] == []
    assert [row["office"] for row in desk.get("/api/routes?ended=true").json()["items"]] == ["农技站"]


def test_what_a_line_can_say_and_what_holds_without_one(admin):
    desk = a_browser_of(admin)
    choices = desk.get("/api/routes/choices").json()
    carried = next(one for one in choices["kinds"] if one["kind"] == CARRIED.code)
    assert [(one["level"], one["role"], one["role_name"]) for one in carried["levels"]] == [
        ("grid", "grid_worker", "网格员"),
        ("village", "village_secretary", "村支书"),
        ("town", "clerk", "办事员"),
        ("banner", None, None),
    ]
    report = next(one for one in choices["kinds"] if one["kind"] == "grid.report")
    assert {"code": "road", "name": "路、桥、涵洞"} in report["categories"]
    assert {"code": "agronomist", "name": "农技员"} in choices["roles"]
    a_route(kind="grid.report", category="road")
    assert [row["category_name"] for row in desk.get("/api/routes").json()["items"]] == ["路、桥、涵洞"]
    assert Client().get("/api/routes/choices").status_code == 401


def test_the_list_of_routes_asks_the_same_for_one_and_three(admin):
    desk = a_browser_of(admin)

    def asked():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get("/api/routes").status_code == 200
        return len(seen)

    a_route()
    desk.get("/api/routes")
    one = asked()
    a_route(order=2)
    a_route(order=3)
    assert asked() == one


# Tables


def rows_of(kind, *lines):
    """Lines as a table's reader makes them: every cell through its column."""
    return [
        Row(n, {code: kind.column(code).parse(cell, TODAY) for code, cell in line.items()})
        for n, line in enumerate(lines, start=2)
    ]


def taken(kind, rows, by):
    import_id = ids.uuid7()
    done = []
    applied = kind.apply(iter([rows]), import_id=import_id, area=TOWN, by=by, at=AT, progress=done.append)
    assert done == [len(rows)]
    return import_id, applied


ROUTES, CALENDAR = imports.IMPORTS
LINE = {"kind": CARRIED.code, "level": "镇", "role": "农技员", "office": "农技站", "order": "1"}


def test_a_routing_table_comes_in_goes_out_and_is_taken_back(admin):
    clerk = a_person("clerk")
    other = {**LINE, "category": "water", "role": None, "account": clerk.account}
    del other["role"]
    rows = rows_of(ROUTES, LINE, other, {**LINE, "order": "2", "account": clerk.account})
    import_id, applied = taken(ROUTES, rows, clerk)
    assert (applied.made, applied.unchanged) == (2, 0)
    assert [(fault.row, fault.code, fault.column) for fault in applied.faults] == [(4, "workflow.name_one", "account")]
    _, again = taken(ROUTES, rows, clerk)
    assert (again.made, again.unchanged) == (0, 2)
    (kind,) = exports.EXPORTS
    out = list(kind.rows(["level", "category", "role", "account"], area=TOWN, by=clerk, at=AT))
    assert out == [["镇", None, "农技员", None], ["镇", "water", None, clerk.account]]
    undone = tables.undo_routes(import_id, area=TOWN, by=clerk, at=AT)
    assert (undone.removed, undone.kept, Route.objects.count()) == (2, 0, 0)


def test_a_table_that_takes_a_lines_place_gives_it_back(admin):
    clerk = a_person("clerk")
    before = a_route(role="clerk")
    import_id, applied = taken(ROUTES, rows_of(ROUTES, LINE), clerk)
    before.refresh_from_db()
    assert (applied.made, applied.changed, before.valid_until) == (0, 1, TODAY)
    undone = tables.undo_routes(import_id, area=TOWN, by=clerk, at=AT)
    before.refresh_from_db()
    assert (undone.restored, before.valid_until) == (1, None)


def test_words_nobody_knows_are_refused_at_their_cell():
    for code, cell in (("kind", "没听说过"), ("level", "月球"), ("role", "villager")):
        with pytest.raises(Unfit):
            ROUTES.column(code).parse(cell, TODAY)


def test_a_years_notice_comes_in_as_a_table(admin):
    clerk = a_person("clerk")
    matter = a_carried(level="town", at=datetime(2026, 12, 29, 9, tzinfo=HOME))
    days = ["2027-01-01", "2027-02-05", "2027-04-05", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03"]
    lines = [{"on": day, "is_working": "放假"} for day in days] + [{"on": "2027年1月2日", "is_working": "上班"}]
    import_id, applied = taken(CALENDAR, rows_of(CALENDAR, *lines), clerk)
    assert (applied.made, applied.changed) == (8, 0)
    assert queries.calendar(TOWN).knows(2027)
    assert actions.recount_unsure(at=AT, by=HOUSE) == 1
    assert Clock.objects.get(matter=matter).unsure_year is None
    actions.write_days(area=TOWN, days={date(2027, 1, 2): False}, basis="更正", by=clerk, at=AT)
    undone = tables.undo_days(import_id, area=TOWN, by=clerk, at=AT)
    assert (undone.removed, CalendarDay.objects.count()) == (7, 1)
    assert not queries.calendar(TOWN).knows(2027)
    assert Clock.objects.get(matter=matter).unsure_year == 2027
    assert actions.recount_unsure(at=AT, by=HOUSE) == 0
