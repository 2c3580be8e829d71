"""What is kept beside the ledger: poison, raw lines, and answers that may be asked for again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from xiangyun.base import ids
from xiangyun.kernel.telemetry import ledger, packing
from xiangyun.kernel.telemetry.actions.deliveries import Delivery, Taken


def keep(
    cursor: ledger.Cursor,
    deliveries: Sequence[Delivery],
    live: list[int],
    taken: Taken,
    states: dict[int, ledger.State],
    at: datetime,
) -> None:
    """Park what is no reading, keep the raw lines that were asked for, and the answers that may be asked for again."""
    for place in live:
        delivery, receipt = deliveries[place], taken.receipts[place]
        area = states[delivery.device.num].area_path
        if receipt.unusable:
            ledger.park(cursor, delivery.device, area, receipt.unusable, at)
        if delivery.op_key is not None:
            cursor.execute(
                "INSERT INTO telemetry_answer (device_num, key, area_path, body_hash, answer, received_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (delivery.device.num, delivery.op_key, area, delivery.body_hash, json.dumps(receipt.shown()), at),
            )
    lines = [place for place in live if deliveries[place].line is not None]
    if lines:
        counts = [
            (r.stored, r.duplicate, d.sent.count - r.stored - r.duplicate)
            for d, r in ((deliveries[place], taken.receipts[place]) for place in lines)
        ]
        columns = np.array(counts, np.int64)
        cursor.execute(
            "INSERT INTO devices_rawline"
            " (id, device_id, area_path, received_at, door, line, stored, duplicate, rejected)"
            " SELECT id, device_id, area_path, %s, door, line, stored, duplicate, rejected"
            " FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s)"
            " AS sent (id, device_id, area_path, door, line, stored, duplicate, rejected)",
            (
                at,
                packing.uuids([ids.uuid7() for _ in lines]),
                packing.uuids([deliveries[place].device.id for place in lines]),
                packing.texts([states[deliveries[place].device.num].area_path for place in lines]),
                packing.texts([deliveries[place].door for place in lines]),
                packing.texts([deliveries[place].line or "" for place in lines]),
                *(packing.int8s(columns[:, i]) for i in range(3)),
            ),
        )
