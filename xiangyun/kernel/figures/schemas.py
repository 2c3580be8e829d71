"""Wire shapes of figures."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class CompletenessOut(BaseModel):
    """How many of the sources spoke."""

    have: int
    of: int


class FigureOut(BaseModel):
    """One number of one area. A missing value says why in `reason`; `compare` is a comparison in words."""

    code: str
    name: str
    value: float | None
    unit: str
    as_of: datetime | None
    completeness: CompletenessOut
    compare: str | None
    reason: str | None
    definition: str
    area: str
    area_name: str
    rows_url: str


class FiguresOut(BaseModel):
    """The figures of an area that the viewer may see."""

    items: list[FigureOut]
    next: str | None = None
    total: int


class FigureRowOut(BaseModel):
    """One row behind a figure."""

    kind: str
    id: str
    name: str
    area: str
    area_name: str
    at: datetime | None
    value: float | None
    unit: str
    note: str | None


class FigureRowsOut(BaseModel):
    """A figure with the rows behind it; `total` is null where there are more than these."""

    figure: FigureOut
    items: list[FigureRowOut]
    next: str | None = None
    total: int | None
