"""A made-up village of any size, and what the same writing costs without anything of ours, in a process of its own.

`python -m tests.bench.offline_sticks`, in the environment of a box, reads a command a line and answers one JSON each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

import psycopg  # noqa: E402 -- the settings come first
from django.db import connections  # noqa: E402

from xiangyun.base import clock, ids, paths  # noqa: E402
from xiangyun.entry.settings import CONFIG  # noqa: E402
from xiangyun.kernel.access import doors  # noqa: E402
from xiangyun.kernel.org import actions as areas  # noqa: E402
from xiangyun.kernel.org import queries as org  # noqa: E402
from xiangyun.kernel.people.seeds import city  # noqa: E402
from xiangyun.kernel.people.seeds.rows import Village  # noqa: E402
from xiangyun.kernel.vault import actions as vault  # noqa: E402
from xiangyun.kernel.vault import rules  # noqa: E402
from xiangyun.kernel.vault.models import Confirmation  # noqa: E402

AT_ONCE = 100
GRIDS = 10


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """Walks past the policies."""
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as link:  # type: ignore[arg-type]
        yield link


def village(path: str, homes: int, people_a_home: int) -> dict[str, int]:
    """Fill one village, and put the recovery sheet into somebody's hands; returns how many homes and people."""
    at = clock.now()
    town = paths.town_of(path) or path
    with doors.scoped(town):
        place = org.pick(path)
        for suffix in (*(f"z{n + 1:02}" for n in range(city.GROUPS)), *(f"g{n + 1:02}" for n in range(GRIDS))):
            areas.add_part(village=path, suffix=suffix, name=suffix, on=at.date())
        ring = vault.sealing_ring(path, at=at)
        Confirmation.objects.create(fingerprint=rules.fingerprint(CONFIG.recovery_secret()), at=at)
    # What is born now must hold no connection of ours.
    connections.close_all()
    asked = city.Town(ring, ((Village(place.path, place.name, place.lon, place.lat), homes),))
    with city.telling((asked,), city.Plan(people_a_home, at)) as blocks, owner() as link:
        made, people = city.write(link, blocks, step=lambda what, count: None)
    return {"homes": made, "people": people}


def plain(rows: int) -> float:
    """Seconds to insert so many rows of a kilobyte, committed by the hundred: no policy, no seal, no history."""
    with owner() as link:
        link.execute("CREATE TABLE IF NOT EXISTS bench_plain_item (id uuid PRIMARY KEY, body text, at timestamptz)")
        began = time.perf_counter()
        for _ in range(rows // AT_ONCE):
            with link.transaction():
                for _ in range(AT_ONCE):
                    told = (ids.uuid7(), "x" * 1024, clock.now())
                    link.execute("INSERT INTO bench_plain_item VALUES (%s, %s, %s)", told)
        return time.perf_counter() - began


COMMANDS = {"village": village, "plain": plain}


def main() -> None:
    """Answer commands until the input ends."""
    for line in sys.stdin:
        name, *words = line.split()
        told: list[Any] = [int(word) if word.isdigit() else word for word in words]
        sys.stdout.write(json.dumps(COMMANDS[name](*told)) + "\n")  # type: ignore[operator]
        sys.stdout.flush()


if __name__ == "__main__":
    main()
