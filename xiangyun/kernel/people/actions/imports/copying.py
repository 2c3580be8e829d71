"""Many rows at once: COPY into a table of this transaction, then one INSERT under the policies.

`COPY FROM` is refused where row-level security is on; `bulk_create` takes five times as long. PostgreSQL writes one
batch while the next is read and judged: half of an import's time is its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from xiangyun.base import ids


class Fresh:
    """A new row, to be written by COPY: the columns of a model by name, without what making a model costs."""

    def __init__(self, model: type[models.Model], **columns: Any) -> None:
        self.__dict__.update(_empty(model), id=ids.uuid7(), **columns)
        self.model = model

    @property
    def pk(self) -> Any:
        """Its key."""
        return self.__dict__["id"]


@cache
def _empty(model: type[models.Model]) -> dict[str, Any]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return {field.attname: field.get_default() for field in fields}


def _told(value: Any) -> Any:
    """A list of numbers as PostgreSQL writes it: psycopg looks at each of the keys of a name."""
    return f"{{{','.join(map(str, value))}}}" if type(value) is list and value and type(value[0]) is int else value


class Copier:
    """Writes what it is given, in order, on the connection of the transaction that is open here; beside whoever calls,
    who asks the database for nothing before `wait`."""

    def __init__(self, link: BaseDatabaseWrapper, pool: ThreadPoolExecutor) -> None:
        self._link = link
        self._pool = pool
        self._begun: list[Future[None]] = []

    def insert(self, rows: Sequence[Any]) -> None:
        """Begin to write new rows of one model (rows of it, or `Fresh`), whose keys are made already."""
        if rows:
            self._begun.append(self._pool.submit(_insert, self._link, list(rows)))

    def wait(self) -> None:
        """Until all of it is written. Raises what was raised over it."""
        begun, self._begun = self._begun, []
        for one in begun:
            one.result()


@contextmanager
def copier() -> Iterator[Copier]:
    """A copier; all is written, or raised, when it is left."""
    link = connections["default"]
    link.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1, "copier") as pool:
            made = Copier(link, pool)
            yield made
            made.wait()
    finally:
        link.dec_thread_sharing()


def _insert(link: BaseDatabaseWrapper, rows: Sequence[Any]) -> None:
    model = rows[0].model if isinstance(rows[0], Fresh) else type(rows[0])
    columns = [field for field in model._meta.concrete_fields if not field.generated]
    names = sql.SQL(", ").join([sql.Identifier(str(field.column)) for field in columns])
    attributes = [field.attname for field in columns]
    table = sql.Identifier(model._meta.db_table)
    incoming = sql.Identifier(f"incoming_{model._meta.db_table}")
    with link.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DROP").format(incoming, table))
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(incoming, names)
        with cursor.copy(into) as copy:
            for row in rows:
                copy.write_row([_told(getattr(row, name)) for name in attributes])
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, incoming))
        cursor.execute(sql.SQL("TRUNCATE {}").format(incoming))
