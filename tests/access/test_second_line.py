"""Row-level security alone: with every filter of the application switched off, nobody sees a foreign row."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models, transaction

from tests.access import world
from tests.access.conftest import Rows
from tests.access.world import OTHER_TOWN, TOWN
from tests.plugin import CITY
from xiangyun.base import clock
from xiangyun.base.paging import MOST
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import TOWN_ROLES


def tables() -> list[tuple[str, str]]:
    """Every table behind a policy, with the column that says where its rows lie."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.tablename, CASE p.tablename WHEN 'org_area' THEN 'path' ELSE 'area_path' END"
            "  FROM pg_policies p WHERE p.schemaname = 'public' ORDER BY 1"
        )
        return cursor.fetchall()


def count(table: str, where: str = "true", params: tuple[str, ...] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {where}', params)
        return int(cursor.fetchone()[0])


def test_in_a_towns_scope_no_table_holds_a_row_of_elsewhere(two_towns: Rows) -> None:
    filled = 0
    for table, column in tables():
        outside = f"NOT ({column} >= %s AND {column} < %s)"
        if table == "org_area":
            outside += " AND level IN ('group', 'grid')"
        with doors.scoped(CITY):
            filled += count(table, f"{column} >= %s AND {column} < %s", (OTHER_TOWN, f"{OTHER_TOWN}/")) > 0
        with doors.scoped(TOWN):
            assert count(table, outside, (TOWN, f"{TOWN}/")) == 0, table
    assert filled >= 20


def test_without_a_scope_there_is_nothing(two_towns: Rows) -> None:
    doors.set_scope("")
    for table, _ in tables():
        public = "level IN ('group', 'grid')" if table == "org_area" else "true"
        assert count(table, public) == 0, table


@pytest.mark.parametrize("foreign", [OTHER_TOWN, "15.08.02", "15.08.02.1001", f"{TOWN}/", "15.08.02.10"])
def test_no_row_can_be_written_elsewhere(db: None, foreign: str) -> None:
    from django.db import DatabaseError

    from xiangyun.kernel.accounts.models import Account

    with pytest.raises(DatabaseError, match="row-level security"), doors.scoped(TOWN):
        Account.objects.create(account="intruder", name="x", area_path=foreign, created_at=clock.now())


def test_a_row_elsewhere_cannot_be_changed_or_moved(two_towns: Rows) -> None:
    from django.db import DatabaseError

    from xiangyun.kernel.accounts.models import Account

    with doors.scoped(TOWN):
        assert Account.objects.filter(account="xh-clerk").update(name="x") == 0
        with pytest.raises(DatabaseError, match="row-level security"), doors.scoped(TOWN):
            Account.objects.filter(account="ls-clerk").update(area_path=OTHER_TOWN)


# Pages about places and rules that are everybody's.
ABOUT_PLACES = ("/api/areas", "/api/areas/{path}", "/api/areas/{path}/map", "/api/alert_rules", "/api/demo/accounts")


def foreign(value: Any) -> list[str]:
    """Every path of the other town that stands anywhere in an answer."""
    if isinstance(value, dict):
        return [found for part in value.values() for found in foreign(part)]
    if isinstance(value, list):
        return [found for part in value for found in foreign(part)]
    return [value] if isinstance(value, str) and value.startswith(OTHER_TOWN) else []


def longest(url: str) -> str:
    """The same list, as many rows of it as a page holds: the other town's may come last."""
    return f"{url}{'&' if '?' in url else '?'}limit={MOST}"


def read_everything(town: str) -> tuple[int, list[tuple[str, str, list[str]]]]:
    """Every list and page, read by every role of a town: how many rows, and what of elsewhere was among them."""
    people = {role: world.person(role, town) for role in TOWN_ROLES}
    seen, leaks = 0, []
    for one in world.endpoints():
        if one.method != "GET" or one.rows or one.path in ABOUT_PLACES:
            continue
        for role, browser in people.items():
            answer = one.call(browser, longest(one.url({})))
            if answer.status_code != 200:
                continue
            body = answer.json()
            seen += len(body.get("items", ())) if isinstance(body, dict) else 0
            if found := foreign(body):
                leaks.append((one.name, role, found[:3]))
    return seen, leaks


def ask_for_each_row(rows: dict[str, str], town: str) -> tuple[int, list[tuple[str, str, int]]]:
    """Every address of a row, every verb, asked by every role of a town that may: how many, and what was not 404."""
    people = {role: world.person(role, town) for role in TOWN_ROLES}
    asked, wrong = 0, []
    for one in world.endpoints():
        if not one.rows or one.needs == "public":
            continue
        for role in TOWN_ROLES:
            if one.needs != "signed_in" and role not in world.roles_with(str(one.needs)):
                continue
            with transaction.atomic():
                status = one.call(people[role], one.url(rows)).status_code
                transaction.set_rollback(True)
            asked += 1
            if status != 404:
                wrong.append((one.name, role, status))
    return asked, wrong


def test_with_the_filters_off_every_page_still_shows_the_own_town_only(two_towns: Rows, filters_off: None) -> None:
    with doors.scoped(CITY):
        seen, leaks = read_everything(TOWN)
    assert leaks == []
    assert seen > 100


def test_with_the_filters_off_a_row_of_the_other_town_is_still_not_there(two_towns: Rows, filters_off: None) -> None:
    with doors.scoped(CITY):
        asked, wrong = ask_for_each_row(two_towns[OTHER_TOWN], TOWN)
    assert wrong == []
    assert asked > 400
    addresses = sum(bool(one.rows) for one in world.endpoints())
    print(f"second line, web: {asked} requests at {addresses} addresses of rows of the other town, all of them 404")


def test_the_tests_above_go_red_without_row_level_security(
    two_towns: Rows, filters_off: None, policies_off: None
) -> None:
    with doors.scoped(CITY):
        _, leaks = read_everything(TOWN)
        _, wrong = ask_for_each_row(two_towns[OTHER_TOWN], TOWN)
    assert {name for name, _, _ in leaks} >= {"GET /api/accounts", "GET /api/devices"}
    assert {name for name, _, status in wrong if status == 200} >= {
        "GET /api/people/residents/{resident_id}",
        "GET /api/matters/{matter_id}",
        "GET /api/grid/reports/{report_id}",
    }


def test_every_model_with_a_place_has_the_filtering_manager() -> None:
    from django.apps import apps

    bare = [
        model.__name__
        for model in apps.get_models()
        if any(field.name == "area_path" for field in model._meta.fields)
        and not isinstance(model._default_manager.all(), ScopedQuerySet)
        and issubclass(model, models.Model)
    ]
    assert bare == []
