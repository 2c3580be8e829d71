"""That a restore equals what was backed up: rows and a hash of every table at one named point of the WAL.

For an instant every table is locked against writers: nobody is in the middle of a change, so the snapshot taken then
and the restore point written then are the same state of the ledger. The locks go at once; the snapshot is hashed in
peace, and a restore that stops at the restore point must come out with the same numbers.
"""

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from xiangyun.entry.settings.config import Unfit

Link = psycopg.Connection[tuple[object, ...]]

# A row's text must not depend on who asks.
SESSION = """
SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET extra_float_digits = 1;
SET bytea_output = 'hex'; SET search_path = pg_catalog; SET row_security = off; SET statement_timeout = 0
"""

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""

# Two independent 64-bit hashes of the row as text, summed: the order of rows does not matter, each value and its
# column does.
HASH = sql.SQL(
    "SELECT count(*), coalesce(sum(hashtextextended(line, 1)), 0), coalesce(sum(hashtextextended(line, 2)), 0)"
    " FROM (SELECT ROW(the_row_itself.*)::text AS line FROM ONLY {} AS the_row_itself OFFSET 0) AS said"
)

LOCK_TRIES_S = 300.0
LOCK_MS = 250
STALL_MS = 1000


class _TablesChanged(Exception):
    """A table came or went between the list and the locks."""


@dataclass(frozen=True, slots=True)
class Point:
    """A named point of the WAL: `lsn` is where it ends."""

    name: str
    lsn: int
    at: datetime


def begin(link: Link, name: str, tries_s: float = LOCK_TRIES_S) -> Point:
    """Set a restore point `name.n`; its snapshot stays open on `link` until whoever asked rolls back.

    Each try has a name of its own: a point in the WAL outlives the try that was given up, and a replay stops at the
    first of the name it is told.

    Refuses: Unfit, when in `tries_s` there was no instant without a long write.
    """
    ready(link)
    until = time.monotonic() + tries_s
    number = 0
    while True:
        number += 1
        link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try:
            return _set(link, f"{name}.{number}")
        except (
            psycopg.errors.LockNotAvailable,
            psycopg.errors.QueryCanceled,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.UndefinedTable,
            _TablesChanged,
        ):
            link.execute("ROLLBACK")
            if time.monotonic() > until:
                raise Unfit(
                    zh="有一项写入一直没有结束，备份找不到可以核对的时刻：请等导入等大任务做完，"
                    "再运行 xiangyun backup。",
                    en="Some write does not end, so the backup finds no instant to be checked at: wait for imports to"
                    " finish, then run `xiangyun backup` again.",
                ) from None
            time.sleep(random.uniform(0.2, 1.5))  # noqa: S311 - no secret


def ready(link: Link) -> None:
    """Have every value said the same way whoever asks."""
    link.execute(SESSION)


def hashes(link: Link, began: Iterator[object] | None = None) -> dict[str, str]:
    """`schema.table` → `rows:hash` for every table the link's snapshot sees; `began` is advanced once a table."""
    found: dict[str, str] = {}
    for schema, table in tables(link):
        row = link.execute(HASH.format(sql.Identifier(schema, table))).fetchone()
        if row is not None:
            count, first, second = (int(str(one)) for one in row)
            found[f"{schema}.{table}"] = f"{count}:{_folded(first)}{_folded(second)}"
        if began is not None:
            next(began, None)
    return found


def rows(told: Mapping[str, str]) -> int:
    """How many rows all tables hold."""
    return sum(int(one.split(":")[0]) for one in told.values())


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """The tables that are not as they were, or not there, or too many."""
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def _set(link: Link, name: str) -> Point:
    names = names_now(link)
    # With the locks these limits go too: hashing may take its time.
    link.execute("SAVEPOINT locked")
    link.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
    link.execute(f"SET LOCAL statement_timeout = {STALL_MS}")
    # Sooner than the lock's: a vacuum in our way is told to make room.
    link.execute("SET LOCAL deadlock_timeout = 50")
    if names:
        all_of_them = sql.SQL(", ").join(sql.SQL("ONLY ") + sql.Identifier(*one) for one in names)
        link.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(all_of_them))
    # From here the transaction has its snapshot, and so has a standby that replays to this point.
    row = link.execute(
        "SELECT pg_log_standby_snapshot(), (pg_create_restore_point(%s) - '0/0'::pg_lsn)::bigint, clock_timestamp()",
        (name,),
    ).fetchone()
    # Asked behind the point: a table that came between the snapshot and the point would be in the replay alone.
    if row is None or not isinstance(row[2], datetime) or names_now(link) != names:
        raise _TablesChanged
    link.execute("ROLLBACK TO SAVEPOINT locked")
    # The restore point is not flushed by itself.
    link.execute("SELECT pg_logical_emit_message(false, 'xiangyun', '', true)")
    return Point(name, int(str(row[1])), row[2])


def names_now(link: Link) -> list[tuple[str, str]]:
    """Every table as of this moment, on a connection of its own: a query of ours would take our snapshot too early."""
    with psycopg.connect(link.info.dsn, password=link.info.password or None, autocommit=True) as aside:
        return tables(aside)


def tables(link: Link) -> list[tuple[str, str]]:
    """Every table that holds rows: schema and name."""
    return [(str(one[0]), str(one[1])) for one in link.execute(TABLES).fetchall()]


def _folded(value: int) -> str:
    return f"{value % (1 << 64):016x}"
