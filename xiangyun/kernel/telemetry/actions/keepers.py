"""Whom a device's trouble is told: its keeper, else somebody above it who can see to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from xiangyun.base import paths
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.notify import actions as notify

STAND_INS = ("maintainer", "town_admin", "duty_officer", "town_leader")
"""Who is told where a device has no keeper of its own (any more): the first of these who is there."""


def keepers(found: Iterable[Device], at: datetime) -> dict[UUID, UUID]:
    """Device → the account that is told; without those for whom there is nobody."""
    found = list(found)
    active = set(
        Account.objects.filter(pk__in={device.keeper_id for device in found}, state="active").values_list(
            "pk", flat=True
        )
    )
    stand_ins: dict[str, UUID | None] = {}
    told: dict[UUID, UUID] = {}
    for device in found:
        if device.keeper_id in active:
            told[device.pk] = device.keeper_id
            continue
        if device.area_path not in stand_ins:
            stand_ins[device.area_path] = _stand_in(device.area_path, at)
        somebody = stand_ins[device.area_path]
        if somebody is not None:
            told[device.pk] = somebody
    return told


def tell(device: Device, keeper: UUID, code: str, params: Mapping[str, Any], at: datetime) -> None:
    """Put a notice about a device into somebody's inbox."""
    notify.tell(
        account=keeper,
        area=device.area_path,
        code=code,
        params={"device": device.name, **params},
        subject=("device", device.pk),
        at=at,
    )


def _stand_in(area: str, at: datetime) -> UUID | None:
    for role in STAND_INS:
        for place in paths.ancestors(area):
            post = accounts.posts_at(place, at=at, roles=(role,)).first()
            if post is not None:
                return post.account_id
    return None
