"""Builders: notices, contacts, gateways, and a house in which one trial notice is declared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.accounts.tests.factories import AT, TOWN, a_person
from xiangyun.kernel.notify import actions, registry
from xiangyun.kernel.notify.actions import contacts, gateways
from xiangyun.kernel.notify.models import Contact, Gateway, Notice
from xiangyun.kernel.notify.rules import Channel
from xiangyun.kernel.vault import actions as vault

CODE = "notify.trial"
NUMBER = "13800138000"
NIGHT = datetime(2026, 6, 20, 18, 0, tzinfo=UTC)
"""Two in the morning at the town."""
SAID = {
    "zh-Hans": {
        CODE: "{place}：{inside}",
        f"{CODE}.short": "{place}，{inside}",
        "notify.trial_inside": "{place}有 {n} 件",
    },
    "en": {CODE: "{place}: {inside}", f"{CODE}.short": "{place}, {inside}", "notify.trial_inside": "{n} in {place}"},
}


def declare(monkeypatch: Any) -> None:
    """One notice of our own, with its words."""
    known = words.catalogue
    monkeypatch.setattr(words, "catalogue", lambda lang: {**known(lang), **SAID[lang]})
    monkeypatch.setattr(registry, "_codes", {CODE})


def a_notice(person: Any, **changes: Any) -> Notice:
    """Something somebody is told."""
    facts = {
        "account": getattr(person, "account_id", None) or person.pk,
        "area": TOWN,
        "code": CODE,
        "params": {"inside": "有大雨"},
        "subject": ("work", "1"),
        "at": AT,
        **changes,
    }
    return actions.tell(**facts)


def a_contact(person: Actor | Account, value: str = NUMBER, *, kind: str = "phone", at: datetime = AT) -> Contact:
    """A number somebody has given and confirmed."""
    pk = person.account_id if isinstance(person, Actor) else person.pk
    account = Account.objects.get(pk=pk)
    ring = vault.sealing_ring(account.area_path, at=at)
    row = Contact(
        account=account,
        area_path=account.area_path,
        kind=kind,
        value_index=ring.index(contacts.FIELD, value),
        created_at=at,
        confirmed_at=at,
    )
    row.value_sealed = ring.seal(value, "notify_contact", "value_sealed", row.pk)
    row.save(force_insert=True)
    return row


def a_duty_phone(person: Actor, phone: str) -> None:
    """Somebody's post has this public number."""
    Post.objects.filter(account=person.account_id).update(duty_phone=phone)


def a_gateway(told: dict[str, Any], *, area: str = TOWN, at: datetime = AT) -> Gateway:
    """A town's gateway, set by its administrator."""
    by = a_person("town_admin", area)
    facts = {name: value for name, value in told.items() if name not in ("channel", "is_on")}
    channel = Channel(told.get("channel", "mail"))
    return gateways.set_gateway(channel=channel, told=facts, is_on=True, by=by, at=at)


def mail_settings(port: int, **changes: Any) -> dict[str, Any]:
    """A town's mail server on this machine."""
    return {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": "",
        "sender": "town@example.cn",
        "secrets": {},
        **changes,
    }
