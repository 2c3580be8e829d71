"""The one look-up that runs as the owner over names: it applies the scope itself, whoever calls it with what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from tests.access.world import NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.tests import factories as people

CITY = "15.08"
GRID = f"{VILLAGE}.g01"
KEY = 4711
"""One digest in every row: what keys of one town must never do, so that nothing but places holds them apart."""

FUNCTION = "xy_door.people_by_name(bigint[],integer[],text[],integer)"
CALL = "SELECT resident_id FROM xy_door.people_by_name(%s::bigint[], %s::integer[], %s::text[], %s)"


@pytest.fixture
def who(house: None) -> dict[str, UUID]:
    """Somebody in a village, in a grid of it, in the next one, and in another town."""
    found = {}
    for name, area, grid in (
        ("grid", VILLAGE, GRID),
        ("village", VILLAGE, ""),
        ("next", NEXT_VILLAGE, ""),
        ("foreign", f"{OTHER_TOWN}.201", f"{OTHER_TOWN}.201.g01"),
    ):
        home, head = people.a_household(area, grid_path=grid), people.a_resident(area, name_keys=[KEY], name=name)
        people.a_membership(home, head, is_head=True)
        found[name] = head.pk
    return found


def found(scope: str, *roots: str, keys: tuple[int, ...] = (KEY,), most: int = 50) -> set[UUID]:
    with doors.scoped(scope), connection.cursor() as cursor:
        cursor.execute(CALL, [list(keys), [0] * len(keys), list(roots), most])
        return {row[0] for row in cursor.fetchall()}


def leaks(who: dict[str, UUID]) -> list[str]:
    """What the function gives away that it must not."""
    asked = {
        "a foreign root in the own scope": found(TOWN, OTHER_TOWN),
        "the root of everything": found(TOWN, "15") & {who["foreign"]},
        "a foreign grid": found(TOWN, f"{OTHER_TOWN}.201.g01"),
        "own roots in a foreign scope": found(OTHER_TOWN, TOWN),
        "no scope": found("", TOWN, OTHER_TOWN, GRID),
    }
    return [name for name, people in asked.items() if people]


def test_a_scope_holds_its_own_people_and_a_root_narrows_them(who: dict[str, UUID]) -> None:
    assert found(TOWN, TOWN) == {who["grid"], who["village"], who["next"]}
    assert found(TOWN, VILLAGE) == {who["grid"], who["village"]}
    assert found(TOWN, NEXT_VILLAGE) == {who["next"]}
    assert found(TOWN, GRID) == {who["grid"]}
    assert found(TOWN, GRID, NEXT_VILLAGE) == {who["grid"], who["next"]}
    assert found(CITY, TOWN, OTHER_TOWN) == set(who.values())
    assert found(TOWN) == set()
    assert found(TOWN, TOWN, keys=(KEY + 1,)) == set()


def test_it_gives_away_nobody_elsewhere(who: dict[str, UUID]) -> None:
    assert leaks(who) == []


def test_without_any_scope_set_there_is_nobody(who: dict[str, UUID]) -> None:
    doors.set_scope("")
    with connection.cursor() as cursor:
        cursor.execute(CALL, [[KEY], [0], [TOWN], 50])
        assert cursor.fetchall() == []


def test_it_never_gives_more_than_it_is_asked_for_nor_more_than_two_hundred(who: dict[str, UUID]) -> None:
    assert len(found(CITY, CITY, most=2)) == 2
    template = Resident.objects.get(pk=who["village"])
    for n in range(220):
        template.pk = UUID(int=n + 1)
        template.save(force_insert=True)
    assert len(found(CITY, CITY, most=10_000)) == 200


def test_who_was_merged_into_another_is_nobody(who: dict[str, UUID]) -> None:
    Resident.objects.filter(pk=who["next"]).update(merged_into=who["village"])
    assert found(TOWN, TOWN) == {who["grid"], who["village"]}


def test_the_ingest_role_may_not_call_it(db: None) -> None:
    with psycopg.connect(**CONFIG.dsn("xy_ingest"), autocommit=True) as ingest:  # type: ignore[arg-type]
        ingest.execute("SELECT set_config('xy.scope', %s, false)", [CITY])
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="people_by_name"):
            ingest.execute(CALL, [[KEY], [0], [CITY], 50])
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="people_resident"):
            ingest.execute("SELECT FROM people_resident")


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as opened:  # type: ignore[arg-type]
        yield opened


SCOPE_CHECK = "h.area_path >= scope AND h.area_path < scope || '/'"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("cut", "put", "told"),
    [
        (SCOPE_CHECK, "true", ["a foreign root in the own scope", "the root of everything", "a foreign grid"]),
        ("IF scope IS NULL THEN", "scope := coalesce(scope, '15'); IF false THEN", ["no scope"]),
    ],
)
def test_a_function_that_forgot_the_scope_is_found(
    owner: psycopg.Connection[Any], cut: str, put: str, told: list[str]
) -> None:
    (whole,) = owner.execute("SELECT pg_get_functiondef(%s::regprocedure)", [FUNCTION]).fetchone()  # type: ignore[misc]
    assert whole.count(cut) == 1
    try:
        owner.execute(whole.replace(cut, put))
        with doors.scoped(CITY):
            planted = {}
            for name, area, grid in (("own", VILLAGE, GRID), ("foreign", f"{OTHER_TOWN}.201", f"{OTHER_TOWN}.201.g01")):
                home, head = people.a_household(area, grid_path=grid), people.a_resident(area, name_keys=[KEY])
                people.a_membership(home, head, is_head=True)
                planted[name] = head.pk
            assert set(told) <= set(leaks(planted))
    finally:
        owner.execute(whole)
    with doors.scoped(CITY):
        assert leaks(planted) == []
