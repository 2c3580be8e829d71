"""The register seen past its policies, in a process of its own: people to ask for, and what a plain table costs.

`python -m tests.bench.register_sticks`, in the environment of a box, reads a command a line and answers one JSON each.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

import openpyxl  # noqa: E402 -- the settings come first
import psycopg  # noqa: E402
from django.db import transaction  # noqa: E402

from tests.bench.report import percentile  # noqa: E402
from xiangyun.base import clock  # noqa: E402
from xiangyun.entry.settings import CONFIG  # noqa: E402
from xiangyun.kernel.access import doors  # noqa: E402
from xiangyun.kernel.people.models import Membership, Resident, Source  # noqa: E402
from xiangyun.kernel.people.queries import fields  # noqa: E402
from xiangyun.kernel.vault import rules  # noqa: E402
from xiangyun.kernel.vault.models import Confirmation  # noqa: E402

# The same people in a table as anybody would make it: names and numbers in plain text, an index for each.
PLAIN = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "DROP TABLE IF EXISTS bench_plain",
    "CREATE UNLOGGED TABLE bench_plain AS SELECT id, area_path, name, id_no_index AS id_no FROM people_resident",
    "CREATE INDEX ON bench_plain (id_no)",
    "CREATE INDEX ON bench_plain USING gin (name gin_trgm_ops)",
    "CREATE INDEX ON bench_plain (area_path)",
    "ANALYZE bench_plain",
)
NUMBER, NAME = 0, 1


class Sticks:
    """One connection as the owner, who walks past row-level security."""

    def __init__(self) -> None:
        self.owner = psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True)  # type: ignore[arg-type]

    def people(self, town: str, count: int) -> list[dict[str, str]]:
        """So many people of a town by chance, with what a clerk may know of them."""
        with doors.scoped(town):
            living = Membership.objects.filter(until_on=None, resident__is_protected=False)
            keys = list(living.exclude(resident__phone_index=None).values_list("pk", flat=True))
            picked = random.Random(7).sample(keys, min(count, len(keys)))
            return [
                {
                    "id": str(one.resident_id),
                    "household": str(one.household_id),
                    "name": one.resident.name,
                    "id_no": fields.plain(one.resident, "id_no") or "",
                    "phone": fields.plain(one.resident, "phone") or "",
                }
                for one in Membership.objects.filter(pk__in=picked).select_related("resident")
            ]

    def plain(self) -> int:
        """Make the plain table; returns how many people stand in it."""
        for statement in PLAIN:
            self.owner.execute(statement)
        return self._one("SELECT count(*) FROM bench_plain")

    def plain_exact(self, times: int) -> float:
        """Milliseconds (p95) of a look-up of one number, by an index, without policies or HTTP."""
        numbers = self._some(NUMBER, times)
        return self._timed("SELECT id, name FROM bench_plain WHERE id_no = %s", [(number,) for number in numbers])

    def plain_name(self, town: str, times: int) -> float:
        """Milliseconds (p95) of the first two characters of a name anywhere in a town, pg_trgm at hand, no policies."""
        asked = [(f"%{name[:2]}%", town, f"{town}/") for name in self._some(NAME, times)]
        return self._timed(
            "SELECT id, name FROM bench_plain WHERE name ILIKE %s AND area_path >= %s AND area_path < %s"
            " ORDER BY name LIMIT 20",
            asked,
        )

    def plain_name_behind_policy(self, town: str, times: int) -> float:
        """The same on the register itself as the application sees it: behind its policy."""
        names = [name for name in self._some(NAME, times) if name]
        with psycopg.connect(**CONFIG.dsn("xy_app")) as app:  # type: ignore[arg-type]
            app.execute("SELECT set_config('xy.scope', %s, false)", [town])
            took = []
            for name in names:
                began = time.perf_counter()
                app.execute(
                    "SELECT id, name FROM people_resident WHERE name ILIKE %s ORDER BY sort_key LIMIT 20",
                    [f"%{name[:2]}%"],
                ).fetchall()
                took.append((time.perf_counter() - began) * 1000)
        return percentile(took, 0.95)

    def plain_import(self, path: str, rows: int) -> float:
        """Rows a second of openpyxl and one `create()` each with a name and a number in plain text; nothing is kept."""
        began = time.perf_counter()
        at = clock.now()
        with transaction.atomic(using="owner"):
            source = Source.objects.using("owner").create(
                area_path="x", kind="demo", as_of=at.date(), entered_name="x", entered_at=at
            )
            sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
            for row in sheet.iter_rows(min_row=2, max_row=rows + 1, values_only=True):
                Resident.objects.using("owner").create(
                    area_path="x",
                    name=row[1],
                    occupation=row[2],
                    identity_source=source,
                    created_at=at,
                    changed_at=at,
                )
            transaction.set_rollback(True, using="owner")
        return rows / (time.perf_counter() - began)

    def confirm(self) -> int:
        """Somebody holds the recovery sheet: real data may come in."""
        Confirmation.objects.create(fingerprint=rules.fingerprint(CONFIG.recovery_secret()), at=clock.now())
        return 1

    def size_mb(self) -> dict[str, int]:
        """How large the register is on disk, and its largest parts."""
        rows = self.owner.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relname LIKE 'people_%' AND relkind = 'r'"
        ).fetchall()
        whole = {name: size // 1_000_000 for name, size in rows if size > 1_000_000}
        return {"all": sum(whole.values()), **whole}

    def _some(self, column: int, times: int) -> list[Any]:
        found = self.owner.execute(
            "SELECT id_no, name FROM bench_plain WHERE id_no IS NOT NULL AND name <> ''"
            " ORDER BY md5(id::text) LIMIT %s",
            [times],
        ).fetchall()
        return [row[column] for row in found]

    def _timed(self, query: str, asked: list[tuple[Any, ...]]) -> float:
        took = []
        for params in asked:
            began = time.perf_counter()
            self.owner.execute(query, params).fetchall()  # type: ignore[arg-type]
            took.append((time.perf_counter() - began) * 1000)
        return percentile(took, 0.95)

    def _one(self, query: str) -> int:
        row = self.owner.execute(query).fetchone()  # type: ignore[arg-type]
        return int(row[0]) if row else 0


def main() -> None:
    """Answer commands until the input ends."""
    sticks = Sticks()
    for line in sys.stdin:
        name, *words = line.split()
        told = [int(word) if word.isdigit() else word for word in words]
        sys.stdout.write(json.dumps(getattr(sticks, name)(*told)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
