"""The database's own catalogue: every row that has a place is behind a policy, whoever forgot to write it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from xiangyun.entry.settings import CONFIG

pytestmark = pytest.mark.django_db

# Tables whose rows belong to no place, each with the reason. A new table stands behind a policy or here.
WITHOUT_A_PLACE = {
    "accounts_loginattempt": "counted before anybody is known; no endpoint reads it",
    "alerts_alertrule": "the numbers of rules, a town's own included, are published with their source",
    "alerts_fullday": "which device's day was full: numbers alone, read by the one who judges",
    "alerts_watch": "until when a device's rule needs no look: numbers alone, read by the one who judges",
    "django_migrations": "of the migrations",
    "offline_droptry": "counted before anybody is known; no endpoint reads it",
    "telemetry_letter": "messages whose sender nobody knows; no endpoint reads it",
    "vault_confirmation": "that somebody holds the recovery sheet of the whole box; tells nothing of it",
    "workflow_heartbeat": "of the box's own processes",
}
# Whole families of other people's tables.
OF_OTHERS = ("procrastinate_",)

# What everybody may read: the names of places down to the village, the days on which people work.
PUBLIC = (("org_area", "SELECT"), ("workflow_calendarday", "SELECT"))

# Where a row's place has another name than `area_path`.
PLACE = {"org_area": "path"}

TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, c.relispartition,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid),
       array(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
 ORDER BY 1
"""


def rows(query: str, *params: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def is_of_others(table: str) -> bool:
    return table.startswith(OF_OTHERS)


def unguarded() -> list[str]:
    """Tables and partitions with a place but without a forced policy."""
    return [
        table
        for table, is_forced, _, has_policy, columns in rows(TABLES)
        if {"area_path", PLACE.get(table, "area_path")} & set(columns) and not (is_forced and has_policy)
    ]


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as opened:
        yield opened


def test_every_table_and_partition_with_a_place_is_behind_a_forced_policy() -> None:
    assert unguarded() == []


def test_a_table_without_a_policy_is_found(owner: psycopg.Connection[Any]) -> None:
    owner.execute("CREATE TABLE planted_forgotten (id int, area_path text)")
    owner.execute("CREATE TABLE planted_unforced (id int, area_path text)")
    owner.execute("ALTER TABLE planted_unforced ENABLE ROW LEVEL SECURITY")
    owner.execute("CREATE POLICY p ON planted_unforced USING (true)")
    try:
        assert unguarded() == ["planted_forgotten", "planted_unforced"]
    finally:
        owner.execute("DROP TABLE planted_forgotten, planted_unforced")


def test_a_partition_made_today_is_behind_a_policy_too() -> None:
    rows("SELECT xy_door.telemetry_open_day('2019-02-03'::date)")
    parts = [table for table, _, is_partition, _, _ in rows(TABLES) if is_partition]
    assert any("20190203" in part.replace("_", "") for part in parts), parts
    assert unguarded() == []


def test_every_table_has_a_place_or_a_reason() -> None:
    placeless = {
        table
        for table, _, _, _, columns in rows(TABLES)
        if not {"area_path", PLACE.get(table, "area_path")} & set(columns) and not is_of_others(table)
    }
    assert placeless == set(WITHOUT_A_PLACE)


def test_every_policy_compares_the_place_with_the_scope() -> None:
    policies = rows(
        "SELECT tablename, cmd, coalesce(qual, ''), coalesce(with_check, qual, '') FROM pg_policies"
        " WHERE schemaname = 'public'"
    )
    odd = [
        (table, using, check)
        for table, command, using, check in policies
        if ("xy.scope" not in using or "xy.scope" not in check) and (table, command) not in PUBLIC
    ]
    assert odd == []


@pytest.mark.parametrize("role", ["xy_app", "xy_ingest"])
def test_the_houses_roles_own_nothing_and_walk_past_nothing(role: str) -> None:
    ((is_super, walks_past, makes_roles, makes_databases),) = rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", role
    )
    assert (is_super, walks_past, makes_roles, makes_databases) == (False, False, False, False)
    assert rows("SELECT relname FROM pg_class WHERE relowner = %s::regrole", role) == []
    assert rows("SELECT proname FROM pg_proc WHERE proowner = %s::regrole", role) == []
    assert rows("SELECT FROM pg_auth_members WHERE member = %s::regrole", role) == []


def test_the_suite_itself_is_the_application() -> None:
    assert rows("SELECT current_user::text, session_user::text") == [("xy_app", "xy_app")]


def test_what_runs_as_the_owner_stands_in_one_schema_with_a_fixed_path_and_is_open_to_nobody() -> None:
    found = rows(
        "SELECT p.oid::regprocedure::text, n.nspname, coalesce(p.proconfig::text, ''), coalesce(p.proacl::text, '=X/')"
        "  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    )
    assert found
    for function, schema, settings, grants in found:
        assert schema == "xy_door", function
        assert "search_path=" in settings, function
        assert "public" not in settings, function
        assert "{=X/" not in grants and ",=X/" not in grants, function  # noqa: PT018 - one fact


def test_history_cannot_be_changed_by_the_application() -> None:
    for table in ("audit_entry", "audit_link"):
        for right in ("UPDATE", "DELETE", "TRUNCATE"):
            for role in ("xy_app", "xy_ingest"):
                assert rows("SELECT has_table_privilege(%s, %s, %s)", role, table, right) == [(False,)]
    assert rows("SELECT has_table_privilege('xy_ingest', 'accounts_password', 'SELECT')") == [(False,)]
    assert rows("SELECT has_table_privilege('xy_ingest', 'accounts_session', 'SELECT')") == [(False,)]
