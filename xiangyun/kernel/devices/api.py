"""Devices over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Status

from xiangyun.base import clock, words
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.access.querysets import under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.devices import actions, queries, registry, rules
from xiangyun.kernel.devices.models import Device, Parked, Presence, RawLine
from xiangyun.kernel.devices.rules import Standing, State
from xiangyun.kernel.devices.schemas import (
    DeviceChange,
    DeviceIn,
    DeviceMade,
    DeviceOut,
    KeeperIn,
    MaintenanceIn,
    ParkedOut,
    Plain,
    ProfileOut,
    RawOut,
)
from xiangyun.kernel.org import queries as org

SHOWN_CHARS = 2_000

router = Router(tags=["devices"])


def _may(device: Device, actor: Actor) -> list[str]:
    if device.state == Standing.REVOKED:
        return []
    open_moves = {
        "revoke": rules.REVOKE,
        ("end_maintenance" if device.state == Standing.MAINTENANCE else "start_maintenance"): rules.TEND,
        "set_keeper": rules.TEND,
    }
    return [move for move, ability in open_moves.items() if actor.may(ability, device.area_path)]


def _cut(presence: Presence, at: datetime, lang: str) -> dict[str, Any] | None:
    until = rules.cut_until(presence.cut_at, at)
    if until is None:
        return None
    reason = presence.cut_reason
    return {
        "since": presence.cut_at,
        "until": until,
        "reason": reason,
        "why": words.say(f"telemetry.cut_{reason}", lang),
    }


def _shown(devices: list[Device], actor: Actor, at: datetime, lang: str) -> list[dict[str, Any]]:
    """Devices on the wire: three queries, however many there are."""
    ids = [device.pk for device in devices]
    strange, parked = queries.quarantines(ids), queries.parked_counts(ids)
    places = org.names(device.area_path for device in devices)
    shown = []
    for device in devices:
        heard = device.presence.last_heard_at
        state = rules.state_of(device.state, heard, device.expected_every_s, at)
        shown.append(
            {
                "id": device.pk,
                "key": device.key,
                "name": device.name,
                "note": device.note,
                "derived_metrics": device.derived_metrics,
                "profile": device.profile,
                "area": device.area_path,
                "area_name": places[device.area_path],
                "lon": device.lon,
                "lat": device.lat,
                "state": state,
                "last_heard_at": heard,
                "silent_since": heard if state == State.SILENT else None,
                "cut_off": _cut(device.presence, at, lang),
                "expected_every_s": device.expected_every_s,
                "keeper": {"account": device.keeper.account, "name": device.keeper.name} if device.keeper else None,
                "created_at": device.created_at,
                "revoked_at": device.revoked_at,
                "quarantine": strange.get(device.pk, []),
                "parked": parked.get(device.pk, 0),
                "may": _may(device, actor),
            }
        )
    return shown


def _one(device_id: UUID, request: HttpRequest, at: datetime) -> dict[str, Any]:
    actor = actor_of(request)
    return _shown([queries.pick_device(actor, device_id, at)], actor, at, _lang(request))[0]


def _lang(request: HttpRequest) -> str:
    return getattr(request, "lang", words.DEFAULT)


@router.get("/devices", response=Page[DeviceOut], operation_id="devices_list_devices")
@needs(rules.SEE)
def list_devices(
    request: HttpRequest,
    paging: Query[Paging],
    state: State | None = None,
    profile: str | None = None,
    area: str | None = None,
    q: str = "",
) -> dict[str, Any]:
    """Devices in my part of the tree: of a state, a profile, an area, or whose name or key holds `q`."""
    actor, at = actor_of(request), clock.now()
    rows = queries.list_devices(actor, at)
    if state:
        rows = rows.being(state)
    if profile:
        rows = rows.filter(profile=profile)
    if area:
        rows = rows.filter(under(area))
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(key__startswith=q.lower()))
    found = page(rows, paging=paging)
    return {**found, "items": _shown(found["items"], actor, at, _lang(request))}


@router.post("/devices", response={201: DeviceMade}, operation_id="devices_register_device")
@needs(rules.REGISTER)
def register_device(request: HttpRequest, body: DeviceIn) -> Status[dict[str, Any]]:
    """Register a device; the answer holds its secret, which is never shown again."""
    told = body.model_dump(exclude={"op_id"})
    device, secret = actions.register_device(**told, by=actor_of(request), at=clock.now())
    made = {
        "id": device.pk,
        "key": device.key,
        "secret": secret,
        "name": device.name,
        "profile": device.profile,
        "area": device.area_path,
    }
    return Status(201, made)


@router.get("/devices/{device_id}", response=DeviceOut, operation_id="devices_get_device")
@needs(rules.SEE)
def get_device(request: HttpRequest, device_id: UUID) -> dict[str, Any]:
    """One device as it is now."""
    return _one(device_id, request, clock.now())


@router.patch("/devices/{device_id}", response=DeviceOut, operation_id="devices_describe_device")
@needs(rules.TEND)
def describe_device(request: HttpRequest, device_id: UUID, body: DeviceChange) -> dict[str, Any]:
    """Say anew what a reader of its numbers must know: a note, and which of them it computes."""
    told, at = body.model_dump(exclude={"op_id"}), clock.now()
    actions.describe_device(device_id=device_id, **told, by=actor_of(request), at=at)
    return _one(device_id, request, at)


@router.post("/devices/{device_id}/revoke", response=DeviceOut, operation_id="devices_revoke_device")
@needs(rules.REVOKE)
def revoke_device(request: HttpRequest, device_id: UUID, body: Plain | None = None) -> dict[str, Any]:
    """Make the credential worthless, for ever; live connections are cut within seconds."""
    actor, at = actor_of(request), clock.now()
    actions.revoke_device(device_id=device_id, by=actor, at=at)
    return _one(device_id, request, at)


@router.post("/devices/{device_id}/maintenance", response=DeviceOut, operation_id="devices_set_maintenance")
@needs(rules.TEND)
def set_maintenance(request: HttpRequest, device_id: UUID, body: MaintenanceIn) -> dict[str, Any]:
    """Somebody works on it, or is done."""
    actor, at = actor_of(request), clock.now()
    actions.set_maintenance(device_id=device_id, is_on=body.on, by=actor, at=at)
    return _one(device_id, request, at)


@router.post("/devices/{device_id}/keeper", response=DeviceOut, operation_id="devices_set_keeper")
@needs(rules.TEND)
def set_keeper(request: HttpRequest, device_id: UUID, body: KeeperIn) -> dict[str, Any]:
    """Have somebody else told when it falls silent."""
    actor, at = actor_of(request), clock.now()
    actions.set_keeper(device_id=device_id, account=body.account, by=actor, at=at)
    return _one(device_id, request, at)


@router.get("/devices/{device_id}/parked", response=Page[ParkedOut], operation_id="devices_list_parked")
@needs(rules.SEE)
def list_parked(request: HttpRequest, device_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """What the device sent that is no reading, newest first, each with its reason."""
    device = queries.pick_device(actor_of(request), device_id, clock.now())
    lang = _lang(request)

    def shown(row: Parked) -> dict[str, Any]:
        why = words.say(f"devices.reason_{row.reason}", lang)
        return {
            "id": row.pk,
            "reason": row.reason,
            "why": why,
            "metric": row.metric,
            "ts": row.ts,
            "value": row.value[:SHOWN_CHARS],
            "received_at": row.received_at,
        }

    rows = Parked.objects.filter(device=device)
    return page(rows, paging=paging, order=("-received_at", "-id"), show=shown)


@router.get("/devices/{device_id}/raw", response=Page[RawOut], operation_id="devices_list_raw")
@needs(rules.SEE)
def list_raw(request: HttpRequest, device_id: UUID, paging: Query[Paging]) -> dict[str, Any]:
    """The last bodies as they came (at most one a second, kept three days), newest first, and what was read."""
    device = queries.pick_device(actor_of(request), device_id, clock.now())
    rows = RawLine.objects.filter(device=device)
    return page(rows, paging=paging, order=("-received_at", "-id"), show=RawOut.model_validate)


@router.get("/device_profiles", response=Page[ProfileOut], operation_id="devices_list_profiles")
@signed_in
def list_profiles(request: HttpRequest) -> dict[str, Any]:
    """Every kind of device and its metrics."""
    lang = _lang(request)
    items = [
        {
            "code": profile.code,
            "title": profile.title.get(lang, profile.code),
            "expected_every_s": profile.expected_every_s,
            "source": profile.source,
            "metrics": [
                {
                    "code": metric.code,
                    "title": metric.title.get(lang, metric.code),
                    "unit": metric.unit,
                    "low": metric.low,
                    "high": metric.high,
                    "aggregate": metric.agg,
                }
                for metric in profile.metrics
            ],
        }
        for profile in registry.each_profile()
    ]
    return {"items": items, "next": None, "total": len(items)}
