"""Reads of merges: which there were, two rows side by side, what came after one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.models import Household, Merge, Resident
from xiangyun.kernel.people.queries import facts, visible
from xiangyun.kernel.people.rules import abilities, groups


def standing(model: type[Household | Resident], pk: UUID) -> UUID:
    """The row that stands for this one now: merged into another, it is that one."""
    for _ in range(10):
        into = model.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
        if into is None:
            break
        pk = into
    return pk


def with_merged(model: type[Household | Resident], *rows: UUID) -> dict[UUID, UUID]:
    """These people or homes and every row that turned out to be one of them → which of them it is."""
    found = {pk: pk for pk in rows}
    new = [*rows]
    while new:
        dropped = model.objects.filter(merged_into__in=new).exclude(pk__in=found).values_list("pk", "merged_into")
        new = [pk for pk, _ in dropped]
        found |= {pk: found[into] for pk, into in dropped if into}
    return found


def listed(by: Actor) -> ScopedQuerySet[Merge]:
    """Every merge of the places of somebody who may merge."""
    return Merge.objects.visible_to(by, abilities.MERGE)


def of(kind: str, pk: UUID) -> list[Merge]:
    """Merges in which a row was kept or dropped, newest first."""
    return list(Merge.objects.filter(Q(kept_id=pk) | Q(dropped_id=pk), kind=kind).order_by("-at"))


def shown(found: Iterable[Merge], by: Actor) -> list[dict[str, Any]]:
    """Merges on the wire."""
    return [
        {
            "id": one.pk,
            "kind": one.kind,
            "kept": one.kept_id,
            "dropped": one.dropped_id,
            "at": one.at,
            "by": one.by_name,
            "undone_at": one.undone_at,
            "may": ["undo"] if one.undone_at is None and by.may(abilities.MERGE, one.area_path) else [],
        }
        for one in found
    ]


def compared(kind: str, a: UUID, b: UUID, by: Actor) -> dict[str, Any]:
    """Two rows side by side: masked, and judged on what stands behind the masks. Refuses: NotFound."""
    if kind == "resident":
        people = visible.residents(by, abilities.MERGE)
        sides = [_person(people.pick(pk)) for pk in (a, b)]
    else:
        homes = visible.households(by, abilities.MERGE).filter(closed_on=None)
        sides = [_home(homes.pick(pk)) for pk in (a, b)]
    fields = [
        {"field": name, "a": shown_a, "b": shown_b, "differs": plain_a != plain_b}
        for (name, plain_a, shown_a), (_, plain_b, shown_b) in zip(*sides, strict=True)
    ]
    return {"kind": kind, "a": a, "b": b, "fields": fields}


def _person(resident: Resident) -> list[tuple[str, Any, str | None]]:
    told = [(name, facts.plain(facts.of_resident(resident, name))) for name in groups.RESIDENT_FACTS]
    return [(name, value, _side(name, value, is_open=not resident.is_protected)) for name, value in told]


def _home(home: Household) -> list[tuple[str, Any, str | None]]:
    told = [(name, facts.plain(facts.of_home(home, name))) for name in groups.HOME_FACTS]
    # Who may merge homes may edit them: they see the address.
    return [(name, value, facts.said(value)) for name, value in told]


def _side(name: str, value: Any, *, is_open: bool) -> str | None:
    if value in (None, "", []) or name in groups.HIDDEN:
        return None
    if name == "name" and is_open:
        return str(value)
    return facts.MASKS[name](str(value)) if name in facts.MASKS else facts.said(value)
