"""What a town says of its channels: who carries them, a trial, its manners, and what a person decides of a delivery of
which nobody knows whether it went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction

from xiangyun.base import outside
from xiangyun.base.errors import BadInput, Conflict, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import models, queries, rules, templates
from xiangyun.kernel.notify.actions.contacts import MAIL
from xiangyun.kernel.notify.models import Delivery, Gateway
from xiangyun.kernel.notify.rules import Channel, Kind, State, Urgency
from xiangyun.kernel.vault import actions as vault

MOST_SETTINGS = 8000
HEADERS_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@transaction.atomic
def set_gateway(*, channel: Channel, told: Mapping[str, Any], is_on: bool, by: Actor, at: datetime) -> Gateway:
    """Say who carries a channel for the town from now on; `told` is the whole of it, but for secrets that stay.

    A secret that is not told again stays only while the messages go to the same host. Refuses: NotFound above the
    towns, BadInput.
    """
    area = _town_of(by)
    row = Gateway.objects.select_for_update().filter(area_path=area, channel=channel.value).first()
    before = queries.opened(row) if row else {}
    kept = before.get("secrets", {}) if _host(before) == _host(told) else {}
    given = {name: value for name, value in told.get("secrets", {}).items() if value is not None}
    secrets = {**{name: kept[name] for name in told.get("secrets", {}) if name in kept}, **given}
    whole = {**told, "secrets": secrets}
    _check(channel, whole, told.get("secrets", {}))
    row = row or Gateway(area_path=area, channel=channel.value)
    ring = vault.sealing_ring(area, at=at)
    row.settings_sealed = ring.seal(json.dumps(whole, ensure_ascii=False), "notify_gateway", "settings_sealed", row.pk)
    row.is_on, row.set_at, row.set_by = is_on, at, by.account_id
    row.save()
    _written("notify.set_channel", ("gateway", row.pk), area, by, at, channel=channel.value, is_on=is_on)
    return row


@transaction.atomic
def try_channel(*, channel: Channel, to: str, by: Actor, at: datetime) -> Delivery:
    """Send one message to see that the channel works; where it goes is kept sealed, and only until it went.

    Refuses: NotFound above the towns, Conflict (nobody carries it), BadInput.
    """
    area = _town_of(by)
    if by.account_id is None:
        raise NotFound
    if queries.Means((), (area,), at).gateway(area, channel) is None:
        raise Conflict("notify.channel_not_set")
    clean = to.strip().replace(" ", "").replace("-", "")
    fit = MAIL.fullmatch(to.strip()) if channel is Channel.MAIL else clean.isascii() and clean.isdigit()
    if not fit:
        raise _wrong("to", "notify.no_mail" if channel is Channel.MAIL else "notify.no_phone")
    trial = Delivery(
        area_path=area,
        kind=Kind.TRIAL.value,
        channel=channel.value,
        urgency=Urgency.NOW.value,
        account_id=by.account_id,
        due_at=at,
        created_at=at,
    )
    trial.to_sealed = vault.sealing_ring(area, at=at).seal(
        to.strip() if channel is Channel.MAIL else clean, "notify_delivery", "to_sealed", trial.pk
    )
    trial.save(force_insert=True)
    _written("notify.try_channel", ("delivery", trial.pk), area, by, at, channel=channel.value)
    return trial


@transaction.atomic
def set_manners(*, told: rules.Manners, basis: str, by: Actor, at: datetime) -> models.Manners:
    """Say how the town speaks to people from now on. Refuses: NotFound above the towns."""
    area = _town_of(by)
    row = models.Manners.objects.create(
        area_path=area,
        starts_at=at,
        basis=basis,
        **{urgency.value: [one.value for one in told.ladders[urgency]] for urgency in Urgency},
        quiet_from=told.quiet_from,
        quiet_until=told.quiet_until,
        wait_minutes=int(told.wait.total_seconds() // 60),
        person_hour=told.person_hour,
        town_day=told.town_day,
    )
    _written("notify.set_manners", ("manners", row.pk), area, by, at)
    return row


@transaction.atomic
def judge(*, delivery_id: UUID, again: bool, by: Actor, at: datetime) -> Delivery:
    """A person decides of a delivery of which nobody knows whether it went: send it again, or leave it.

    Refuses: NotFound, WrongState (somebody was first, or the gateway has answered since).
    """
    rows = Delivery.objects.visible_to(by, rules.JUDGE).select_for_update(of=("self",))
    row = rows.pick(delivery_id)
    if row.state != State.UNSURE:
        raise WrongState("notify.not_unsure")
    row.judged_by = by.account_id
    if again:
        row.state, row.attempts, row.due_at = State.QUEUED.value, 0, at
    else:
        row.state, row.due_at, row.ended_at = State.DROPPED.value, None, at
    row.save(update_fields=["state", "attempts", "due_at", "ended_at", "judged_by"])
    _written(rules.JUDGE, ("delivery", row.pk), row.area_path, by, at, again=again)
    return row


def _town_of(by: Actor) -> str:
    if by.town is None or not by.may(rules.SET_CHANNEL, by.town):
        raise NotFound
    return by.town


def _host(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Where messages, and with them the secrets, would go."""
    if "host" in told:
        return (str(told["host"]).lower(), str(told.get("port")), str(told.get("security")))
    asked = (told.get("request") or {}, told.get("status") or {})
    return tuple(sorted({urlsplit(one["url"]).netloc.lower() for one in asked if one.get("url")}))


def _check(channel: Channel, told: Mapping[str, Any], named: Mapping[str, Any]) -> None:
    """Refuses: BadInput, for settings with which nothing could be sent or that lead where nobody may send."""
    if len(json.dumps(told, ensure_ascii=False)) > MOST_SETTINGS:
        raise _wrong("request", "notify.settings_too_long")
    if missing := sorted(set(named) - set(told["secrets"])):
        raise _wrong("secrets", "notify.secret_missing", name=missing[0])
    if channel is Channel.MAIL:
        _check_mail(told)
        return
    for part in ("request", "status"):
        request = told.get(part)
        if not request:
            continue
        if nobody := templates.unknown(request, told["secrets"]):
            raise _wrong(part, "notify.place_unknown", name=nobody[0])
        _check_address(part, request["url"])
        if set(map(str.lower, request["headers"])) & HEADERS_OURS:
            raise _wrong(part, "notify.header_ours")
        signing = request.get("sign")
        if signing and signing["secret"] not in told["secrets"]:
            raise _wrong(part, "notify.secret_missing", name=signing["secret"])
    if not {"to", "text"} <= set(templates.places(told["request"])):
        raise _wrong("request", "notify.place_missing")


def _check_address(part: str, url: str) -> None:
    private = django_settings.CONFIG.private_hosts
    try:
        _, host, port = outside.taken_apart(url, private)
    except outside.Unreached as fault:
        raise _wrong(part, f"notify.{fault.code}") from None
    if "{" in urlsplit(url).netloc:
        raise _wrong(part, "notify.no_address")
    _check_host(part, host, port)


def _check_host(part: str, host: str, port: int) -> None:
    """An address typed as a number is judged at once; a name is judged each time it is called."""
    try:
        is_fit = outside.is_public(host)
    except ValueError:
        is_fit = host != "localhost"
    if not is_fit and not outside.is_named(host, port, django_settings.CONFIG.private_hosts):
        raise _wrong(part, "notify.private_host")


def _check_mail(told: Mapping[str, Any]) -> None:
    host, port = told["host"].lower(), told["port"]
    _check_host("host", host, port)
    if told["security"] == "none" and not outside.is_named(host, port, django_settings.CONFIG.private_hosts):
        raise _wrong("security", "notify.not_https")
    if not MAIL.fullmatch(told["sender"]):
        raise _wrong("sender", "notify.no_mail")
    if told["user"] and "password" not in told["secrets"]:
        raise _wrong("secrets", "notify.secret_missing", name="password")


def _wrong(name: str, code: str, /, **params: Any) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", name], "msg": code}], **params)


def _written(act: str, thing: tuple[str, UUID], area: str, by: Actor, at: datetime, **detail: Any) -> None:
    audit.record(act=act, by=by, object=thing, area=area, at=at, detail=detail)
