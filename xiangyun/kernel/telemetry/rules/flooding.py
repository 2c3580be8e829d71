"""How much one device may send before it is cut off: far above what an honest one sends; plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """So much at once, and so much a second for ever."""

    burst: float
    per_s: float


# A month at one record a second, sent at once, passes (2.6 million), and more a second than a box takes in from one.
RECORDS = Limit(3_000_000, 20_000)
"""Records, and strange metrics: each of those is a row in quarantine."""

BODIES = Limit(1_000_000, 500)
"""Bodies: eleven days at one a second, each by itself, pass."""

BROKEN = Limit(12_000, 3_000 / 3600)
"""What was parked: values that are no reading, conflicts, bodies nobody can read (by each 256 bytes kept of them)."""

BROKEN_BYTES = 256

NEW_DAYS = Limit(800, 100 / 3600)
"""Days that had no record of any device yet, each a table of its own: the whole two years that may be sent, once."""

TOLD_AGAIN = timedelta(days=1)
"""Who is cut off time and again is reported to the keeper once, until it behaved for so long."""

TOO_MANY_RECORDS, TOO_MUCH_BROKEN = "flood", "broken"


@dataclass(slots=True)
class Use:
    """What one device has used of its limits; flows off with time."""

    at: float
    records: float = 0.0
    bodies: float = 0.0
    broken: float = 0.0
    days: float = 0.0

    def flow_off(self, now: float) -> None:
        """Take account of the seconds since the last look."""
        passed = now - self.at
        self.at = now
        self.records = max(0.0, self.records - passed * RECORDS.per_s)
        self.bodies = max(0.0, self.bodies - passed * BODIES.per_s)
        self.broken = max(0.0, self.broken - passed * BROKEN.per_s)
        self.days = max(0.0, self.days - passed * NEW_DAYS.per_s)

    def fault(self) -> str | None:
        """The code of what was too much; None while all is within its limit."""
        if self.broken > BROKEN.burst:
            return TOO_MUCH_BROKEN
        if self.records > RECORDS.burst or self.bodies > BODIES.burst:
            return TOO_MANY_RECORDS
        return None
