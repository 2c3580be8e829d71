"""Reads of the roster and of posts: who is there for a place at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from xiangyun.base import paths
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.workflow import rules
from xiangyun.kernel.workflow.models import DutyShift, Heartbeat, Matter, StandIn, TakeLimit
from xiangyun.kernel.workflow.rules import Holder, OnDuty


def on(at: datetime) -> Q:
    """Rows that are in force at a moment (`starts_at`, `ends_at`)."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def shifts(area: str, at: datetime) -> ScopedQuerySet[DutyShift]:
    """Who is on duty for a place at a moment: its own shifts and those of the places above it."""
    return DutyShift.objects.filter(on(at), area_path__in=list(paths.ancestors(area)), account__state="active")


def holders(area: str, at: datetime, roles: Iterable[str] = rules.ROSTER_ROLES) -> list[Holder]:
    """Active people whose post covers a place at a moment."""
    rows = Post.objects.filter(
        on(at), area_path__in=list(paths.ancestors(area)), role__in=list(roles), account__state="active"
    ).values_list("account_id", "area_path", "role")
    return [Holder(account=account, area=path, role=role) for account, path, role in rows]


def line_up(area: str, at: datetime) -> list[UUID]:
    """Everybody to ask about something in a place, in order (see `rules.line_up`)."""
    roster = [
        OnDuty(account=account, area=path, kind=kind, rank=rank)
        for account, path, kind, rank in shifts(area, at).values_list("account_id", "area_path", "kind", "rank")
    ]
    return rules.line_up(area, roster, holders(area, at))


def line_for(matter: Matter, at: datetime) -> list[UUID]:
    """Everybody to ask about a matter, in order; about a sealed one those of them alone who may see sealed ones."""
    line = line_up(matter.area_path, at)
    if not matter.is_sealed:
        return line
    may_see = accounts_with(rules.SEE_SEALED, matter.area_path, at)
    return [account for account in line if account in may_see]


def accounts_with(ability: str, area: str, at: datetime) -> set[UUID]:
    """Active people whose post gives them an ability in a place."""
    return {holder.account for holder in holders(area, at, access.roles_with(ability))}


def able_accounts(area: str, at: datetime) -> set[UUID]:
    """Active people whose post lets them take work in a place."""
    return accounts_with(rules.TAKE, area, at)


def roster(area: str, at: datetime) -> ScopedQuerySet[DutyShift]:
    """The shifts that are on or to come for a place, the places above it and the places in it."""
    rows = DutyShift.objects.filter(Q(area_path__in=list(paths.ancestors(area))) | under(area))
    return (
        rows.filter(Q(ends_at=None) | Q(ends_at__gt=at), account__state="active")
        .select_related("account")
        .order_by("area_path", "kind", "rank", "starts_at", "id")
    )


def account_named(account: str, actor: Actor) -> UUID | None:
    """The active account of this name in the actor's part of the tree; None if there is none."""
    rows = Account.objects.in_area(actor.scope).filter(account=account.strip().casefold(), state="active")
    return rows.values_list("pk", flat=True).first()


def posts_of(accounts: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """What each person's post is called: the role held longest, in one query."""
    rows = Post.objects.filter(on(at), account__in=list(accounts)).order_by("-starts_at", "-id")
    return dict(rows.values_list("account_id", "role"))


def duty_phone(account: UUID, area: str, at: datetime) -> str:
    """The public number of a person's post for a place; empty where the post has none."""
    posts = Post.objects.filter(on(at), account=account, area_path__in=list(paths.ancestors(area)))
    return next((phone for phone in posts.values_list("duty_phone", flat=True) if phone), "")


def take_within(area: str, at: datetime) -> timedelta:
    """How long an offered item may wait: the nearest limit up the tree that is in force."""
    rows = TakeLimit.objects.filter(area_path__in=list(paths.ancestors(area)), starts_at__lte=at)
    found = max(
        rows.values_list("area_path", "starts_at", "minutes"), key=lambda row: (len(row[0]), row[1]), default=None
    )
    return timedelta(minutes=found[2]) if found else rules.TAKE_WITHIN


def deputy_of(account: UUID, at: datetime) -> UUID | None:
    """Who is asked in somebody's place at a moment; nobody stands in for a deputy."""
    rows = StandIn.objects.filter(account=account, starts_at__lte=at, ends_at__gt=at, deputy__state="active")
    return rows.order_by("-starts_at", "-id").values_list("deputy", flat=True).first()


def stand_ins_for(actor: Actor) -> ScopedQuerySet[StandIn]:
    """Stand-ins for a person, by them, and of the places they lead."""
    own = Q(account=actor.account_id) | Q(deputy=actor.account_id) if actor.account_id else Q(pk__in=[])
    rows = StandIn.objects.in_area(actor.scope).filter(own | under(*actor.areas(rules.REASSIGN)))
    return rows.select_related("account", "deputy")


def heartbeats(at: datetime) -> dict[str, timedelta]:
    """How long ago each process said that it lives."""
    return {process: at - beat for process, beat in Heartbeat.objects.values_list("process", "at")}


def is_alive(process: str, at: datetime) -> bool:
    """Whether a process said within the last seconds that it lives."""
    age = heartbeats(at).get(process)
    return age is not None and abs(age) < rules.HEARTBEAT_LATE
