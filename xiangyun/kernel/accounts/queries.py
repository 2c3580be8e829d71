"""Who is at the door, and reads of people, posts and keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from xiangyun.base import locks, paths
from xiangyun.base.errors import NotAllowed, NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.access.rules import Post as HeldPost
from xiangyun.kernel.accounts import rules
from xiangyun.kernel.accounts.models import (
    Account,
    LoginAttempt,
    Post,
    RecoveryCode,
    SecondFactor,
    SecurityKey,
    Session,
)
from xiangyun.kernel.org import queries as org


def actor_of_session(token: str, at: datetime, *, notes: bool = True) -> Actor | None:
    """Who a session cookie belongs to, with the posts held at `at`; None for nobody. Needs no scope.

    `notes` that somebody was here, which puts off the end of a session left alone.
    """
    row = _asker("actor_of_session", token, at, notes)
    if row is None:
        return None
    session_id, account_id, account, name, lang, area_path, posts, strong_at, off = row
    scope = rules.tenant_of(area_path)
    return Actor(
        account_id=account_id,
        account=account,
        name=name,
        kind="person",
        scope=scope,
        # A session acts in one tenant: a post in another town does not count in it.
        posts=tuple(
            HeldPost(role=p["role"], area=p["area"], post_id=UUID(p["post_id"]))
            for p in _parsed(posts)
            if paths.within(p["area"], scope)
        ),
        is_weak=strong_at is None and not settings.CONFIG.demo,
        lang=lang,
        session_id=session_id,
        without=frozenset(off or ()),
    )


def actor_of_key(bearer: str, at: datetime) -> Actor | None:
    """The machine a key belongs to: its abilities in its area; None for nobody. Needs no scope."""
    row = _asker("actor_of_key", bearer, at)
    if row is None:
        return None
    key_id, name, area_path, abilities, off = row
    scope = rules.tenant_of(area_path)
    return Actor(
        account_id=None,
        account=f"key:{key_id}",
        name=name,
        kind="machine",
        scope=scope,
        posts=(HeldPost(role="machine", area=area_path),),
        only=frozenset(_parsed(abilities)),
        without=frozenset(off or ()),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """An account found by the name somebody typed."""

    account_id: UUID
    password: str | None
    area_path: str


def known_by_name(typed: str) -> Known | None:
    """The open account of that name, wherever it belongs. Needs no scope."""
    row = _door("SELECT * FROM xy_door.account_by_name(%s)", typed)
    return Known(*row) if row else None


def link_by_token(token: str) -> tuple[UUID, str] | None:
    """A one-time link's id and area, from what somebody showed. Needs no scope."""
    row = _door("SELECT * FROM xy_door.link_by_token(%s)", rules.digest(token))
    return (row[0], row[1]) if row else None


def is_account_name_free(typed: str) -> bool:
    """Whether nobody in the whole box has this account name."""
    row = _door("SELECT xy_door.is_account_name_free(%s)", typed)
    return bool(row and row[0])


def locked_until(*, account: str, address: str, at: datetime) -> datetime | None:
    """Until when this account, or this address, may not try again; None if it may.

    An address is judged by the names whose latest try from it failed, so that a hall full of people behind one
    address is not shut out by one who forgot a password.
    """
    by_account = LoginAttempt.objects.filter(account=account, at__lte=at)
    good = by_account.filter(is_good=True).order_by("-at").values_list("at", flat=True).first()
    failures = by_account.filter(is_good=False)
    if good:
        failures = failures.filter(at__gt=good)
    latest_by_name = (
        LoginAttempt.objects.filter(address=address, at__lte=at, at__gt=at - locks.WINDOW - locks.LOCK)
        .order_by("account", "-at", "-id")
        .distinct("account")
        .values_list("at", "is_good")
    )
    until = (
        locks.locked_until(list(failures.order_by("-at").values_list("at", flat=True)[: locks.FAILURES])),
        locks.locked_until(
            [tried_at for tried_at, is_good in latest_by_name if not is_good], rules.NAMES_OF_AN_ADDRESS
        ),
    )
    return max((lock for lock in until if lock and lock > at), default=None)


def failures_since_success(account: str, at: datetime) -> int:
    """How many tries failed before the one that succeeds now."""
    rows = LoginAttempt.objects.filter(account=account, at__lte=at)
    good = rows.filter(is_good=True).order_by("-at").values_list("at", flat=True).first()
    return (rows.filter(at__gt=good) if good else rows).filter(is_good=False).count()


def in_force(at: datetime) -> Q:
    """Posts held at a moment."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def posts_at(area: str, *, at: datetime, roles: Iterable[str] = ()) -> ScopedQuerySet[Post]:
    """Posts held at exactly this place by open accounts, with the account; the longest held first."""
    rows = Post.objects.filter(in_force(at), area_path=area, account__state="active").select_related("account")
    wanted = tuple(roles)
    if wanted:
        rows = rows.filter(role__in=wanted)
    return rows.order_by("starts_at", "id")


def has_held(account_id: UUID, area: str, roles: Iterable[str]) -> bool:
    """Whether an account ever held one of these roles at a place or above it, ended or not."""
    rows = Post.objects.filter(account=account_id, role__in=list(roles), area_path__in=[*paths.ancestors(area)])
    return rows.exists()


# Of an account: an authenticator that is asked for, a security key.
FACTOR = Exists(SecondFactor.objects.filter(account=OuterRef("pk"), confirmed_at__isnull=False))
SECURITY_KEY = Exists(SecurityKey.objects.filter(account=OuterRef("pk")))


def with_posts(at: datetime) -> ScopedQuerySet[Any]:
    """Accounts with `all_posts` (those without an end first), the number of bound `phones` and `has_factor`."""
    phones = (
        Session.objects.filter(account=OuterRef("pk"), kind=rules.SessionKind.TICKET)
        .filter(open_at(at))
        .order_by()
        .values("account")
        .annotate(n=Count("pk"))
        .values("n")
    )
    posts = Post.objects.order_by(F("ends_at").desc(nulls_first=True), "starts_at", "id")
    return Account.objects.annotate(
        phones=Coalesce(Subquery(phones), 0), has_factor=FACTOR | SECURITY_KEY
    ).prefetch_related(Prefetch("posts", queryset=posts, to_attr="all_posts"))


# How a list of people reads: place by place, each begins with who answers for it; the same at every look.
IN_ORDER = ("area_path", "standing", "name", "id")
STANDING = (
    "town_leader", "duty_officer", "clerk", "agronomist", "maintainer", "village_secretary", "grid_worker",
    "town_admin", "security_admin", "audit_admin", "villager",
)  # fmt: skip


def people(
    actor: Actor, *, at: datetime, q: str = "", role: str = "", area: str = "", state: str = ""
) -> ScopedQuerySet[Any]:
    """Accounts the actor may see, as `with_posts` gives them, with their `standing` for `IN_ORDER`."""
    rows = with_posts(at).annotate(standing=_standing(at)).visible_to(actor, "accounts.see_account")
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(account__contains=rules.folded(q)))
    if state:
        rows = rows.filter(state=state)
    held = Post.objects.filter(in_force(at), account=OuterRef("pk"))
    if role:
        held = held.filter(role=role)
    if area:
        held = held.filter(under(area))
    return rows.filter(Exists(held)) if role or area else rows


def _standing(at: datetime) -> Coalesce:
    """The place of somebody's first post in `STANDING`; who holds none stands last."""
    places = Case(*(When(role=role, then=Value(n)) for n, role in enumerate(STANDING)), default=Value(len(STANDING)))
    held = Post.objects.filter(in_force(at), account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(held.annotate(first=Min(places)).values("first")), len(STANDING) + 1)


def id_of(actor: Actor) -> UUID:
    """The account that acts. Refuses: NotFound for a machine, which has none."""
    if actor.account_id is None:
        raise NotFound
    return actor.account_id


def own_account(actor: Actor) -> Account | None:
    """The actor's own row; None for a machine."""
    return Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None


def has_factor(person: Account) -> bool:
    """Whether a second factor is asked for at sign-in."""
    return Account.objects.filter(FACTOR | SECURITY_KEY, pk=person.pk).exists()


def authenticator_since(actor: Actor) -> datetime | None:
    """Since when the actor's own authenticator is asked for."""
    return SecondFactor.objects.filter(account_id=id_of(actor)).values_list("confirmed_at", flat=True).first()


def codes_left(actor: Actor) -> int:
    """How many of the actor's own recovery codes were not used."""
    return RecoveryCode.objects.filter(account_id=id_of(actor), used_at=None).count()


def security_keys(actor: Actor) -> ScopedQuerySet[SecurityKey]:
    """The actor's own security keys, the first one first."""
    return SecurityKey.objects.filter(account_id=id_of(actor)).order_by("added_at", "id")


def is_strong(actor: Actor) -> bool:
    """Whether a second factor was shown in the actor's session; a demo does not ask, but this still says no."""
    held = Session.objects.filter(strong_at__isnull=False)
    return actor.session_id is not None and held.filter(pk=actor.session_id).exists()


def idle_until(actor: Actor) -> datetime | None:
    """When the actor's session ends if it is left alone from now on."""
    if actor.session_id is None:
        return None
    return Session.objects.filter(pk=actor.session_id).values_list("idle_until", flat=True).first()


def open_at(at: datetime) -> Q:
    """Sessions that work at a moment."""
    return Q(revoked_at=None, ends_at__gt=at, idle_until__gt=at)


def sessions_of(account_id: UUID, actor: Actor, at: datetime) -> ScopedQuerySet[Session]:
    """Where somebody is signed in, for those who may end it.

    Refuses: NotFound, NotAllowed for administrators of another kind.
    """
    person = Account.objects.visible_to(actor, "accounts.end_session").pick(account_id)
    roles = frozenset(Post.objects.filter(in_force(at), account=person).values_list("role", flat=True))
    if fault := rules.apart(actor, roles):
        raise NotAllowed(fault)
    return Session.objects.filter(open_at(at), account=person)


def own_sessions(actor: Actor, at: datetime) -> ScopedQuerySet[Session]:
    """Every browser and phone signed in as the actor."""
    return Session.objects.filter(open_at(at), account_id=id_of(actor))


def names(account_ids: Iterable[UUID]) -> dict[UUID, Account]:
    """Accounts by id, in one query, inside the scope."""
    return Account.objects.in_bulk(set(account_ids))


def _asker(function: str, secret: str, at: datetime, *more: bool) -> tuple[Any, ...] | None:
    """What a door's function knows of whoever shows this secret, and last what their town has switched off."""
    asks = ", ".join(["%s"] * (2 + len(more)))
    query = f"SELECT asked.*, {org.MODULES_OFF} FROM xy_door.{function}({asks}) AS asked"  # noqa: S608 -- our own words
    return _door(query, rules.digest(secret), at, *more)


def _door(query: str, *params: str | bytes | bool | datetime) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _parsed(value: Any) -> Any:
    # Raw cursors of Django hand jsonb over as text.
    return json.loads(value) if isinstance(value, str | bytes) else value
