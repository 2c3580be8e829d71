"""One throw-away PostgreSQL a process of the suite; every test connects as the application's own role."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

# Before Django reads its settings: a home of our own, with a path short enough for a socket.
HOME = Path(tempfile.mkdtemp(prefix="xy-", dir="/tmp"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(XIANGYUN_HOME=str(HOME), DJANGO_SETTINGS_MODULE="xiangyun.entry.settings")
for name in ("DATABASE_URL", "NATS_URL", "XIANGYUN_ROLE", "XIANGYUN_DEMO", "XIANGYUN_BIND", "XIANGYUN_TLS"):
    os.environ.pop(name, None)

CITY = "15.08"

# How long one example takes depends on what else the machine does; how fast things are is a benchmark's question.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A cluster, every migration as the owner, the real area tree, then the application's role only."""
    from django.core.management import call_command
    from django.db import connections
    from django.test import TransactionTestCase

    from xiangyun.box import postgres
    from xiangyun.entry.settings import CONFIG
    from xiangyun.kernel.access import doors
    from xiangyun.kernel.org import actions as org

    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
    with postgres.running(CONFIG, quick), django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)
        with doors.scoped(CITY):
            org.import_divisions()
            org.run_town(code="150802100000")
            org.run_town(code="150802101000")
        kept = _tables_with_rows()
        TransactionTestCase._fixture_teardown = lambda case: _empty(kept)  # type: ignore[attr-defined, method-assign, misc]
        yield
        for connection in connections.all():
            connection.close()


def _owner() -> psycopg.Connection[tuple[Any, ...]]:
    from xiangyun.entry.settings import CONFIG

    return psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True)  # type: ignore[arg-type]


TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


def _tables_with_rows() -> frozenset[str]:
    """What migrations and the tree filled: reference rows that a committed test leaves alone."""
    with _owner() as owner:
        tables = [row[0] for row in owner.execute(TABLES)]
        return frozenset(t for t in tables if owner.execute(f'SELECT EXISTS (SELECT FROM "{t}")').fetchone()[0])  # type: ignore[index]


def _empty(kept: frozenset[str]) -> None:
    """After a test that commits: empty every other table, as their owner."""
    with _owner() as owner:
        tables = [row[0] for row in owner.execute(TABLES) if row[0] not in kept]
        if tables:
            # The audit lets nobody empty it; only its owner can take the guard away, and puts it back.
            owner.execute(_guards("DISABLE"))
            owner.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables) + " CASCADE")
            owner.execute(_guards("ENABLE"))
        owner.execute("DELETE FROM org_area WHERE level IN ('group', 'grid')")


def _guards(verb: str) -> str:
    return "".join(f"ALTER TABLE {table} {verb} TRIGGER never_emptied;" for table in ("audit_entry", "audit_link"))


@pytest.fixture
def house(db: None) -> Iterator[None]:
    """A database door that sees the whole city: builders write through it, actions run in it."""
    from xiangyun.kernel.access import doors

    with doors.scoped(CITY):
        yield
