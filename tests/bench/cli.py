"""`xiangyun bench [NAME …]`: run benches, write their results, print them beside what is asked for."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Sequence

from tests.bench import report

BENCHES = ("start", "ingest", "live", "series", "web", "register", "offline", "work")


def available() -> list[str]:
    """The benches that are here, in the order they are run."""
    return [name for name in BENCHES if importlib.util.find_spec(f"tests.bench.{name}") is not None]


def main(words: Sequence[str] | None = None) -> int:
    """Run the named benches, all without names. A missed goal is printed, never hidden; 0 means that all ran."""
    here = available()
    asked = argparse.ArgumentParser(prog="xiangyun bench", description="Measure this machine's box; ~30 min for all.")
    asked.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {' '.join(here)} (default: all)")
    asked.add_argument("--rounds", type=int, default=5, help="rounds to take the median of (default 5)")
    told = asked.parse_args(list(words) if words is not None else None)
    names = list(dict.fromkeys(name for word in told.names for name in word.split(",") if name)) or here
    if strangers := [name for name in names if name not in here]:
        asked.error(f"no such bench: {' '.join(strangers)}; there are: {' '.join(here)}")
    facts = report.machine()
    sys.stdout.write(" · ".join(f"{key} {value}" for key, value in facts.items()) + "\n")
    for name in names:
        sys.stdout.write(f"\n{name}\n")
        began, stolen = time.monotonic(), report.Stolen()
        rows = [*importlib.import_module(f"tests.bench.{name}").run(told.rounds, say), stolen.row()]
        path = report.write(name, rows, facts)
        for row in rows:
            sys.stdout.write(f"  {row.line()}\n")
        sys.stdout.write(f"  {path.relative_to(report.RESULTS.parents[1])}, {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
    return 0


def say(text: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"    {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
