"""A seeded city: written past the policies, and the tables are afterwards as they were before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests.factories import a_person
from xiangyun.kernel.people.models import Household, Membership, Resident, Source
from xiangyun.kernel.people.queries import fields, search, tally
from xiangyun.kernel.people.rules import identity
from xiangyun.kernel.people.seeds import city
from xiangyun.kernel.people.seeds.rows import COLUMNS, Village
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import AT, OTHER_TOWN, TOWN
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault.models import Confirmation

SHAPE = (
    "SELECT indexdef FROM pg_indexes WHERE tablename = ANY(%(tables)s) ORDER BY 1",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE conrelid = ANY(%(tables)s::regclass[]) ORDER BY 1, 2""",
    """SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger
        WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal ORDER BY 1, 2""",
)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**settings.CONFIG.dsn("xy_owner"), autocommit=True) as opened:  # type: ignore[arg-type]
        yield opened


def shape(owner: psycopg.Connection[Any]) -> list[list[Any]]:
    return [owner.execute(query, {"tables": list(COLUMNS)}).fetchall() for query in SHAPE]


def plan() -> tuple[list[city.Town], city.Plan]:
    towns = []
    for town in (TOWN, OTHER_TOWN):
        with doors.scoped(town):
            ring = vault.sealing_ring(town, at=AT)
        villages = tuple((Village(f"{town}.{n}", "村", 107.4, 40.8), 20) for n in (201, 202))
        towns.append(city.Town(ring, villages))
    return towns, city.Plan(3.0, AT)


@pytest.mark.django_db(transaction=True)
def test_what_is_written_is_whole_and_the_tables_are_as_before(owner: psycopg.Connection[Any]) -> None:
    before = shape(owner)
    assert all(before)
    towns, asked = plan()
    connections.close_all()
    steps: list[tuple[str, int]] = []
    with city.telling(towns, asked) as blocks:
        homes, everybody = city.write(owner, blocks, step=lambda what, n: steps.append((what, n)))
    assert shape(owner) == before
    assert homes == 80
    assert 225 <= everybody <= 255
    assert sum(n for _, n in steps) == everybody
    with doors.scoped(TOWN):
        assert Household.objects.count() == 40
        assert Membership.objects.filter(is_head=True, until_on=None).count() == 40
        found = Resident.objects.filter(is_protected=False).exclude(id_no_sealed=None)
        for one in found:
            number = identity.check_id_number(fields.plain(one, "id_no") or "", on=date(2026, 11, 27))
            assert (number.born_on, number.sex) == (one.born_on, one.sex)
        one = found[0]
        told = search.find(fields.plain(one, "id_no") or "", by=a_person(), area=None, most=5, on=AT.date())
        assert [item["id"] for item in told.items] == [one.pk]
        assert one.name in [
            item["name"] for item in search.find(one.name, by=a_person(), area=None, most=5, on=AT.date()).items
        ]
        village = f"{TOWN}.201"
        assert tally.counted([village], AT)[village]["households"] == 20
    with doors.scoped(OTHER_TOWN):
        assert (
            search.find(
                fields.plain(one, "id_no") or "x", by=a_person("clerk", OTHER_TOWN), area=None, most=5, on=AT.date()
            ).items
            == []
        )


@pytest.mark.django_db(transaction=True)
def test_stopped_in_the_middle_nothing_stands_and_no_index_is_missing(owner: psycopg.Connection[Any]) -> None:
    before = shape(owner)
    towns, asked = plan()
    connections.close_all()

    def stop(what: str, _: int) -> None:
        if what == "index":
            raise KeyboardInterrupt

    with city.telling(towns, asked) as blocks, pytest.raises(KeyboardInterrupt):
        city.write(owner, blocks, step=stop)
    assert shape(owner) == before
    assert owner.execute("SELECT count(*) FROM people_resident").fetchone() == (0,)


def test_homes_are_spread_over_all_villages() -> None:
    found = city.shared(1000, [str(n) for n in range(100)], random.Random(1))
    assert (sum(found.values()), min(found.values()) >= 1) == (1000, True)
    assert len(set(found.values())) > 5


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("real", [True, False])
def test_made_up_people_stay_out_where_people_are_real(real: bool) -> None:
    if real:
        people.a_source(kind="hand")
    else:
        Confirmation.objects.create(fingerprint="x", at=AT)
    with pytest.raises(CommandError, match="真实"):
        call_command("seed_city")


@pytest.mark.usefixtures("house")
def test_a_register_that_holds_homes_is_left_alone() -> None:
    people.a_household(home_source=people.a_source(kind="demo"))
    with pytest.raises(CommandError, match="已经有户"):
        call_command("seed_city")
    assert Source.objects.count() == 1


@pytest.mark.usefixtures("house")
def test_a_village_has_one_home_at_least() -> None:
    with pytest.raises(CommandError, match="956"):
        call_command("seed_city", households=955)
