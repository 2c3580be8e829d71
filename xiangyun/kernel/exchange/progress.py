"""How far a job is, told beside the job's own transaction: others see it move, and can ask it to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from xiangyun.kernel.exchange.rules import Phase

TOLD_EVERY_S = 0.5

MOVE = """
UPDATE exchange_progress SET phase = %s, done = %s, total = %s, moved_at = %s WHERE of_id = %s
RETURNING cancel_asked_at
"""


class Cancelled(Exception):
    """Somebody asked the job to stop."""


class Side:
    """A connection of its own that tells the progress of one import, each time at once."""

    def __init__(self, connection: Any, import_id: UUID, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._import_id = import_id
        self._now = now
        self._phase = Phase.WAITING
        self._total = self._done = 0
        self._told_at = 0.0

    def ask(self) -> None:
        """Ask whether to go on. Raises Cancelled."""
        self.move(self._done)

    def enter(self, phase: Phase, total: int = 0) -> None:
        """Say what is being done now. Raises Cancelled."""
        self._phase, self._total, self._told_at = phase, total, 0.0
        self.move(0)

    def move(self, done: int) -> None:
        """Say how many rows are done; twice a second at most. Raises Cancelled."""
        if monotonic() - self._told_at < TOLD_EVERY_S:
            return
        self._told_at, self._done = monotonic(), done
        with self._connection.cursor() as cursor:
            cursor.execute(MOVE, [self._phase, done, self._total, self._now(), self._import_id])
            row = cursor.fetchone()
        if row and row[0] is not None:
            raise Cancelled


@contextmanager
def beside(import_id: UUID, scope: str, now: Callable[[], datetime]) -> Iterator[Side]:
    """The side of a job on an import of a scope; `now` is the door's clock, since a long job has many moments."""
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            # For the whole session: it serves one job in one town, then it is closed.
            cursor.execute("SELECT set_config('xy.scope', %s, false)", [scope])
        yield Side(connection, import_id, now)
    finally:
        connection.close()
