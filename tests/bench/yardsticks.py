"""Yardsticks in a process of their own: the same records by binary COPY and by one ORM insert each, without policies.

`python -m tests.bench.yardsticks` with the environment of a box reads one command a line and answers one JSON each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

import psycopg  # noqa: E402 -- the settings come first
from django.db import transaction  # noqa: E402

from tests.bench import records  # noqa: E402
from xiangyun.entry.settings import CONFIG  # noqa: E402
from xiangyun.kernel.telemetry.models import Record  # noqa: E402

# Numbers no device has, so that a yardstick never meets a real record.
FIRST_NUM = 900_000_000
AREA = "15.08.02.100.201"
ALL_OK = 0xFFFFF000  # six slots ok, the rest missing
COLUMNS = "device_num, ts, received_at, grades, area_path, v00, v01, v02, v03, v04, v05"
COPY = f"COPY telemetry_record ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
TYPES = ["int8", "timestamptz", "timestamptz", "int8", "text", *["float8"] * 6]


class Yardsticks:
    """One connection as the owner, who walks past row-level security."""

    def __init__(self) -> None:
        self.owner = psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True)  # type: ignore[arg-type]
        self.num = FIRST_NUM

    def _rows(self, count: int) -> Iterator[tuple[Any, ...]]:
        """Records of devices with 500 each, as the door takes them in, ready to be written."""
        now = datetime.now(UTC)
        for start in range(0, count, records.A_BODY):
            self.num += 1
            for n in range(min(records.A_BODY, count - start)):
                ts = records.START + timedelta(seconds=records.EVERY_S * n)
                yield (self.num, ts, now, ALL_OK, AREA, *records.values(start + n))

    def copy(self, count: int, a_commit: int) -> float:
        """Records a second by psycopg's binary COPY, so many a transaction."""
        rows = list(self._rows(count))
        began = time.perf_counter()
        for start in range(0, count, a_commit):
            with self.owner.transaction(), self.owner.cursor().copy(COPY) as copy:
                copy.set_types(TYPES)
                for row in rows[start : start + a_commit]:
                    copy.write_row(row)
        return count / (time.perf_counter() - began)

    def orm(self, count: int, a_commit: int) -> float:
        """Records a second by one `create()` each, so many a transaction (1 is Django's default), by the owner."""
        rows = list(self._rows(count))
        names = [name.strip() for name in COLUMNS.split(",")]
        began = time.perf_counter()
        for start in range(0, count, a_commit):
            with transaction.atomic(using="owner"):
                for row in rows[start : start + a_commit]:
                    Record.objects.using("owner").create(**dict(zip(names, row, strict=True)))
        return count / (time.perf_counter() - began)

    def count(self) -> int:
        """Records of real devices."""
        row = self.owner.execute("SELECT count(*) FROM telemetry_record WHERE device_num < %s", (FIRST_NUM,)).fetchone()
        return int(row[0]) if row else 0

    def heard(self, last_ms: int, *ids: str) -> int:
        """How many of these devices were heard up to this ts."""
        row = self.owner.execute(
            "SELECT count(*) FROM devices_presence WHERE device_id = ANY(%s::uuid[])"
            " AND last_ts >= to_timestamp(%s / 1000.0)",
            (list(ids), last_ms),
        ).fetchone()
        return int(row[0]) if row else 0

    def clear(self) -> int:
        """Take the yardsticks' own records away again."""
        return self.owner.execute("DELETE FROM telemetry_record WHERE device_num >= %s", (FIRST_NUM,)).rowcount

    def days(self, count: int) -> int:
        """Make the days the records fall on; returns how many."""
        for n in range(count):
            self.owner.execute("SELECT xy_door.telemetry_open_day(%s)", ((records.START + timedelta(days=n)).date(),))
        return count

    def days_between(self, first: str, last: str) -> int:
        """Make every day from one to another; returns how many."""
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        for n in range((end - day).days + 1):
            self.owner.execute("SELECT xy_door.telemetry_open_day(%s)", (day + timedelta(days=n),))
        return (end - day).days + 1

    def sql(self, *words: str) -> int:
        """Run one statement; returns how many rows it touched."""
        return self.owner.execute(" ".join(words)).rowcount  # type: ignore[arg-type]


def main() -> None:
    """Answer commands until the input ends."""
    sticks = Yardsticks()
    for line in sys.stdin:
        name, *words = line.split()
        told = [int(word) if word.isdigit() else word for word in words] if name != "sql" else words
        sys.stdout.write(json.dumps(getattr(sticks, name)(*told)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
