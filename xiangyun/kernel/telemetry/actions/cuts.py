"""Cuts: a device that floods or forges is reported once to whoever looks after it, and listened to again later."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from xiangyun.base import live, paths
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.devices import actions as devices_actions
from xiangyun.kernel.devices import queries as devices
from xiangyun.kernel.devices import rules as devices_rules
from xiangyun.kernel.devices.models import Device, Presence
from xiangyun.kernel.telemetry.actions.keepers import keepers, tell
from xiangyun.kernel.telemetry.rules import flooding

CUT_OFF = "telemetry.device_cut_off"


@transaction.atomic
def mind_cuts(*, at: datetime) -> int:
    """Write each new cut into the audit, tell the keeper of the first of a row, end those that are over.

    Works in the door's scope; returns how many cuts began or ended.
    """
    cut = devices.cut_off_now()
    new = [device for device in cut if _is_new(device.presence)]
    over = [device for device in cut if _began(device.presence) + devices_rules.CUT_FOR <= at]
    told = keepers([device for device in new if _is_first(device.presence)], at)
    for device in new:
        audit.record(
            act="devices.cut_off",
            by=system(paths.town_of(device.area_path) or device.area_path),
            object=("device", device.pk),
            area=device.area_path,
            at=at,
            detail={"reason": device.presence.cut_reason, "since": device.presence.cut_at},
        )
        if device.pk in told:
            cause = {"code": f"telemetry.cut_{device.presence.cut_reason}", "params": {}, "place": device.area_path}
            tell(device, told[device.pk], CUT_OFF, {"cause": cause}, at)
    Presence.objects.filter(device__in=new).update(cut_noted_at=at)
    for device in over:
        devices_actions.end_cut(device.presence)
    live.say(connection, [_changed(device) for device in {*new, *over}])
    return len(new) + len(over)


def _began(presence: Presence) -> datetime:
    assert presence.cut_at is not None
    return presence.cut_at


def _is_new(presence: Presence) -> bool:
    return presence.cut_noted_at is None or presence.cut_noted_at < _began(presence)


def _is_first(presence: Presence) -> bool:
    return presence.cut_noted_at is None or presence.cut_noted_at < _began(presence) - flooding.TOLD_AGAIN


def _changed(device: Device) -> live.LiveEvent:
    return live.changed("device", pk=device.pk, area=device.area_path, ability=devices_rules.SEE)
