"""Silence: a device that owes a word is reported once to the person who looks after it, with the likely cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from xiangyun.base import live, paths
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.devices import queries as devices
from xiangyun.kernel.devices import rules as devices_rules
from xiangyun.kernel.devices.models import Device, Presence
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.telemetry import queries

SILENT, SPEAKS = "telemetry.device_silent", "telemetry.device_speaks"
STAND_INS = ("maintainer", "town_admin")
"""Who is told where a device has no keeper of its own (any more)."""


@transaction.atomic
def report_silence(*, at: datetime) -> int:
    """Tell each keeper, once, of devices that fell silent or speak again; returns how many were reported.

    Works in the door's scope. What a device is *now* is never read from here: it is computed at every look.
    """
    silent, back = devices.fallen_silent(at), devices.speak_again(at)
    if not silent and not back:
        return 0
    keepers = _keepers([*silent, *back], at)
    causes = _causes(silent, at)
    for device in silent:
        cause = {"code": f"telemetry.cause_{causes[device.pk]}", "params": {}, "place": device.area_path}
        since = device.presence.last_heard_at
        _tell(device, keepers[device.pk], SILENT, {"cause": cause, "since": since.isoformat() if since else ""}, at)
    for device in back:
        _tell(device, keepers[device.pk], SPEAKS, {}, at)
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


def _tell(device: Device, keeper: UUID | None, code: str, params: dict[str, object], at: datetime) -> None:
    if keeper is None:
        return
    notify.tell(
        account=keeper,
        area=device.area_path,
        code=code,
        params={"device": device.name, **params},
        subject=("device", device.pk),
        at=at,
    )


def _keepers(found: Iterable[Device], at: datetime) -> dict[UUID, UUID | None]:
    """Device → the account that is told: its keeper, else whoever maintains devices nearest above it."""
    found = list(found)
    active = set(
        Account.objects.filter(pk__in={device.keeper_id for device in found}, state="active").values_list(
            "pk", flat=True
        )
    )
    stand_ins: dict[str, UUID | None] = {}
    told: dict[UUID, UUID | None] = {}
    for device in found:
        if device.keeper_id in active:
            told[device.pk] = device.keeper_id
            continue
        if device.area_path not in stand_ins:
            stand_ins[device.area_path] = _stand_in(device.area_path, at)
        told[device.pk] = stand_ins[device.area_path]
    return told


def _stand_in(area: str, at: datetime) -> UUID | None:
    for role in STAND_INS:
        for place in paths.ancestors(area):
            post = accounts.posts_at(place, at=at, roles=(role,)).first()
            if post is not None:
                return post.account_id
    return None


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
