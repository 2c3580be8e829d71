"""What each device sent lately, counted in this process's memory, and who is not listened to for a while.

Only who proved to be the device is counted: a stranger with its key must not be able to have it cut off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from xiangyun.kernel.devices.rules import CUT_FOR
from xiangyun.kernel.telemetry.rules import flooding
from xiangyun.kernel.telemetry.rules.flooding import Use

MOST = 100_000


class Meter:
    """Counts by device number; safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._used: dict[int, Use] = {}
        self._cut_until: dict[int, float] = {}
        self._lock = threading.Lock()

    def count(self, num: int, *, records: int = 0, broken: int = 0) -> str | None:
        """Count one body; the code of what was too much where this one crosses a limit, once a cut."""
        with self._lock:
            use = self._used.get(num) or self._new(num)
            use.records += records
            use.bodies += 1
            use.broken += broken
            # What flows off is reckoned only when it matters: this runs for every body.
            if use.fault() is None:
                return None
            use.flow_off(self._now())
            fault = use.fault()
            if fault is None or self._left(num, use.at):
                return None
            self._cut_until[num] = use.at + CUT_FOR.total_seconds()
            return fault

    def may_open(self, num: int, days: int) -> bool:
        """Whether a device may make so many new days now; if so they are counted."""
        with self._lock:
            use = self._used.get(num) or self._new(num)
            use.flow_off(self._now())
            if use.days + days > flooding.NEW_DAYS.burst:
                return False
            use.days += days
            return True

    def cut_for(self, num: int) -> float:
        """How many seconds a device is not listened to; 0 for everybody else."""
        return self._left(num, self._now()) if num in self._cut_until else 0.0

    def cut(self, num: int, seconds: float) -> None:
        """Another door has cut this device off."""
        with self._lock:
            self._cut_until[num] = self._now() + seconds

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._used.clear()
            self._cut_until.clear()

    def _left(self, num: int, now: float) -> float:
        left = self._cut_until.get(num, 0.0) - now
        if left > 0:
            return left
        self._cut_until.pop(num, None)
        return 0.0

    def _new(self, num: int) -> Use:
        if len(self._used) >= MOST:
            self._used.clear()
        use = self._used[num] = Use(self._now())
        return use


METER = Meter()
"""This process's own; several doors together let through a few times as much as one."""
