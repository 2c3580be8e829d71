"""Reading at the API with a year behind it: 200 devices at 10-minute records, 10.5 million, late ones included."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from tests.bench import load
from tests.bench.load import Device
from tests.bench.report import Row, percentile
from tests.bench.town import VILLAGE, Town, town

DEVICES = 200
DAYS = 365
EVERY_S = 600
REQUESTS = 200
LATE = 20
"""Devices that send something of the month again after it was folded."""

Say = Callable[[str], None]

# As the doors and the worker would have left them; written in bulk because a year by the door takes an afternoon.
FILL = """
INSERT INTO telemetry_record (device_num, ts, received_at, grades, area_path, v00, v01, v02, v03, v04, v05)
SELECT d.num, t, t, 4294963200, '{area}',
       round((12 + 15 * sin(extract(epoch FROM t) / 86400 * 2 * pi()) + d.num % 7)::numeric, 1)::float8,
       55 + d.num % 20, 895 + d.num % 3, CASE WHEN extract(hour FROM t)::int % 11 = 0 THEN 0.2 ELSE 0 END,
       2.5 + d.num % 4, 4.5 + d.num % 5
  FROM generate_series('{first}'::timestamptz, '{last}'::timestamptz, interval '10 minutes') t, devices_device d
"""
FOLD = """
INSERT INTO telemetry_hour (device_num, hour, area_path, count, total, least, most, across)
SELECT device_num, date_trunc('hour', ts), '{area}',
       ARRAY[count(v00), count(v01), count(v02), count(v03), count(v04), count(v05), 0, 0],
       ARRAY[sum(v00), sum(v01), sum(v02), sum(v03), sum(v04), sum(v05), NULL, NULL],
       ARRAY[min(v00), min(v01), min(v02), min(v03), min(v04), min(v05), NULL, NULL],
       ARRAY[max(v00), max(v01), max(v02), max(v03), max(v04), max(v05), NULL, NULL],
       ARRAY[NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL]::float8[]
  FROM telemetry_record WHERE ts >= '{first}' AND ts < '{last}' GROUP BY 1, 2
"""


def run(rounds: int, say: Say) -> list[Row]:
    """Fill a year, send late records, then ask as a page does: one request after the other over one connection."""
    with town() as place:
        devices = place.devices(DEVICES)
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        start = end - timedelta(days=DAYS)
        _fill(place, start, end, say)
        _late(place, devices, end, say)
        place.sticks("sql", "VACUUM ANALYZE telemetry_record")
        place.sticks("sql", "VACUUM ANALYZE telemetry_hour")
        asking = _Asking(place, devices, end)
        asking.all("1h", 20)  # the first requests of a process read more than anybody else's
        found: dict[str, list[float]] = {"1h": [], "raw": [], "latest": []}
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}")
            for what, values in found.items():
                values.append(percentile(asking.all(what, REQUESTS), 0.95))
    return [
        Row("month_1h_ms_p95", "ms", found["1h"], goal=25, is_most=True),
        Row("month_raw_ms_p95", "ms", found["raw"], goal=120, is_most=True),
        Row("latest_ms_p95", "ms", found["latest"], goal=10, is_most=True),
    ]


def _fill(place: Town, start: datetime, end: datetime, say: Say) -> None:
    place.sticks("days_between", start.date().isoformat(), end.date().isoformat())
    month = timedelta(days=30)
    first = start
    while first < end:
        last = min(first + month, end)
        inside = {"area": VILLAGE, "first": first.isoformat(), "last": (last - timedelta(seconds=1)).isoformat()}
        rows = place.sticks("sql", *FILL.format(**inside).split())
        place.sticks("sql", *FOLD.format(**{**inside, "last": last.isoformat()}).split())
        say(f"{first:%Y-%m}: {rows:,} records")
        first = last


def _late(place: Town, devices: list[Device], end: datetime, say: Say) -> None:
    """Records of the last month that come only now, between those that were folded long ago."""
    say("late records")
    chance = random.Random(6)
    requests = []
    for device in devices[:LATE]:
        told = [int((end - timedelta(minutes=chance.randrange(30 * 1440))).timestamp() * 1000) + 7 for _ in range(20)]
        body = "[" + ",".join(f'{{"ts":{ts},"values":{{"air_temp_c":15.5}}}}' for ts in told) + "]"
        requests.append(load.request(device, body.encode()))
    # Everybody says something now, so that everybody has a newest reading.
    now = b'{"air_temp_c":11.5,"rain_mm":0,"wind_speed_ms":2}'
    requests += [load.request(device, now) for device in devices]
    load.post(place.box.port, requests, 4)


class _Asking:
    """One signed-in browser's connection."""

    def __init__(self, place: Town, devices: list[Device], end: datetime) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", place.box.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in place.admin.cookies.items())
        self._headers = {"Cookie": cookies, "Accept": "application/json"}
        self._devices = devices
        self._end = end
        self._chance = random.Random(1)

    def all(self, what: str, times: int) -> list[float]:
        """Milliseconds of so many requests, each about a device picked by chance."""
        return [self._one(what) for _ in range(times)]

    def _one(self, what: str) -> float:
        device = self._chance.choice(self._devices)
        path = f"/api/telemetry/{device.id}/latest"
        least = 1
        if what != "latest":
            start, end = (quote(moment.isoformat()) for moment in (self._end - timedelta(days=30), self._end))
            path = f"/api/telemetry/{device.id}/series?metric=air_temp_c&from={start}&to={end}&step={what}"
            least = 30 * 24 * (6 if what == "raw" else 1)
        began = time.perf_counter()
        self._line.request("GET", path, headers=self._headers)
        answer = self._line.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200 or body.count(b'"value"') < least:
            raise AssertionError(f"{what}: {answer.status}, {body.count(b'value')} values of {least}: {body[:200]!r}")
        return took
