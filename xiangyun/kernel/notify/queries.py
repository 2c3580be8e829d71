"""Reads of notices, of what became of them, and of the means a place has to reach somebody."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from xiangyun.base import paths, words
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.notify import models, rules
from xiangyun.kernel.notify.models import Contact, Delivery, Gateway, Notice
from xiangyun.kernel.notify.rules import CONTACT_OF, OUTSIDE, Channel, Urgency
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.vault import queries as vault


def inbox(actor: Actor) -> ScopedQuerySet[Notice]:
    """An actor's own notices; nobody reads another's."""
    return Notice.objects.filter(account=actor.account_id) if actor.account_id else Notice.objects.none()


def tried(notices: Iterable[Notice]) -> dict[UUID, list[Delivery]]:
    """What went out of each notice, in the order it was tried, in one query."""
    found: dict[UUID, list[Delivery]] = defaultdict(list)
    for row in Delivery.objects.filter(notice__in=list(notices)).order_by("created_at", "id"):
        found[row.notice_id].append(row)
    return found


def place_names(notices: Iterable[Notice]) -> dict[str, str]:
    """The names of every place the notices speak of, in one query."""
    inner = [value["place"] for notice in notices for value in notice.params.values() if _is_sentence(value)]
    return org.names([notice.area_path for notice in notices] + inner)


def sentence(notice: Notice, lang: str, places: Mapping[str, str], *, code: str = "") -> str:
    """What the notice says, in a language; `code` takes another template for it."""
    filled = {
        key: words.say(value["code"], lang, **value["params"], place=places.get(value["place"], value["place"]))
        if _is_sentence(value)
        else value
        for key, value in notice.params.items()
    }
    return words.say(code or notice.code, lang, **{"place": places.get(notice.area_path, notice.area_path), **filled})


def short_sentence(notice: Notice, lang: str, places: Mapping[str, str]) -> str:
    """What is said of the notice outside the inbox: its short template, or the sentence itself."""
    short = f"{notice.code}.short"
    return sentence(notice, lang, places, code=short if short in words.catalogue(lang) else "")


def _is_sentence(value: Any) -> bool:
    return isinstance(value, dict) and {"code", "params", "place"} <= value.keys()


def contacts_of(actor: Actor) -> ScopedQuerySet[Contact]:
    """An actor's own contacts; nobody sees another's."""
    return Contact.objects.filter(account=actor.account_id) if actor.account_id else Contact.objects.none()


def opened(gateway: Gateway) -> dict[str, Any]:
    """A gateway's settings, its secrets among them: for whoever sends, never for an answer."""
    told: dict[str, Any] = json.loads(
        vault.open_sealed(gateway.settings_sealed, "notify_gateway", "settings_sealed", gateway.pk)
    )
    return told


def gateway_of(area: str, channel: str) -> Gateway | None:
    """A place's own gateway of a channel."""
    return Gateway.objects.filter(area_path=area, channel=channel).first()


def manners_of(area: str, at: datetime) -> rules.Manners:
    """How a place speaks to people: the nearest row up the tree that is in force, else what the house does."""
    return Means((), (area,), at).manners(area)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: a confirmed contact, or the public number of a post."""

    contact: Contact | None = None
    duty_phone: str = ""

    def value(self) -> str:
        """The number or address itself."""
        if self.contact is None:
            return self.duty_phone
        return vault.open_sealed(self.contact.value_sealed, "notify_contact", "value_sealed", self.contact.pk)


class Means:
    """What there is to reach some people in some places at a moment, read in four queries."""

    def __init__(self, people: Iterable[UUID], areas: Iterable[str], at: datetime) -> None:
        people = set(people)
        above = {place for area in areas for place in paths.ancestors(area)}
        self._gateways = {
            (row.area_path, row.channel): row for row in Gateway.objects.filter(area_path__in=above, is_on=True)
        }
        rows = models.Manners.objects.filter(area_path__in=above, starts_at__lte=at).order_by("starts_at", "id")
        self._manners = {row.area_path: _manners(row) for row in rows}
        self._contacts = {
            (row.account_id, row.kind): row
            for row in Contact.objects.filter(account__in=people, confirmed_at__isnull=False)
        }
        self._phones: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        posts = Post.objects.filter(accounts.in_force(at), account__in=people).exclude(duty_phone="")
        for account, area, phone in posts.order_by("starts_at", "id").values_list(
            "account_id", "area_path", "duty_phone"
        ):
            self._phones[account].append((area, phone))

    def manners(self, area: str) -> rules.Manners:
        """How this place speaks to people."""
        return next((self._manners[one] for one in paths.ancestors(area) if one in self._manners), rules.DEFAULT)

    def gateway(self, area: str, channel: str) -> Gateway | None:
        """Who carries this channel for this place: the nearest up the tree."""
        found = (self._gateways.get((one, channel)) for one in paths.ancestors(area))
        return next((one for one in found if one is not None), None)

    def destination(self, account: UUID, area: str, channel: str) -> Destination | None:
        """Where somebody is reached: what they gave themselves, else their post's number for this place."""
        contact = self._contacts.get((account, CONTACT_OF[Channel(channel)]))
        if contact is not None:
            return Destination(contact)
        if channel == Channel.MAIL:
            return None
        numbers = [phone for place, phone in self._phones.get(account, ()) if paths.within(area, place)]
        fit = [one for one in numbers if channel == Channel.VOICE or rules.is_mobile(one)]
        return Destination(duty_phone=fit[0]) if fit else None

    def reachable(self, account: UUID, area: str) -> list[Channel]:
        """The channels beyond the inbox that reach somebody."""
        return [one for one in OUTSIDE if self.gateway(area, one) is not None and self.destination(account, area, one)]


def _manners(row: models.Manners) -> rules.Manners:
    return rules.Manners(
        ladders={urgency: tuple(Channel(one) for one in getattr(row, urgency.value)) for urgency in Urgency},
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        wait=timedelta(minutes=row.wait_minutes),
        person_hour=row.person_hour,
        town_day=row.town_day,
    )
