"""The demo's land and devices."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest

from xiangyun.base import paths
from xiangyun.kernel.accounts import seeds as people
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.geo import queries as geo
from xiangyun.kernel.org import seeds as places
from xiangyun.kernel.org.models import Area
from xiangyun.modules.agriculture import seeds
from xiangyun.modules.agriculture.models import Approval, Field, Forecast, Planting
from xiangyun.modules.agriculture.tests.factories import AT, OTHER_TOWN, TOWN

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setattr(seeds, "_cast_file", lambda: tmp_path / "demo_devices.json")


def plant(at):
    for town in (TOWN, OTHER_TOWN):
        for room in (places, people, seeds):
            room.plant(town, at)


def test_the_demo_towns_are_planted_once(tmp_path):
    for at in (AT, AT + timedelta(minutes=5)):
        plant(at)
    assert Field.objects.in_area(TOWN).count() == 745
    assert Planting.objects.in_area(TOWN).filter(crop="spring_wheat").count() == 250
    names = list(Device.objects.values_list("name", flat=True))
    assert len(names) == len(set(names)) == 16
    cast = json.loads((tmp_path / "demo_devices.json").read_text(encoding="utf-8"))
    assert {row["key"] for row in cast} <= set(Device.objects.values_list("key", flat=True))
    assert len(cast) == 12
    assert (tmp_path / "demo_devices.json").stat().st_mode & 0o077 == 0
    assert Approval.objects.count() == Forecast.objects.count() == 2


def inside(point, ring):
    """Whether a point lies in a ring: how often a line to the east crosses it."""
    x, y = point
    crossed = 0
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        crossed += (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax)
    return crossed % 2 == 1


def test_each_device_stands_in_a_field_of_its_village_alone():
    plant(AT)
    points = {device.name: (device.lon, device.lat) for device in Device.objects.all()}
    assert len(set(points.values())) == 16
    centres = {(area.lon, area.lat) for area in Area.objects.filter(level="village")}
    assert not centres & set(points.values())
    plots = [shape for shape in geo.shapes_of("150802100000") if shape["properties"]["kind"] == "plot"]
    for device in Device.objects.in_area(TOWN).exclude(area_path=TOWN):
        own = [one for one in plots if paths.path_of(one["properties"]["village"]) == device.area_path]
        rings = [one["geometry"]["coordinates"][0] for one in own]
        assert any(inside(points[device.name], ring) for ring in rings), device.name
    Device.objects.all().update(state="revoked")
    plant(AT + timedelta(minutes=5))
    again = {device.name: (device.lon, device.lat) for device in Device.objects.exclude(state="revoked")}
    assert again == points


def test_the_tip_holds_from_the_first_minute():
    plant(AT)
    assert [tip.subject_id for tip in Alert.objects.filter(kind="tip", state="open").order_by("subject_id")] == [
        TOWN,
        OTHER_TOWN,
    ]


def test_a_lost_file_of_secrets_gets_new_devices(tmp_path):
    plant(AT)
    (tmp_path / "demo_devices.json").unlink()
    plant(AT + timedelta(minutes=5))
    in_use = Device.objects.exclude(state="revoked")
    assert in_use.count() == 16
    cast = json.loads((tmp_path / "demo_devices.json").read_text(encoding="utf-8"))
    assert {row["key"] for row in cast} <= set(in_use.values_list("key", flat=True))


def test_a_forecast_that_is_over_gets_a_next():
    plant(AT)
    plant(AT + timedelta(days=3))
    assert Forecast.objects.in_area(TOWN).count() == 2
