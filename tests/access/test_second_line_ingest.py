"""Row-level security alone, for the role of the ingest doors: whatever it may do with a table, in the scope of one town
it does nothing to a row of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.access import world
from tests.access.test_catalogue import PLACE, WITHOUT_A_PLACE, is_of_others
from tests.access.world import OTHER_TOWN, TOWN
from tests.plugin import CITY
from xiangyun.base import clock
from xiangyun.box import postgres
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests.factories import an_account
from xiangyun.kernel.alerts.tests import factories as alerts
from xiangyun.kernel.devices.models import Device, Parked, Quarantine, RawLine
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.telemetry.models import Answer, Hour
from xiangyun.kernel.workflow.models import TakeLimit

ROLE = "xy_ingest"

MAY = """
SELECT c.relname, c.relrowsecurity, has_table_privilege(%(role)s, c.oid, 'DELETE'),
       array_agg(a.attname::text) FILTER (WHERE has_column_privilege(%(role)s, c.oid, a.attnum, 'SELECT')),
       array_agg(a.attname::text) FILTER (WHERE has_column_privilege(%(role)s, c.oid, a.attnum, 'INSERT')),
       array_agg(a.attname::text) FILTER (WHERE has_column_privilege(%(role)s, c.oid, a.attnum, 'UPDATE'))
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                                     AND a.attgenerated = ''
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
 GROUP BY c.oid, c.relname, c.relrowsecurity
HAVING has_table_privilege(%(role)s, c.oid, 'DELETE')
    OR bool_or(has_column_privilege(%(role)s, c.oid, a.attnum, 'SELECT, INSERT, UPDATE'))
 ORDER BY 1
"""


@dataclass
class Table:
    """A table the role may touch: by which columns, and what each town has in it."""

    name: str
    is_guarded: bool
    may_delete: bool
    selects: list[str]
    inserts: list[str]
    updates: list[str]
    own: list[dict[str, Any]] = field(default_factory=list)
    foreign: list[dict[str, Any]] = field(default_factory=list)

    @property
    def place(self) -> str:
        return PLACE.get(self.name, "area_path")

    @property
    def verbs(self) -> list[str]:
        """What the role may do with it that could reach the other town."""
        found = {
            "select": self.selects,
            "update": self.updates,
            "move": self.place in self.updates,
            "insert": self.inserts,
            "delete": self.may_delete,
        }
        return [verb for verb, may in found.items() if may]


@pytest.fixture
def both(transactional_db: None) -> None:
    """Both towns as committed: one of everything, a grid, and stations whose rain has raised alerts."""
    now = clock.now()
    with doors.scoped(CITY):
        for town in (TOWN, OTHER_TOWN):
            village = f"{town}.201"
            world.one_of_each(village, now)
            an_account("duty_officer", town)
            grid = {"code": f"{town.replace('.', '')}201g77", "name": "七十七网格", "level": "grid"}
            Area.objects.create(path=f"{village}.g77", valid_from=now.date(), **grid)
            with doors.scoped(town):
                rain = [(now - timedelta(minutes=30), {"rain_mm": 45.0}), (now, {"rain_mm": 9.0})]
                station = alerts.a_station(area=village)
                alerts.send(station, rain, at=now)
            what_else_is_kept_of(station, now)


def what_else_is_kept_of(device: Device, at: datetime) -> None:
    """Rows that are only written when something is wrong with a body, or later."""
    of, num = {"device": device, "area_path": device.area_path, "received_at": at}, device.num
    Parked.objects.create(**of, reason="poison", value="?", fingerprint=b"1")
    Quarantine.objects.create(**of, metric="odd", ts=at, value="1")
    RawLine.objects.create(**of, door="http", line="{}", stored=0, duplicate=0, rejected=1)
    told = {"device_num": num, "area_path": device.area_path}
    Answer.objects.create(**told, key="k", body_hash=b"1", answer={}, received_at=at)
    hour = {name: [0] for name in ("count", "total", "least", "most")}
    Hour.objects.create(**told, hour=at, **hour)
    TakeLimit.objects.create(area_path=device.area_path, minutes=10, starts_at=at)


def touchable() -> list[Table]:
    """Every table the role may touch, with the rows of both towns."""
    with postgres.superuser(CONFIG, postgres.DATABASE) as every:
        found = [Table(*(part or [] for part in row)) for row in every.execute(MAY, {"role": ROLE})]  # type: ignore[arg-type]
        for one in found:
            if not one.is_guarded:
                continue
            for town, into in ((TOWN, one.own), (OTHER_TOWN, one.foreign)):
                below = " AND level = 'grid'" if one.name == "org_area" else ""
                query = f"SELECT to_jsonb(t) FROM {one.name} t WHERE {one.place} >= %s AND {one.place} < %s{below}"
                into += [row[0] for row in every.execute(query.encode(), [town, f"{town}/"])]  # type: ignore[misc]
    return found


def reaches(link: psycopg.Connection[Any], table: Table, verb: str) -> bool:
    """Whether the verb reaches a row of the other town; taken back."""
    name, place = sql.Identifier(table.name), sql.Identifier(table.place)
    with link.transaction(force_rollback=True):
        try:
            with link.transaction():
                if verb == "select":
                    columns = sql.SQL(", ").join(
                        part for one in table.selects for part in (sql.Literal(one), sql.Identifier(one))
                    )
                    rows = link.execute(sql.SQL("SELECT jsonb_build_object({}) FROM {}").format(columns, name))
                    theirs = [{one: row[one] for one in table.selects} for row in table.foreign]
                    return any(row[0] in theirs for row in rows)
                if verb == "update":
                    column = sql.Identifier(next(one for one in table.updates if one in table.selects))
                    query = sql.SQL("UPDATE {} SET {} = {}").format(name, column, column)
                    return link.execute(query).rowcount > len(table.own)
                if verb == "delete":
                    return link.execute(sql.SQL("DELETE FROM {}").format(name)).rowcount > len(table.own)
                if verb == "move":
                    link.execute(sql.SQL("UPDATE {} SET {} = %s").format(name, place), [OTHER_TOWN])
                    return True
                columns = sql.SQL(", ").join(map(sql.Identifier, table.inserts))
                query = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM jsonb_populate_record(NULL::{}, %s)")
                link.execute(query.format(name, columns, columns, name), [Jsonb(table.foreign[0])])
                return True
        except psycopg.errors.InsufficientPrivilege as refused:
            return "row-level security" not in str(refused)
        except psycopg.errors.UniqueViolation:
            return True  # of the very row of the other town


def reached(link: psycopg.Connection[Any], tables: list[Table]) -> set[tuple[str, str]]:
    link.execute("SELECT set_config('xy.scope', %s, false)", [TOWN])
    return {(table.name, verb) for table in tables for verb in table.verbs if reaches(link, table, verb)}


@pytest.fixture
def ingest() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**CONFIG.dsn(ROLE), autocommit=True) as opened:
        yield opened


def test_whatever_the_ingest_role_may_do_stays_in_its_town(both: None, ingest: psycopg.Connection[Any]) -> None:
    tables = touchable()
    assert [one.name for one in tables if not one.is_guarded and not is_of_others(one.name)] == sorted(
        one.name for one in tables if one.name in WITHOUT_A_PLACE
    )
    guarded = [one for one in tables if one.is_guarded]
    assert [one.name for one in guarded if not one.own or not one.foreign] == []
    assert reached(ingest, guarded) == set()
    pairs = sum(len(one.verbs) for one in guarded)
    print(f"second line, ingest: {len(guarded)} tables, {pairs} things it may do with them, 0 reach the other town")


def test_the_test_above_goes_red_without_row_level_security(both: None) -> None:
    guarded = [one for one in touchable() if one.is_guarded]
    everything = {(one.name, verb) for one in guarded for verb in one.verbs}
    connection.close()
    with postgres.superuser(CONFIG, postgres.DATABASE) as every:
        with every.transaction(force_rollback=True):
            every.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(ROLE)))
            assert reached(every, guarded) == set(), "as the role itself"
        with every.transaction(force_rollback=True):
            for one in guarded:
                every.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(sql.Identifier(one.name)))
            every.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(ROLE)))
            assert reached(every, guarded) == everything
