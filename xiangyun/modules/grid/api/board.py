"""The board of a village over HTTP, for whoever scans the notice sheet: no sign-in, nobody named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from xiangyun.base import clock, paths, words
from xiangyun.base.errors import NotFound, TooMany
from xiangyun.base.pace import Pace
from xiangyun.base.paging import Paging, page
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.needs import public
from xiangyun.kernel.org import queries as org
from xiangyun.modules.grid.answers import reports as answers
from xiangyun.modules.grid.queries import reports as queries
from xiangyun.modules.grid.schemas.reports import BoardOut

router = Router()

# A whole village may come from one address of its carrier.
PACE = Pace(120, timedelta(minutes=1))
# What hangs on a board does not hang there for ever.
HANGS = timedelta(days=365)
HUNG_IN = ("town", "village")


@router.get("/board", response=BoardOut, operation_id="grid_read_board")
@public
def read_board(request: HttpRequest, paging: Query[Paging], area: str) -> dict[str, Any]:
    """What the notice sheet of a village or a town prints, of the last year: what was reported and what came of it; no
    names, no spot, no quarrels, nothing sealed. 429 for who asks too often."""
    at = clock.now()
    wait_s = PACE.wait_s(request.address, at)  # type: ignore[attr-defined]
    if wait_s:
        raise TooMany("grid.board_too_often", retry_after_s=wait_s)
    town = paths.town_of(area) if paths.is_path(area) else None
    if town is None or "grid" in org.modules_off_by_town().get(town, ()):
        raise NotFound
    lang: str = getattr(request, "lang", words.DEFAULT)
    with doors.scoped(town):
        place = org.pick(area)
        if place.level not in HUNG_IN:
            raise NotFound
        rows = queries.public(area).filter(matter__opened_at__gt=at - HANGS)
        found = page(rows, paging=paging, order=("-id",))
        return {**found, "area_name": place.name, "items": answers.on_board(found["items"], town, lang)}
