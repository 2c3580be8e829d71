"""Silence told once to a named person; days made and dropped; each partition behind its own policy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests.factories import an_account
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.devices.models import Presence
from xiangyun.kernel.devices.tests.factories import AT, OTHER_TOWN, TOWN, VILLAGE, a_device
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.telemetry import actions
from xiangyun.kernel.telemetry.models import Record
from xiangyun.kernel.telemetry.tests.conftest import send, stamp

pytestmark = pytest.mark.usefixtures("days")

LATER = AT + timedelta(hours=1)


@pytest.fixture
def keeper():
    return an_account("grid_worker", VILLAGE, name="乌兰")


def heard(**changes):
    device = a_device(**changes)
    send(device, {"ts": stamp(), "rain_mm": 0})
    return device


def test_a_silence_is_told_once_to_its_keeper(keeper):
    device = heard(keeper=keeper.account)
    assert actions.report_silence(at=AT + timedelta(minutes=30)) == 0
    assert actions.report_silence(at=LATER) == 1
    assert actions.report_silence(at=LATER) == 0
    notice = Notice.objects.get()
    assert (notice.account_id, notice.code) == (keeper.pk, "telemetry.device_silent")
    assert notice.params["cause"]["code"] == "telemetry.cause_device"
    assert notice.params["device"] == device.name


def test_its_return_is_told_too(keeper):
    device = heard(keeper=keeper.account)
    actions.report_silence(at=LATER)
    send(device, {"rain_mm": 0}, at=LATER)
    assert actions.report_silence(at=LATER + timedelta(minutes=1)) == 1
    assert [notice.code for notice in Notice.objects.order_by("created_at")] == [
        "telemetry.device_silent",
        "telemetry.device_speaks",
    ]
    assert actions.report_silence(at=LATER + timedelta(hours=2)) == 1


def test_without_a_keeper_whoever_maintains_devices_is_told():
    heard()
    maintainer = an_account("maintainer", TOWN)
    an_account("maintainer", OTHER_TOWN)
    actions.report_silence(at=LATER)
    assert Notice.objects.get().account_id == maintainer.pk


def test_without_them_the_duty_officer_is_told_and_without_anybody_it_stays_untold():
    heard()
    assert actions.report_silence(at=LATER) == 0
    assert Presence.objects.exclude(told_at=None).count() == 0
    an_account("town_leader", TOWN)
    officer = an_account("duty_officer", TOWN)
    assert actions.report_silence(at=LATER) == 1
    assert Notice.objects.get().account_id == officer.pk


def test_a_cut_is_told_once_audited_each_time_and_ends_by_itself(keeper):
    device = heard(keeper=keeper.account)
    for minutes in (0, 20, 40):
        at = AT + timedelta(minutes=minutes)
        assert devices.cut_off(num=device.num, reason="flood", at=at)
        assert not devices.cut_off(num=device.num, reason="flood", at=at)
        assert [actions.mind_cuts(at=at + timedelta(seconds=s)) for s in (1, 2, 601, 602)] == [1, 0, 1, 0]
    assert Entry.objects.filter(act="devices.cut_off", object_id=str(device.pk)).count() == 3
    notice = Notice.objects.get()
    assert (notice.account_id, notice.code) == (keeper.pk, "telemetry.device_cut_off")
    assert notice.params["cause"]["code"] == "telemetry.cut_flood"
    assert Presence.objects.get().cut_at is None
    devices.cut_off(num=device.num, reason="broken", at=AT + timedelta(days=3))
    actions.mind_cuts(at=AT + timedelta(days=3))
    assert Notice.objects.count() == 2


def test_neighbours_that_fell_silent_with_it_point_at_the_village(keeper):
    for _ in range(3):
        heard(keeper=keeper.account)
    actions.report_silence(at=LATER)
    assert {notice.params["cause"]["code"] for notice in Notice.objects.all()} == {"telemetry.cause_village_line"}


def test_a_battery_below_its_usual_is_named(keeper):
    probe = a_device(profile="soil_probe", keeper=keeper.account)
    send(probe, [{"ts": stamp(60 * h), "battery_v": 3.6} for h in range(30, 1, -1)])
    send(probe, {"ts": stamp(0), "battery_v": 2.9})
    while actions.fold(at=AT):
        pass
    actions.report_silence(at=AT + timedelta(hours=4))
    assert Notice.objects.get().params["cause"]["code"] == "telemetry.cause_battery"


def test_nobody_is_told_of_devices_never_heard_revoked_or_in_maintenance():
    a_device()
    for state in ("revoked", "maintenance"):
        device = heard()
        type(device).objects.filter(pk=device.pk).update(state=state)
    assert actions.report_silence(at=LATER) == 0
    assert Presence.objects.exclude(told_at=None).count() == 0


def test_days_are_made_ahead_each_behind_its_own_policy():
    actions.open_days_ahead(at=AT)
    actions.open_days_ahead(at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity AND EXISTS"
            " (SELECT FROM pg_policies p WHERE p.tablename = c.relname)), count(*)"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'telemetry_record'::regclass"
            " AND c.relname BETWEEN 'telemetry_record_20261123' AND 'telemetry_record_20261126'"
        )
        assert cursor.fetchone() == (True, 4)


def test_old_days_are_dropped_and_two_years_are_never_touched():
    device = heard()
    with connection.cursor() as cursor:
        cursor.execute("SELECT xy_door.telemetry_open_day('2023-01-01')")
    assert actions.drop_old(at=AT) == 1
    assert Record.objects.filter(device_num=device.num).count() == 1
    with pytest.raises(Exception, match="kept for two years"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT xy_door.telemetry_drop_days(current_date)")


def test_outside_the_scope_there_are_no_records():
    heard()
    for scope, count in ((TOWN, 1), (OTHER_TOWN, 0), ("", 0)):
        with doors.scoped(scope):
            assert Record.objects.count() == count
