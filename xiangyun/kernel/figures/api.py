"""Figures over HTTP."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from xiangyun.base import clock, words
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.needs import actor_of, signed_in
from xiangyun.kernel.figures import queries, registry
from xiangyun.kernel.figures.schemas import FigureRowsOut, FiguresOut
from xiangyun.kernel.org import queries as org

router = Router(tags=["figures"])


@router.get("/figures", response=FiguresOut, operation_id="figures_list_figures")
@signed_in
def list_figures(request: HttpRequest, area: str | None = None, codes: str | None = None) -> dict[str, Any]:
    """The figures of an area (mine, if none is named) that I may see; `codes` picks some, separated by commas."""
    actor = actor_of(request)
    place = queries.place_for(actor, area)
    wanted = [code.strip() for code in codes.split(",")] if codes else None
    items = queries.computed(actor, place, clock.now(), getattr(request, "lang", words.DEFAULT), wanted)
    return {"items": items, "next": None, "total": len(items)}


@router.get("/figures/{code}/rows", response=FigureRowsOut, operation_id="figures_list_rows")
@signed_in
def list_rows(request: HttpRequest, code: str, area: str | None = None) -> dict[str, Any]:
    """The rows behind a figure, at most 200 (`total` is null where there are more). A figure the viewer may not see
    does not exist for them."""
    actor = actor_of(request)
    figure = registry.pick(code)
    place = queries.place_for(actor, area)
    if not actor.may(figure.needs, place):
        raise NotFound
    at, lang = clock.now(), getattr(request, "lang", words.DEFAULT)
    items, is_all = queries.rows_of(figure, place, at, lang)
    value = figure.compute(place, at)
    whole = queries.shown(figure, value, area=place, area_name=org.names([place])[place], lang=lang)
    return {"figure": whole, "items": items, "next": None, "total": len(items) if is_all else None}
