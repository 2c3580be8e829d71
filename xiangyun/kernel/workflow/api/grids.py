"""Grids over HTTP: who works where, splitting one, joining two, handing one over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.org import queries as places
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.org.rules.outlines import DRAW, geometry_of
from xiangyun.kernel.people.queries.grids import counts
from xiangyun.kernel.workflow import actions
from xiangyun.kernel.workflow.api.readers import named
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.queries import grids
from xiangyun.kernel.workflow.schemas.grids import (
    GridHandOverIn,
    GridJoinIn,
    GridOut,
    GridsOut,
    GridSplitIn,
    SplitLineIn,
    SplitPreviewOut,
)

router = Router(tags=["workflow"])


@router.get("/grids", response=Page[GridOut], operation_id="workflow_list_grids")
@needs("org.see_map")
def list_grids(request: HttpRequest, paging: Query[Paging], area: str = "") -> dict[str, Any]:
    """The grids at or below a place, with their outlines and who works there."""
    by = actor_of(request)
    found = page(grids.grids_for(by, area), paging=paging, order=("path", "id"))
    return {**found, "items": shown(found["items"], by, clock.now())}


@router.post("/grids/{path}/split/preview", response=SplitPreviewOut, operation_id="workflow_preview_split")
@needs(DRAW)
def preview_split(request: HttpRequest, path: str, body: SplitLineIn) -> dict[str, Any]:
    """What a line would make of a grid; nothing is written."""
    grid = org.grid_to_change(path, actor_of(request))
    sides = grids.sides(grid, org.halves_of(grid, body.line))
    groups = places.names(home.group_path for home in sides.unplaced if home.group_path)
    matters = Counter(sides.matters.values())
    return {
        "halves": [
            {
                "geometry": geometry_of(ring),
                "homes": sum(side == n for side in sides.homes.values()),
                "points": [(home.lon, home.lat) for home in sides.rows if sides.homes[home.pk] == n],
                "matters": matters[n],
            }
            for n, ring in enumerate(sides.halves)
        ],
        "unplaced": [
            {"id": home.pk, "number": home.number, "group_name": groups.get(home.group_path, "")}
            for home in sides.unplaced
        ],
    }


@router.post("/grids/{path}/split", response=GridsOut, operation_id="workflow_split_grid")
@needs(DRAW)
def split_grid(request: HttpRequest, path: str, body: GridSplitIn) -> dict[str, Any]:
    """A grid ends today and two begin."""
    by, at = actor_of(request), clock.now()
    chosen = {one.home: one.side for one in body.chosen}
    names = (body.names[0], body.names[1])
    halves = actions.split_grid(path=path, line=body.line, names=names, chosen=chosen, by=by, at=at)
    return {"items": shown([places.pick(half.path) for half in halves], by, at)}


@router.post("/grids/{path}/join", response=GridsOut, operation_id="workflow_join_grids")
@needs(DRAW)
def join_grids(request: HttpRequest, path: str, body: GridJoinIn) -> dict[str, Any]:
    """Two grids of a village end today and one begins."""
    by, at = actor_of(request), clock.now()
    whole = actions.join_grids(paths=(path, body.other), name=body.name, by=by, at=at)
    return {"items": shown([places.pick(whole.path)], by, at)}


@router.post("/grids/{path}/hand_over", response=GridsOut, operation_id="workflow_hand_grid_over")
@needs(grids.GIVE)
def hand_grid_over(request: HttpRequest, path: str, body: GridHandOverIn) -> dict[str, Any]:
    """A grid goes to another worker, with its open work."""
    by, at = actor_of(request), clock.now()
    grid = places.pick(path, by)
    account, to = named(body.account, request), named(body.to, request, "to")
    actions.hand_grid_over(path=path, account=account, to=to, note=body.note, by=by, at=at)
    return {"items": shown([grid], by, at)}


def shown(rows: Sequence[Area], by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Grids on the wire, in five queries."""
    paths = [grid.path for grid in rows]
    workers, homes = grids.workers_of(paths, at), counts(paths)
    drawn = {one.area_path: one for one in places.outlines().filter(area_path__in=paths)}
    open_here = Counter(Matter.objects.filter(area_path__in=paths, closed_at=None).values_list("area_path", flat=True))
    villages = places.names(grid.parent_path for grid in rows)
    found = []
    for grid in rows:
        outline = drawn.get(grid.path)
        may = {
            "draw": by.may(DRAW, grid.path),
            "split": outline is not None and by.may(DRAW, grid.path),
            "join": by.may(DRAW, grid.path),
            "hand_over": bool(workers[grid.path]) and by.may(grids.GIVE, grid.path),
        }
        found.append(
            {
                "path": grid.path,
                "name": grid.name,
                "village": grid.parent_path,
                "village_name": villages[grid.parent_path],
                "point": (grid.lon, grid.lat) if grid.lon is not None and grid.lat is not None else None,
                "outline": outline
                and {
                    "geometry": geometry_of(outline.corners),
                    "source": outline.source,
                    "source_name": outline.source_name,
                    "as_of": outline.as_of,
                    "drawn_by": outline.drawn_name,
                    "drawn_at": outline.drawn_at,
                },
                "workers": [{"account": one.account, "name": one.name} for one in workers[grid.path]],
                "homes": homes[grid.path],
                "matters": open_here[grid.path],
                "may": [act for act, is_open in may.items() if is_open],
            }
        )
    return found
