"""What a sealed value looks like, what it is bound to, and how a secret becomes words: plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from xiangyun.base import crypto
from xiangyun.base.crypto import Suite, Tampered

ROTATE = "vault.rotate_key"
CONFIRM = "vault.confirm_recovery"
WRONG = "vault.say_wrong_words"

# suite (1 byte) ‖ number of the town's key (4 bytes) ‖ nonce ‖ ciphertext ‖ tag
HEADER = 5
INDEX_BYTES = 16
ROTATED_AT_ONCE = 500
WORDS = 24
ASKED_WORDS = 3


class Place(NamedTuple):
    """Where a sealed value stands: it opens nowhere else."""

    table: str
    column: str
    pk: UUID | str


@dataclass(frozen=True, slots=True)
class Key:
    """A town's key, unwrapped. `town_id` is the town's own id, which no merger of areas changes."""

    num: int
    town_id: UUID
    suite: Suite
    material: bytes

    def seal(self, plain: str, place: Place) -> bytes:
        """The value as it is stored at its place."""
        head = bytes((self.suite,)) + self.num.to_bytes(4, "big")
        return head + crypto.seal(self.suite, self.material, plain.encode(), self._bound(place))

    def open(self, sealed: bytes, place: Place) -> str:
        """The value that was sealed. Raises Tampered: changed, or moved from another row, column, table or town."""
        if sealed[:1] != bytes((self.suite,)):
            raise Tampered
        return crypto.open_(self.suite, self.material, bytes(sealed[HEADER:]), self._bound(place)).decode()

    def _bound(self, place: Place) -> bytes:
        return f"{self.town_id}|{place.table}|{place.column}|{place.pk}".encode()


def key_num(sealed: bytes) -> int:
    """The number of the key a value was sealed with. Raises Tampered for what nobody sealed."""
    if len(sealed) < HEADER:
        raise Tampered
    return int.from_bytes(sealed[1:HEADER], "big")


def blind_index(suite: Suite, key: bytes, value: str) -> bytes:
    """What stands in the database to find a value again: equal for equal values of one town and field."""
    return crypto.digest(suite, key, value.encode())[:INDEX_BYTES]


@lru_cache(maxsize=65_536)
def blind_number(suite: Suite, key: bytes, value: str) -> int:
    """The same as a signed 64-bit number, for arrays of many; the pieces of names come again and again."""
    return int.from_bytes(crypto.digest(suite, key, value.encode())[:8], "big", signed=True)


def fingerprint(secret: bytes) -> str:
    """What tells one recovery secret from another without telling it."""
    return hashlib.sha256(crypto.derive(secret, "fingerprint")).hexdigest()[:16]


def asked_positions(secret: bytes, who: str) -> list[int]:
    """Which words of the sheet (1-based, rising) somebody is asked to type back: always the same for one person."""
    told = f"{fingerprint(secret)}|{who}"
    order = sorted(range(1, WORDS + 1), key=lambda n: hashlib.sha256(f"{told}|{n}".encode()).digest())
    return sorted(order[:ASKED_WORDS])


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns, said by the room that owns it, so that a new key finds every value.

    `columns` hold ciphertext, `blind` what is searched by; `reindex(row, opened, ring)` gives the blind columns of
    a row anew from what was opened, with the ring that now seals.
    """

    model: str
    columns: tuple[str, ...]
    blind: tuple[str, ...] = ()
    reindex: Callable[[Any, Mapping[str, str], Any], Mapping[str, Any]] | None = None
