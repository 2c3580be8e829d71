"""What one link of the chain is computed from: plain values, no database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

# The hash before the first link of every chain.
START = bytes(32)

# A tail without links longer than this is reported as a fault of its own (safety brief, 5).
LONGEST_TAIL_S = 5

REVEAL = "people.reveal_field"
COPY = "people.make_copy"
EXPORT = "exchange.export_rows"
FILL = "exchange.fill_form"

# Why somebody opens a masked field; the person concerned reads the same words. Codes of the words catalogues.
REASONS = ("service", "visit", "emergency", "check", "request")

MOST_REVEALS_AN_HOUR = 30
"""Domain brief §11: unmask = reason, log, rate limit. A clerk at the window serves about ten people an hour; three
fields each is what the work needs, a list of the village is not."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when (None: ever) until when (None: still) something was somebody's."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A thing whose masked fields were somebody's for a time."""

    kind: str
    key: UUID
    span: Span = Span()


@dataclass(frozen=True, slots=True)
class Held:
    """A place whose tables held somebody for a time."""

    area: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sealable:
    """An entry exactly as it is stored; `detail` is the text PostgreSQL gives for the jsonb."""

    id: int
    at: datetime
    town: str
    area_path: str
    act: str
    by_kind: str
    by_id: str
    by_account: str
    by_name: str
    object_kind: str
    object_id: str
    detail: str


def link_hash(before: bytes, entry: Sealable) -> bytes:
    """SHA-256 over the hash before and the entry's fields as one JSON list (times in UTC, microseconds)."""
    fields = [
        entry.id,
        entry.at.isoformat(timespec="microseconds"),
        entry.town,
        entry.area_path,
        entry.act,
        entry.by_kind,
        entry.by_id,
        entry.by_account,
        entry.by_name,
        entry.object_kind,
        entry.object_id,
        entry.detail,
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: small enough to print or to send upward, enough to notice a chain cut short."""

    town: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first thing in a chain that is not as it was written. `why` is a key of the words catalogue."""

    seq: int | None
    entry_id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier found in one town."""

    town: str
    sealed: int
    first_bad: BadRow | None
    unsealed: int
    oldest_unsealed_at: datetime | None
    head: Head | None

    @property
    def is_good(self) -> bool:
        """Whether every row is as it was written."""
        return self.first_bad is None
