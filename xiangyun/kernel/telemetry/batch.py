"""What one transaction took in, handed to whoever judges it: columns, not rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from xiangyun.kernel.devices.registry import Profile

OK, SUSPECT, BAD, MISSING = 0, 1, 2, 3
NAMES = ("ok", "suspect", "bad", "missing")


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one profile, in order of (device, ts), one row each, as they now stand in the ledger.

    A record sent twice, or in two parts, is one row with everything known of that (device, ts).
    """

    profile: Profile
    at: datetime
    """When the door took the batch in."""
    device_nums: npt.NDArray[np.int64]
    device_ids: list[UUID]
    area_paths: list[str]
    ts: npt.NDArray[np.int64]
    """Microseconds since 1970, UTC."""
    values: dict[str, npt.NDArray[np.float64]]
    """metric → value, NaN where the device did not say."""
    quality: dict[str, npt.NDArray[np.uint8]]
    """metric → OK, SUSPECT, BAD or MISSING."""
    new: npt.NDArray[np.bool_]
    """False where nothing changed: a pure repeat, sent again after a lost receipt.

    Rows whose grade changed because a late neighbour arrived are in the batch too, with True.
    """

    def __len__(self) -> int:
        return len(self.ts)
