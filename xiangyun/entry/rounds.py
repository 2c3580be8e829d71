"""What the house does by the clock: a name, how often, and one call; a round that fails is tried again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection

from xiangyun.base import clock

log = logging.getLogger("xiangyun.rounds")

STEP_S = 0.2
AGAIN_S = 30.0
"""How soon a round that failed is made again, where it would be longer until its turn."""


@dataclass(frozen=True, slots=True)
class Round:
    """Something done again and again, in the door it opens itself."""

    name: str
    every_s: float
    call: Callable[[datetime], object]


class Rounds(threading.Thread):
    """One thread, so one database connection, that makes its rounds until told to stop.

    A lost connection ends the thread: the process then ends too and is started anew, since nothing that listens on
    PostgreSQL survives a restart of it. Any other failure is logged and shows in `failing`.
    """

    def __init__(self, name: str, rounds: Sequence[Round], stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._rounds = rounds
        self._stop_asked = stop
        self._next = dict.fromkeys((each.name for each in rounds), 0.0)
        self.failing: set[str] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        """Make the rounds."""
        try:
            while not self._stop_asked.wait(STEP_S):
                for each in self._rounds:
                    if self._stop_asked.is_set():
                        break
                    self._make(each)
        except (OperationalError, InterfaceError) as fault:
            log.warning("%s: PostgreSQL is away: %s", self.name, fault)
        finally:
            self.ended.set()
            connection.close()

    def _make(self, each: Round) -> None:
        if time.monotonic() < self._next[each.name]:
            return
        self._next[each.name] = time.monotonic() + each.every_s
        try:
            each.call(clock.now())
            self.failing.discard(each.name)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            self.failing.add(each.name)
            self._next[each.name] = time.monotonic() + min(each.every_s, AGAIN_S)
            log.exception("the round %s failed", each.name)
