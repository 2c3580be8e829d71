"""What places count to, and who is counted, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from xiangyun.base import clock, words
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.people.queries import overview, rows
from xiangyun.kernel.people.rules import counting
from xiangyun.kernel.people.rules.abilities import SEE_FIGURES, SEE_PERSON
from xiangyun.kernel.people.schemas.search import PersonRowOut
from xiangyun.kernel.people.schemas.tally import TallyOut

router = Router(tags=["people"])


@router.get("/tally", response=TallyOut, operation_id="people_get_tally")
@needs(SEE_FIGURES)
def get_tally(request: HttpRequest, area: str | None = None) -> dict[str, Any]:
    """What a place and the places right below it count to; without one, my own. A number so small that it would name
    people is kept from those who do not see the people themselves."""
    by, lang = actor_of(request), getattr(request, "lang", words.DEFAULT)
    return overview.shown(by, area or by.areas(SEE_FIGURES)[0], lang, clock.now())


@router.get("/tally/rows", response=Page[PersonRowOut], operation_id="people_list_counted")
@needs(SEE_PERSON)
def list_counted(
    request: HttpRequest,
    paging: Query[Paging],
    area: str | None = None,
    of: Annotated[str, Field(pattern=counting.OF_SOMEBODY)] = "residents",
) -> dict[str, Any]:
    """Who is behind a number of the tally: `of` is its code, `care.alone` among them."""
    at = clock.now()
    counted = overview.behind(actor_of(request), area, of, at)
    found = page(counted, paging=paging, order=("area_path", "sort_key", "id"))
    return {**found, "items": rows.shown(found["items"], timezone.localdate(at))}
