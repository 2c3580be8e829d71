"""A grid is split in two, or goes to another worker."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from xiangyun.base.errors import BadInput, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.org import queries as places
from xiangyun.kernel.org.models import Area, Outline
from xiangyun.kernel.org.rules.outlines import geometry_of, surface
from xiangyun.kernel.people.models import Change, Household
from xiangyun.kernel.people.queries import past
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.workflow import actions, queries
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_carried, a_person

GRID, LEFT, RIGHT = f"{VILLAGE}.g01", f"{VILLAGE}.g03", f"{VILLAGE}.g04"
SQUARE = [(107.20, 40.80), (107.24, 40.80), (107.24, 40.84), (107.20, 40.84)]
# From south to north: the west is the first half.
LINE = [[107.22, 40.79], [107.22, 40.85]]
WEST, EAST = {"lon": 107.21, "lat": 40.82}, {"lon": 107.23, "lat": 40.82}
NAMES = ("渠西网格", "渠东网格")


@pytest.fixture
def admin(house: None) -> Actor:
    for suffix in ("g01", "g02"):
        org.add_part(village=VILLAGE, suffix=suffix, name=f"{suffix}网格", on=date(2026, 1, 1))
    by = a_person("town_admin")
    org.put_outline(path=GRID, geometry=geometry_of(SQUARE), source="drawn", by=by, at=AT - timedelta(days=9))
    return by


def split(by: Actor, **changes: Any) -> tuple[Area, Area]:
    told: dict[str, Any] = {"path": GRID, "line": LINE, "names": NAMES, "chosen": {}, "at": AT, **changes}
    return actions.split_grid(by=by, **told)


def held(account: Any) -> set[str]:
    return set(Post.objects.filter(account=account, ends_at=None).values_list("area_path", flat=True))


class TestASplit:
    def test_ends_a_grid_and_begins_two(self, admin: Actor) -> None:
        first, second = split(admin)
        assert [(one.path, one.name, one.valid_from) for one in (first, second)] == [
            (LEFT, NAMES[0], date(2026, 6, 20)), (RIGHT, NAMES[1], date(2026, 6, 20)),
        ]  # fmt: skip
        old = Area.objects.get(path=GRID)
        assert (old.valid_until, old.successor_path, places.stands(GRID)) == (date(2026, 6, 20), LEFT, False)
        drawn = {one.area_path: (one.source, one.source_name) for one in places.outlines()}
        assert drawn == {LEFT: ("split", "g01网格"), RIGHT: ("split", "g01网格")}
        assert Outline.objects.get(area_path=GRID).valid_until == date(2026, 6, 20)

    def test_takes_each_home_along_by_its_point_and_keeps_where_it_stood(self, admin: Actor) -> None:
        west, east, gone = (
            people.a_household(grid_path=GRID, **point) for point in (WEST, EAST, {"closed_on": date(2026, 2, 1)})
        )
        other = people.a_household(grid_path=f"{VILLAGE}.g02", **WEST)
        source = west.home_source_id
        split(admin)
        assert [Household.objects.get(pk=one.pk).grid_path for one in (west, east, gone, other)] == [
            LEFT, RIGHT, GRID, f"{VILLAGE}.g02",
        ]  # fmt: skip
        west.refresh_from_db()
        change = Change.objects.get(subject_id=west.pk)
        assert (past.before(change), change.act, change.source.name) == (
            {"grid": GRID},
            "people.follow_grid",
            "g01网格",
        )
        assert (west.home_source_id, west.version) == (source, 2)

    def test_asks_where_a_home_without_a_point_goes(self, admin: Actor) -> None:
        lost, far = people.a_household(grid_path=GRID), people.a_household(grid_path=GRID, lon=107.5, lat=40.9)
        with pytest.raises(BadInput) as told:
            split(admin, chosen={lost.pk: 1})
        assert (told.value.code, told.value.params, places.stands(GRID)) == ("workflow.homes_to_choose", {"n": 1}, True)
        split(admin, chosen={lost.pk: 1, far.pk: 0})
        assert [Household.objects.get(pk=one.pk).grid_path for one in (lost, far)] == [RIGHT, LEFT]

    def test_takes_open_matters_along(self, admin: Actor) -> None:
        worker = a_person("grid_worker", GRID)
        home = people.a_household(grid_path=GRID, **EAST)
        by_home = a_carried(GRID, subject=("household", home.pk))
        by_point = a_carried(GRID, point=(EAST["lon"], EAST["lat"]))
        nowhere, over = a_carried(GRID), a_carried(GRID)
        for matter in (by_home, by_point, nowhere):
            actions.route(matter, by=admin, at=AT)
        Matter.objects.filter(pk=over.pk).update(closed_at=AT, check_at=None)
        split(admin)
        assert [Matter.objects.get(pk=one.pk).area_path for one in (by_home, by_point, nowhere, over)] == [
            RIGHT, RIGHT, LEFT, GRID,
        ]  # fmt: skip
        item = WorkItem.objects.get(matter=by_home)
        assert (item.area_path, item.role_area) == (RIGHT, RIGHT)
        told = Notice.objects.get(account=worker.account_id, code="workflow.grid_was_split")
        assert told.params["second"] == NAMES[1]

    def test_leaves_its_worker_with_both_and_a_villager_at_home(self, admin: Actor) -> None:
        worker = a_person("grid_worker", GRID)
        villager, stranger = accounts.an_account("villager", GRID), accounts.an_account("villager", GRID)
        home, one = people.a_home(VILLAGE)
        Household.objects.filter(pk=home.pk).update(grid_path=GRID, **EAST)
        people.an_own_record(villager.pk, one)
        split(admin)
        assert [held(one) for one in (worker.account_id, villager, stranger)] == [{LEFT, RIGHT}, {RIGHT}, {LEFT}]
        assert Account.objects.get(pk=worker.account_id).area_path == VILLAGE

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"path": f"{VILLAGE}.g02"}, "org.no_outline"),
            ({"path": VILLAGE}, "org.only_grids"),
            ({"line": [[107.1, 40.7], [107.1, 40.9]]}, "org.line_crosses"),
            ({"names": ("渠西网格", " ")}, "org.two_names"),
            ({"names": ("渠西网格", "渠西网格")}, "org.two_names"),
            ({"names": ("渠西网格", "g02网格")}, "org.two_names"),
        ],
    )
    def test_that_cannot_be_is_refused(self, admin: Actor, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(BadInput) as told:
            split(admin, **changes)
        assert (told.value.code, places.stands(GRID)) == (code, True)

    def test_is_the_administrators_of_the_town(self, admin: Actor) -> None:
        with pytest.raises(NotAllowed):
            split(a_person("clerk"))
        with doors.scoped(OTHER_TOWN), pytest.raises(NotFound):
            split(a_person("town_admin", OTHER_TOWN))


class TestJoining:
    def test_takes_a_split_back_with_all_that_hangs_on_it(self, admin: Actor) -> None:
        worker = a_person("grid_worker", GRID)
        west, east = (people.a_household(grid_path=GRID, **point) for point in (WEST, EAST))
        matter, over = a_carried(GRID, subject=("household", east.pk)), a_carried(GRID)
        actions.route(matter, by=admin, at=AT)
        Matter.objects.filter(pk=over.pk).update(closed_at=AT, check_at=None)
        split(admin)
        whole = actions.join_grids(paths=(LEFT, RIGHT), name="g01网格", by=admin, at=AT)
        assert (whole.path, whole.name) == (f"{VILLAGE}.g05", "g01网格")
        assert not any(places.stands(path) for path in (GRID, LEFT, RIGHT))
        outline = places.outlines().get(area_path=whole.path)
        assert (outline.source, outline.source_name) == ("joined", f"{NAMES[0]}、{NAMES[1]}")
        assert surface(outline.corners) == pytest.approx(surface(SQUARE))
        assert {Household.objects.get(pk=one.pk).grid_path for one in (west, east)} == {whole.path}
        assert [Matter.objects.get(pk=one.pk).area_path for one in (matter, over)] == [whole.path, GRID]
        item = WorkItem.objects.get(matter=matter)
        assert (item.area_path, item.role_area) == (whole.path, whole.path)
        assert held(worker.account_id) == {whole.path}
        told = Notice.objects.get(account=worker.account_id, code="workflow.grids_were_joined")
        assert told.params == {"first": NAMES[0], "second": NAMES[1], "grid": "g01网格"}

    def test_keeps_the_workers_of_both(self, admin: Actor) -> None:
        one, other = a_person("grid_worker", GRID), a_person("grid_worker", f"{VILLAGE}.g02")
        whole = actions.join_grids(paths=(GRID, f"{VILLAGE}.g02"), name="大网格", by=admin, at=AT)
        assert [held(who.account_id) for who in (one, other)] == [{whole.path}, {whole.path}]
        # one of them had no outline: the whole has none until it is drawn
        assert places.outlines().count() == 0

    @pytest.mark.parametrize(
        ("other", "name", "code"),
        [
            (GRID, "大网格", "org.two_of_a_village"),
            (VILLAGE, "大网格", "org.only_grids"),
            (f"{VILLAGE}.g02", " ", "org.one_name"),
            (f"{VILLAGE}.g02", "渠南网格", "org.one_name"),
            (f"{NEXT_VILLAGE}.g01", "大网格", "org.two_of_a_village"),
        ],
    )
    def test_that_cannot_be_is_refused(self, admin: Actor, other: str, name: str, code: str) -> None:
        org.add_part(village=VILLAGE, suffix="g03", name="渠南网格", on=date(2026, 1, 1))
        org.add_part(village=NEXT_VILLAGE, suffix="g01", name="邻村网格", on=date(2026, 1, 1))
        with pytest.raises(BadInput) as told:
            actions.join_grids(paths=(GRID, other), name=name, by=admin, at=AT)
        assert (told.value.code, places.stands(GRID)) == (code, True)

    def test_is_the_administrators_of_the_town(self, admin: Actor) -> None:
        with pytest.raises(NotAllowed):
            actions.join_grids(paths=(GRID, f"{VILLAGE}.g02"), name="大网格", by=a_person("clerk"), at=AT)


class TestHandingOver:
    def test_moves_the_post_and_the_open_work_of_the_grid(self, admin: Actor) -> None:
        old, new = a_person("grid_worker", GRID), a_person("grid_worker", f"{VILLAGE}.g02")
        matter, elsewhere = a_carried(GRID), a_carried(f"{VILLAGE}.g02")
        actions.assign(matter_id=matter.pk, account=old.account_id, by=admin, at=AT)
        Post.objects.create(account_id=old.account_id, role="grid_worker", area_path=f"{VILLAGE}.g02", starts_at=AT)
        actions.assign(matter_id=elsewhere.pk, account=old.account_id, by=admin, at=AT)
        over = actions.hand_grid_over(path=GRID, account=old.account_id, to=new.account_id, by=admin, at=AT)
        assert [item.matter_id for item in over.went] == [matter.pk]
        assert [held(one.account_id) for one in (old, new)] == [{f"{VILLAGE}.g02"}, {GRID, f"{VILLAGE}.g02"}]
        post = Post.objects.get(account_id=new.account_id, area_path=GRID)
        assert post.duty_phone == "0478-100 0001"
        assert queries.main_work(matter).assignee_id == new.account_id
        told = {one.account_id: one.params for one in Notice.objects.filter(code__startswith="workflow.grid_")}
        assert {who: params["n"] for who, params in told.items()} == {old.account_id: 1, new.account_id: 1}

    def test_is_refused_where_it_makes_no_sense(self, admin: Actor) -> None:
        old, new = a_person("grid_worker", GRID), a_person("clerk")

        def hand(account: Any, to: Any, by: Actor = admin) -> str:
            with pytest.raises((BadInput, NotAllowed, NotFound, WrongState)) as told:
                actions.hand_grid_over(path=GRID, account=account, to=to, by=by, at=AT)
            return told.value.code

        assert hand(new.account_id, old.account_id) == "workflow.not_their_grid"
        assert hand(old.account_id, old.account_id) == "workflow.not_of_this_place"
        assert hand(old.account_id, admin.account_id) == "accounts.not_oneself"
        assert hand(old.account_id, new.account_id, new) == "base.not_allowed"
        assert hand(old.account_id, new.account_id, a_person("town_admin", OTHER_TOWN)) == "base.not_found"
        assert held(old.account_id) == {GRID}


def send(browser: Any, act: str, **body: Any) -> Any:
    return browser.post(f"/api/grids/{GRID}/{act}", body, content_type="application/json")


class TestOverHttp:
    def test_a_preview_counts_and_writes_nothing(self, admin: Actor) -> None:
        browser = accounts.a_browser("town_admin")
        people.a_household(grid_path=GRID, **WEST)
        lost = people.a_household(grid_path=GRID)
        a_carried(GRID)
        told = send(browser, "split/preview", line=LINE).json()
        assert [(half["homes"], half["matters"], half["points"]) for half in told["halves"]] == [
            (1, 1, [[107.21, 40.82]]), (0, 0, []),
        ]  # fmt: skip
        assert told["unplaced"] == [{"id": str(lost.pk), "number": lost.number, "group_name": ""}]
        assert send(browser, "split", line=LINE, names=NAMES).status_code == 422
        done = send(browser, "split", line=LINE, names=NAMES, chosen=[{"home": str(lost.pk), "side": 1}])
        assert [(one["path"], one["homes"]) for one in done.json()["items"]] == [(LEFT, 1), (RIGHT, 1)]

    def test_grids_with_who_works_there(self, admin: Actor, django_assert_max_num_queries: Any) -> None:
        worker = a_person("grid_worker", GRID)
        browser = accounts.a_browser("town_admin")
        with django_assert_max_num_queries(14):
            first, second = browser.get("/api/grids", {"area": VILLAGE}).json()["items"]
        assert first["workers"] == [{"account": worker.account, "name": "李强"}]
        assert (first["may"], second["may"], second["outline"]) == (
            ["draw", "split", "join", "hand_over"],
            ["draw", "join"],
            None,
        )
        assert browser.get("/api/grids", {"area": NEXT_VILLAGE}).json()["items"] == []
        assert accounts.a_browser("grid_worker", GRID).get("/api/grids").json()["items"][0]["may"] == []

    def test_joining(self, admin: Actor) -> None:
        people.a_household(grid_path=GRID)
        told = send(accounts.a_browser("town_admin"), "join", other=f"{VILLAGE}.g02", name="大网格").json()
        assert [(one["path"], one["name"], one["homes"]) for one in told["items"]] == [(LEFT, "大网格", 1)]

    def test_handing_over(self, admin: Actor) -> None:
        old, new = a_person("grid_worker", GRID), a_person("grid_worker", f"{VILLAGE}.g02", name="高娃")
        told = send(accounts.a_browser("town_admin"), "hand_over", account=old.account, to=new.account)
        assert told.json()["items"][0]["workers"] == [{"account": new.account, "name": "高娃"}]

    @pytest.mark.parametrize(
        ("role", "area", "status"),
        [("clerk", TOWN, 403), ("grid_worker", GRID, 403), ("town_admin", OTHER_TOWN, 404)],
    )
    def test_is_not_for_others(self, admin: Actor, role: str, area: str, status: int) -> None:
        browser = accounts.a_browser(role, area)
        bodies = {
            "split": {"line": LINE, "names": NAMES},
            "split/preview": {"line": LINE},
            "join": {"other": f"{VILLAGE}.g02", "name": "大网格"},
        }
        assert [send(browser, act, **body).status_code for act, body in bodies.items()] == [status] * 3
