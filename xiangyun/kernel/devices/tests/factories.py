"""Builders of devices; call them inside a door."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.devices import actions
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.queries import Known, known_by_key

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOWN, VILLAGE, NEXT_VILLAGE = "15.08.02.100", "15.08.02.100.201", "15.08.02.100.202"
OTHER_TOWN = "15.08.02.101"
HOUSE = system("15.08")

_numbers = count(1)


def a_device(**changes) -> Device:
    """A weather station in a village of 狼山镇."""
    return a_device_and_secret(**changes)[0]


def a_device_and_secret(**changes) -> tuple[Device, str]:
    """The same, with the secret it was given."""
    told = {
        "name": f"气象站 {next(_numbers)}",
        "profile": "weather_station",
        "area": VILLAGE,
        "lon": 107.3,
        "lat": 40.9,
        "by": HOUSE,
        "at": AT,
        **changes,
    }
    return actions.register_device(**told)


def known(device: Device) -> Known:
    """The device as a door knows it."""
    found = known_by_key(device.key)
    assert found is not None
    return found
