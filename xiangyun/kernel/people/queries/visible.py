"""Which homes and people exist for somebody: by village for most, by grid for grid workers.

A grid is a handful of homes that its worker knows: they see who lives there now and who died there. Whoever moved
away is no longer theirs to see from that day on; the village and the town still see them.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from xiangyun.base import paths
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org.rules import level_of
from xiangyun.kernel.people.models import Household, Mark, Membership, Plot, Resident
from xiangyun.kernel.people.rules.abilities import SEE_HOME, SEE_PERSON
from xiangyun.kernel.people.rules.groups import DIED

# Of a grid's homes: whose membership lasts, and who died.
OF_A_GRID = Q(until_on=None) | Q(ended_by=DIED)


def households(by: Actor, ability: str = SEE_HOME) -> ScopedQuerySet[Household]:
    """Homes in the villages (or the grids) of the posts that have the ability."""
    return households_in(by.areas(ability))


def households_in(roots: Sequence[str]) -> ScopedQuerySet[Household]:
    """Homes at or below these places."""
    return Household.objects.filter(under(*roots) | under(*_grids(roots), column="grid_path"))


def residents(by: Actor, ability: str = SEE_PERSON) -> ScopedQuerySet[Resident]:
    """People of those homes, those who lived there last included; rows merged into another are not people."""
    return residents_in(by.areas(ability))


def residents_in(roots: Sequence[str]) -> ScopedQuerySet[Resident]:
    """People at or below these places, a grid among them holding those who live in one of its homes or died there."""
    inside = under(*roots)
    grids = _grids(roots)
    if grids:
        homes = Membership.objects.filter(OF_A_GRID, resident=OuterRef("pk"))
        inside |= Q(Exists(homes.filter(under(*grids, column="household__grid_path"))))
    return Resident.objects.filter(inside, merged_into=None)


def still_known(stay: Membership, by: Actor) -> bool:
    """Whether somebody who belonged to a home may be named to a reader of that home."""
    return stay.until_on is None or stay.ended_by == DIED or by.may(SEE_PERSON, stay.area_path)


def plots(by: Actor, ability: str = SEE_HOME) -> ScopedQuerySet[Plot]:
    """Land of those homes."""
    return Plot.objects.filter(household__in=households(by, ability))


def marks(by: Actor, ability: str) -> ScopedQuerySet[Mark]:
    """Marks of those people."""
    return Mark.objects.filter(resident__in=residents(by, ability))


def narrowed(held: Sequence[str], area: str | None) -> list[str]:
    """Of the places somebody holds, what lies at or below `area` (all of it without one). Refuses: NotFound."""
    if area is None:
        return list(held)
    inside = [area if paths.within(area, root) else root for root in held if _touch(area, root)]
    if not inside:
        raise NotFound
    return inside


def _touch(one: str, other: str) -> bool:
    return paths.within(one, other) or paths.within(other, one)


def _grids(roots: Sequence[str]) -> list[str]:
    return [root for root in roots if level_of(root) == "grid"]
