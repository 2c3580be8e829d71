"""Grids with who works there and what a split would make of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.org.rules import outlines
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.queries import grids as homes
from xiangyun.kernel.workflow.models import Matter

WORKER = "grid_worker"
GIVE = "accounts.give_post"


@dataclass(frozen=True, slots=True)
class Sides:
    """Where the homes and open matters of a grid would go: place in the list of halves, of a home None while nobody has
    chosen it."""

    halves: tuple[outlines.Ring, outlines.Ring]
    homes: dict[UUID, int | None]
    rows: list[Household]
    matters: dict[UUID, int]

    @property
    def unplaced(self) -> list[Household]:
        """Homes that somebody must choose a side for."""
        return [home for home in self.rows if self.homes[home.pk] is None]


def grids_for(actor: Actor, area: str = "") -> ScopedQuerySet[Area]:
    """The grids at or below a place that an actor may see on maps."""
    rows = org.valid().filter(under(*actor.areas("org.see_map"), column="path"), level="grid")
    return rows.filter(under(area, column="path")) if area else rows


def workers_of(grids: Sequence[str], at: datetime) -> dict[str, list[Account]]:
    """Grid → who is its worker, the one for longest first; in one query."""
    found: dict[str, list[Account]] = {grid: [] for grid in grids}
    held = Post.objects.filter(
        accounts.in_force(at), area_path__in=list(grids), role=WORKER, account__state="active"
    ).select_related("account")
    for post in held.order_by("starts_at", "id"):
        found[post.area_path].append(post.account)
    return found


def sides(grid: Area, halves: tuple[outlines.Ring, outlines.Ring], chosen: Mapping[UUID, int] | None = None) -> Sides:
    """A home goes by its point, else as chosen; a matter with its home, else by its own point, else with the first."""
    rows = homes.homes_of(grid.path)
    told = chosen or {}
    placed: dict[UUID, int | None] = {}
    for home in rows:
        lies = homes.side_of((home.lon, home.lat), halves)
        placed[home.pk] = told.get(home.pk) if lies is None else lies
    matters: dict[UUID, int] = {}
    for matter in Matter.objects.filter(area_path=grid.path, closed_at=None).order_by("id"):
        lies = placed.get(_home_of(matter)) if matter.subject_kind == "household" else None  # type: ignore[arg-type]
        if lies is None:
            lies = homes.side_of((matter.lon, matter.lat), halves)
        matters[matter.pk] = lies or 0
    return Sides(halves, placed, rows, matters)


def _home_of(matter: Matter) -> UUID | None:
    try:
        return UUID(matter.subject_id)
    except ValueError:
        return None
