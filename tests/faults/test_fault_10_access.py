"""Fault 10: the access matrix over the whole API: endpoint × verb × role × {own, another town, the next village, the
next grid, never was, merged away, deleted, no post}. It equals the reviewed `tests/access/policy.json`; whatever is not
somebody's is answered like a row that never was, and refused requests change no row of any table.

The control takes the filters away (the policies must hold alone), and then the policies too (it must be seen).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import Q

from tests.access import policy, world
from tests.access.test_matrix import fingerprint
from tests.access.world import NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, Endpoint
from xiangyun.base import clock, ids
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import ROLES, TOWN_ROLES
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people

CITY = "15.08"
GRID, NEXT_GRID = f"{VILLAGE}.g01", f"{VILLAGE}.g02"
REVIEWED = json.loads(policy.FILE.read_text(encoding="utf-8"))
EVERYTHING = ~Q(pk__in=[])
# A body or query that cannot be read is refused before anybody looks for a row.
BEFORE_THE_ROW = (400, 422)


def told(one: Endpoint, browser: Any, url: str) -> tuple[int, bytes]:
    """The answer to one request; whatever it wrote is taken back."""
    with transaction.atomic():
        response = one.call(browser, url)
        answer = (response.status_code, response.getvalue())
        transaction.set_rollback(True)
    return answer


def holders(one: Endpoint) -> list[str]:
    """The roles that may, by the reviewed file alone."""
    needs = REVIEWED["endpoints"][one.name]
    return list(ROLES) if needs in ("public", "signed_in") else list(REVIEWED["abilities"][needs])


def of_grid(grid: str) -> dict[str, str]:
    """A home of a grid, with everything the register keeps of it."""
    home, head = people.a_home(grid.rpartition(".")[0])
    Household.objects.filter(pk=home.pk).update(grid_path=grid)
    found = {
        "household_id": home.pk,
        "resident_id": head.pk,
        "plot_id": people.a_plot(home).pk,
        "mark_id": people.a_mark(head).pk,
        "consent_id": world.a_signed_consent(head).pk,
    }
    return {name: str(key) for name, key in found.items()}


class Matrix:
    """Everybody who asks, every row that is asked for, how many requests were judged and what was not as reviewed."""

    def __init__(self) -> None:
        self.rows, self.gridded = world.one_of_each(VILLAGE, clock.now()), of_grid(GRID)
        gone = people.a_resident(VILLAGE, merged_into=people.a_resident(VILLAGE))
        self.merged = {**self.rows, "resident_id": str(gone.pk)}
        self.nobody = {**self.rows, "resident_id": str(ids.uuid7())}
        self.own = {role: world.person(role, TOWN) for role in ROLES}
        self.elsewhere = {
            (where, role): world.person(role, area)
            for where, area in (("another town", OTHER_TOWN), ("next village", NEXT_VILLAGE))
            for role in TOWN_ROLES
        }
        self.keeper, self.next_keeper = (world.person("grid_worker", grid) for grid in (GRID, NEXT_GRID))
        self.jobless, self.closed = world.without_posts(TOWN), world.closed(TOWN)
        self.cases: Counter[str] = Counter()
        self.wrong: list[tuple[str, str, str, object]] = []

    def judge(self, case: str, one: Endpoint, role: str, *, got: object, wanted: object) -> None:
        self.cases[case] += 1
        if got != wanted:
            self.wrong.append((case, one.name, role, got))

    def roles(self, one: Endpoint) -> None:
        """Who holds no ability is told 403, who holds it is not; nobody any more is told 401 or 403."""
        url, may = one.url(self.rows), holders(one)
        self.judge("closed account", one, "", got=told(one, self.closed, url)[0], wanted=401)
        if one.is_open:
            return
        self.judge("no post", one, "", got=told(one, self.jobless, url)[0], wanted=403)
        for role in ROLES:
            if role not in may:
                self.judge("wrong role", one, role, got=told(one, self.own[role], url)[0], wanted=403)
        answers = {told(one, self.own[role], url)[0] for role in may}
        self.judge("own", one, ", ".join(may), got=bool(answers - {401, 403}), wanted=True)

    def strangers(self, one: Endpoint) -> None:
        """A row of another town or village, or merged away, is a row that never was."""
        may = holders(one)
        for (where, role), browser in self.elsewhere.items():
            if role not in may or (where == "next village" and set(one.rows) & set(world.OF_TOWN)):
                continue
            never = told(one, browser, one.nowhere())
            status = never[0] if never[0] in BEFORE_THE_ROW else 404
            self.judge(where, one, role, got=told(one, browser, one.url(self.rows)), wanted=(status, never[1]))
        if "resident_id" in one.rows:
            for role in may:
                gone, never = (told(one, self.own[role], one.url(rows)) for rows in (self.merged, self.nobody))
                self.judge("merged away", one, role, got=gone, wanted=never)

    def grids(self, one: Endpoint) -> None:
        """A grid worker's own grid is there, the next one is not."""
        if "grid_worker" not in holders(one) or not set(one.rows) <= set(self.gridded) or one.is_open:
            return
        url, nowhere = one.url(self.gridded), one.nowhere()
        never = told(one, self.next_keeper, nowhere)
        self.judge("next grid", one, "grid_worker", got=told(one, self.next_keeper, url), wanted=never)
        if never[0] == 404:
            self.judge("own grid", one, "grid_worker", got=told(one, self.keeper, url)[0] != 404, wanted=True)


@pytest.mark.usefixtures("house")
def test_the_whole_matrix_is_the_reviewed_one() -> None:
    endpoints = list(world.endpoints())
    assert {one.name for one in endpoints} == set(REVIEWED["endpoints"])
    matrix = Matrix()
    before = fingerprint()
    for one in endpoints:
        if one.needs == "public":
            continue
        matrix.roles(one)
        if one.rows:
            matrix.strangers(one)
            matrix.grids(one)
    assert matrix.wrong == []
    assert fingerprint() == before
    cases = ", ".join(f"{case} {n}" for case, n in matrix.cases.items())
    print(f"fault 10: {len(endpoints)} endpoints, {matrix.cases.total()} cases ({cases}); no row of any table changed")


@pytest.mark.usefixtures("house")
def test_a_row_that_was_deleted_is_answered_like_one_that_never_was() -> None:
    """Deleted under the reader's eyes: the address that worked a moment ago."""
    clerk = world.person("clerk", TOWN)
    home, head = people.a_home(VILLAGE)
    for address, row in ((f"/api/people/households/{home.pk}", home), (f"/api/people/residents/{head.pk}", head)):
        assert clerk.get(address).status_code == 200
        never = clerk.get(address.replace(str(row.pk), str(ids.uuid7())))
        with transaction.atomic():
            head.memberships.all().delete()
            row.delete()
            answer = clerk.get(address)
            transaction.set_rollback(True)
        assert (answer.status_code, answer.content) == (404, never.content)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as opened:
        yield opened


def foreign_seen() -> set[str]:
    """Which reads of one row, by somebody of the other town, answer with the row."""
    with doors.scoped(CITY), transaction.atomic():
        rows = world.one_of_each(VILLAGE, clock.now())
        people_of = {role: world.person(role, OTHER_TOWN) for role in TOWN_ROLES}
        seen = {
            one.name
            for one in world.endpoints()
            if one.method == "GET" and one.rows and one.needs != "public"
            for role in holders(one)
            if role in people_of and told(one, people_of[role], one.url(rows))[0] == 200
        }
        # Of some rows a village has one only, and this is asked three times.
        transaction.set_rollback(True)
    return seen


@pytest.mark.django_db(transaction=True)
def test_control_without_the_filters_the_policies_hold_and_without_both_it_is_seen(
    owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, *_args, **_kwargs: rows)
    monkeypatch.setattr(ScopedQuerySet, "in_area", lambda rows, *_args, **_kwargs: rows)
    monkeypatch.setattr("xiangyun.kernel.people.queries.visible.under", lambda *_args, **_kwargs: EVERYTHING)
    assert foreign_seen() == set()

    tables = [
        row[0]
        for row in owner.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
        )
    ]
    assert len(tables) > 40
    try:
        for table in tables:
            owner.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        seen = foreign_seen()
    finally:
        for table in tables:
            owner.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    assert seen >= {
        "GET /api/accounts/{account_id}",
        "GET /api/devices/{device_id}",
        "GET /api/people/households/{household_id}",
        "GET /api/people/residents/{resident_id}",
    }
    assert foreign_seen() == set()
    print(f"fault 10, control: {len(tables)} tables without their policies: {len(seen)} reads told a foreign row")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity AND relforcerowsecurity", [tables]
        )
        assert cursor.fetchone() == (len(tables),)
