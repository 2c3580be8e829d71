"""Silence: a device that owes a word is reported once to the person who looks after it, with the likely cause."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from xiangyun.base import live
from xiangyun.kernel.devices import queries as devices
from xiangyun.kernel.devices import rules as devices_rules
from xiangyun.kernel.devices.models import Device, Presence
from xiangyun.kernel.telemetry import queries
from xiangyun.kernel.telemetry.actions.keepers import keepers, tell

SILENT, SPEAKS = "telemetry.device_silent", "telemetry.device_speaks"


@transaction.atomic
def report_silence(*, at: datetime) -> int:
    """Tell each keeper, once, of devices that fell silent or speak again; returns how many were reported.

    Works in the door's scope. What a device is *now* is never read from here: it is computed at every look.
    """
    silent, back = devices.fallen_silent(at), devices.speak_again(at)
    if not silent and not back:
        return 0
    told = keepers([*silent, *back], at)
    # Where nobody is there to be told, the device stays untold until somebody is.
    silent = [device for device in silent if device.pk in told]
    if not silent and not back:
        return 0
    causes = _causes(silent, at)
    for device in silent:
        cause = {"code": f"telemetry.cause_{causes[device.pk]}", "params": {}, "place": device.area_path}
        since = device.presence.last_heard_at
        tell(device, told[device.pk], SILENT, {"cause": cause, "since": since.isoformat() if since else ""}, at)
    for device in back:
        if device.pk in told:
            tell(device, told[device.pk], SPEAKS, {}, at)
    Presence.objects.filter(device__in=silent).update(told_at=at)
    Presence.objects.filter(device__in=back).update(told_at=None)
    live.say(
        connection,
        [
            live.changed("device", pk=device.pk, area=device.area_path, ability=devices_rules.SEE)
            for device in (*silent, *back)
        ],
    )
    return len(silent) + len(back)


def _causes(silent: list[Device], at: datetime) -> dict[UUID, str]:
    """Device → code of the likeliest reason."""
    around = devices.neighbours(silent, at)
    usual = queries.usual_battery(silent, at)
    latest = queries.latest(silent)
    causes = {}
    for device in silent:
        others_silent, others = around[device.area_path]
        battery = latest[device.pk].get("battery_v")
        causes[device.pk] = devices_rules.likely_cause(
            battery_v=battery.value if battery else None,
            usual_v=usual.get(device.num),
            others_silent=others_silent - 1,
            others=others - 1,
        )
    return causes
