"""Rings of keys: how a room seals, opens and finds again; and whether the recovery sheet is in somebody's hands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from mnemonic import Mnemonic

from xiangyun.base import crypto, paths, words
from xiangyun.base.crypto import Suite, Tampered
from xiangyun.base.errors import Conflict
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.vault import rules
from xiangyun.kernel.vault.models import Confirmation, Rotation, TownKey
from xiangyun.kernel.vault.rules import Key, Place

# The class of advisory locks under which a town's key stands; an arbitrary number of ours.
LOCKED = 0x786B

NOBODY = UUID(int=0)

_opened: dict[int, tuple[bytes, Key]] = {}


@dataclass(frozen=True, slots=True)
class Ring:
    """What is needed to find sealed values of one town: `suites` are those under which a value may stand indexed."""

    town_id: UUID
    suites: tuple[Suite, ...]

    def sought(self, field: str, value: str) -> list[bytes]:
        """The blind indexes a value may stand under; more than one while keys of two suites are in use."""
        return [rules.blind_index(suite, _index_key(self.town_id, field, suite), value) for suite in self.suites]

    def numbers_sought(self, field: str, value: str) -> list[int]:
        """The same as signed 64-bit numbers."""
        return [rules.blind_number(suite, _index_key(self.town_id, field, suite), value) for suite in self.suites]


@dataclass(frozen=True, slots=True)
class SealingRing:
    """The key with which a town seals, until the end of the transaction that asked for it."""

    key: Key

    def seal(self, plain: str, table: str, column: str, pk: UUID | str) -> bytes:
        """A value as it is stored at `table.column` of the row `pk`; an empty one is sealed like any other."""
        return self.key.seal(plain, Place(table, column, pk))

    def index(self, field: str, value: str) -> bytes:
        """What is stored beside a value to find it again by equality, 16 bytes."""
        return rules.blind_index(self.key.suite, _index_key(self.key.town_id, field, self.key.suite), value)

    def number(self, field: str, value: str) -> int:
        """The same as a signed 64-bit number, for arrays of many."""
        return self.numbers(field, (value,))[0]

    def numbers(self, field: str, values: Iterable[str]) -> list[int]:
        """The numbers of several values of one field, in their order."""
        key = _index_key(self.key.town_id, field, self.key.suite)
        return [rules.blind_number(self.key.suite, key, value) for value in values]


def ring(area: str) -> Ring:
    """For searching what is sealed in the town (or the county or city above the towns) of `area`, inside its scope."""
    rows = TownKey.objects.filter(area_path=tenant_of(area)).order_by("num").values_list("town_id", "suite")
    suites = tuple(dict.fromkeys(Suite(suite) for _, suite in rows))
    return Ring(rows[0][0] if suites else NOBODY, suites)


def tenant_of(area: str) -> str:
    """Whose key seals what lies in an area."""
    return paths.town_of(area) or area


def unwrapped(row: TownKey) -> Key:
    """A key ready for use. Raises Tampered where the master key is another one."""
    wrapped = bytes(row.wrapped)
    known = _opened.get(row.num)
    if known is None or known[0] != wrapped:
        suite = Suite(row.suite)
        material = crypto.open_(Suite.AES_256_GCM, master_key(), wrapped, wrap_context(row.town_id, suite))
        known = _opened[row.num] = (wrapped, Key(row.num, row.town_id, suite, material))
    return known[1]


def open_sealed(sealed: bytes | memoryview, table: str, column: str, pk: UUID | str) -> str:
    """The value that stands sealed at `table.column` of the row `pk`. Raises Tampered."""
    plain = bytes(sealed)
    return _key(rules.key_num(plain)).open(plain, Place(table, column, pk))


def town_id(tenant: str) -> UUID:
    """The stable id of a town (or of the county or city above the towns)."""
    return Area.objects.filter(path=tenant, valid_until=None).values_list("pk", flat=True).get()


def recovery_words(lang: str) -> list[str]:
    """The recovery secret as 24 words (BIP-39): Chinese characters, or English words for every other reader."""
    return _wordlist("chinese_simplified" if lang == "zh-Hans" else "english").to_mnemonic(_secret()).split()


def is_confirmed() -> bool:
    """Whether somebody has typed part of the recovery sheet back; a demo has no sheet. Needs no scope."""
    if settings.CONFIG.demo:
        return True
    return Confirmation.objects.filter(fingerprint=rules.fingerprint(_secret())).exists()


def must_be_confirmed() -> None:
    """Before real data goes in. Refuses: Conflict."""
    if not is_confirmed():
        raise Conflict("vault.unconfirmed")


def asked_positions(who: str) -> list[int]:
    """Which words of the sheet this person is asked to type back."""
    return rules.asked_positions(_secret(), who)


def running_rotation(tenant: str) -> Rotation | None:
    """The walk to a new key that is not at its end."""
    return Rotation.objects.filter(area_path=tenant, finished_at=None).first()


def master_key() -> bytes:
    """What wraps the keys of the towns; derived from the recovery secret, never in the database."""
    return _derived(_secret(), "vault master")


def backup_state(lang: str) -> dict[str, Any]:
    """How the backups of this box stand, as the box itself noted; nothing where it makes none."""
    try:
        told = json.loads((settings.CONFIG.backup_notes / "state.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        told = {}
    troubles = [told.get(name) for name in ("trouble", "backup_trouble", "drill_trouble")]
    side = "zh" if lang == words.DEFAULT else "en"
    return {
        "target": told.get("target"),
        "safe_until": told.get("safe_until"),
        "checked_at": told.get("checked_at"),
        "made_at": (told.get("backup") or {}).get("made_at"),
        "proven_at": (told.get("proven") or {}).get("at"),
        "trouble": next((one[side] for one in troubles if one), None),
    }


def _secret() -> bytes:
    return _read(settings.CONFIG)


@lru_cache(maxsize=4)
def _read(config: Any) -> bytes:
    """Read once: a digest is made in two microseconds, its key must not come from a file each time."""
    secret: bytes = config.recovery_secret()
    return secret


def _key(num: int) -> Key:
    if num not in _opened:
        row = TownKey.objects.filter(pk=num).first()
        if row is None:
            raise Tampered
        return unwrapped(row)
    return _opened[num][1]


def wrap_context(town: UUID, suite: Suite) -> bytes:
    """What a wrapped key is bound to."""
    return f"{town}|vault_townkey|{int(suite)}".encode()


def _index_key(town: UUID, field: str, suite: Suite) -> bytes:
    return _index_key_under(_secret(), town, field, suite)


@lru_cache(maxsize=4096)
def _index_key_under(secret: bytes, town: UUID, field: str, suite: Suite) -> bytes:
    return crypto.derive(secret, f"index|{town}|{field}|{int(suite)}")


@lru_cache(maxsize=16)
def _derived(secret: bytes, purpose: str) -> bytes:
    return crypto.derive(secret, purpose)


@lru_cache(maxsize=2)
def _wordlist(language: str) -> Mnemonic:
    return Mnemonic(language)


def rows_of(tenant: str, table: str) -> int:
    """How many rows a table has in a town."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{table}" WHERE area_path >= %s AND area_path < %s',  # noqa: S608 - a model's own table
            [tenant, paths.end_of(tenant)],
        )
        return int(cursor.fetchone()[0])
