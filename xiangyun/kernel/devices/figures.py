"""The room's own figures: how many devices speak, and which the house cannot hear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.devices import rules
from xiangyun.kernel.devices.models import Device, DeviceQuerySet
from xiangyun.kernel.devices.rules import State


def _in_use(area: str, at: datetime) -> DeviceQuerySet:
    """Devices that should speak."""
    rows = Device.objects.in_area(area)
    assert isinstance(rows, DeviceQuerySet)
    return rows.as_of(at).not_being(State.REVOKED, State.MAINTENANCE)


def _count(area: str, at: datetime, *states: State) -> FigureValue:
    rows = _in_use(area, at)
    everyone = rows.count()
    counted = rows.being(*states).count()
    heard = rows.not_being(State.NEVER_HEARD).count()
    latest = rows.aggregate(latest=Max("presence__last_heard_at"))["latest"]
    return FigureValue(value=counted, as_of=latest or at, have=heard, of=everyone)


def _rows(area: str, at: datetime, *states: State) -> Sequence[FigureRow]:
    rows = _in_use(area, at).being(*states).select_related("presence")

    def note(device: Device) -> str:
        state = rules.state_of(device.state, device.presence.last_heard_at, device.expected_every_s, at)
        return f"devices.state_{state}"

    return [
        FigureRow(
            kind="device",
            id=str(device.pk),
            name=device.name,
            area=device.area_path,
            at=device.presence.last_heard_at,
            note=note(device),
        )
        for device in rows.order_by("presence__last_heard_at", "id")
    ]


FIGURES = [
    Figure(
        code="devices.reporting",
        unit="devices.unit_devices",
        needs=rules.SEE,
        compute=lambda area, at: _count(area, at, State.REPORTING),
        rows=lambda area, at: _rows(area, at, State.REPORTING),
    ),
    Figure(
        code="devices.unseen",
        unit="devices.unit_devices",
        needs=rules.SEE,
        compute=lambda area, at: _count(area, at, State.SILENT, State.NEVER_HEARD),
        rows=lambda area, at: _rows(area, at, State.SILENT, State.NEVER_HEARD),
    ),
]
