"""Who came into a home and who left it, as phones write it at the door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.offline.models import Conflict
from xiangyun.kernel.offline.tests.conftest import GRID, a_phone
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.people.models import Household, Resident
from xiangyun.kernel.people.tests import factories as people

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")

DAY = date(2026, 6, 1)


@pytest.fixture
def couple() -> tuple[Household, Resident, Resident]:
    """A home of two, a man its head and his wife."""
    home = people.a_household(people.VILLAGE, grid_path=GRID)
    head, wife = people.a_resident(), people.a_resident(name="王秀英", sex="2")
    people.a_membership(home, head, is_head=True)
    people.a_membership(home, wife, relation="12")
    return home, head, wife


def leave(phone: Phone, home: Household, who: Resident, how: str, on: date = DAY, **more: Any) -> dict[str, Any]:
    facts = {"household": str(home.pk), "how": how, "on": on.isoformat(), **more}
    item = phone.write("people.leave_home", ("resident", who.pk), facts, base=who.version)
    return next(one for one in phone.sync() if one["id"] == item)


def test_who_died_stands_in_the_register_and_somebody_else_leads(phone: Phone, couple: Any) -> None:
    home, head, wife = couple
    assert leave(phone, home, head, "died", head=str(wife.pk))["state"] == "applied"
    head.refresh_from_db()
    assert head.died_on == DAY
    stay = head.memberships.get()
    assert (stay.ended_by, stay.until_on) == ("died", DAY + timedelta(days=1))
    assert wife.memberships.get(until_on=None).is_head


def test_who_moved_away_is_alive_elsewhere(phone: Phone, couple: Any) -> None:
    home, _, wife = couple
    assert leave(phone, home, wife, "moved_out")["state"] == "applied"
    wife.refresh_from_db()
    assert wife.died_on is None
    stay = wife.memberships.get()
    assert (stay.ended_by, stay.until_on, stay.source.kind) == ("moved_out", DAY, "visit")


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ({"on": (clock.now() + timedelta(days=9)).date()}, "on"),
        ({"how": "flew"}, "how"),
        ({"how": "died", "head": "nobody"}, "head"),
    ],
)
def test_what_cannot_be_comes_back_at_its_field(phone: Phone, couple: Any, facts: dict[str, Any], fact: str) -> None:
    home, _, wife = couple
    told = leave(phone, home, wife, **{"how": "moved_out", **facts})
    assert (told["state"], [one["fact"] for one in told["errors"]]) == ("refused", [fact])
    assert told["errors"][0]["says"]
    assert wife.memberships.get().until_on is None


def test_a_head_that_leaves_others_behind_has_to_be_followed_by_somebody(phone: Phone, couple: Any) -> None:
    home, head, _ = couple
    told = leave(phone, home, head, "died")
    assert (told["state"], [one["fact"] for one in told["errors"]]) == ("refused", ["head"])


def test_the_same_said_by_two_phones_is_said_once(phone: Phone, couple: Any) -> None:
    home, _, wife = couple
    other = a_phone("village_secretary", people.VILLAGE)
    assert leave(phone, home, wife, "died")["state"] == "applied"
    assert leave(other, home, wife, "died")["state"] == "applied"
    assert not Conflict.objects.exists()


def test_another_day_of_the_same_death_is_a_difference(phone: Phone, couple: Any) -> None:
    home, _, wife = couple
    leave(a_phone("village_secretary", people.VILLAGE), home, wife, "died")
    told = leave(phone, home, wife, "died", on=DAY - timedelta(days=1))
    assert told["state"] == "conflict"
    wife.refresh_from_db()
    assert wife.died_on == DAY
    [row] = accounts.a_browser("clerk").get("/api/offline/conflicts").json()["items"]
    assert (row["field"], row["mine"]["value"], row["theirs"]["value"]) == ("on", "2026-05-31", "2026-06-01")
    assert "mine" not in row["may"]


def test_who_never_lived_there_cannot_leave(phone: Phone, couple: Any) -> None:
    home, _, _ = couple
    other = people.a_resident(name="赵六")
    assert leave(phone, home, other, "moved_out")["state"] == "quarantined"


def test_somebody_new_whom_the_same_phone_brought_can_leave_again(phone: Phone, couple: Any) -> None:
    home, _, _ = couple
    pk = ids.uuid7()
    facts = {"household": str(home.pk), "relation": "42", "began_by": "born"}
    facts |= {"name": "李小丫", "sex": "2", "born_on": "2026-05-01"}
    phone.write("people.add_resident", ("resident", pk), facts)
    gone = {"household": str(home.pk), "how": "moved_out", "on": "2026-06-02"}
    phone.write("people.leave_home", ("resident", pk), gone)
    assert [one["state"] for one in phone.sync()] == ["applied", "applied"]
    assert Resident.objects.get(pk=pk).memberships.get().until_on == date(2026, 6, 2)


def test_who_was_born_belongs_to_the_home_from_that_day(phone: Phone, couple: Any) -> None:
    home, _, _ = couple
    pk = ids.uuid7()
    facts = {"household": str(home.pk), "relation": "42", "began_by": "born", "name": "李小丫", "born_on": "2026-05-01"}
    phone.write("people.add_resident", ("resident", pk), facts)
    assert [one["state"] for one in phone.sync()] == ["applied"]
    assert Resident.objects.get(pk=pk).memberships.get().from_on == date(2026, 5, 1)
