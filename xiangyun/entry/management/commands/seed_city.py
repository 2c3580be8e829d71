"""A city of made-up people, for measuring and for showing how large a register may be."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from xiangyun.base import clock, paths
from xiangyun.entry.management import speech
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.org import queries as places
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.people.actions import tally
from xiangyun.kernel.people.models import Household, Source
from xiangyun.kernel.people.seeds import city
from xiangyun.kernel.people.seeds.rows import GRIDS, Village
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault.models import Confirmation

CITY = "15.08"


class Command(BaseCommand):
    """`xiangyun seed city --residents 1500000 --households 500000`."""

    help = "Fill an empty box with the made-up register of a whole city"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--residents", type=int, default=1_500_000)
        parser.add_argument("--households", type=int, default=500_000)

    def handle(self, *args: Any, residents: int, households: int, **options: Any) -> None:
        at = clock.now()
        with doors.scoped(CITY):
            _must_be_empty()
            villages = _villages(at)
        if not len(villages) <= households <= residents:
            raise CommandError(speech.say("entry.city_too_small", villages=len(villages)))
        towns = _towns(villages, households, at)
        plan = city.Plan(residents / households, at)
        # What is born now must hold no connection of ours.
        connections.close_all()
        with city.telling(towns, plan) as blocks, _shown(residents) as step, _owner() as link:
            homes, people = city.write(link, blocks, step=step)
        self._count(villages)
        with doors.scoped(CITY):
            detail = {"homes": homes, "people": people}
            by = system(CITY, "seed_city")
            audit.record(act="people.plant_city", by=by, object=("area", CITY), area=CITY, at=at, detail=detail)
        self.stdout.write(speech.say("entry.city_planted", people=people, homes=homes, villages=len(villages)))

    def _count(self, villages: Iterable[Village]) -> None:
        for _, few in groupby(villages, key=lambda village: paths.town_of(village.path)):
            with doors.scoped(CITY):
                tally.recount([village.path for village in few], at=clock.now())


def _must_be_empty() -> None:
    """Refuses: CommandError where real people may stand in the register, or soon will."""
    if Source.objects.exclude(kind="demo").exists() or Confirmation.objects.exists():
        raise CommandError(speech.say("entry.city_on_real_data"))
    if Household.objects.exists():
        raise CommandError(speech.say("entry.city_stands"))


def _villages(at: datetime) -> list[Village]:
    """Every village of the national list, its town run here, with groups and grids."""
    org.import_divisions()
    places.valid().filter(level="town").update(is_run_here=True)
    villages = list(places.valid().filter(level="village").order_by("path"))
    known = set(places.valid().filter(level__in=("group", "grid")).values_list("path", flat=True))
    parts = [
        Area(
            path=path,
            code=f"{village.code}-{suffix}",
            name=f"{village.name}{n + 1}{'网格' if level == 'grid' else '组'}",
            full_name=f"{village.name}{n + 1}{'网格' if level == 'grid' else '组'}",
            level=level,
            kind="网格" if level == "grid" else "组",
            parent_path=village.path,
            valid_from=at.date(),
        )
        for village in villages
        for level, letter, count in (("group", "z", city.GROUPS), ("grid", "g", GRIDS))
        for n in range(count)
        for suffix in [f"{letter}{n + 1:02}"]
        for path in [f"{village.path}.{suffix}"]
        if path not in known
    ]
    Area.objects.bulk_create(parts, batch_size=1000)
    return [Village(one.path, one.name, one.lon, one.lat) for one in villages]


def _towns(villages: list[Village], households: int, at: datetime) -> list[city.Town]:
    homes = city.shared(households, villages, random.Random(1))  # noqa: S311 - a story, not a secret
    towns = []
    for path, few in groupby(villages, key=lambda village: paths.town_of(village.path) or village.path):
        with doors.scoped(path):
            ring = vault.sealing_ring(path, at=at)
        towns.append(city.Town(ring, tuple((village, homes[village]) for village in few)))
    return towns


def _owner() -> psycopg.Connection[Any]:
    """Walks past the policies, may COPY into the tables and make their indexes anew."""
    return psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True)  # type: ignore[arg-type]


@contextmanager
def _shown(people: int) -> Iterator[city.Step]:
    """A bar over all people on a terminal; what is done after them stands as its name."""
    console = Console(stderr=True, highlight=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=people)

        def step(what: str, advance: int) -> None:
            bar.update(task, advance=advance, description=speech.say(f"entry.city_{what}"))

        yield step
