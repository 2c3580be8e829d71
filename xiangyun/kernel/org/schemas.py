"""Wire shapes of areas."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class AreaOut(BaseModel):
    """One place. `children` counts the places right below it, where the list asked for them."""

    path: str
    code: str
    name: str
    full_name: str
    level: str
    kind: str
    parent: str
    valid_from: date
    valid_until: date | None
    point: tuple[float, float] | None
    is_schematic: bool
    is_run_here: bool
    children: int | None = None


class ModuleOut(BaseModel):
    """One of the platforms, such as agriculture, and whether the town has it."""

    id: str
    is_on: bool


class SwitchIn(BaseModel):
    """Off, or on again."""

    model_config = ConfigDict(extra="forbid")

    is_on: bool
    op_id: UUID | None = None


class MapOut(BaseModel):
    """A GeoJSON FeatureCollection, WGS-84; `schematic` means: no survey, no boundary."""

    type: str = "FeatureCollection"
    schematic: bool
    source: str
    features: list[dict[str, Any]]


class PolygonIn(BaseModel):
    """A GeoJSON polygon of one closed ring, WGS-84; whether it may stand is judged by the rules."""

    model_config = ConfigDict(extra="forbid")

    type: str
    coordinates: list[list[list[float]]] = Field(max_length=10)


class OutlineIn(BaseModel):
    """How far a grid reaches, and where that is known from; without a day: true today."""

    model_config = ConfigDict(extra="forbid")

    geometry: PolygonIn
    source: Literal["drawn", "paper", "survey"] = "drawn"
    source_name: str = Field(default="", max_length=80)
    as_of: date | None = None
    op_id: UUID | None = None


class OutlineOut(BaseModel):
    """How far a grid reaches, or reached: a GeoJSON polygon, WGS-84. `drawn_by` is what people call who drew it."""

    id: UUID
    area: str
    area_name: str
    geometry: dict[str, Any]
    source: str
    source_name: str
    as_of: date
    drawn_by: str
    drawn_at: datetime
    valid_from: date
    valid_until: date | None
