"""Wire shapes of areas."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


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
