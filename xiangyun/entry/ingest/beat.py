"""A sign of life every two seconds, from a thread with a connection of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection

from xiangyun.base import clock
from xiangyun.kernel.workflow import actions as workflow

log = logging.getLogger("xiangyun.ingest")

EVERY_S = 2.0


class Beat(threading.Thread):
    """Says that a door lives, as long as `is_well` says so."""

    def __init__(self, process: str, is_well: Callable[[], bool] = lambda: True) -> None:
        super().__init__(name=f"beat-{process}", daemon=True)
        self._process = process
        self._is_well = is_well
        self._ended = threading.Event()

    def stop(self) -> None:
        """No more."""
        self._ended.set()

    def run(self) -> None:
        """Beat until told to stop."""
        while True:
            try:
                if self._is_well():
                    workflow.beat(self._process, at=clock.now())
            except (DatabaseError, InterfaceError):
                connection.close()
            if self._ended.wait(EVERY_S):
                break
        connection.close()
