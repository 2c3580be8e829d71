"""Coming in and going out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.crypto import salted_hmac

from xiangyun.base import numbers
from xiangyun.base.errors import BadInput, Conflict, NotFound, NotSignedIn, TooMany
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import passwords, queries, rules
from xiangyun.kernel.accounts.actions import factors
from xiangyun.kernel.accounts.actions.factors import NOTHING, Shown
from xiangyun.kernel.accounts.models import Account, FormerPassword, LoginAttempt, OneTimeLink, Password, Session
from xiangyun.kernel.accounts.rules import AccountState, Purpose, SessionKind
from xiangyun.kernel.audit import actions as audit


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just begun; `token` goes into the cookie and is known nowhere else."""

    actor: Actor
    session_id: UUID
    token: str
    lasts_s: int


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody came in: at a desk a session left alone ends sooner; a second factor makes it strong."""

    kind: SessionKind
    idle: timedelta | None = None
    is_strong: bool = False


class CodeNeeded(NotSignedIn):
    """The password was right; a second factor is bound and missing. Not counted as a failure."""


def attempt_name(*, account: str = "", secret: str = "") -> str:
    """Under which name a try is counted: the account's, or for links and slips a part of the hash of what was shown.

    Who types a number of a person instead of an account is counted under a keyed hash of it.
    """
    if not account:
        return f"#{rules.digest(secret).hex()[:16]}"
    name = rules.folded(account)[:64]
    return name if numbers.hidden(name) == name else f"#{salted_hmac('accounts.attempt', name).hexdigest()[:16]}"


def sign_in(
    *,
    account: str,
    password: str,
    shown: Shown = NOTHING,
    at_desk: bool = False,
    address: str,
    device_label: str,
    at: datetime,
) -> Opened:
    """Somebody comes in with name and password, and with a second factor where one is bound.

    Refuses: TooMany while the account or the address is locked, NotSignedIn (the same for an unknown name),
    CodeNeeded after the right password alone.
    """
    name = attempt_name(account=account)
    refuse_while_locked(name, address, at)
    known = queries.known_by_name(rules.folded(account))
    if not passwords.fits(known.password if known else None, password) or known is None:
        raise NotSignedIn("accounts.wrong_password")
    failures = queries.failures_since_success(name, at)
    with doors.scoped(rules.tenant_of(known.area_path)):
        person = Account.objects.select_for_update().pick(known.account_id)
        if known.password and passwords.is_outdated(known.password):
            set_password(person, password, at)
        held = factors.bound(person)
        if held and shown.is_empty:
            raise CodeNeeded("accounts.code_needed", extra=held.asks(shown.site, at))
        if held:
            factors.check(held, shown, at)
        how = Way(SessionKind.PASSWORD, idle=rules.DESK_IDLE if at_desk else None, is_strong=bool(held))
        opened = _open(person, how, address, device_label, at, failures)
    count_try(name=name, address=address, at=at, is_good=True)
    return opened


def use_slip(*, ticket: str, address: str, device_label: str, at: datetime) -> Opened:
    """A villager's phone is bound by the slip printed for them; the slip is worth nothing afterwards.

    Refuses: TooMany, NotSignedIn for a slip that is unknown, used, revoked or too old.
    """
    plain = rules.plain_ticket(ticket)
    name = attempt_name(secret=plain)
    refuse_while_locked(name, address, at)
    link_id, tenant = _link(plain, "accounts.slip_unknown")
    with doors.scoped(tenant):
        link = _unused(link_id, (Purpose.TICKET,), at, word="slip")
        opened = _open(link.account, Way(SessionKind.TICKET), address, device_label, at, 0)
        link.used_at = at
        link.session_id = opened.session_id
        link.save(update_fields=["used_at", "session"])
    count_try(name=name, address=address, at=at, is_good=True)
    return opened


def use_link(
    *, token: str, account: str, password: str, address: str, device_label: str, at: datetime, name: str = ""
) -> Opened:
    """A welcome or reset link is used: its owner chooses an account (welcome only) and a password and is signed in.

    Whose name nobody has said yet is called `name` from now on, or like the account.
    Refuses: TooMany, NotSignedIn for a link that is unknown, used, revoked or too old, BadInput for a name
    or a password that will not do, Conflict for a name somebody else took at the same moment.
    """
    tried = attempt_name(secret=token)
    refuse_while_locked(tried, address, at)
    link_id, tenant = _link(token, "accounts.link_unknown")
    with doors.scoped(tenant):
        link = _unused(link_id, (Purpose.WELCOME, Purpose.RESET), at, word="link")
        person = link.account
        chosen = rules.folded(account)
        if link.purpose == Purpose.WELCOME:
            _check_new_name(person, chosen)
            _take_name(person, chosen)
        elif chosen != person.account:
            raise _wrong_field("account", "accounts.name_of_another")
        if fault := rules.password_fault(password, person.account):
            raise _wrong_field("password", fault)
        refuse_former(person, password, "password")
        if not person.name:
            person.name = name.strip() or person.account
            person.save(update_fields=["name"])
        set_password(person, password, at)
        revoke_sessions(person, at)
        link.used_at = at
        link.save(update_fields=["used_at"])
        person.links.filter(used_at=None, revoked_at=None, purpose__in=(Purpose.WELCOME, Purpose.RESET)).update(
            revoked_at=at
        )
        opened = _open(person, Way(SessionKind.PASSWORD), address, device_label, at, 0)
        audit.record(
            act="accounts.use_link",
            by=opened.actor,
            object=("account", person.pk),
            area=person.area_path,
            at=at,
            detail={"purpose": link.purpose},
        )
    count_try(name=tried, address=address, at=at, is_good=True)
    return opened


def look_at_link(*, token: str, address: str, at: datetime) -> OneTimeLink:
    """Whose unused welcome or reset link this is, for the page that greets them. Refuses: TooMany, NotSignedIn."""
    refuse_while_locked(attempt_name(secret=token), address, at)
    link_id, tenant = _link(token, "accounts.link_unknown")
    with doors.scoped(tenant):
        return _unused(link_id, (Purpose.WELCOME, Purpose.RESET), at, word="link")


@transaction.atomic
def change_password(*, old: str, new: str, by: Actor, at: datetime) -> None:
    """Somebody changes their own password; every other session of theirs ends.

    Refuses: BadInput (the old one is wrong, the new one will not do).
    """
    person = Account.objects.select_for_update().pick(queries.id_of(by))
    stored = Password.objects.filter(account=person).first()
    if not passwords.fits(stored.hash if stored else None, old):
        raise _wrong_field("old", "accounts.old_password_wrong")
    if fault := rules.password_fault(new, person.account):
        raise _wrong_field("new", fault)
    refuse_former(person, new, "new")
    set_password(person, new, at)
    revoke_sessions(person, at, but=by.session_id)
    audit.record(act="accounts.change_password", by=by, object=("account", person.pk), area=person.area_path, at=at)


@transaction.atomic
def end_session(*, session_id: UUID, by: Actor, at: datetime) -> None:
    """Somebody ends one of their own sessions, this one or one elsewhere. Refuses: NotFound."""
    own = Session.objects.filter(pk=session_id, account_id=queries.id_of(by), revoked_at=None)
    session = own.first()
    if session is None:
        raise NotFound
    own.update(revoked_at=at)
    tell_open_streams(session.account_id)
    audit.record(act="accounts.sign_out", by=by, object=("session", session_id), area=session.area_path, at=at)


@transaction.atomic
def sign_out_everywhere(*, by: Actor, at: datetime, but_here: bool = False) -> int:
    """Somebody ends every session of theirs, this one included or `but_here`; returns how many ended."""
    person = Account.objects.pick(queries.id_of(by))
    ended = revoke_sessions(person, at, but=by.session_id if but_here else None)
    audit.record(
        act="accounts.sign_out_everywhere",
        by=by,
        object=("account", person.pk),
        area=person.area_path,
        at=at,
        detail={"sessions": ended},
    )
    return ended


def count_try(*, name: str, address: str, at: datetime, is_good: bool) -> None:
    """Write down one try; for a refused one the door calls this after it rolled the request back."""
    LoginAttempt.objects.create(account=name, address=address, at=at, is_good=is_good)


def refuse_former(person: Account, password: str, field: str) -> None:
    """Refuses: BadInput for the password somebody has, or one of the last few they had."""
    current = Password.objects.filter(account=person).values_list("hash", flat=True)
    former = person.former_passwords.order_by("-until_at").values_list("hash", flat=True)[: rules.FORMER_PASSWORDS - 1]
    if any(passwords.fits(stored, password) for stored in (*current, *former)):
        raise _wrong_field(field, "accounts.password_former")


def set_password(person: Account, password: str, at: datetime) -> None:
    """Store a password's hash; the one before is kept among the last few."""
    before = Password.objects.filter(account=person).first()
    if before and not passwords.fits(before.hash, password):
        FormerPassword.objects.create(account=person, hash=before.hash, until_at=at, area_path=person.area_path)
    Password.objects.update_or_create(
        account=person,
        defaults={"hash": passwords.hashed(password), "changed_at": at, "area_path": person.area_path},
    )


def drop_password(person: Account, at: datetime) -> None:
    """No password opens the account any more; the last one is kept among the former."""
    for before in Password.objects.filter(account=person):
        FormerPassword.objects.create(account=person, hash=before.hash, until_at=at, area_path=person.area_path)
        before.delete()


def revoke_sessions(person: Account, at: datetime, *, kind: SessionKind | None = None, but: UUID | None = None) -> int:
    """End a person's sessions; open event streams hear it at once. Returns how many ended."""
    rows = Session.objects.filter(account=person, revoked_at=None, ends_at__gt=at)
    if but:
        rows = rows.exclude(pk=but)
    if kind:
        rows = rows.filter(kind=kind)
    ended = rows.update(revoked_at=at)
    tell_open_streams(person.pk)
    return ended


def end_known(session_id: UUID, *, account_id: UUID, at: datetime) -> None:
    """End one session of somebody, whose right to do so the caller has checked; one that is over stays as it is."""
    Session.objects.filter(pk=session_id, account_id=account_id, revoked_at=None).update(revoked_at=at)
    tell_open_streams(account_id)


def tell_open_streams(account_id: UUID) -> None:
    """What a person may see has changed: open event streams of theirs look again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('xy_sessions', %s)", [str(account_id)])


def refuse_while_locked(name: str, address: str, at: datetime) -> None:
    """Refuses: TooMany, while too many tries failed under this name or from this address."""
    until = queries.locked_until(account=name, address=address, at=at)
    if until is not None:
        wait_s = max(1, ceil((until - at).total_seconds()))
        raise TooMany("accounts.locked", retry_after_s=wait_s, minutes=ceil(wait_s / 60))


def _link(token: str, unknown: str) -> tuple[UUID, str]:
    found = queries.link_by_token(token)
    if found is None:
        raise NotSignedIn(unknown)
    return found[0], rules.tenant_of(found[1])


def _unused(link_id: UUID, purposes: tuple[Purpose, ...], at: datetime, *, word: str) -> OneTimeLink:
    link = OneTimeLink.objects.select_for_update(of=("self",)).select_related("account").pick(link_id)
    if link.purpose not in purposes or link.revoked_at or link.account.state != AccountState.ACTIVE:
        raise NotSignedIn(f"accounts.{word}_unknown")
    if link.used_at:
        raise NotSignedIn(f"accounts.{word}_used")
    if link.expires_at <= at:
        raise NotSignedIn(f"accounts.{word}_expired")
    return link


def _check_new_name(person: Account, chosen: str) -> None:
    if not rules.is_account_name(chosen):
        raise _wrong_field("account", "accounts.name_form")
    if numbers.hidden(chosen) != chosen:
        # A name stands in the open wherever somebody is named.
        raise _wrong_field("account", "accounts.name_is_number")
    if chosen != person.account and not queries.is_account_name_free(chosen):
        raise _wrong_field("account", "accounts.name_taken")


def _take_name(person: Account, chosen: str) -> None:
    person.account = chosen
    try:
        with transaction.atomic():
            person.save(update_fields=["account"])
    except IntegrityError as taken:
        # Somebody took it between the look and the write.
        raise Conflict("accounts.name_taken") from taken


def _wrong_field(name: str, code: str) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", name], "msg": code}])


def _open(person: Account, how: Way, address: str, device_label: str, at: datetime, failures: int) -> Opened:
    kind = how.kind
    token = rules.new_token()
    session = Session.objects.create(
        account=person,
        token_hash=rules.digest(token),
        kind=kind,
        device_label=device_label[:200],
        address=address[:64],
        created_at=at,
        seen_at=at,
        idle_until=at + (how.idle or rules.IDLE[kind]),
        strong_at=at if how.is_strong else None,
        ends_at=at + rules.LASTS[kind],
        area_path=person.area_path,
    )
    actor = queries.actor_of_session(token, at)
    if actor is None:
        raise NotSignedIn("accounts.wrong_password")
    audit.record(
        act="accounts.sign_in",
        by=actor,
        object=("session", session.pk),
        area=person.area_path,
        at=at,
        detail={"kind": kind.value, "failures_before": failures},
    )
    return Opened(actor=actor, session_id=session.pk, token=token, lasts_s=int(rules.LASTS[kind].total_seconds()))
