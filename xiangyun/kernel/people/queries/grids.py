"""Homes of a grid that is to be split: on which side each lies, and whose own home it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from xiangyun.kernel.org.rules import outlines
from xiangyun.kernel.people.models import Household, Membership, OwnRecord


def homes_of(grid: str) -> list[Household]:
    """The homes that stand in a grid, by number."""
    return list(Household.objects.filter(grid_path=grid, closed_on=None).order_by("number", "id"))


def counts(grids: Sequence[str]) -> dict[str, int]:
    """Grid → how many homes stand in it, in one query."""
    found = dict.fromkeys(grids, 0)
    for grid in Household.objects.filter(grid_path__in=list(grids), closed_on=None).values_list("grid_path", flat=True):
        found[grid] += 1
    return found


def side_of(point: tuple[float | None, float | None], halves: Sequence[outlines.Ring]) -> int | None:
    """In which half a point lies; None for no point, and outside all."""
    lon, lat = point
    if lon is None or lat is None:
        return None
    return next((n for n, ring in enumerate(halves) if outlines.holds(ring, (lon, lat))), None)


def own_homes(placed: Mapping[UUID, str]) -> dict[UUID, str]:
    """Account → the place of the home its person lives in, of homes that go somewhere."""
    living = Membership.objects.filter(household__in=list(placed), until_on=None)
    home_of = dict(living.values_list("resident", "household"))
    own = OwnRecord.objects.filter(kind="self", until_at=None, resident__in=list(home_of))
    return {account: placed[home_of[resident]] for account, resident in own.values_list("account", "resident")}
