"""Reads of the shapes that ship with the project."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
SOURCE = "示意图：本项目自绘，不代表任何界线"

# Town code → the file with its shapes.
MAPS = {"150802100000": "langshan_schematic.geojson"}


@cache
def _features(file: str) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads((DATA / file).read_text(encoding="utf-8"))["features"]
    return features


def shapes_of(code: str) -> list[dict[str, Any]]:
    """GeoJSON features of a town's map, WGS-84; empty where no map ships for it."""
    return _features(MAPS[code]) if code in MAPS else []


def village_points(code: str) -> dict[str, tuple[float, float]]:
    """Village code → (lon, lat) on the town's schematic map."""
    return {
        feature["properties"]["code"]: tuple(feature["geometry"]["coordinates"])
        for feature in shapes_of(code)
        if feature["properties"]["kind"] == "village"
    }
