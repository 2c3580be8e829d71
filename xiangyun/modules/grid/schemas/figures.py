"""Wire shapes of the grid's figures."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


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
