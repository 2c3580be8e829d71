"""What stood in a row before: its changes, and rows set back to a day.

A day is asked for by when a fact was true (`as_of` of its source), not by when somebody typed it in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.people.models import Change, Household, Income, Membership, Plot, Resident
from xiangyun.kernel.people.queries import facts
from xiangyun.kernel.people.rules import groups
from xiangyun.kernel.vault import queries as vault

DATES = frozenset(
    ("born_on", "away_since", "died_on", "contract_from", "contract_until", "transfer_until", "closed_on")
)
NUMBERS = frozenset(("size_mu", "house_size_m2"))


def before(change: Change) -> dict[str, Any]:
    """Fact → what stood there before, as it is kept in JSON. Raises Tampered."""
    told: dict[str, Any] = json.loads(
        vault.open_sealed(change.before_sealed, "people_change", "before_sealed", change.pk)
    )
    return told


def typed(fact: str, value: Any) -> Any:
    """A fact out of JSON as a row holds it."""
    if value is None:
        return None
    if fact in DATES:
        return date.fromisoformat(value)
    return Decimal(value) if fact in NUMBERS else value


def set_back(on: date, *, home: Household, members: Sequence[Membership], plots: Sequence[Plot]) -> None:
    """Put what was changed after a day back into these rows, in memory alone: one query."""
    people = {one.resident_id: one.resident for one in members}
    rows: dict[UUID, Any] = {home.pk: home, **people, **{one.pk: one for one in members}, **{p.pk: p for p in plots}}
    later = Change.objects.filter(subject_id__in=list(rows), source__as_of__gt=on)
    for change in later.select_related("former_source").order_by("-at", "-pk"):
        row = rows[change.subject_id]
        for fact, value in before(change).items():
            if isinstance(row, Household):
                put_home(row, fact, value)
            elif _is_set_back(row, fact):
                setattr(row, fact, typed(fact, value))
        if isinstance(row, Household) and change.former_source:
            row.home_source = change.former_source


def _is_set_back(row: Any, fact: str) -> bool:
    """Whether the row shows this fact as it stood. Whoever is protected today is so in the past: masked, by the name
    that is sealed today."""
    if fact == "name":
        return not (isinstance(row, Resident) and row.is_protected)
    return fact not in groups.HIDDEN and fact not in ("is_protected", "id_no", "phone", "bank_card")


def put_home(home: Household, fact: str, value: Any) -> None:
    """Write a fact of a home into its row."""
    if fact == "point":
        home.lon, home.lat = value or (None, None)
    else:
        setattr(home, facts.PLACES.get(fact, fact), typed(fact, value))


def stood(plot: Plot, on: date) -> bool:
    """Whether a piece of land was the home's on a day, as far as the register knows."""
    return plot.closed_on is None or plot.closed_on > on


def of_home(home: Household) -> ScopedQuerySet[Change]:
    """Everything that was changed of a home: its own facts, its land, its income, who belongs to it."""
    own: list[UUID] = [home.pk]
    for model in (Plot, Income, Membership):
        own += model.objects.filter(household=home).values_list("pk", flat=True)
    return _of(own)


def of_resident(pk: UUID) -> ScopedQuerySet[Change]:
    """Everything that was changed of a person: their own facts and their place in a home; not their marks, which say
    themselves from when to when they stood."""
    return _of([pk, *Membership.objects.filter(resident=pk).values_list("pk", flat=True)])


def _of(subjects: Iterable[UUID]) -> ScopedQuerySet[Change]:
    return Change.objects.filter(subject_id__in=list(subjects)).select_related("source", "former_source")


def shown(change: Change, *, address: str | None) -> dict[str, Any]:
    """A change on the wire, masked; `address` stands for a former address where the reader may not see it."""
    return {
        "id": change.pk,
        "at": change.at,
        "act": change.act,
        "kind": change.subject_kind,
        "subject": change.subject_id,
        "before": {fact: facts.shown_before(fact, value, address=address) for fact, value in before(change).items()},
        "source": facts.source(change.source),
        "former_source": facts.source(change.former_source),
    }
