"""One-time links and the slips villagers sign in with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import NotAllowed, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries, rules
from xiangyun.kernel.accounts.actions import sessions
from xiangyun.kernel.accounts.models import Account, OneTimeLink, Post
from xiangyun.kernel.accounts.rules import AccountState, Purpose, SessionKind
from xiangyun.kernel.audit import actions as audit


def make_link(person: Account, purpose: Purpose, at: datetime) -> tuple[OneTimeLink, str]:
    """A fresh link for a person, and the secret it is opened with; older unused ones of its kind stop working."""
    secret = rules.new_ticket() if purpose == Purpose.TICKET else rules.new_token()
    revoke_links(person, (purpose,), at)
    link = OneTimeLink.objects.create(
        account=person,
        token_hash=rules.digest(secret),
        purpose=purpose,
        created_at=at,
        expires_at=at + rules.LINK_LASTS[purpose],
        area_path=person.area_path,
    )
    return link, secret


def revoke_links(person: Account, purposes: tuple[Purpose, ...], at: datetime) -> int:
    """Unused links of these kinds stop working."""
    rows = OneTimeLink.objects.filter(account=person, purpose__in=purposes, used_at=None, revoked_at=None)
    return rows.update(revoked_at=at)


@transaction.atomic
def reset_password(*, account_id: UUID, by: Actor, at: datetime) -> str:
    """An administrator makes a one-time link; the old password and every session are worth nothing from now on.

    Returns the link's token. Refuses: NotFound, NotAllowed, WrongState for a closed account.
    """
    person = open_account(account_id, by, "accounts.reset_password", at)
    sessions.drop_password(person, at)
    ended = sessions.revoke_sessions(person, at)
    revoke_links(person, (Purpose.WELCOME,), at)
    welcomes = OneTimeLink.objects.filter(account=person, purpose=Purpose.WELCOME)
    never_came = welcomes.exists() and not welcomes.filter(used_at__isnull=False).exists()
    # Who never chose a name does so now.
    _, token = make_link(person, Purpose.WELCOME if never_came else Purpose.RESET, at)
    audit.record(
        act="accounts.reset_password",
        by=by,
        object=("account", person.pk),
        area=person.area_path,
        at=at,
        detail={"sessions": ended},
    )
    return token


@transaction.atomic
def print_slip(*, account_id: UUID, by: Actor, at: datetime) -> tuple[OneTimeLink, str]:
    """A slip for a villager's phone; slips printed before and not used stop working.

    Returns the link and the ticket. Refuses: NotFound, NotAllowed, WrongState for a closed account, and for
    anybody who holds another post than villager's: officials sign in with a password.
    """
    person = open_account(account_id, by, "accounts.print_slip", at)
    held = set(Post.objects.filter(queries.in_force(at), account=person).values_list("role", flat=True))
    if held != {"villager"}:
        raise WrongState("accounts.slip_for_villagers")
    link, ticket = make_link(person, Purpose.TICKET, at)
    audit.record(act="accounts.print_slip", by=by, object=("account", person.pk), area=person.area_path, at=at)
    return link, ticket


@transaction.atomic
def revoke_phones(*, account_id: UUID, by: Actor, at: datetime) -> int:
    """A phone was lost: every phone bound by a slip is signed out and no printed slip works any more.

    Returns how many phones. Refuses: NotFound, NotAllowed.
    """
    person = visible(account_id, by, "accounts.revoke_phones", at)
    ended = sessions.revoke_sessions(person, at, kind=SessionKind.TICKET)
    slips = revoke_links(person, (Purpose.TICKET,), at)
    audit.record(
        act="accounts.revoke_phones",
        by=by,
        object=("account", person.pk),
        area=person.area_path,
        at=at,
        detail={"phones": ended, "slips": slips},
    )
    return ended


def visible(account_id: UUID, by: Actor, ability: str, at: datetime) -> Account:
    """The account, locked, if `by` has the ability where it belongs.

    Refuses: NotFound where it does not exist for `by`, NotAllowed where it does but this may not be done.
    """
    rows = Account.objects.select_for_update()
    person: Account = rows.visible_to(by, "accounts.see_account").pick(account_id)
    if not by.may(ability, person.area_path):
        raise NotAllowed("base.not_allowed")
    keep_apart(person, by, at)
    return person


def keep_apart(person: Account, by: Actor, at: datetime) -> None:
    """Refuses: NotAllowed, where the account is that of an administrator `by` does not look after."""
    roles = Post.objects.filter(queries.in_force(at), account=person).values_list("role", flat=True)
    if fault := rules.apart(by, frozenset(roles)):
        raise NotAllowed(fault)


def open_account(account_id: UUID, by: Actor, ability: str, at: datetime) -> Account:
    """As `visible`. Refuses also: WrongState for a closed account."""
    person = visible(account_id, by, ability, at)
    if person.state != AccountState.ACTIVE:
        raise WrongState("accounts.is_closed")
    return person
