"""The ingest door's own database role may do everything a record can lead to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests.factories import an_account
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.alerts.tests.factories import AT, TOWN, VILLAGE, a_station, minutes, send, told
from xiangyun.kernel.workflow.models import WorkItem


@pytest.fixture
def station(transactional_db):
    """A committed station, somebody on duty, and from here on the ingest role."""
    with doors.scoped("15.08"):
        an_account("duty_officer", TOWN)
        device = a_station(area=VILLAGE)
    before = dict(connection.settings_dict)
    dsn = settings.CONFIG.dsn("xy_ingest")
    connection.close()
    connection.settings_dict.update(USER=dsn["user"], PASSWORD=dsn["password"])
    yield device
    connection.close()
    connection.settings_dict.update(before)


def test_everything_a_record_can_lead_to(station):
    windy = {"wind_speed_ms": 12.0}
    days = [AT - timedelta(days=n) for n in (3, 2, 1)]
    bodies = [
        [
            (AT - timedelta(days=9), {"wind_gust_ms": 20.0}),
            *((AT - timedelta(days=9) + timedelta(minutes=n), {"wind_gust_ms": 1.0}) for n in (10, 20, 40)),
        ],
        *([(day, {"rain_mm": 9.0})] for day in days),
        [(AT, windy), (minutes(10), windy)],
        [(minutes(5), {"wind_speed_ms": 1.0})],
        [(minutes(20), {"rain_mm": 45.0, "air_temp_c": -1.0, "wind_gust_ms": 30.0})],
        [(minutes(40), {"rain_mm": 9.0})],
    ]
    for body in bodies:
        with doors.scoped(TOWN):
            send(station, body, at=minutes(40))
    with doors.scoped(TOWN):
        assert connection.settings_dict["USER"] == "xy_ingest"
        assert sorted({rule for rule, *_ in told()}) == [
            "continuous_rain",
            "frost",
            "gale",
            "heavy_rain",
            "rain_falling",
        ]
        assert Alert.objects.filter(rule="gale", state="withdrawn").count() == 1
        assert all(item.assignee_id for item in WorkItem.objects.all())
