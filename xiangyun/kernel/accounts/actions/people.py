"""Accounts and posts: who works here, as what, where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access.rules import ROLES, Actor
from xiangyun.kernel.accounts import queries, rules
from xiangyun.kernel.accounts.actions import factors, links, sessions
from xiangyun.kernel.accounts.models import (
    Account,
    FormerPassword,
    OneTimeLink,
    Password,
    Post,
    RecoveryCode,
    SecondFactor,
    SecurityKey,
    Session,
)
from xiangyun.kernel.accounts.rules import AccountState, Purpose, SessionKind
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org

PHONE = re.compile(r"^[0-9][0-9 -]{2,18}[0-9]$")


@dataclass(frozen=True, slots=True)
class Added:
    """A new account; `token` opens the welcome page once."""

    person: Account
    token: str


@transaction.atomic
def add_account(
    *,
    name: str,
    role: str,
    area: str,
    by: Actor,
    at: datetime,
    duty_phone: str = "",
) -> Added:
    """Somebody gets an account and their first post, and a one-time link to choose a name and a password.

    Refuses: BadInput, NotFound for a place elsewhere, NotAllowed (village staff may add villagers only; security and
    audit administrators are added at the box).
    """
    if not name.strip():
        raise _wrong_field("name", "accounts.name_missing")
    return _add(name.strip(), role, area, duty_phone, by=by, at=at)


@transaction.atomic
def welcome_first_administrator(*, name: str, area: str, by: Actor, at: datetime) -> str:
    """The house gives a place its first administrator; asked again, a fresh link for the one who waits.

    An empty `name` is asked for behind the link. Returns its token. Refuses: NotFound for a place elsewhere.
    """
    waiting = Post.objects.filter(role="town_admin", area_path=area, ends_at=None).order_by("starts_at", "id").first()
    if waiting is None:
        return _add(name.strip(), "town_admin", area, "", by=by, at=at).token
    if name.strip():
        Account.objects.filter(pk=waiting.account_id).update(name=name.strip())
    return links.reset_password(account_id=waiting.account_id, by=by, at=at)


def _add(name: str, role: str, area: str, duty_phone: str, *, by: Actor, at: datetime) -> Added:
    _check_post(role, area, duty_phone, by, "accounts.add_account")
    person = Account.objects.create(
        account=_free_name(role), name=name, is_elder=role == "villager", area_path=area, created_at=at
    )
    post = Post.objects.create(account=person, role=role, area_path=area, duty_phone=duty_phone, starts_at=at)
    _, token = links.make_link(person, Purpose.WELCOME, at)
    audit.record(
        act="accounts.add_account",
        by=by,
        object=("account", person.pk),
        area=area,
        at=at,
        detail={"role": role, "post": post.pk},
    )
    return Added(person=person, token=token)


@transaction.atomic
def close_account(*, account_id: UUID, by: Actor, at: datetime) -> Account:
    """Somebody leaves: posts and sessions end, links stop working, the name stays with what they did.

    Refuses: NotFound, NotAllowed (also for one's own account). Closing twice changes nothing.
    """
    person = links.visible(account_id, by, "accounts.close_account", at)
    _not_oneself(person, by)
    if person.state == AccountState.CLOSED:
        return person
    person.state, person.closed_at = AccountState.CLOSED, at
    person.save(update_fields=["state", "closed_at"])
    Post.objects.filter(account=person, ends_at=None).update(ends_at=at)
    Password.objects.filter(account=person).delete()
    links.revoke_links(person, tuple(Purpose), at)
    ended = sessions.revoke_sessions(person, at)
    audit.record(
        act="accounts.close_account",
        by=by,
        object=("account", person.pk),
        area=person.area_path,
        at=at,
        detail={"sessions": ended},
    )
    return person


@transaction.atomic
def give_post(*, account_id: UUID, role: str, area: str, by: Actor, at: datetime, duty_phone: str = "") -> Account:
    """Somebody takes a further post; one they hold already stays as it is.

    With an official's post no slip opens the account any more, and phones bound by one are signed out: officials sign
    in with a password.
    Refuses: BadInput, NotFound (account or place), NotAllowed, WrongState for oneself, for a closed account and for a
    second administrator's post.
    """
    person = links.open_account(account_id, by, "accounts.give_post", at)
    _not_oneself(person, by)
    _check_post(role, area, duty_phone, by, "accounts.give_post")
    _one_of_three(person, role, area)
    post, is_new = Post.objects.get_or_create(
        account=person,
        role=role,
        area_path=area,
        ends_at=None,
        defaults={"starts_at": at, "duty_phone": duty_phone},
    )
    if is_new:
        if role != "villager":
            links.revoke_links(person, (Purpose.TICKET,), at)
            sessions.revoke_sessions(person, at, kind=SessionKind.TICKET)
        _settle(person)
        audit.record(
            act="accounts.give_post",
            by=by,
            object=("account", person.pk),
            area=area,
            at=at,
            detail={"role": role, "post": post.pk},
        )
    return person


@transaction.atomic
def end_post(*, post_id: UUID, by: Actor, at: datetime) -> Account:
    """Somebody's post ends now; what it allowed is gone with their next request.

    Refuses: NotFound, NotAllowed (also for one's own). Ending twice changes nothing.
    """
    post = Post.objects.visible_to(by, "accounts.see_account").select_related("account").pick(post_id)
    if not by.may("accounts.end_post", post.area_path):
        raise NotAllowed("base.not_allowed")
    person = Account.objects.select_for_update().pick(post.account_id)
    links.keep_apart(person, by, at)
    _not_oneself(person, by)
    if post.ends_at is not None and post.ends_at <= at:
        return person
    Post.objects.filter(pk=post.pk).update(ends_at=max(at, post.starts_at))
    _settle(person)
    sessions.tell_open_streams(person.pk)
    audit.record(
        act="accounts.end_post",
        by=by,
        object=("account", person.pk),
        area=post.area_path,
        at=at,
        detail={"role": post.role, "post": post.pk},
    )
    return person


@transaction.atomic
def follow_grids(*, area: str, into: Sequence[str], own: Mapping[UUID, str], by: Actor, at: datetime) -> list[Account]:
    """Whoever holds a post at a grid that is parted holds it at what it became: who works there at both until one is
    handed over, a villager at the one of their home (`own`; the first where it is not known). Returns who works there.

    For the act that parts the grid, which has judged who may.
    """
    workers: dict[UUID, Account] = {}
    for post in Post.objects.filter(queries.in_force(at), area_path=area).select_related("account").order_by("id"):
        person = Account.objects.select_for_update().get(pk=post.account_id)
        is_villager = post.role == "villager"
        places = [own.get(person.pk, into[0])] if is_villager else list(into)
        for place in places:
            Post.objects.get_or_create(
                account=person,
                role=post.role,
                area_path=place,
                ends_at=None,
                defaults={"starts_at": at, "duty_phone": post.duty_phone},
            )
        Post.objects.filter(pk=post.pk).update(ends_at=max(at, post.starts_at))
        _settle(person)
        sessions.tell_open_streams(person.pk)
        detail = {"role": post.role, "post": post.pk, "into": places}
        audit.record(act="accounts.follow_grid", by=by, object=("account", person.pk), area=area, at=at, detail=detail)
        if not is_villager:
            workers[person.pk] = person
    return list(workers.values())


@transaction.atomic
def reset_factor(*, account_id: UUID, by: Actor, at: datetime) -> None:
    """Somebody's phone is lost: their second factor is forgotten and every session of theirs ends; they bind another.

    Refuses: NotFound (also where there is none), NotAllowed (also for oneself, and for administrators of another kind).
    """
    person = links.visible(account_id, by, "accounts.reset_factor", at)
    _not_oneself(person, by)
    if not queries.has_factor(person):
        raise NotFound
    factors.forget(person.pk)
    ended = sessions.revoke_sessions(person, at)
    audit.record(
        act="accounts.reset_factor",
        by=by,
        object=("account", person.pk),
        area=person.area_path,
        at=at,
        detail={"sessions": ended},
    )


@transaction.atomic
def end_session_of(*, account_id: UUID, session_id: UUID, by: Actor, at: datetime) -> None:
    """An administrator signs somebody's browser or phone out from afar.

    Refuses: NotFound (also for a session that has ended), NotAllowed for administrators of another kind.
    """
    person = links.visible(account_id, by, "accounts.end_session", at)
    session = Session.objects.filter(queries.open_at(at), account=person).pick(session_id)
    Session.objects.filter(pk=session.pk).update(revoked_at=at)
    sessions.tell_open_streams(person.pk)
    audit.record(
        act="accounts.end_session",
        by=by,
        object=("session", session.pk),
        area=person.area_path,
        at=at,
        detail={"account": person.pk},
    )


@transaction.atomic
def settle_in(*, lang: str | None, is_elder: bool | None, by: Actor) -> Account:
    """Somebody chooses their own language or large words. Refuses: BadInput for a language there is none of."""
    person = Account.objects.select_for_update().pick(queries.id_of(by))
    person.lang = person.lang if lang is None else lang
    person.is_elder = person.is_elder if is_elder is None else is_elder
    person.save(update_fields=["lang", "is_elder"])
    return person


def _settle(person: Account) -> None:
    """Put the account, and what hangs on it, where its posts are."""
    held = Post.objects.filter(account=person, ends_at=None).order_by("starts_at", "id")
    areas = list(held.values_list("area_path", flat=True))
    home = rules.home_of(areas, before=person.area_path)
    if home == person.area_path:
        return
    person.area_path = home
    person.save(update_fields=["area_path"])
    for table in (Password, FormerPassword, Session, OneTimeLink, SecondFactor, SecurityKey, RecoveryCode):
        table.objects.filter(account=person).update(area_path=home)


def _check_post(role: str, area: str, duty_phone: str, by: Actor, ability: str) -> None:
    if role not in ROLES:
        raise _wrong_field("role", "accounts.no_such_role")
    org.pick(area, by)
    if not by.sees(area, ability):
        raise NotFound
    if role != "villager" and not by.may("accounts.give_post", area):
        raise NotAllowed("accounts.villagers_only")
    if fault := rules.apart(by, frozenset((role,))):
        raise NotAllowed(fault)
    if not rules.fits(role, area):
        raise _wrong_field("area", "accounts.role_elsewhere")
    if duty_phone and not PHONE.match(duty_phone):
        raise _wrong_field("duty_phone", "accounts.phone_form")


def _one_of_three(person: Account, role: str, area: str) -> None:
    held = Post.objects.filter(account=person, role__in=rules.ADMINS, ends_at=None)
    if role in rules.ADMINS and held.exclude(role=role, area_path=area).exists():
        raise WrongState("accounts.one_of_three")


def _free_name(role: str) -> str:
    name = rules.new_account_name(role)
    while not queries.is_account_name_free(name):
        name = rules.new_account_name(role)
    return name


def _not_oneself(person: Account, by: Actor) -> None:
    if person.pk == by.account_id:
        raise WrongState("accounts.not_oneself")


def _wrong_field(name: str, code: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", name], "msg": code}])
