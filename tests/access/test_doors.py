"""What walks past the policies: every function of xy_door, who may call it, what binds it, as reviewed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors

pytestmark = pytest.mark.django_db

REVIEWED = json.loads(Path(__file__).with_name("doors.json").read_text(encoding="utf-8"))

FUNCTIONS = """
SELECT regexp_replace(p.oid::regprocedure::text, '^xy_door\\.', ''),
       array(SELECT r.rolname::text FROM pg_roles r
              WHERE NOT r.rolsuper AND r.oid <> p.proowner AND r.rolname LIKE 'xy\\_%%'
                AND has_function_privilege(r.oid, p.oid, 'EXECUTE') ORDER BY 1)
  FROM pg_proc p WHERE p.pronamespace = 'xy_door'::regnamespace AND p.prosecdef ORDER BY 1
"""


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as opened:
        yield opened


def found() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        return dict(cursor.fetchall())


def reviewed() -> dict[str, list[str]]:
    return {function: told["execute"] for function, told in REVIEWED.items()}


def test_every_function_that_walks_past_the_policies_is_a_reviewed_one() -> None:
    assert found() == reviewed()


def test_a_new_door_is_found(owner: psycopg.Connection[Any]) -> None:
    owner.execute(
        "CREATE FUNCTION xy_door.planted(area text) RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " SET search_path = pg_catalog, pg_temp AS 'SELECT count(*) FROM public.people_resident'"
    )
    try:
        assert set(found()) - set(reviewed()) == {"planted(text)"}
    finally:
        owner.execute("DROP FUNCTION xy_door.planted(text)")


def test_a_door_opened_to_another_role_is_found(owner: psycopg.Connection[Any]) -> None:
    function = "xy_door.people_by_name(bigint[],integer[],text[],integer)"
    owner.execute(f"GRANT EXECUTE ON FUNCTION {function} TO xy_ingest")
    try:
        assert found() != reviewed()
    finally:
        owner.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM xy_ingest")
    assert found() == reviewed()


@pytest.mark.parametrize(
    "call",
    [
        "SELECT * FROM xy_door.account_by_name('%%')",
        "SELECT * FROM xy_door.account_by_name('')",
        "SELECT * FROM xy_door.device_by_key('%%')",
        "SELECT * FROM xy_door.device_by_key(NULL)",
        "SELECT * FROM xy_door.device_by_hash(''::bytea)",
        "SELECT * FROM xy_door.actor_of_session(''::bytea, now(), true)",
        "SELECT * FROM xy_door.actor_of_key(NULL, now())",
        "SELECT * FROM xy_door.link_by_token(''::bytea)",
    ],
)
def test_a_door_opens_for_an_exact_key_only(house: None, call: str) -> None:
    from tests.access import world
    from xiangyun.base import clock

    world.one_of_each(world.VILLAGE, clock.now())
    doors.set_scope("")
    with connection.cursor() as cursor:
        cursor.execute(call.replace("%%", "%"))
        assert cursor.fetchall() == []
