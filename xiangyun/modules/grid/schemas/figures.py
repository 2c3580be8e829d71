"""Wire shapes of the grid's figures."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from xiangyun.modules.grid.rules.heat import DAYS, MOST_DAYS


class GridColumnOut(BaseModel):
    """One number that is told of every place: its name, its unit, what it means."""

    code: str
    name: str
    unit: str
    definition: str


class GridCellOut(BaseModel):
    """A number and where its rows are. Null with the `reason`."""

    value: float | None
    reason: str | None
    rows_url: str | None


class GridPlaceOut(BaseModel):
    """The numbers of one place, by the codes of the columns."""

    area: str
    area_name: str
    numbers: dict[str, GridCellOut]


class GridFiguresOut(BaseModel):
    """A place as a whole and the places right below it, in their own order: nobody is ranked."""

    as_of: datetime
    columns: list[GridColumnOut]
    whole: GridPlaceOut
    items: list[GridPlaceOut]


class HeatWantedIn(BaseModel):
    """Of which place, and how many days back."""

    area: str | None = Field(default=None, max_length=40)
    days: int = Field(default=DAYS, ge=1, le=MOST_DAYS)


class HeatCellOut(BaseModel):
    """One cell: `cell` as the list of reports asks for it, `at` its middle (longitude, latitude), reports and those
    still open."""

    cell: str
    at: tuple[float, float]
    n: int
    still_open: int


class HeatOut(BaseModel):
    """Hazards of a place; `side` in degrees, `unplaced` those that have no spot on the map or are at a home."""

    as_of: datetime
    days: int
    side: float
    cells: list[HeatCellOut]
    unplaced: int
