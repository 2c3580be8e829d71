"""Many rows at once: COPY into a table of this transaction, then one INSERT under the policies.

`COPY FROM` is refused where row-level security is on; `bulk_create` takes five times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models
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


def insert(rows: Sequence[Any]) -> None:
    """Write new rows of one model (rows of it, or `Fresh`), whose keys are made already."""
    if not rows:
        return
    model = rows[0].model if isinstance(rows[0], Fresh) else type(rows[0])
    columns = [field for field in model._meta.concrete_fields if not field.generated]
    names = sql.SQL(", ").join([sql.Identifier(str(field.column)) for field in columns])
    attributes = [field.attname for field in columns]
    table = sql.Identifier(model._meta.db_table)
    incoming = sql.Identifier(f"incoming_{model._meta.db_table}")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DROP").format(incoming, table))
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(incoming, names)
        with cursor.copy(into) as copy:
            for row in rows:
                copy.write_row([getattr(row, name) for name in attributes])
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(table, names, names, incoming))
        cursor.execute(sql.SQL("TRUNCATE {}").format(incoming))
