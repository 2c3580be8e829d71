"""A place's numbers as one reader is told them: what is small is kept from overseers, what may be opened has rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.utils import timezone

from xiangyun.base import words
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.models import Mark, Resident
from xiangyun.kernel.people.queries import tally, visible
from xiangyun.kernel.people.rules import codes, counting
from xiangyun.kernel.people.rules.abilities import SEE_CARE, SEE_FIGURES, SEE_HOME, SEE_PERSON
from xiangyun.kernel.people.rules.codes import Code

CARE = "care."
# The numbers of a place in the order they are told; `refreshed` is told as a share of the homes.
COLUMNS = ("households", "refreshed", "land_mu", "residents", "men", "women", "elderly", "children", "away")


@dataclass(frozen=True, slots=True)
class _Reader:
    """What somebody may be told of a place."""

    area: str
    is_near: bool
    """They see the people themselves."""
    sees_homes: bool
    welfare: bool


def shown(by: Actor, area: str, lang: str, at: datetime) -> dict[str, Any]:
    """The numbers of a place and of those right below it. Refuses: NotFound outside the reader's part of the tree."""
    if not by.may(SEE_FIGURES, area):
        raise NotFound
    reader = _Reader(
        area=area,
        is_near=by.may(SEE_PERSON, area),
        sees_homes=by.may(SEE_HOME, area),
        welfare=by.may(SEE_CARE, area) or not by.may(SEE_PERSON, area),
    )
    told = tally.told(area)
    places = [told.whole, *told.parts]
    care = sorted({kind for place in places for kind in counting.care_told(place.counts, welfare=reader.welfare)})
    told_codes = [*COLUMNS, *(CARE + kind for kind in care)]
    values = {code: [_value(place, code, reader) for place in places] for code in told_codes}
    hidden = {code: set() if reader.is_near else _hidden(code, values[code]) for code in told_codes}

    known = codes.codes("care", timezone.localdate(at)) if care else {}

    def place_out(i: int) -> dict[str, Any]:
        place = places[i]
        return {
            "area": place.area,
            "area_name": place.name,
            "as_of": place.as_of,
            "counted": {"have": place.have, "of": place.of},
            "numbers": {
                code: {
                    "value": None if i in hidden[code] else values[code][i],
                    "is_small": i in hidden[code],
                    "rows_url": _rows_url(code, place.area, reader),
                }
                for code in told_codes
            },
        }

    return {
        "columns": [_column(code, None if 0 in hidden[code] else values[code][0], lang, known) for code in told_codes],
        "whole": place_out(0),
        "items": [place_out(i) for i in range(1, len(places))],
        "changed": told.changed,
    }


def behind(by: Actor, area: str | None, code: str, at: datetime) -> QuerySet[Resident]:
    """Who is counted by a number of people at or below a place, of those who exist for `by`. Refuses: NotFound."""
    people = visible.residents_in(visible.narrowed(by.areas(SEE_PERSON), area))
    if not code.startswith(CARE):
        return tally.behind(people, code, at)
    levels = (0, 1) if by.may(SEE_CARE) else (0,)
    marks = Mark.objects.filter(kind=code.removeprefix(CARE), level__in=levels, until_on=None)
    return tally.behind(people, "residents", at).filter(pk__in=marks.values("resident"))


def _value(place: tally.Counted, code: str, reader: _Reader) -> float | None:
    counts = place.counts
    if not place.have:
        return None
    if code.startswith(CARE):
        return counting.care_told(counts, welfare=reader.welfare).get(code.removeprefix(CARE), 0)
    if code == "refreshed":
        homes = counts["households"]
        return round(100 * counts["refreshed"] / homes, 1) if homes else None
    number: float = counts[code]
    return number


def _hidden(code: str, values: list[float | None]) -> set[int]:
    if code not in counting.IDENTIFYING and not code.startswith(CARE):
        return set()
    total, *parts = [int(value or 0) for value in values]
    hidden = {i + 1 for i in counting.small(parts, total)}
    return hidden | {0} if counting.is_small(total) else hidden


def _rows_url(code: str, area: str, reader: _Reader) -> str | None:
    place = quote(area)
    if code in counting.OF_HOMES:
        due = "&due=false" if code == "refreshed" else ""
        return f"/api/people/households?area={place}{due}" if reader.sees_homes else None
    return f"/api/people/tally/rows?area={place}&of={code}" if reader.is_near else None


def _column(code: str, value: float | None, lang: str, known: Mapping[str, Code]) -> dict[str, str]:
    """`value` is that of the whole place, None where it is kept from the reader: its unit is said as one or many."""
    if code.startswith(CARE):
        kind = known.get(code.removeprefix(CARE))
        care = code.removeprefix(CARE) if kind is None else kind.zh if lang == words.DEFAULT else kind.en
        name, definition = care, words.say("people.tally_care_means", lang, care=care)
    else:
        name, definition = (words.say(f"people.tally_{code}{tail}", lang) for tail in ("", "_means"))
    unit = words.counted(_unit(code), value or 0, lang)
    return {"code": code, "name": name, "unit": unit, "definition": definition}


def _unit(code: str) -> str:
    units = {"households": "people.unit_homes", "refreshed": "people.unit_percent", "land_mu": "people.unit_mu"}
    return units.get(code, "people.unit_people")
