"""Matters by the million: an inbox in a town of 100,000, the figures, and the round of the clocks over 1,000,000.

`XIANGYUN_BENCH_MATTERS` makes it smaller for a try; such figures say nothing of a city.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from tests.bench.asking import Asking, reader
from tests.bench.report import Row, percentile
from tests.bench.town import AREA, Sticks, town

MATTERS = int(os.environ.get("XIANGYUN_BENCH_MATTERS", "1000000"))
OF_TOWN = MATTERS // 10
DUE_SHARE = 50
"""One in so many is due."""
REQUESTS = 200
BOXES = ("todo", "doing", "done", "late")

Say = Callable[[str], None]


def run(rounds: int, say: Say) -> list[Row]:
    """Fill a town with matters, ask for a clerk's inbox as the desk does, then turn the clocks of many more."""
    with town() as place:
        clerk = Asking(place, reader(place, "clerk", AREA))
        leader = Asking(place, reader(place, "town_leader", AREA))
        sticks = Sticks(place.box, "tests.bench.work_sticks")
        say(f"{sticks('fill', OF_TOWN, 'bench-clerk'):,} matters in the town")
        asked = {
            "inbox": _inbox(clerk),
            "counts": clerk.repeated("GET", "/api/inbox/counts"),
            "figures": leader.repeated("GET", "/api/figures?codes=workflow.open_matters,workflow.late_matters"),
        }
        found = _asked(asked, rounds, say)
        say(f"{sticks('as_reports'):,} of them are reports of hazards")
        asked = {
            "grid_figures": leader.repeated("GET", "/api/grid/figures"),
            "heat": leader.repeated("GET", "/api/grid/heat?days=90"),
        }
        found |= _asked(asked, rounds, say)
        sticks("as_before")
        say(f"{sticks('fill', MATTERS - OF_TOWN, 'bench-clerk'):,} more")
        turned = []
        for turn in range(rounds):
            due = sticks("make_due", DUE_SHARE)
            took = sticks("turn_clocks")
            turned.append(took["s"])
            say(f"round {turn + 1} of {rounds}: {took['n']:,} of {due:,} due in {took['s']:.1f} s")
            if took["n"] != due:
                raise AssertionError("the round left some out, or took some twice")
    return [
        Row("inbox_ms_p95", "ms", found["inbox"], goal=60, is_most=True),
        Row("inbox_counts_ms_p95", "ms", found["counts"]),
        Row("figures_ms_p95", "ms", found["figures"], goal=150, is_most=True),
        Row("grid_figures_ms_p95", "ms", found["grid_figures"], goal=150, is_most=True),
        Row("heat_ms_p95", "ms", found["heat"], goal=150, is_most=True),
        Row("deadlines_s", "s", turned, goal=60, is_most=True),
    ]


def _asked(asked: dict[str, Iterator[float]], rounds: int, say: Say) -> dict[str, list[float]]:
    """The p95 of what is asked, of each round."""
    for asking in asked.values():
        for _ in range(20):  # the first requests of a process read more than anybody else's
            next(asking)
    found: dict[str, list[float]] = {what: [] for what in asked}
    for turn in range(rounds):
        say(f"round {turn + 1} of {rounds}")
        for what, asking in asked.items():
            found[what].append(percentile([next(asking) for _ in range(REQUESTS)], 0.95))
        say("p95, ms: " + ", ".join(f"{what} {runs[-1]:.1f}" for what, runs in found.items()))
    return found


def _inbox(clerk: Asking) -> Iterator[float]:
    """The boxes in turn, the first two pages of each."""
    while True:
        for box in BOXES:
            path = f"/api/inbox?box={box}&limit=50"
            took, answer = clerk.one("GET", path)
            if not answer["items"]:
                raise AssertionError(f"the box {box} is empty")
            yield took
            if answer["next"]:
                yield clerk.one("GET", f"{path}&cursor={answer['next']}")[0]
