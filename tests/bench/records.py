"""The records every bench sends: six values of a calm summer, so that no rule has anything to say."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

A_BODY = 500
EVERY_S = 120
METRICS = ("air_temp_c", "rel_humidity_pct", "pressure_hpa", "rain_mm", "wind_speed_ms", "wind_gust_ms")

# A few days back, at midnight: everything lies in the past and within what the doors believe.
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=60)


def values(n: int) -> tuple[float, ...]:
    """The n-th record of a device."""
    hour = n * EVERY_S / 3600
    wave = math.sin(hour * math.tau / 24)
    return (
        round(18 + 7 * wave + n % 5 * 0.1, 1),
        round(55 - 20 * wave + n % 7 * 0.2, 1),
        round(896 + 2 * math.cos(hour / 9) + n % 3 * 0.1, 1),
        0.0,
        round(2.5 + wave + n % 11 * 0.1, 1),
        round(4.5 + wave + n % 13 * 0.1, 1),
    )


def ts_ms(start_ms: int, n: int) -> int:
    """When the n-th record was."""
    return start_ms + n * EVERY_S * 1000


def record(start_ms: int, n: int) -> dict[str, object]:
    """The n-th record of a device whose first one is at `start_ms`."""
    return {"ts": ts_ms(start_ms, n), "values": dict(zip(METRICS, values(n), strict=True))}


def body(start_ms: int, first: int, count: int) -> bytes:
    """So many records as one list."""
    return json.dumps([record(start_ms, first + n) for n in range(count)], separators=(",", ":")).encode()


def start_ms() -> int:
    """START in milliseconds."""
    return int(START.timestamp() * 1000)
