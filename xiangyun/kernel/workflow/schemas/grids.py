"""Wire shapes of grids: who works there, a split, a join, a hand-over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from xiangyun.kernel.workflow.schemas.matters import PersonOut


class GridOutlineOut(BaseModel):
    """How far a grid reaches today, a GeoJSON polygon, and where that is known from."""

    geometry: dict[str, Any]
    source: str
    source_name: str
    as_of: date
    drawn_by: str
    drawn_at: datetime


class GridOut(BaseModel):
    """One grid: where, who works there, how many homes and open matters. `may` of draw, split, join, hand_over."""

    path: str
    name: str
    village: str
    village_name: str
    point: tuple[float, float] | None
    outline: GridOutlineOut | None
    workers: list[PersonOut]
    homes: int
    matters: int
    may: list[str]


class SplitLineIn(BaseModel):
    """A line drawn over a grid, from outside to outside: [[lon, lat], …]."""

    model_config = ConfigDict(extra="forbid")

    line: list[list[float]] = Field(max_length=200)


class ChoiceIn(BaseModel):
    """A home whose point says nothing, and the half it goes to: 0 left of the line, 1 right."""

    model_config = ConfigDict(extra="forbid")

    home: UUID
    side: Literal[0, 1]


class GridSplitIn(SplitLineIn):
    """The line, what the two grids are called (left, right), and where homes without a point go."""

    names: list[str] = Field(min_length=2, max_length=2)
    chosen: list[ChoiceIn] = Field(default=[], max_length=2000)
    op_id: UUID | None = None


class HalfOut(BaseModel):
    """One half as it would be: its outline, its homes (where they stand, not whose they are), its open matters."""

    geometry: dict[str, Any]
    homes: int
    points: list[tuple[float, float]]
    matters: int


class UnplacedOut(BaseModel):
    """A home without a point, or with one outside the outline."""

    id: UUID
    number: str
    group_name: str


class SplitPreviewOut(BaseModel):
    """What a line would make of a grid; nothing is written. Left of the line first."""

    halves: list[HalfOut]
    unplaced: list[UnplacedOut]


class GridJoinIn(BaseModel):
    """The other grid of the village, and what the one that begins is called."""

    model_config = ConfigDict(extra="forbid")

    other: str = Field(max_length=64)
    name: str = Field(max_length=40)
    op_id: UUID | None = None


class GridHandOverIn(BaseModel):
    """Whose grid goes to whom, by account name."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(max_length=64)
    to: str = Field(max_length=64)
    note: str = Field(default="", max_length=500)
    op_id: UUID | None = None


class GridsOut(BaseModel):
    """The grids that came of an act."""

    items: list[GridOut]
