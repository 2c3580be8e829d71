"""The access matrix, made from the API itself: every endpoint × {nobody, wrong ability, elsewhere, right person}.

What is refused changes no row; a row elsewhere is answered exactly like one that never was.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.access import policy, world
from tests.access.world import NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, Endpoint
from xiangyun.base import clock
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.accounts import rules as accounts
from xiangyun.kernel.accounts.models import MachineKey

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def rows() -> dict[str, str]:
    return world.one_of_each(VILLAGE, clock.now())


@pytest.fixture(scope="module")
def all_endpoints() -> list[Endpoint]:
    return list(world.endpoints())


# What any request may note about itself.
NOTED = ("accounts_loginattempt", "accounts_machinekey", "accounts_session", "telemetry_answer", "workflow_op")


def fingerprint() -> dict[str, str]:
    """A hash of every table that can be read, but for what any request may note about itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')"
            " AND relname <> ALL(%s) ORDER BY 1",
            [list(NOTED)],
        )
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


def test_no_endpoint_is_bare(all_endpoints: list[Endpoint]) -> None:
    assert len(all_endpoints) > 40
    assert [one.name for one in all_endpoints if one.needs is None] == []
    unknown = [one.name for one in all_endpoints if not one.is_open and not access.known(str(one.needs))]
    assert unknown == []


def test_a_bare_endpoint_is_found() -> None:
    from ninja import NinjaAPI, Router

    router = Router()

    @router.get("/bare")
    def bare(request: Any) -> None:
        """Forgotten."""

    api = NinjaAPI(urls_namespace="planted")
    api.add_router("", router)
    operations = [op for _, one in api._routers for view in one.path_operations.values() for op in view.operations]
    assert [hasattr(op.view_func, "__needs__") for op in operations] == [False]


def test_every_kind_of_row_in_an_address_is_known(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    asked = {name for one in all_endpoints for name in one.params}
    assert asked - set(rows) - set(world.NAMES) == set()


def test_the_policy_is_the_reviewed_one() -> None:
    """Change `policy.json` together with what it describes (`python -m tests.access.policy`)."""
    assert policy.policy() == json.loads(policy.FILE.read_text(encoding="utf-8"))


def test_nobody_is_told_401(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    before = fingerprint()
    told = [
        (one.name, status)
        for one in all_endpoints
        if one.needs != "public" and (status := one.call(Client(), one.url(rows)).status_code) != 401
    ]
    assert told == []
    assert fingerprint() == before


def test_a_closed_account_and_a_wrong_key_are_nobody(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    gone = world.closed(TOWN)
    stranger = Client(headers={"Authorization": "Bearer xyk_guess"})
    told = [
        (one.name, browser, status)
        for one in all_endpoints
        for browser in (gone, stranger)
        if one.needs != "public" and (status := one.call(browser, one.url(rows)).status_code) != 401
    ]
    assert told == []


def test_the_wrong_role_is_told_403(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    people = {role: world.person(role, TOWN) for role in access.ROLES}
    people["nobody any more"] = world.without_posts(TOWN)
    before = fingerprint()
    told = []
    for one in all_endpoints:
        if one.is_open:
            continue
        held = world.roles_with(str(one.needs))
        for role, browser in people.items():
            if role not in held and (status := one.call(browser, one.url(rows)).status_code) != 403:
                told.append((one.name, role, status))
    assert told == []
    assert fingerprint() == before


def test_a_key_without_the_ability_is_told_403(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    secret = accounts.new_token()
    MachineKey.objects.create(
        name="区气象局",
        key_hash=accounts.digest(secret),
        hint="xyk",
        abilities=[],
        area_path=TOWN,
        created_at=clock.now(),
    )
    machine = Client(headers={"Authorization": f"Bearer {secret}"})
    told = [
        (one.name, status)
        for one in all_endpoints
        if not one.is_open and (status := one.call(machine, one.url(rows)).status_code) != 403
    ]
    assert told == []


def test_a_write_without_the_csrf_token_is_told_403(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    browser = world.person("town_admin", TOWN)
    browser.defaults.pop("HTTP_X_CSRFTOKEN", None)
    bare = Client()
    bare.cookies = browser.cookies
    before = fingerprint()
    told = [
        (one.name, status)
        for one in all_endpoints
        if one.method != "GET"
        and one.name != "POST /api/session"
        and (status := one.call(bare, one.url(rows)).status_code) != 403
    ]
    assert told == []
    assert fingerprint() == before


@pytest.mark.parametrize("elsewhere", [OTHER_TOWN, NEXT_VILLAGE])
def test_a_row_elsewhere_is_answered_like_one_that_never_was(
    all_endpoints: list[Endpoint], rows: dict[str, str], elsewhere: str
) -> None:
    people = {role: world.person(role, elsewhere) for role in access.TOWN_ROLES}
    before = fingerprint()
    told = []
    for one in all_endpoints:
        if not one.rows or one.needs == "public" or (elsewhere == NEXT_VILLAGE and set(one.rows) & set(world.OF_TOWN)):
            continue
        for role, browser in people.items():
            if one.needs != "signed_in" and role not in world.roles_with(str(one.needs)):
                continue
            foreign, never = one.call(browser, one.url(rows)), one.call(browser, one.nowhere())
            if foreign.status_code != 404 or (foreign.status_code, foreign.content) != (
                never.status_code,
                never.content,
            ):
                told.append((one.name, role, foreign.status_code, never.status_code))
    assert told == []
    assert fingerprint() == before


def test_the_right_person_reads(all_endpoints: list[Endpoint], rows: dict[str, str]) -> None:
    people = {role: world.person(role, TOWN) for role in access.ROLES}
    told = []
    for one in all_endpoints:
        if one.method != "GET" or one.needs in ("public", "signed_in"):
            continue
        for role in world.roles_with(str(one.needs)):
            answer = one.call(people[role], one.url(rows))
            if answer.status_code not in (200, 404, 422):
                told.append((one.name, role, answer.status_code))
        answers = {one.call(people[role], one.url(rows)).status_code for role in world.roles_with(str(one.needs))}
        if not answers & {200, 422}:
            told.append((one.name, "nobody at all", answers))
    assert told == []
