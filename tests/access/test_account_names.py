"""Nobody but staff reads a name that somebody signs in with, whatever they ask for."""

from __future__ import annotations

import pytest

from tests.access import world
from tests.access.world import TOWN, VILLAGE
from xiangyun.base import clock
from xiangyun.kernel.accounts.models import Account

pytestmark = pytest.mark.usefixtures("house")


def told(role: str, area: str) -> set[str]:
    """The endpoints that answer this person with the account name of somebody else."""
    rows = world.one_of_each(VILLAGE, clock.now())
    browser = world.person(role, area)
    others = list(Account.objects.exclude(pk=browser.who.pk).values_list("account", flat=True))
    read = {one.name: browser.get(one.url(rows)).getvalue() for one in world.endpoints() if one.method == "GET"}
    return {name for name, content in read.items() if any(account.encode() in content for account in others)}


def test_a_villager_is_told_no_account_name() -> None:
    assert told("villager", VILLAGE) == set()


def test_staff_is_told_them_so_the_test_above_can_fail() -> None:
    assert {"GET /api/agriculture/forecasts", "GET /api/duty", "GET /api/work"} <= told("duty_officer", TOWN)
