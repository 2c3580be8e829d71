"""How often one address may ask where nobody signs in; counted in this process, so a second one counts for itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from threading import Lock


class Pace:
    """At most so many questions of one address in each stretch of time."""

    def __init__(self, most: int, per: timedelta) -> None:
        self._most = most
        self._per_s = per.total_seconds()
        self._stretch = 0
        self._asked: dict[str, int] = {}
        self._lock = Lock()

    def wait_s(self, address: str, at: datetime) -> int:
        """Count one question; how many seconds until this address may ask again, 0 where it may now."""
        stretch = int(at.timestamp() // self._per_s)
        with self._lock:
            if stretch != self._stretch:
                # what was counted before is over: nothing grows beyond one stretch
                self._stretch, self._asked = stretch, {}
            asked = self._asked[address] = self._asked.get(address, 0) + 1
        return 0 if asked <= self._most else ceil((stretch + 1) * self._per_s - at.timestamp())
