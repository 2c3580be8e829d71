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
        for letter, count, what in (("g", GRIDS, "第{}网格"), ("z", GROUPS, "{}组")):
            for k in range(count):
                name = village.name + what.format(NUMERALS[k])
                actions.add_part(village=village.path, suffix=f"{letter}{k + 1:02}", name=name, on=at.date())
