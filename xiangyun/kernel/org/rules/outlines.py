"""Outlines of grids: what a drawn border must be, what lies inside it, and how a line parts it. Plain values.

A ring is the corners of a polygon in order, (lon, lat) in WGS-84 degrees, each once: the first is not said again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from xiangyun.base import paths
from xiangyun.base.sheets import Unfit

DRAW = "org.draw_outline"

Point = tuple[float, float]
Ring = list[Point]
Corner = TypeVar("Corner", bound=Sequence[float])

FEWEST, MOST = 3, 200
# A sixth decimal is a tenth of a metre; nobody draws finer.
DECIMALS = 6
# Smaller than about a hundred square metres is a slip of the hand.
SMALLEST = 1e-8

# Place → west, south, east, north: generously around it, since a border that lies elsewhere was typed wrongly.
# Linhe spans 107°06′–107°44′ E and 40°34′–41°17′ N, Bayannur 105°12′–109°53′ E and 40°13′–42°28′ N (both governments'
# own pages on where the place lies).
BOXES: dict[str, tuple[float, float, float, float]] = {
    "15.08.02": (106.8, 40.3, 108.0, 41.6),
    "15.08": (105.0, 40.0, 110.1, 42.7),
}

SOURCES = ("drawn", "paper", "survey", "split", "joined")
"""How an outline came: drawn by hand on the map, read off a paper, surveyed, by parting another, by joining two."""
TOLD = SOURCES[:3]


def ring_of(geometry: Mapping[str, Any], area: str) -> Ring:
    """The ring of a GeoJSON polygon for a place.

    Refuses: Unfit (no polygon of one closed ring, too few or many corners, one twice, outside the county, crossing
    itself, nothing inside).
    """
    rings = geometry.get("coordinates")
    if geometry.get("type") != "Polygon" or not isinstance(rings, Sequence) or len(rings) != 1:
        raise Unfit("org.outline_form")
    corners = [_point(one) for one in rings[0]]
    if len(corners) < 2 or corners[0] != corners[-1]:
        raise Unfit("org.outline_open")
    return judged(corners[:-1], area)


def judged(ring: Sequence[Point], area: str) -> Ring:
    """A ring that may stand. Refuses: Unfit, as `ring_of`."""
    if len(set(ring)) < FEWEST:
        raise Unfit("org.outline_few", n=FEWEST)
    if len(ring) > MOST:
        raise Unfit("org.outline_many", n=MOST)
    if len(set(ring)) < len(ring):
        twice = next(n for n, one in enumerate(ring) if one in ring[:n])
        raise Unfit("org.outline_twice", n=twice + 1)
    for n, one in enumerate(ring):
        if not _in_box(one, area):
            raise Unfit("org.outline_elsewhere", n=n + 1)
    if crossing := _crossing(ring):
        raise Unfit("org.outline_crosses", a=crossing[0] + 1, b=crossing[1] + 1)
    if surface(ring) < SMALLEST:
        raise Unfit("org.outline_flat")
    return list(ring)


def geometry_of(ring: Sequence[Sequence[float]]) -> dict[str, Any]:
    """A ring as a GeoJSON polygon, closed."""
    return {"type": "Polygon", "coordinates": [[list(one) for one in [*ring, ring[0]]]]}


def holds(ring: Sequence[Sequence[float]], point: Point) -> bool:
    """Whether a point lies inside; on the border itself may be either."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in _edges(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def parted(ring: Sequence[Point], line: Sequence[Point], area: str) -> tuple[Ring, Ring]:
    """Two rings of one, along a line that comes in once and goes out once: to the left of the line, to its right.

    Refuses: Unfit (a line of one point, one that does not cross the border twice; a half that may not stand).
    """
    if len(set(line)) < 2:
        raise Unfit("org.line_short")
    met = _met(ring, line)
    if len(met) != 2:
        raise Unfit("org.line_crosses", n=len(met))
    (i, _, j, u, come), (k, _, m, v, go) = met
    middle = _once([come, *line[i + 1 : k + 1], go])
    if j != m:
        first, second = [*middle, *_round(ring, m, j)], [*reversed(middle), *_round(ring, j, m)]
    else:
        # In and out over one edge: one half is what the line bites off, the other goes all the way round.
        first, second = list(middle), [*(middle if u < v else reversed(middle)), *_round(ring, j, j)]
    one, other = judged(_once(first), area), judged(_once(second), area)
    return (one, other) if _turn(one, middle) > 0 else (other, one)


def joined(one: Ring, other: Ring, area: str) -> Ring | None:
    """One ring of two neighbours; None where they do not share one stretch of border corner for corner, as the halves
    of a parted ring do, or the whole may not stand."""
    alike = [ring if _signed(ring) > 0 else ring[::-1] for ring in (one, other)]
    edges = {edge for ring in alike for edge in _edges(ring)}
    # Both go round the same way: along a shared border one goes forth where the other goes back, and an edge that both
    # go alike is of two that overlap.
    kept = [(a, b) for a, b in edges if (b, a) not in edges]
    after = dict(kept)
    if len(edges) < len(one) + len(other) or len(kept) == len(edges) or len(after) < len(kept):
        return None
    ring = [kept[0][0]]
    while (corner := after[ring[-1]]) != ring[0]:
        ring.append(corner)
    try:
        return judged(ring, area) if len(ring) == len(kept) else None
    except Unfit:
        return None


def surface(ring: Sequence[Sequence[float]]) -> float:
    """How much lies inside, in square degrees."""
    return abs(_signed(ring)) / 2


def centre(ring: Sequence[Sequence[float]]) -> Point:
    """The centre of gravity."""
    twice = _signed(ring)
    x = sum((ax + bx) * (ax * by - bx * ay) for (ax, ay), (bx, by) in _shifted(ring))
    y = sum((ay + by) * (ax * by - bx * ay) for (ax, ay), (bx, by) in _shifted(ring))
    return (round(ring[0][0] + x / (3 * twice), DECIMALS), round(ring[0][1] + y / (3 * twice), DECIMALS))


def _point(told: Any) -> Point:
    is_pair = isinstance(told, Sequence) and not isinstance(told, str) and len(told) == 2
    if not is_pair or not all(isinstance(one, int | float) and abs(one) <= 180 for one in told):
        raise Unfit("org.outline_form")
    return (round(float(told[0]), DECIMALS), round(float(told[1]), DECIMALS))


def line_of(told: Sequence[Any]) -> list[Point]:
    """A line as it came. Refuses: Unfit."""
    if len(told) > MOST:
        raise Unfit("org.outline_many", n=MOST)
    return [_point(one) for one in told]


def _in_box(point: Point, area: str) -> bool:
    for place in paths.ancestors(area):
        if place in BOXES:
            west, south, east, north = BOXES[place]
            return west <= point[0] <= east and south <= point[1] <= north
    return True


def _edges(ring: Sequence[Corner]) -> list[tuple[Corner, Corner]]:
    return list(pairwise([*ring, ring[0]]))


def _shifted(ring: Sequence[Sequence[float]]) -> list[tuple[Point, Point]]:
    # About the first corner: the products of whole degrees would eat the digits that matter.
    x, y = ring[0]
    near = [(a - x, b - y) for a, b in ring]
    return list(pairwise([*near, near[0]]))


def _signed(ring: Sequence[Sequence[float]]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in _shifted(ring))


def _side(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
    """Above 0 where c lies to the left of a → b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _on(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> bool:
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _touch(a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float]) -> bool:
    """Whether two stretches have a point in common."""
    one, two, three, four = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if (one > 0) != (two > 0) and (three > 0) != (four > 0) and one and two and three and four:
        return True
    flat = ((one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b))
    return any(side == 0 and _on(p, q, r) for side, p, q, r in flat)


def _crossing(ring: Sequence[Point]) -> tuple[int, int] | None:
    """The first two edges, by the corners they begin at, that meet where they should not."""
    edges = _edges(ring)
    for n, (a, b) in enumerate(edges):
        for m in range(n + 1, len(edges)):
            c, d = edges[m]
            if m == n + 1:
                folds = _side(a, b, d) == 0 and _on(a, b, d)
            elif n == 0 and m == len(edges) - 1:
                folds = _side(a, b, c) == 0 and _on(a, b, c)
            else:
                folds = _touch(a, b, c, d)
            if folds:
                return n, m
    return None


def _met(ring: Sequence[Point], line: Sequence[Point]) -> list[tuple[int, float, int, float, Point]]:
    """Where a line meets a ring: piece of the line and how far along it, edge of the ring and how far, the point."""
    found = []
    for i, (p, q) in enumerate(pairwise(line)):
        for j, (a, b) in enumerate(_edges(ring)):
            turn = (q[0] - p[0]) * (b[1] - a[1]) - (q[1] - p[1]) * (b[0] - a[0])
            if turn == 0:
                continue
            t = ((a[0] - p[0]) * (b[1] - a[1]) - (a[1] - p[1]) * (b[0] - a[0])) / turn
            u = ((a[0] - p[0]) * (q[1] - p[1]) - (a[1] - p[1]) * (q[0] - p[0])) / turn
            # Each end belongs to one stretch only: a line through a corner meets the border there once.
            if 0 <= t < 1 and 0 <= u < 1:
                at = (round(p[0] + t * (q[0] - p[0]), DECIMALS), round(p[1] + t * (q[1] - p[1]), DECIMALS))
                found.append((i, t, j, u, at))
    return sorted(found)


def _round(ring: Sequence[Point], after: int, to: int) -> Ring:
    """The corners from the end of one edge to the beginning of another; all of them if it is the same edge."""
    n = len(ring)
    steps = (to - after) % n or n
    return [ring[(after + 1 + step) % n] for step in range(steps)]


def _once(ring: Sequence[Point]) -> Ring:
    """Without corners said twice in a row: where the line met a corner."""
    found: Ring = []
    for one in ring:
        if not found or found[-1] != one:
            found.append(one)
    return found[:-1] if len(found) > 1 and found[0] == found[-1] else found


def _turn(ring: Sequence[Point], middle: Sequence[Point]) -> float:
    """Above 0 for the ring that lies to the left of the line: there its own turn and the line's agree."""
    forward = (middle[0], middle[1]) in list(pairwise([*ring, ring[0]]))
    return _signed(ring) * (1 if forward else -1)
