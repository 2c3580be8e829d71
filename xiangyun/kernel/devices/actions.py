"""Writes to devices: one public function is one thing a person does, or the house on its clock."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import bcrypt
from django.db import connection, transaction

from xiangyun.base import live
from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.devices import registry, rules
from xiangyun.kernel.devices.models import Device, Parked, Presence, Quarantine, RawLine
from xiangyun.kernel.devices.registry import Profile
from xiangyun.kernel.devices.rules import Standing
from xiangyun.kernel.org import queries as org

CHANNEL = "xy_devices"
"""Said after each change of a credential or area: the broker's user list and the doors' address books are renewed."""

# Without 0 o 1 l i: a person types it from a screen into a device.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_BCRYPT_ROUNDS = 4  # enough for a secret nobody can guess; the broker checks thousands at once after an outage


def secret_hash(secret: str) -> bytes:
    """What the HTTP door compares."""
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def register_device(  # noqa: PLR0913 -- what a device is, said once
    *,
    name: str,
    profile: str,
    area: str,
    by: Actor,
    at: datetime,
    lon: float | None = None,
    lat: float | None = None,
    keeper: str | None = None,
    expected_every_s: int | None = None,
    note: str = "",
    derived_metrics: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Device, str]:
    """A device gets a name, a place, a keeper (by account name; whoever registers it otherwise) and a credential.

    Returns the device and its secret, which exists nowhere else from here on.
    `derived_metrics` says what it computes: metric -> {from_what, how}.
    Refuses: NotFound (an area outside `by`'s part of the tree), BadInput (no such profile, metric or keeper).
    """
    place = org.pick(area, by)
    if not by.sees(place.path, rules.REGISTER):
        raise NotFound
    kind = registry.profile_of(profile)
    if kind is None:
        raise BadInput(
            "devices.unknown_profile", profile=profile, errors=[{"loc": ["body", "profile"], "msg": profile}]
        )
    device = Device(
        num=_next_num(),
        key="d" + "".join(secrets.choice(_SIGNS) for _ in range(11)),
        name=name,
        note=note,
        derived_metrics=_derived(derived_metrics or {}, kind),
        profile=kind.code,
        area_path=place.path,
        lon=lon,
        lat=lat,
        expected_every_s=expected_every_s or kind.expected_every_s,
        keeper_id=by.account_id if keeper is None else _keeper(keeper, by),
        created_at=at,
    )
    secret = "".join(secrets.choice(_SIGNS) for _ in range(28))  # 138 bits
    device.http_hash = secret_hash(secret)
    device.mqtt_hash = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(_BCRYPT_ROUNDS, b"2a")).decode()
    device.save(force_insert=True)
    Presence.objects.create(num=device.num, device=device, area_path=device.area_path)
    audit.record(
        act=rules.REGISTER,
        by=by,
        object=("device", device.pk),
        area=device.area_path,
        at=at,
        detail={"profile": profile},
    )
    _tell_doors()
    _announce(device)
    return device, secret


@transaction.atomic
def revoke_device(*, device_id: UUID, by: Actor, at: datetime) -> Device:
    """The credential is worth nothing from now on; a second time changes nothing.

    Refuses: NotFound (outside `by`'s part of the tree).
    """
    device = _locked(device_id, by, rules.REVOKE)
    if device.state != Standing.REVOKED:
        device.state, device.revoked_at = Standing.REVOKED, at
        device.save(update_fields=["state", "revoked_at"])
        audit.record(act=rules.REVOKE, by=by, object=("device", device.pk), area=device.area_path, at=at)
        _tell_doors()
        _announce(device)
    return device


@transaction.atomic
def set_maintenance(*, device_id: UUID, is_on: bool, by: Actor, at: datetime) -> Device:
    """Somebody works on the device: its silence is nobody's alarm until they are done.

    Refuses: NotFound, WrongState (revoked).
    """
    device = _locked(device_id, by, rules.TEND)
    wanted = Standing.MAINTENANCE if is_on else Standing.REGISTERED
    if device.state == wanted:
        return device
    if (Standing(device.state), wanted) not in rules.MOVES:
        raise WrongState("devices.is_revoked", name=device.name)
    device.state = wanted
    device.save(update_fields=["state"])
    audit.record(
        act=rules.TEND, by=by, object=("device", device.pk), area=device.area_path, at=at, detail={"maintenance": is_on}
    )
    _announce(device)
    return device


@transaction.atomic
def set_keeper(*, device_id: UUID, account: str, by: Actor, at: datetime) -> Device:
    """Somebody else is told from now on when the device falls silent. Refuses: NotFound, BadInput (no such account)."""
    device = _locked(device_id, by, rules.TEND)
    device.keeper_id = _keeper(account, by)
    device.save(update_fields=["keeper"])
    audit.record(
        act="devices.set_keeper",
        by=by,
        object=("device", device.pk),
        area=device.area_path,
        at=at,
        detail={"keeper": device.keeper_id},
    )
    _announce(device)
    return device


@transaction.atomic
def describe_device(
    *,
    device_id: UUID,
    note: str | None,
    derived_metrics: Mapping[str, Mapping[str, str]] | None,
    by: Actor,
    at: datetime,
) -> Device:
    """What a reader of its numbers must know is said anew; None leaves it.

    Refuses: NotFound, BadInput (no such metric).
    """
    device = _locked(device_id, by, rules.TEND)
    if note is not None:
        device.note = note
    if derived_metrics is not None:
        device.derived_metrics = _derived(derived_metrics, registry.profile_of(device.profile))
    device.save(update_fields=["note", "derived_metrics"])
    audit.record(
        act="devices.describe_device",
        by=by,
        object=("device", device.pk),
        area=device.area_path,
        at=at,
        detail={"derived": sorted(device.derived_metrics)},
    )
    _announce(device)
    return device


@transaction.atomic
def cut_off(*, num: int, reason: str, at: datetime) -> bool:
    """A door no longer listens to a device for a while, and the broker lets it in no more; false if it is so already.

    Called by a door in the device's scope; the house reports it and ends it (`end_cut`) by the clock.
    """
    is_new = Presence.objects.filter(num=num, cut_at=None).update(cut_at=at, cut_reason=reason) == 1
    if is_new:
        _tell_doors()
    return is_new


@transaction.atomic
def end_cut(presence: Presence) -> None:
    """The device is listened to again."""
    Presence.objects.filter(pk=presence.pk).update(cut_at=None)
    _tell_doors()


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Drop raw lines, and quarantined and parked readings, that were kept long enough; returns how many."""
    gone = RawLine.objects.filter(received_at__lt=at - rules.RAW_KEPT).delete()[0]
    gone += Quarantine.objects.filter(received_at__lt=at - rules.TROUBLE_KEPT).delete()[0]
    return gone + Parked.objects.filter(received_at__lt=at - rules.TROUBLE_KEPT).delete()[0]


def _locked(device_id: UUID, by: Actor, ability: str) -> Device:
    return Device.objects.visible_to(by, ability).select_for_update(of=("self",)).pick(device_id)


def _derived(told: Mapping[str, Mapping[str, str]], kind: Profile | None) -> dict[str, dict[str, str]]:
    for metric in told:
        if kind is None or kind.metric(metric) is None:
            raise BadInput(
                "devices.unknown_metric",
                metric=metric,
                errors=[{"loc": ["body", "derived_metrics", metric], "msg": "devices.unknown_metric"}],
            )
    return {metric: dict(origin) for metric, origin in told.items()}


def _keeper(account: str, by: Actor) -> UUID:
    found = Account.objects.in_area(by.scope).filter(account=account, state="active").first()
    if found is None:
        raise BadInput("devices.unknown_keeper", account=account, errors=[{"loc": ["body", "keeper"], "msg": account}])
    return found.pk


def _next_num() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('devices_num')")
        row = cursor.fetchone()
    return int(row[0])


def _announce(device: Device) -> None:
    """Whoever looks at this device looks again after the commit."""
    live.say(connection, [live.changed("device", pk=device.pk, area=device.area_path, ability=rules.SEE)])


def _tell_doors() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
