"""The area tree and its map over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock
from xiangyun.base.errors import NotFound
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.geo import queries as geo
from xiangyun.kernel.org import actions, queries, rules
from xiangyun.kernel.org.models import Area, Outline
from xiangyun.kernel.org.rules.outlines import DRAW, geometry_of
from xiangyun.kernel.org.schemas import AreaOut, MapOut, ModuleOut, OutlineIn, OutlineOut, SwitchIn

router = Router(tags=["org"])


def _shown(area: Area) -> dict[str, Any]:
    return {
        "path": area.path,
        "code": area.code,
        "name": area.name,
        "full_name": area.full_name,
        "level": area.level,
        "kind": area.kind,
        "parent": area.parent_path,
        "valid_from": area.valid_from,
        "valid_until": area.valid_until,
        "point": (area.lon, area.lat) if area.lon is not None and area.lat is not None else None,
        "is_schematic": area.is_schematic,
        "is_run_here": area.is_run_here,
        "children": getattr(area, "children", None),
    }


@router.get("/areas", response=Page[AreaOut], operation_id="org_list_areas")
@signed_in
def list_areas(
    request: HttpRequest,
    paging: Query[Paging],
    parent: str | None = None,
    level: str | None = None,
    q: str = "",
) -> dict[str, Any]:
    """Places: those right below `parent`, of a `level`, or whose name or code holds `q`."""
    rows = queries.known_to(actor_of(request))
    if parent is not None:
        rows = rows.filter(parent_path=parent)
    if level:
        rows = rows.filter(level=level)
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(code__startswith=q))
    below = (
        queries.known_to(actor_of(request))
        .filter(parent_path=OuterRef("path"))
        .order_by()
        .values("parent_path")
        .annotate(n=Count("pk"))
        .values("n")
    )
    counted = rows.annotate(children=Coalesce(Subquery(below), 0))
    return page(counted, paging=paging, order=("path", "id"), show=_shown)


@router.get("/areas/{path}", response=AreaOut, operation_id="org_get_area")
@signed_in
def get_area(request: HttpRequest, path: str) -> dict[str, Any]:
    """One place."""
    area = queries.known_to(actor_of(request)).filter(path=path).first()
    if area is None:
        raise NotFound
    return _shown(area)


@router.get("/modules", response=Page[ModuleOut], operation_id="org_list_modules")
@needs(rules.SWITCH)
def list_modules(request: HttpRequest) -> dict[str, Any]:
    """The modules of this box, and whether my town has them."""
    return _modules(actor_of(request).without)


@router.post("/modules/{module}/switch", response=Page[ModuleOut], operation_id="org_switch_module")
@needs(rules.SWITCH)
def switch_module(request: HttpRequest, module: str, body: SwitchIn) -> dict[str, Any]:
    """Switch a module off for my town, or on again; everybody's next request knows."""
    off = actions.switch_module(module=module, is_on=body.is_on, by=actor_of(request), at=clock.now())
    return _modules(off)


def _modules(off: frozenset[str]) -> dict[str, Any]:
    items = [{"id": module, "is_on": module not in off} for module in queries.modules()]
    return {"items": items, "next": None, "total": len(items)}


@router.get("/areas/{path}/map", response=MapOut, operation_id="org_get_map")
@needs("org.see_map")
def get_map(request: HttpRequest, path: str) -> dict[str, Any]:
    """The map of a town: its shapes, then its villages at their marked points."""
    town = queries.pick(path, actor_of(request))
    shapes = geo.shapes_of(town.code)
    drawn = {feature["properties"].get("code") for feature in shapes}
    villages = queries.valid().filter(parent_path=path, level="village").exclude(lon=None).order_by("path")
    points = [
        {
            "type": "Feature",
            "properties": {"kind": "village", "name": area.name, "code": area.code, "path": area.path},
            "geometry": {"type": "Point", "coordinates": [area.lon, area.lat]},
        }
        for area in villages
        if area.code not in drawn
    ]
    return {"schematic": True, "source": geo.SOURCE, "features": [*shapes, *points]}


@router.get("/outlines", response=Page[OutlineOut], operation_id="org_list_outlines")
@needs("org.see_map")
def list_outlines(
    request: HttpRequest, paging: Query[Paging], area: str = "", on: date | None = None, past: bool = False
) -> dict[str, Any]:
    """How far the grids at or below a place reach, today or on a day; with `past`, all that stood there."""
    rows = queries.outlines_for(actor_of(request), area=area, on=on, past=past)
    order = ("-drawn_at", "-id") if past else ("area_path", "id")
    found = page(rows, paging=paging, order=order)
    return {**found, "items": shown_outlines(found["items"])}


@router.post("/areas/{path}/outline", response=OutlineOut, operation_id="org_put_outline")
@needs(DRAW)
def put_outline(request: HttpRequest, path: str, body: OutlineIn) -> dict[str, Any]:
    """Say how far a grid reaches, from today on."""
    row = actions.put_outline(
        path=path,
        geometry=body.geometry.model_dump(),
        source=body.source,
        source_name=body.source_name,
        as_of=body.as_of,
        by=actor_of(request),
        at=clock.now(),
    )
    return shown_outlines([row])[0]


def shown_outlines(rows: Sequence[Outline]) -> list[dict[str, Any]]:
    """Outlines on the wire, with the names of their places in one query."""
    places = queries.names(row.area_path for row in rows)
    return [
        {
            "id": row.pk,
            "area": row.area_path,
            "area_name": places[row.area_path],
            "geometry": geometry_of(row.corners),
            "source": row.source,
            "source_name": row.source_name,
            "as_of": row.as_of,
            "drawn_by": row.drawn_name,
            "drawn_at": row.drawn_at,
            "valid_from": row.valid_from,
            "valid_until": row.valid_until,
        }
        for row in rows
    ]
