"""Reads of devices that are more than one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.devices import rules
from xiangyun.kernel.devices.models import Device, DeviceQuerySet, Parked, Quarantine
from xiangyun.kernel.devices.rules import State


@dataclass(frozen=True, slots=True)
class Known:
    """A device as a door knows it: enough to let it in and to read what it says."""

    num: int
    id: UUID
    key: str
    profile: str
    area_path: str
    http_hash: bytes
    is_revoked: bool
    revoked_at: datetime | None


def list_devices(actor: Actor, at: datetime) -> DeviceQuerySet:
    """The devices this actor may see, with what they are now, their presence and keeper at hand."""
    rows = Device.objects.visible_to(actor, rules.SEE)
    assert isinstance(rows, DeviceQuerySet)
    return rows.select_related("presence", "keeper").as_of(at)


def pick_device(actor: Actor, device_id: UUID, at: datetime) -> Device:
    """One of them. Refuses: NotFound."""
    return list_devices(actor, at).pick(device_id)


def quarantines(device_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Device → strange metrics with how often and when last, in one query."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = (
        Quarantine.objects.filter(device__in=list(device_ids))
        .values("device", "metric")
        .annotate(count=Count("pk"), last_at=Max("received_at"))
        .order_by("device", "metric")
    )
    for row in rows:
        found[row["device"]].append({"metric": row["metric"], "count": row["count"], "last_at": row["last_at"]})
    return found


def parked_counts(device_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Device → how many things it sent are parked, in one query."""
    rows = Parked.objects.filter(device__in=list(device_ids)).values("device").annotate(n=Count("pk")).order_by()
    return {row["device"]: row["n"] for row in rows}


def fallen_silent(at: datetime) -> list[Device]:
    """Devices in use that owe a word and whose keeper was not told yet; within the door's scope."""
    rows = Device.objects.select_related("presence").as_of(at)
    return list(rows.being(State.SILENT).filter(presence__told_at=None).order_by("num"))


def speak_again(at: datetime) -> list[Device]:
    """Devices somebody was told of that report again."""
    rows = Device.objects.select_related("presence").as_of(at)
    return list(rows.being(State.REPORTING).exclude(presence__told_at=None).order_by("num"))


def cut_off_now() -> list[Device]:
    """Devices a door does not listen to; within the door's scope."""
    return list(Device.objects.select_related("presence").exclude(presence__cut_at=None).order_by("num"))


def neighbours(devices: Sequence[Device], at: datetime) -> dict[str, tuple[int, int]]:
    """Village → (silent, ever heard) devices in it, of the villages these devices stand in."""
    places = {device.area_path for device in devices}
    counts: dict[str, list[int]] = {place: [0, 0] for place in places}
    rows = Device.objects.as_of(at).being(State.SILENT, State.REPORTING).filter(area_path__in=places)
    for device in rows.select_related("presence"):
        heard = device.presence.last_heard_at
        state = rules.state_of(device.state, heard, device.expected_every_s, at)
        counts[device.area_path][0] += state == State.SILENT
        counts[device.area_path][1] += 1
    return {place: (silent, heard) for place, (silent, heard) in counts.items()}


_DOOR = "SELECT num, id, key, profile, area_path, http_hash, is_revoked, revoked_at FROM xy_door."


def known_by_key(key: str) -> Known | None:
    """A device by its key, before anybody is known."""
    return _known("device_by_key(%s)", key)


def known_by_hash(hashed: bytes) -> Known | None:
    """A device by the hash of its secret, before anybody is known."""
    return _known("device_by_hash(%s)", hashed)


def _known(function: str, told: str | bytes) -> Known | None:
    with connection.cursor() as cursor:
        cursor.execute(_DOOR + function, [told])
        row = cursor.fetchone()
    if row is None:
        return None
    return Known(row[0], row[1], row[2], row[3], row[4], bytes(row[5]), row[6], row[7])
