"""What stands in an item, opened: what was written, and what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from xiangyun.base import paths, words
from xiangyun.base.offline import Fault, Form, Subject, Told
from xiangyun.kernel.offline import body, rules
from xiangyun.kernel.offline.models import Conflict, Item, ItemFile
from xiangyun.kernel.offline.rules import State
from xiangyun.kernel.vault import queries as vault
from xiangyun.kernel.vault.queries import SealingRing

ITEMS, FILES, CONFLICTS = "offline_item", "offline_itemfile", "offline_conflict"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item, as codes: a sentence is made for each reader."""

    code: str
    params: Mapping[str, object]
    faults: tuple[Fault, ...] = ()

    def sealed(self, item: Item, ring: SealingRing) -> bytes:
        """As it is kept: its parts may name somebody."""
        told = {
            "code": self.code,
            "params": {name: _plain(value) for name, value in self.params.items()},
            "faults": [
                [one.fact, one.code, {name: _plain(value) for name, value in one.params.items()}] for one in self.faults
            ],
        }
        return ring.seal(json.dumps(told, ensure_ascii=False), ITEMS, "outcome_sealed", item.pk)


@dataclass(frozen=True, slots=True)
class Unkept:
    """A thing that was sent and not kept: the phone still has it."""

    id: UUID
    hash: str
    code: str


def plain(item: Item) -> str | None:
    """What was written, as it was written; None of a tombstone. Raises Tampered."""
    return vault.open_sealed(item.body_sealed, ITEMS, "body_sealed", item.pk) if item.body_sealed is not None else None


def written(item: Item) -> body.Written | None:
    """What was written, read; None where it cannot be. Raises Tampered."""
    text = plain(item)
    return body.read(text) if text is not None else None


def told(
    item: Item,
    text: body.Written,
    *,
    before: Mapping[str, Any] | None = None,
    insists: bool = False,
    only: str | None = None,
) -> Told:
    """An item as a form reads it; `before` is what its phone told of the row since it read it, `only` leaves one
    fact."""
    facts = text.facts if only is None else {only: text.facts.get(only)}
    return Told(
        item=item.pk,
        subject=Subject(text.subject.kind, text.subject.id),
        base=text.base,
        facts=facts,
        was=text.was,
        made_at=rules.corrected(text.made_at, timedelta(seconds=item.clock_off_s), item.came_at),
        before=before or {},
        insists=insists,
        files=len({one.sha256 if one.group is None else one.group for one in text.files}),
    )


def place(form: Form | None, item: Item, told: Told) -> str | None:
    """Where what was written lies, whoever asks; None where there is no such row in the phone's town."""
    found = form.place(told) if form else None
    return found if found and paths.within(found, vault.tenant_of(item.area_path)) else None


def outcome(item: Item) -> Outcome:
    """What became of it. Raises Tampered."""
    if item.outcome_sealed is None:
        return Outcome(f"offline.is_{item.state}", {})
    said = json.loads(vault.open_sealed(item.outcome_sealed, ITEMS, "outcome_sealed", item.pk))
    faults = tuple(Fault(fact, code, params) for fact, code, params in said["faults"])
    return Outcome(said["code"], said["params"], faults)


def receipts(
    items: Sequence[Item], *, lang: str, hashes: Mapping[UUID, str], is_open: bool = True
) -> list[dict[str, Any]]:
    """Receipts of items in their order, in two queries; `hashes` are those the phone sent along. To whoever is not
    signed in (not `is_open`) they say only where a thing stands."""
    pks = [item.pk for item in items]
    missing: dict[UUID, list[str]] = {}
    conflicts: dict[UUID, UUID] = {}
    if is_open:
        # Small pictures first, then what else belongs to it; an original is the longest way.
        rows = ItemFile.objects.filter(item__in=pks, kept_at=None, given_up_at=None)
        for row in sorted(rows, key=lambda one: (one.role == "original", one.role != "small", one.num)):
            missing.setdefault(row.item_id, []).append(sha256(row))
        conflicts = dict(Conflict.objects.filter(item__in=pks).order_by("-fact").values_list("item", "pk"))
    return [_receipt(item, lang, hashes, missing.get(item.pk, []), conflicts.get(item.pk), is_open) for item in items]


def _receipt(
    item: Item, lang: str, hashes: Mapping[UUID, str], missing: list[str], conflict: UUID | None, is_open: bool
) -> dict[str, Any]:
    became = outcome(item) if is_open else Outcome(f"offline.is_{item.state}", {})
    has_subject = is_open and item.subject_id is not None
    state = State(item.state)
    return {
        "id": item.pk,
        "hash": hashes.get(item.pk) or _hash(item),
        "state": rules.TOLD.get(state, state).value,
        "code": became.code,
        "says": words.say(became.code, lang, **became.params),
        "errors": [{"fact": one.fact, "says": words.say(one.code, lang, **one.params)} for one in became.faults],
        "subject": {"kind": item.subject_kind, "id": item.subject_id} if has_subject else None,
        "version": item.version if is_open else None,
        "missing": missing,
        "conflict": conflict,
    }


def not_kept(several: Iterable[Unkept], lang: str) -> list[dict[str, Any]]:
    """Receipts of what was not kept."""
    return [
        {
            "id": one.id,
            "hash": one.hash,
            "state": State.REFUSED.value,
            "code": one.code,
            "says": words.say(one.code, lang),
            "errors": [],
            "subject": None,
            "version": None,
            "missing": [],
            "conflict": None,
        }
        for one in several
    ]


def sha256(row: ItemFile) -> str:
    """The hash of a file's bytes on the phone. Raises Tampered."""
    return vault.open_sealed(row.sha256_sealed, FILES, "sha256_sealed", row.pk)


def reason(item: Item) -> str:
    """Why it was removed or put aside. Raises Tampered."""
    return vault.open_sealed(item.reason_sealed, ITEMS, "reason_sealed", item.pk) if item.reason_sealed else ""


def hash_of(text: str) -> str:
    """SHA-256 of what was written, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def reindexed(item: Item, opened: Mapping[str, str], ring: SealingRing) -> dict[str, bytes]:
    """The blind column of an item anew, with the ring that now seals."""
    if item.hash_index is None or "body_sealed" not in opened:
        return {}
    return {"hash_index": ring.index(ITEMS, hash_of(opened["body_sealed"]))}


def _hash(item: Item) -> str:
    text = plain(item)
    return hash_of(text) if text is not None else ""


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
