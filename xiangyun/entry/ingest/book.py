"""Which device stands at the door: looked up once, then remembered.

Nothing that is remembered can grow wrong: key, secret and profile of a device never change, and who was revoked stays
so; whether it was revoked since and where it stands is asked again inside each transaction. A revoked device is no
stranger: what the broker acknowledged before is still its own.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable

from xiangyun.kernel.devices import queries
from xiangyun.kernel.devices.actions import secret_hash
from xiangyun.kernel.devices.queries import Known

MOST = 100_000
MOST_STRANGERS = 10_000
STRANGER_S = 1.0
"""How long nobody is remembered as nobody: guesses cost the database little, a new device waits no longer than this."""


class Book:
    """Devices by key and by secret; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[str | bytes, Known] = {}
        self._strangers: dict[str | bytes, float] = {}
        self._lock = threading.Lock()

    def remembered(self, key: str | bytes) -> Known | None:
        """A device that was looked up before, by key or by the hash of its secret."""
        return self._known.get(key)

    def is_stranger(self, key: str | bytes) -> bool:
        """Whether it was looked up a moment ago and nobody was there."""
        return self._strangers.get(key, 0.0) > time.monotonic()

    def by_key(self, key: str) -> Known | None:
        """A device by its key, from the database if need be."""
        return self.remembered(key) or self._look_up(key, lambda: queries.known_by_key(key))

    def by_hash(self, hashed: bytes) -> Known | None:
        """A device by the hash of its secret, from the database if need be."""
        return self.remembered(hashed) or self._look_up(hashed, lambda: queries.known_by_hash(hashed))

    def forget(self, device: Known) -> None:
        """Ask about this device again at its next visit."""
        with self._lock:
            self._known.pop(device.key, None)
            self._known.pop(device.http_hash, None)

    def _look_up(self, key: str | bytes, ask: Callable[[], Known | None]) -> Known | None:
        if self.is_stranger(key):
            return None
        found = ask()
        with self._lock:
            if found is None:
                if len(self._strangers) >= MOST_STRANGERS:
                    self._strangers.clear()
                self._strangers[key] = time.monotonic() + STRANGER_S
            else:
                if len(self._known) >= MOST:
                    self._known.clear()
                self._known[found.key] = self._known[found.http_hash] = found
        return found


def fits(device: Known, secret: str) -> bool:
    """Whether this is the device's secret."""
    return hmac.compare_digest(device.http_hash, secret_hash(secret))
