"""Matters past the doors, in a process of its own: filled in bulk, made due, their clocks turned as the worker does.

`python -m tests.bench.work_sticks`, in the environment of a box, reads a command a line and answers one JSON each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

import psycopg  # noqa: E402 -- the settings come first

from tests.bench.town import AREA  # noqa: E402
from xiangyun.base import clock  # noqa: E402
from xiangyun.entry.settings import CONFIG  # noqa: E402
from xiangyun.kernel.access import doors  # noqa: E402
from xiangyun.kernel.access.rules import system  # noqa: E402
from xiangyun.kernel.workflow import actions, registry  # noqa: E402
from xiangyun.kernel.workflow.tests.factories import CARRIED  # noqa: E402
from xiangyun.modules.grid.rules import reports  # noqa: E402

# Of ten matters four are open: one offered to the clerks, one late, two that somebody has; one in five is the clerk's.
FILL = """
WITH n AS (
    SELECT g, uuidv7() AS matter, uuidv7() AS clock,
           '{area}.' || (201 + g %% 9) AS place,
           now() - interval '20 days' + g %% 20 * interval '1 day' AS opened,
           g %% 10 < 4 AS is_open,
           CASE WHEN g %% 20 IN (1, 2, 5, 6) THEN %(clerk)s::uuid ELSE NULL END AS who
      FROM generate_series(1, %(n)s) g
), matters AS (
    INSERT INTO workflow_matter (id, town_path, year, number, kind, state, category, level, is_sealed, area_path,
           subject_kind, subject_id, source_kind, source_id, title_code, title_params, severity, opened_at, due_at,
           check_at, lamp, closed_at, outcome, sent_back, reopened, owner_id)
    SELECT matter, '{area}', 2000 + %(turn)s, '试-' || g, %(kind)s, CASE WHEN is_open THEN 'handling' ELSE 'closed' END,
           'water', 'village', false, place, 'household', g::text, '', '', 'workflow.titled',
           '{{"words": "水渠堵了"}}'::jsonb, 3, opened, opened + CASE WHEN g %% 10 = 1 THEN interval '1 hour' ELSE
           interval '60 days' END, CASE WHEN is_open AND g %% 10 <> 1 THEN opened + interval '48 days' END,
           CASE WHEN g %% 10 = 1 THEN 'late' ELSE 'ok' END, CASE WHEN NOT is_open THEN opened + interval '1 day' END,
           CASE WHEN is_open THEN '' ELSE 'done' END, 0, 0, who
      FROM n
), clocks AS (
    INSERT INTO workflow_clock (id, area_path, matter_id, stage, amount, unit, extension, extended, warn_pct, basis,
           started_at, due_at, warn_at, stood_still, ended_at)
    SELECT clock, place, matter, 'village', 60, 'days', 0, 0, 80, '试行办法第二条', opened,
           opened + CASE WHEN g %% 10 = 1 THEN interval '1 hour' ELSE interval '60 days' END,
           opened + CASE WHEN g %% 10 = 1 THEN interval '48 minutes' ELSE interval '48 days' END, interval '0',
           CASE WHEN NOT is_open THEN opened + interval '1 day' END
      FROM n
)
INSERT INTO workflow_workitem (id, matter_id, kind, area_path, state, assignee_id, asked, role, role_area, is_main,
       offered_at, due_at, taken_at, done_at, outcome, note)
SELECT uuidv7(), matter, 'workflow.look_into', place,
       CASE WHEN NOT is_open THEN 'done' WHEN g %% 10 = 0 OR who IS NULL THEN 'open' ELSE 'taken' END,
       CASE WHEN is_open AND (g %% 10 = 0 OR who IS NULL) THEN NULL ELSE coalesce(who, %(other)s::uuid) END, '{{}}',
       CASE WHEN is_open AND g %% 10 = 0 THEN 'clerk' WHEN is_open AND who IS NULL THEN 'agronomist' ELSE '' END,
       CASE WHEN is_open AND (g %% 10 = 0 OR who IS NULL) THEN '{area}' ELSE '' END, true, opened,
       opened + CASE WHEN g %% 10 = 1 THEN interval '1 hour' ELSE interval '60 days' END,
       CASE WHEN g %% 10 <> 0 THEN opened END, CASE WHEN NOT is_open THEN opened + interval '1 day' END,
       CASE WHEN is_open THEN '' ELSE 'done' END, ''
  FROM n
"""
LINK = """
UPDATE workflow_matter m SET clock_id = c.id FROM workflow_clock c WHERE c.matter_id = m.id AND m.clock_id IS NULL
"""
# What stands there as reports of hazards, each somewhere in some thirty by thirty kilometres.
AS_REPORTS = (
    """UPDATE workflow_matter SET kind = %(kind)s,
       category = (ARRAY['road', 'canal', 'lighting', 'pollution'])[1 + floor(random() * 4)::int],
       lon = 107.0 + random() * 0.35, lat = 40.75 + random() * 0.27""",
    """INSERT INTO grid_report (id, area_path, matter_id, how, words, place, result, channel)
       SELECT uuidv7(), area_path, id, 'worker', '水渠堵了', '', '', '' FROM workflow_matter""",
)
AS_BEFORE = (
    "DELETE FROM grid_report",
    "UPDATE workflow_matter SET kind = %(kind)s, category = 'water', lon = NULL, lat = NULL",
)
# All of them open: the round is asked about open matters, so what was closed runs again.
OPEN = (
    """UPDATE workflow_matter SET closed_at = NULL, outcome = '', state = 'handling', lamp = 'ok',
       check_at = now() + interval '30 days' WHERE closed_at IS NOT NULL""",
    """UPDATE workflow_clock c SET ended_at = NULL FROM workflow_matter m
       WHERE m.clock_id = c.id AND c.ended_at IS NOT NULL""",
    """UPDATE workflow_workitem SET state = 'taken', outcome = '', done_at = NULL, taken_at = offered_at
       WHERE state = 'done'""",
)

MAKE_DUE = """
WITH open AS (
    SELECT clock_id, row_number() OVER () AS n FROM workflow_matter
     WHERE level = 'village' AND stopped_at IS NULL AND clock_id IS NOT NULL
), clocks AS (
    UPDATE workflow_clock c SET started_at = now() - interval '30 days', warn_at = now() + interval '6 hours',
           due_at = now() + CASE WHEN o.n %% 100 < 50 THEN interval '12 hours' ELSE interval '3 days' END
      FROM open o WHERE c.id = o.clock_id AND o.n %% %s = 0
    RETURNING c.matter_id, c.due_at
)
UPDATE workflow_matter m SET lamp = 'ok', due_at = c.due_at, check_at = now() + interval '6 hours'
  FROM clocks c WHERE m.id = c.matter_id
"""


class Sticks:
    """One connection as the owner, who walks past row-level security, and the house's own rounds."""

    def __init__(self) -> None:
        self.owner = psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True)  # type: ignore[arg-type]
        self.turn = 0
        registry.declare_matter(CARRIED)

    def fill(self, n: int, clerk: str) -> int:
        """So many more matters of the town, with their clocks and tasks."""
        self.turn += 1
        rows = self.owner.execute("SELECT account, id FROM accounts_account").fetchall()
        ids = dict(rows)
        facts = {"n": n, "turn": self.turn, "kind": CARRIED.code, "clerk": ids[clerk], "other": ids["bench"]}
        self.owner.execute(FILL.format(area=AREA), facts)
        self.owner.execute(LINK)
        for table in ("matter", "clock", "workitem"):
            self.owner.execute(f"VACUUM ANALYZE workflow_{table}")
        return n

    def as_reports(self) -> int:
        """All matters are reports of the grid, until `as_before`."""
        return self._turned_into(AS_REPORTS, reports.MATTER)

    def as_before(self) -> int:
        """All matters are of the plain kind they were filled with."""
        return self._turned_into(AS_BEFORE, CARRIED.code)

    def _turned_into(self, statements: Iterable[str], kind: str) -> int:
        with self.owner.transaction():
            for statement in statements:
                made = self.owner.execute(statement, {"kind": kind})
        for table in ("workflow_matter", "grid_report"):
            self.owner.execute(f"VACUUM ANALYZE {table}")
        return made.rowcount

    def make_due(self, share: int) -> int:
        """One in so many is due tomorrow; the worker of the box sees none of them today. All matters are open."""
        for statement in OPEN:
            self.owner.execute(statement)
        with self.owner.transaction():
            due = self.owner.execute(MAKE_DUE, [share])
        count = due.rowcount
        self.owner.execute("VACUUM ANALYZE workflow_matter")
        return count

    def turn_clocks(self) -> dict[str, Any]:
        """Turn everything that is due tomorrow, batch by batch, each in a door of its own, as the worker does."""
        at, began, done = clock.now() + timedelta(days=1), time.perf_counter(), 0
        while True:
            with doors.scoped(AREA):
                n = actions.turn_clocks(at=at, by=system(AREA))
            done += n
            if not n:
                return {"n": done, "s": time.perf_counter() - began}


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
