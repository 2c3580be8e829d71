"""What is kept beside sealed facts so that they are found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.rules import names
from xiangyun.kernel.vault.queries import SealingRing

# Under which field the digests of names stand: those of protected people have one of their own, for the whole name
# alone, so that who may not find them does not even ask for it.
NAME, PROTECTED_NAME = "name", "protected_name"


def name_keys(ring: SealingRing, name: str, *, is_protected: bool) -> list[int]:
    """The digests of what a search may say of a name, rising: equal names have equal lists."""
    if is_protected:
        return [ring.number(PROTECTED_NAME, whole(name))] if name else []
    return sorted(ring.numbers(NAME, names.search_keys(name))) if name else []


def whole(name: str) -> str:
    """What the whole of a name is found by."""
    return f"={names.flattened(name)}"


def of_resident(resident: Resident, opened: Mapping[str, str], ring: SealingRing) -> Mapping[str, Any]:
    """The blind columns of a person anew, with the ring that now seals."""
    name = opened.get("name_sealed", resident.name)
    found: dict[str, Any] = {"name_keys": name_keys(ring, name, is_protected=resident.is_protected)}
    for field in ("id_no", "phone"):
        if f"{field}_sealed" in opened:
            found[f"{field}_index"] = ring.index(field, opened[f"{field}_sealed"])
    return found
