"""The register of the demo towns: homes with stories, all of them made up."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts import seeds as accounts
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import tally
from xiangyun.kernel.people.made_up import Maker
from xiangyun.kernel.people.models import (
    Household,
    Income,
    Mark,
    Membership,
    OwnRecord,
    Plot,
    Resident,
    Source,
)
from xiangyun.kernel.people.seeds import stories
from xiangyun.kernel.people.seeds.rows import COLUMNS, Row, Village, Writer
from xiangyun.kernel.vault import actions as vault

# How many ordinary homes in which villages of a demo town; 201 is where its stories happen.
HOMES = {"201": 36, "212": 26, "207": 20, "213": 20, "202": 10}
GROUPS = 3

MODELS: tuple[Any, ...] = (Source, Household, Resident, Membership, Plot, Income, Mark)


def plant(town: str, at: datetime) -> None:
    """Fill the register of a demo town; one that holds anything already stays as it is."""
    if Household.objects.in_area(town).exists():
        return
    part = sorted(accounts.TOWNS).index(town)
    ring, maker = vault.sealing_ring(town, at=at), Maker(4, on=at.date(), part=part)
    chance = random.Random(part)  # noqa: S311 - a story, not a secret
    own: dict[str, str] = {}
    villages = _villages(town)
    for village in villages:
        writer = Writer(village, ring, at, chance)
        told = stories.of(village.path, at.date(), part)
        for story in told:
            written = writer.home(story.home, checked_days_ago=story.checked_days_ago)
            own |= {account: written.people[n] for account, n in story.accounts.items()}
        for home in maker.homes(HOMES[village.path[-3:]], groups=GROUPS, first=len(told) + 1):
            writer.home(home)
        _write(writer.rows)
    _open_own_records(own, at)
    tally.recount([village.path for village in villages], at=at)
    detail = {"homes": Household.objects.in_area(town).count()}
    audit.record(
        act="people.plant_demo", by=system(town, "seed_demo"), object=("area", town), area=town, at=at, detail=detail
    )


def _villages(town: str) -> list[Village]:
    places = org.valid().filter(path__in=[f"{town}.{code}" for code in HOMES]).order_by("path")
    return [Village(one.path, one.name, one.lon, one.lat) for one in places]


def _write(rows: Mapping[str, Sequence[Row]]) -> None:
    for model in MODELS:
        table = model._meta.db_table
        model.objects.bulk_create(model(**dict(zip(COLUMNS[table], row, strict=True))) for row in rows[table])


def _open_own_records(own: Mapping[str, str], at: datetime) -> None:
    """The demo's villagers see their own record on the phone."""
    for account in Account.objects.filter(account__in=own):
        resident = Resident.objects.get(pk=own[account.account])
        OwnRecord.objects.create(
            area_path=resident.area_path, account=account, resident=resident, kind="self", from_at=at
        )
