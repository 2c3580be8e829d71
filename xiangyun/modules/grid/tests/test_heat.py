"""Where hazards lie: cells, their rows, and what lies nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.people.tests import factories as people
from xiangyun.modules.grid.actions import reports
from xiangyun.modules.grid.rules.heat import middle
from xiangyun.modules.grid.tests.factories import GRID, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_person, a_report

pytestmark = pytest.mark.usefixtures("house")

HERE, THERE = (107.1421, 40.9123), (107.1529, 40.9123)


@pytest.fixture
def hazards(house):
    """Two in one cell, one in the next, one closed as nothing, one at a home, one long ago, one quarrel, one sealed."""
    at = clock.now()
    worker = a_person("grid_worker", GRID, at=at - timedelta(days=300))
    told = {"by": worker, "at": at}
    a_report(**told, point=HERE)
    a_report(**told, point=(HERE[0] + 0.001, HERE[1]), category="canal")
    a_report(**told, point=THERE)
    nothing = a_report(**told, point=HERE)
    reports.verify(report_id=nothing.pk, is_real=False, note="没有", by=worker, at=at)
    home, _ = people.a_home(GRID)
    a_report(**told, point=HERE, household_id=home.pk)
    a_report(by=worker, at=at - timedelta(days=200), point=HERE)
    a_report(**told, point=HERE, category="neighbour")
    a_report(**told, point=HERE, category="domestic_violence")


def heat(role, place, **query):
    return a_browser(role, place).get("/api/grid/heat", query)


def test_hazards_lie_in_cells_and_what_is_sealed_or_at_a_home_lies_nowhere(hazards):
    told = heat("clerk", TOWN).json()
    assert [(one["cell"], one["n"], one["still_open"]) for one in told["cells"]] == [
        ("10714,4091", 2, 2),
        ("10715,4091", 1, 1),
    ]
    assert told["cells"][0]["at"] == list(middle(10714, 4091)) == [107.145, 40.915]
    assert told["unplaced"] == 1
    assert heat("clerk", TOWN, days=366).json()["cells"][0]["n"] == 3


def test_a_cell_opens_its_rows_and_finds_no_home(hazards):
    clerk = a_browser("clerk", TOWN)
    rows = clerk.get("/api/grid/reports", {"cell": "10714,4091", "group": "hazard"}).json()["items"]
    # the one that was nothing and the one of last spring are rows all the same; the one at a home cannot be found so
    assert len(rows) == 4
    assert all(row["home"] is None and not row["is_sealed"] for row in rows)
    for bad in ("x", "1", "1,2,3", "1,2;drop"):
        assert clerk.get("/api/grid/reports", {"cell": bad}).status_code == 422


def test_who_sees_where_hazards_lie(hazards):
    assert heat("village_secretary", VILLAGE).json()["cells"]
    assert heat("village_secretary", NEXT_VILLAGE).json()["cells"] == []
    assert heat("clerk", OTHER_TOWN, area=TOWN).status_code == 404
    assert heat("villager", GRID).status_code == 403
    for days in (0, 367, "x"):
        assert heat("clerk", TOWN, days=days).status_code == 422


def test_a_map_asks_as_much_for_three_cells_as_for_one(hazards):
    clerk = a_browser("clerk", TOWN)
    with CaptureQueriesContext(connection) as seen:
        assert clerk.get("/api/grid/heat").status_code == 200
    assert len(seen) <= 12


def test_the_map_counts_from_an_index_and_fetches_no_matter(hazards):
    with CaptureQueriesContext(connection) as seen:
        assert heat("clerk", TOWN).status_code == 200
    (counted,) = [one["sql"] for one in seen if "COUNT" in one["sql"] and "grid_report" in one["sql"]]
    with doors.scoped(TOWN), connection.cursor() as cursor:
        # what is left is what the index alone can answer, however few rows there are
        for other in ("seqscan", "bitmapscan", "indexscan"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute(f"EXPLAIN {counted}")
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "Index Only Scan using workflow_matter_placed" in plan
    # whether one is at a home is looked up once a report, however many are
    assert "hashed SubPlan" in plan
