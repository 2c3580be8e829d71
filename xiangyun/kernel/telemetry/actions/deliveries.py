"""What comes in at a door, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.telemetry.batch import Batch
from xiangyun.kernel.telemetry.wire import Sent, Unusable


@dataclass(slots=True)
class Delivery:
    """One body at a door. `op_key` is its Idempotency-Key; `line` is kept to be looked at, if given.

    `sent_at` is the broker's stamp of a message that was acknowledged already: it outlives a later revocation.
    """

    device: Known
    sent: Sent
    door: str
    line: str | None = None
    op_key: str | None = None
    body_hash: bytes = b""
    sent_at: datetime | None = None


@dataclass(slots=True)
class Receipt:
    """What became of one body; `refused` names the code of what kept all of it out, `cut_until` when a cut ends."""

    stored: int = 0
    duplicate: int = 0
    unusable: list[Unusable] = field(default_factory=list)
    refused: str | None = None
    cut_until: datetime | None = None

    def shown(self) -> dict[str, Any]:
        """As the sender is told."""
        return {
            "stored": self.stored,
            "duplicate": self.duplicate,
            "rejected": [bad.shown() for bad in self.unusable],
        }


@dataclass(slots=True)
class Taken:
    """What a transaction took in: a receipt for each delivery, and what there is to judge."""

    receipts: list[Receipt]
    batches: list[Batch]
    answers: dict[int, dict[str, Any]]
    """Place of a repeated request → the answer it got the first time."""
