"""Passwords as argon2id hashes (RFC 9106); nothing else here knows how."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id at little memory: a town box signs many people in at eight in the morning.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)


def hashed(password: str) -> str:
    """The hash to store."""
    return _hasher.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind the hash; takes as long where there is none, so names stay unknown."""
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
