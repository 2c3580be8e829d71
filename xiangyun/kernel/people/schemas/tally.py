"""Wire shapes of what places count to."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class TallyColumnOut(BaseModel):
    """One number that is told of every place: its name, its unit, what it means."""

    code: str
    name: str
    unit: str
    definition: str


class TallyCellOut(BaseModel):
    """A number. Null where nobody was counted, or where it is so small that it would name people (`is_small`)."""

    value: float | None
    is_small: bool = False
    rows_url: str | None = None


class TallyVillagesOut(BaseModel):
    """How many of a place's villages were counted."""

    have: int
    of: int


class TallyPlaceOut(BaseModel):
    """The numbers of one place by the codes of the columns, as of when the oldest of its villages was counted."""

    area: str
    area_name: str
    as_of: datetime | None
    counted: TallyVillagesOut
    numbers: dict[str, TallyCellOut]


class TallyOut(BaseModel):
    """A place as a whole and the places right below it. In `changed` of its villages something was written since they
    were counted; the worker counts them within seconds."""

    columns: list[TallyColumnOut]
    whole: TallyPlaceOut
    items: list[TallyPlaceOut]
    changed: int
