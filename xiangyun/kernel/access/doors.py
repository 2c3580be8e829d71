"""A door opens the transaction and says whose rows may be seen in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def set_scope(scope: str) -> str:
    """Set the scope of the current transaction; returns the one before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('xy.scope', true), set_config('xy.scope', %s, true)", [scope])
        row = cursor.fetchone()
    return (row[0] if row else None) or ""


@contextmanager
def scoped(scope: str) -> Iterator[None]:
    """One transaction (or savepoint) in which exactly the rows under `scope` exist.

    The scope before is put back at the end, since `set_config` outlives a savepoint that is kept; where something
    went wrong the savepoint is rolled back, and the scope with it.
    """
    with transaction.atomic():
        before = set_scope(scope)
        yield
        if not connection.needs_rollback:
            set_scope(before)
