"""How long things last, when a door locks, what a name and a password must be: plain values, no database."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from xiangyun.base import paths
from xiangyun.kernel.access.rules import TOWN_ROLES, Actor


class AccountState(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class SessionKind(StrEnum):
    """How somebody came in: with a password, or with a printed slip that bound this phone."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    TICKET = "ticket"


class Purpose(StrEnum):
    """What a one-time link is for."""

    WELCOME = "welcome"
    RESET = "reset"
    TICKET = "ticket"


# A villager's phone stays bound for a year; an official's session ends after three idle days.
LASTS = {SessionKind.PASSWORD: timedelta(days=30), SessionKind.TICKET: timedelta(days=400)}
IDLE = {SessionKind.PASSWORD: timedelta(days=3), SessionKind.TICKET: timedelta(days=180)}
DESK_IDLE = timedelta(minutes=30)
"""GB/T 22239-2019 8.1.4.1: a session left alone ends. At a desk in the hall others walk past; a phone in the field has
a lock of its own."""
LINK_LASTS = {
    Purpose.WELCOME: timedelta(days=7),
    Purpose.RESET: timedelta(days=2),
    Purpose.TICKET: timedelta(days=30),
}

# Safety brief, fault 13: an account is locked at 5 failures. An address is locked when 10 names in a row failed from
# it: a whole town hall, with its mistyped links, may stand behind one.
NAMES_OF_AN_ADDRESS = 10

ATTEMPTS_KEPT = timedelta(days=184)
"""Cybersecurity Law of the PRC (2016), Art. 21 (3): network logs are kept for at least six months."""

ENDED_KEPT = timedelta(days=30)
"""How long an ended session, or a link that was used or ran out, stays to be looked at."""

ACCOUNT_FORM = re.compile(r"^[0-9a-z\u4e00-\u9fff][0-9a-z\u4e00-\u9fff._-]{1,31}$")
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
LONG_ENOUGH_OF_ONE_KIND = 12
SHORT_OF_KINDS = 2
KNOWN_PASSWORDS = frozenset(
    ("12345678", "123456789", "1234567890", "password", "password1", "qwertyui", "qwerty123", "abcd1234", "a1234567",
     "11223344", "87654321", "woaini1314", "iloveyou", "admin123", "xiangyun")
)  # fmt: skip


def folded(account: str) -> str:
    """The form in which account names are stored and compared."""
    return account.strip().casefold()


def is_account_name(account: str) -> bool:
    """2–32 letters, digits, Chinese characters and `. _ -`, in folded form."""
    return bool(ACCOUNT_FORM.match(account))


def password_fault(password: str, account: str) -> str | None:
    """Why a password will not do (a sentence's key); None if it will.

    GB/T 22239-2019, 8.1.4.1 a) asks for complexity and for change from time to time. Complexity is asked of short
    passwords only: twelve signs of one kind, or a few words in Chinese, are harder to guess than `Abc@1234`, which
    every list of known passwords holds (NIST SP 800-63B, 5.1.1.2). Nobody is made to change one by the calendar, which
    breeds `Abc@1235`: a password is changed when it may be known (a reset link, an administrator), the last five are
    not taken again, and what is strong waits for a second factor.
    """
    if len(password) < SHORTEST_PASSWORD:
        return "accounts.password_short"
    if len(password) > LONGEST_PASSWORD:
        return "accounts.password_long"
    plain = password.casefold()
    if plain in KNOWN_PASSWORDS or len(set(plain)) < 3 or plain == account:  # 11112222
        return "accounts.password_known"
    if len(password) < LONG_ENOUGH_OF_ONE_KIND and len(_kinds(password)) < SHORT_OF_KINDS:
        return "accounts.password_plain"
    return None


def _kinds(password: str) -> set[str]:
    """Digits, small letters, capitals, signs; a Chinese character alone is as good as two of them."""
    found: set[str] = set()
    for sign in password:
        category = unicodedata.category(sign)
        if category == "Lo":
            found |= {"word", "other"}
        else:
            found.add(category if category in ("Ll", "Lu", "Nd") else "other")
    return found


FORMER_PASSWORDS = 5

FACTOR_BYTES = 20
"""RFC 4226, section 4: a shared secret of 160 bits."""
STEP_S = 30
CODE_DIGITS = 6
STEPS_ASIDE = 1
"""RFC 6238, section 5.2: one step before and after, for a clock that is off and a slow hand."""
RECOVERY_CODES = 10
MOST_SECURITY_KEYS = 10


def steps_of(secret: bytes, code: str, at: datetime) -> int | None:
    """The 30-second step whose code this is, near `at`; None for a wrong one."""
    clock = TOTP(secret, CODE_DIGITS, SHA1(), STEP_S, enforce_key_length=False)  # noqa: S303 - what authenticators speak
    now = int(at.timestamp()) // STEP_S
    for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
        if secrets.compare_digest(clock.generate(step * STEP_S), code.encode()):
            return step
    return None


def factor_address(secret: bytes, account: str, issuer: str) -> str:
    """What an authenticator reads from the QR code."""
    clock = TOTP(secret, CODE_DIGITS, SHA1(), STEP_S, enforce_key_length=False)  # noqa: S303
    return clock.get_provisioning_uri(account, issuer)


def new_recovery_code() -> str:
    """50 random bits in two groups that can be read aloud."""
    signs = "".join(secrets.choice(TICKET_ALPHABET) for _ in range(10))
    return f"{signs[:5]}-{signs[5:]}"


def plain_code(typed: str) -> str:
    """A code as it was given, from what somebody typed: blanks gone, full-width digits plain, O for 0, I or L for 1."""
    signs = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper()
    if signs.isdigit():
        return signs
    signs = signs.translate(str.maketrans("OIL", "011"))
    return f"{signs[:5]}-{signs[5:]}"


def new_token() -> str:
    """A secret nobody guesses: 256 random bits, safe in a cookie and an address."""
    return secrets.token_urlsafe(32)


# Crockford's alphabet: no I L O U, so a villager can read a slip aloud.
TICKET_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ticket() -> str:
    """What a slip says: 80 random bits in four groups that can be typed."""
    signs = [secrets.choice(TICKET_ALPHABET) for _ in range(16)]
    return "-".join("".join(signs[n : n + 4]) for n in range(0, 16, 4))


def plain_ticket(typed: str) -> str:
    """A ticket as it was made, from what somebody typed: lower case, spaces, O for 0, I or L for 1."""
    signs = re.sub(r"[\s-]", "", typed).upper().translate(str.maketrans("OIL", "011"))
    return "-".join(signs[n : n + 4] for n in range(0, len(signs), 4))


def new_account_name(role: str) -> str:
    """The name an account carries until its owner chooses one."""
    return f"{role[:1]}{''.join(secrets.choice(TICKET_ALPHABET) for _ in range(8)).lower()}"


def digest(secret: str) -> bytes:
    """What is stored instead of a secret that is itself random (no salt needed: nothing to guess)."""
    return hashlib.sha256(secret.encode()).digest()


def tenant_of(area: str) -> str:
    """The part of the tree whose rows an account may see at all: its town, or its county or city above."""
    return paths.town_of(area) or area


def home_of(areas: Sequence[str], *, before: str) -> str:
    """Where an account belongs: the smallest place that holds all its posts of one tenant; `before`, once it has none.

    Posts in several towns do not make a tenant of the county between them: the town of the first post (in the order
    given) is the account's, unless a post stands above the towns.
    """
    if not areas:
        return before
    tenant = min((tenant_of(area) for area in areas), key=len)
    return paths.common(area for area in areas if paths.within(area, tenant))


def fits(role: str, area: str) -> bool:
    """Whether a role can be held at a place: town roles from the town down, overseers at county or city.

    Who sets up a whole county administers it, so `town_admin` may also stand above the towns.
    """
    depth = len(area.split("."))
    if role == "city_viewer":
        return depth == CITY_DEPTH
    if role in ("county_viewer", "county_clerk"):
        return depth == COUNTY_DEPTH
    return role in TOWN_ROLES and (depth >= paths.TOWN_DEPTH or (role in ADMINS and depth >= CITY_DEPTH))


CITY_DEPTH, COUNTY_DEPTH = 2, 3
ADMINS = ("town_admin", "security_admin", "audit_admin")


def apart(by: Actor, roles: frozenset[str]) -> str | None:
    """Why `by` may not handle an account that holds `roles`, or give one of them (a sentence's key); None if they may.

    The three administrators are three people (domain brief §1.4, ADR 13): town admins look after their own kind, the
    other two are appointed, reset and ended at the box itself.
    """
    administers = roles & set(ADMINS)
    if by.kind == "system" or not administers:
        return None
    is_own_kind = administers == {"town_admin"} and any(post.role == "town_admin" for post in by.posts)
    return None if is_own_kind else "accounts.at_the_console"


# The moves on an account, in the order they are offered.
MOVES = (
    "print_slip", "revoke_phones", "end_session", "reset_password", "reset_factor", "give_post", "end_post",
    "close_account",
)  # fmt: skip
NOT_ON_ONESELF = frozenset(("end_session", "reset_factor", "give_post", "end_post", "close_account"))


def moves(
    by: Actor, *, area: str, is_oneself: bool, is_open: bool, roles: frozenset[str], phones: int, has_factor: bool
) -> list[str]:
    """What `by` may do now with an account that belongs to `area` and holds `roles`."""
    fits_now = {
        "print_slip": roles == {"villager"},
        "revoke_phones": phones > 0,
        "reset_factor": has_factor,
        "end_post": bool(roles),
    }
    return [
        move
        for move in MOVES
        if is_open
        and fits_now.get(move, True)
        and not (is_oneself and move in NOT_ON_ONESELF)
        and by.may(f"accounts.{move}", area)
        and apart(by, roles) is None
    ]
