"""Wire shapes of areas."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel


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


class MapOut(BaseModel):
    """A GeoJSON FeatureCollection, WGS-84; `schematic` means: no survey, no boundary."""

    type: str = "FeatureCollection"
    schematic: bool
    source: str
    features: list[dict[str, Any]]
