"""Row-level security alone: with every filter of the application switched off, nobody sees a foreign row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models

from tests.access import world
from tests.access.world import OTHER_TOWN, TOWN
from xiangyun.base import clock
from xiangyun.base.paging import MOST
from xiangyun.entry.management.commands import seed_demo
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import TOWN_ROLES

CITY = "15.08"


@pytest.fixture
def two_towns(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both demo towns as they are planted, and one more row of every kind in each."""
    monkeypatch.setattr(seed_demo, "CONFIG", replace(seed_demo.CONFIG, demo=True))
    call_command("seed_demo")
    with doors.scoped(CITY):
        for town in (TOWN, OTHER_TOWN):
            world.one_of_each(f"{town}.201", clock.now())


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


def test_in_a_towns_scope_no_table_holds_a_row_of_elsewhere(two_towns: None) -> None:
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


def test_without_a_scope_there_is_nothing(two_towns: None) -> None:
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


def test_a_row_elsewhere_cannot_be_changed_or_moved(two_towns: None) -> None:
    from django.db import DatabaseError

    from xiangyun.kernel.accounts.models import Account

    with doors.scoped(TOWN):
        assert Account.objects.filter(account="xh-clerk").update(name="x") == 0
        with pytest.raises(DatabaseError, match="row-level security"), doors.scoped(TOWN):
            Account.objects.filter(account="ls-clerk").update(area_path=OTHER_TOWN)


@pytest.fixture
def filters_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application forgets every filter by place."""
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, *_args, **_kwargs: rows)
    monkeypatch.setattr(ScopedQuerySet, "in_area", lambda rows, *_args, **_kwargs: rows)


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


def test_with_the_filters_off_every_page_still_shows_the_own_town_only(two_towns: None, filters_off: None) -> None:
    with doors.scoped(CITY):
        seen, leaks = read_everything(TOWN)
    assert leaks == []
    assert seen > 100


def test_the_test_above_goes_red_without_row_level_security(
    two_towns: None, filters_off: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The red control: a door that sets the whole city's scope is a database without policies between towns."""
    set_scope = doors.set_scope
    with doors.scoped(CITY):
        monkeypatch.setattr(doors, "set_scope", lambda scope: set_scope(CITY if scope else scope))
        _, leaks = read_everything(TOWN)
    assert {name for name, _, _ in leaks} >= {"GET /api/accounts", "GET /api/devices"}


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
