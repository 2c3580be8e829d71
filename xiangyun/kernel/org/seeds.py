"""The demo towns' places: villages on the schematic map, groups and grids."""

from __future__ import annotations

from datetime import datetime
from math import ceil, sqrt

from xiangyun.kernel.geo import queries as geo
from xiangyun.kernel.org import actions, queries

GRIDS, GROUPS = 2, 3
NUMERALS = "一二三四五六七八九"


def plant(town: str, at: datetime) -> None:
    """Give each village of a demo town a point on the map, groups and grids; repeatable."""
    villages = list(queries.valid().filter(parent_path=town, level="village").order_by("path"))
    points = geo.village_points(queries.pick(town).code)
    side = ceil(sqrt(len(villages)))
    for n, village in enumerate(villages):
        lon, lat = points.get(village.code) or (107.45 + 0.022 * (n % side), 40.86 + 0.018 * (n // side))
        if village.lon is None:
            actions.place(path=village.path, lon=round(lon, 5), lat=round(lat, 5), is_schematic=True)
        for k in range(1, GRIDS + 1):
            actions.add_part(village=village.path, suffix=f"g{k:02}", name=f"{village.name}第{NUMERALS[k - 1]}网格", on=at.date())
        for k in range(1, GROUPS + 1):
            actions.add_part(village=village.path, suffix=f"z{k:02}", name=f"{village.name}{NUMERALS[k - 1]}组", on=at.date())
