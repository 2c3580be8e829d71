"""Two at once, each on a connection of their own: one row, and nobody meets a fault."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from xiangyun.base.errors import Conflict, Refusal
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.alerts import queries
from xiangyun.kernel.alerts.models import AlertRule
from xiangyun.modules.agriculture import actions
from xiangyun.modules.agriculture.models import Forecast, Planting
from xiangyun.modules.agriculture.tests.factories import AT, TOWN, VILLAGE, day, told

pytestmark = pytest.mark.django_db(transaction=True)

BY = system("15.08")


@pytest.fixture
def at_once():
    """Run each in a thread, door and transaction of its own from the same moment; what they returned or raised."""

    def go(*acts):
        start, found = threading.Barrier(len(acts)), [None] * len(acts)

        def run(n, act):
            try:
                with doors.scoped(TOWN):
                    start.wait()
                    found[n] = act()
            except (Refusal, DatabaseError) as fault:
                found[n] = fault
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    return go


def enter(**changes):
    return actions.enter_forecast(area=TOWN, told=told(**changes), by=BY, at=AT)


def test_a_word_entered_twice_at_once_is_one_row(at_once):
    found = at_once(*[enter] * 4)
    assert len({row.pk for row in found}) == 1
    with doors.scoped(TOWN):
        assert Forecast.objects.count() == 1


def test_of_two_words_that_differ_one_is_refused(at_once):
    found = at_once(*(lambda mm=mm: enter(rain_mm=mm) for mm in (1.0, 2.0, 3.0)))
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Conflict", "Forecast"]


def test_a_crop_sown_twice_at_once_is_sown_once(at_once):
    with doors.scoped(TOWN):
        field = actions.register_field(area=VILLAGE, code="B001", size_mu=9.0, lon=107.1, lat=40.9, by=BY, at=AT)

    def sow():
        return actions.register_planting(area=VILLAGE, crop="maize", sown_on=day(0), field_id=field.pk, by=BY, at=AT)

    found = at_once(sow, sow, sow)
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Conflict", "Planting"]
    with doors.scoped(TOWN):
        assert Planting.objects.count() == 1


def test_a_rule_changed_twice_at_once_is_changed_once(at_once):
    def change():
        return alerts.change_rule(
            code="frost",
            town=TOWN,
            params={"limits": [{"metric": "air_temp_c", "below": -1.0, "calm": 2.0}]},
            severity=3,
            valid_from=AT + timedelta(days=1),
            source="镇农技站",
            basis="试",
            by=BY,
            at=AT,
        )

    try:
        found = at_once(change, change, change)
        assert [type(one) for one in found].count(AlertRule) == 1
        assert sum(isinstance(one, Conflict) for one in found) == 2
    finally:
        with doors.scoped(TOWN):
            AlertRule.objects.exclude(town="").delete()
        queries.forget()
