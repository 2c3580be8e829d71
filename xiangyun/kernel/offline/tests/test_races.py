"""Two at once: phones that wrote of the same homes in opposite order, a request twice, a phone revoked meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.models import Phone as PhoneRow
from xiangyun.kernel.offline.tests.conftest import a_phone
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people

CITY = "15.08"


@pytest.fixture
def two(transactional_db: None, confirmed: None) -> Iterator[tuple[Phone, Phone]]:
    with doors.scoped(CITY):
        phones = a_phone("village_secretary", people.VILLAGE), a_phone("village_secretary", people.VILLAGE)
    yield phones
    connection.close()


def homes(count: int) -> list[Household]:
    with doors.scoped(CITY):
        return [people.a_household(people.VILLAGE, address="甲") for _ in range(count)]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each said; all begin together, each on a connection of its own."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            found[n] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_two_phones_that_wrote_of_the_same_homes_in_opposite_order_both_go_in(two: tuple[Phone, Phone]) -> None:
    several = homes(12)
    one, other = two
    for home in several:
        one.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1)
    for home in reversed(several):
        other.write("people.change_household", ("household", home.pk), {"water": "tap"}, base=1)
    told = at_once(lambda: one.send().status_code, lambda: other.send().status_code)
    assert told == [200, 200]
    with doors.scoped(CITY):
        assert set(Household.objects.values_list("address", "water", "version")) == {("乙", "tap", 3)}


def test_the_same_request_twice_goes_in_once(two: tuple[Phone, Phone]) -> None:
    phone, _ = two
    for home in homes(4):
        phone.write("people.check_household", ("household", home.pk))
    body = phone.body()
    told = at_once(*[lambda: phone.send(body).json()["receipts"]] * 3)
    assert told[0] == told[1] == told[2]
    with doors.scoped(CITY):
        assert Item.objects.count() == Entry.objects.filter(act="people.check_home").count() == 4


def test_a_phone_that_is_revoked_while_it_sends_stays_revoked(two: tuple[Phone, Phone]) -> None:
    phone, _ = two
    for home in homes(8):
        phone.write("people.check_household", ("household", home.pk))
    with doors.scoped(CITY):
        clerk = accounts.a_browser("clerk")
    url = f"/api/offline/phones/{phone.id}/revoke"
    told = at_once(
        lambda: phone.send().status_code, lambda: clerk.post(url, {}, content_type="application/json").status_code
    )
    assert told[1] == 200
    with doors.scoped(CITY):
        assert PhoneRow.objects.get(pk=phone.id).revoked_at is not None
        assert set(Item.objects.values_list("state", flat=True)) <= {"applied", "quarantined"}
