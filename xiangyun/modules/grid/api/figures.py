"""The grid's figures over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock, words
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.modules.grid.answers import figures as answers
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.schemas.figures import GridFiguresOut, HeatOut, HeatWantedIn

router = Router()


@router.get("/figures", response=GridFiguresOut, operation_id="grid_get_figures")
@needs(may.SEE)
def get_figures(request: HttpRequest, area: str | None = None) -> dict[str, Any]:
    """What the reports and mediations of a place (mine, if none is named) and of the places right below it count to;
    every number opens its rows, and what is sealed counts nowhere."""
    by, lang = actor_of(request), getattr(request, "lang", words.DEFAULT)
    return answers.shown(by, answers.place_of(by, area), lang, clock.now())


@router.get("/heat", response=HeatOut, operation_id="grid_get_heat")
@needs(may.SEE)
def get_heat(request: HttpRequest, wanted: Query[HeatWantedIn]) -> dict[str, Any]:
    """Where the hazards of a place (mine, if none is named) were reported, in cells of about a kilometre; each opens
    its rows (`cell` of the list). What is sealed and what is at a home lies nowhere; nobody is named."""
    by = actor_of(request)
    return answers.heat(by, answers.place_of(by, wanted.area), wanted.days, clock.now())
