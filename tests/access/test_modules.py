"""A module that a town has switched off: its addresses are gone, its rules judge nothing, the next town keeps it."""

from __future__ import annotations

import pytest

from tests.access import world
from tests.access.world import OTHER_TOWN, TOWN, VILLAGE
from xiangyun.base import clock
from xiangyun.kernel.access.rules import TOWN_ROLES
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.alerts import queries
from xiangyun.kernel.audit.models import Entry

pytestmark = pytest.mark.usefixtures("house")

URL = "/api/modules/agriculture/switch"
ALL_ON = {"agriculture": True, "grid": True}


@pytest.fixture(autouse=True)
def _rules_afresh():
    queries.forget()
    yield
    queries.forget()


def switch(is_on: bool, town: str = TOWN, module: str = "agriculture"):
    url = f"/api/modules/{module}/switch"
    answer = a_browser("town_admin", town).post(url, {"is_on": is_on}, content_type="application/json")
    queries.forget()
    return answer


def switches(answer) -> dict[str, bool]:
    return {one["id"]: one["is_on"] for one in answer.json()["items"]}


@pytest.mark.parametrize(
    ("module", "role", "page"), [("agriculture", "agronomist", "fields"), ("grid", "clerk", "reports")]
)
def test_its_addresses_are_gone_for_everybody_of_the_town_until_it_is_on_again(module, role, page) -> None:
    rows = world.one_of_each(VILLAGE, clock.now())
    own = [one for one in world.endpoints() if str(one.needs).startswith(f"{module}.")]
    assert len(own) > 10
    people = {role: world.person(role, TOWN) for role in TOWN_ROLES}
    assert switches(switch(False, module=module)) == {**ALL_ON, module: False}
    told = {one.name: {one.call(who, one.url(rows)).status_code for who in people.values()} for one in own}
    assert told == {one.name: {404} for one in own}
    for who in people.values():
        assert not [code for code in who.get("/api/session").json()["abilities"] if code.startswith(f"{module}.")]
    assert a_browser(role, OTHER_TOWN).get(f"/api/{module}/{page}").status_code == 200
    assert switches(switch(True, module=module)) == ALL_ON
    assert people[role].get(f"/api/{module}/{page}").status_code == 200
    assert [
        row["is_on"]
        for row in Entry.objects.filter(act="org.switch_module").order_by("id").values_list("detail", flat=True)
    ] == [False, True]


def test_its_rules_have_no_numbers_there() -> None:
    assert queries.versions("heavy_rain", TOWN)
    assert queries.version_at("stop_watering", TOWN, clock.now())
    switch(False)
    assert queries.versions("heavy_rain", TOWN) == ()
    assert queries.version_at("stop_watering", TOWN, clock.now()) is None
    assert queries.versions("heavy_rain", OTHER_TOWN)


def test_who_switches_what() -> None:
    assert a_browser("agronomist", TOWN).post(URL, {"is_on": False}, content_type="application/json").status_code == 403
    admin = a_browser("town_admin", TOWN)
    unknown = admin.post("/api/modules/congress/switch", {"is_on": False}, content_type="application/json")
    assert unknown.status_code == 404
    county = a_browser("town_admin", "15.08.02")
    assert county.post(URL, {"is_on": False}, content_type="application/json").status_code == 404
    assert switches(admin.get("/api/modules")) == ALL_ON
