"""Builders: people with posts, matters and work of a demo town, as if the house had made them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from xiangyun.base import ids
from xiangyun.kernel.access.rules import Actor, system
from xiangyun.kernel.access.rules import Post as HeldPost
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.tests import factories as people
from xiangyun.kernel.accounts.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, SINCE, TOWN, VILLAGE
from xiangyun.kernel.workflow import actions, registry, rules
from xiangyun.kernel.workflow.models import DutyShift, Matter, Route, StandIn, WorkItem
from xiangyun.kernel.workflow.rules import Limit, Start, Unit

__all__ = ["AT", "HOUSE", "NEXT_VILLAGE", "OTHER_TOWN", "TOWN", "VILLAGE"]

HOUSE = system(TOWN)
KIND = rules.incident("workflow.look_into", prefix="值班")

STATES = ("reported", "handling", "closed")
CARRIED = rules.MatterKind(
    code="workflow.errand",
    prefix="试",
    first="reported",
    moves={
        ("reported", "handling"): rules.HANDLE,
        ("handling", "reported"): rules.HANDLE,
        ("reported", "closed"): rules.HANDLE,
        ("handling", "closed"): rules.HANDLE,
        ("closed", "reported"): rules.ASSIGN,
        ("closed", "handling"): rules.ASSIGN,
    },
    on={
        "take": "handling",
        "send_back": "reported",
        "hand_up": "reported",
        "send_down": "reported",
        "close": "closed",
        "merge": "closed",
        "reopen": "reported",
    },
    levels=("grid", "village", "town", "banner"),
    acts=rules.ACTS,
    routes={"grid": "grid_worker", "village": "village_secretary", "town": "clerk"},
    deadlines=(
        rules.Deadline("grid", Limit(24, Unit.HOURS), "试行办法第一条", SINCE.date(), extension=24),
        rules.Deadline("village", Limit(3, Unit.DAYS), "试行办法第二条", SINCE.date()),
        rules.Deadline("town", Limit(7, Unit.WORKING_DAYS), "试行办法第三条", SINCE.date(), extension=8),
        rules.Deadline("banner", Limit(1, Unit.MONTHS), "试行办法第四条", SINCE.date(), starts=Start.SIGNED),
    ),
    when_late=rules.WhenLate.HAND_UP,
)


def a_carried(area: str = VILLAGE, **changes: Any) -> Matter:
    """A matter that people carry through the house, at its lowest level, not yet sent to anybody."""
    registry.declare_matter(CARRIED)
    return a_matter(area, **{"kind": CARRIED.code, "title": ("workflow.titled", {"words": "水渠堵了"}), **changes})


def a_person(role: str = "duty_officer", area: str = TOWN, **changes: Any) -> Actor:
    """Somebody with one post and its public number, stored, and the actor they are."""
    account = people.an_account(role, area, password=None, **changes)
    post = account.posts.get()
    post.duty_phone = "0478-100 0001"
    post.save()
    return Actor(
        account_id=account.pk,
        account=account.account,
        name=account.name,
        kind="person",
        scope=".".join(area.split(".")[:4]),
        posts=(HeldPost(role, area, post.pk),),
    )


def a_browser_of(person: Actor) -> Client:
    """A browser in which this person is signed in."""
    return people.browser_of(Account.objects.get(pk=person.account_id))


def a_shift(person: Actor, area: str = TOWN, **changes: Any) -> DutyShift:
    """Somebody on duty, without an end."""
    facts = {"kind": "officer", "rank": 1, "starts_at": SINCE, **changes}
    return DutyShift.objects.create(account_id=person.account_id, area_path=area, **facts)


def a_matter(area: str = VILLAGE, **changes: Any) -> Matter:
    """An open matter."""
    registry.declare_matter(KIND)
    facts: dict[str, Any] = {
        "kind": KIND.code,
        "subject": ("device", ids.uuid7()),
        "area": area,
        "title": ("workflow.look_into", {"rule": "heavy_rain"}),
        "severity": 2,
        "at": AT,
        "by": system(area[:12]),
        **changes,
    }
    return actions.open_matter(**facts)


def a_work_item(area: str = VILLAGE, **changes: Any) -> WorkItem:
    """A work item offered to whoever is on duty."""
    matter = changes.pop("matter", None) or a_matter(area)
    return actions.dispatch("workflow.look_into", **{"matter": matter, "at": AT, "by": system(area[:12]), **changes})


def a_route(area: str = TOWN, **changes: Any) -> Route:
    """A line of the table: errands of any category go to the clerks at the town's level."""
    registry.declare_matter(CARRIED)
    facts = {"kind": CARRIED.code, "level": "town", "role": "clerk", "valid_from": SINCE.date(), **changes}
    return Route.objects.create(area_path=area, **facts)


def a_stand_in(person: Actor, *, at: datetime = AT, **changes: Any) -> StandIn:
    """Somebody who is asked in a person's place since yesterday, until tomorrow."""
    deputy = changes.pop("deputy_id", None) or a_person("clerk", person.scope).account_id
    facts = {"starts_at": at - timedelta(days=1), "ends_at": at + timedelta(days=1), **changes}
    return StandIn.objects.create(
        area_path=person.posts[0].area, account_id=person.account_id, deputy_id=deputy, **facts
    )
