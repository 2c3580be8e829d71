"""Writes to the area tree."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.sheets import Unfit
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries, rules
from xiangyun.kernel.org.models import Area, Outline
from xiangyun.kernel.org.rules import outlines

BAYANNUR = Path(__file__).parent / "data" / "bayannur_divisions.csv"
BAYANNUR_AS_OF = date(2023, 6, 30)


def _national_rows(file: Path, valid_from: date) -> Iterator[Area]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            path = paths.path_of(row["code"])
            yield Area(
                path=path,
                code=row["code"],
                name=rules.short_name(row["name"]),
                full_name=row["name"],
                level=rules.NATIONAL_LEVEL[row["level"]],
                kind=row["kind"],
                parent_path=paths.parent_of(path),
                valid_from=valid_from,
            )


@transaction.atomic
def import_divisions(*, file: Path = BAYANNUR, valid_from: date = BAYANNUR_AS_OF) -> int:
    """Take in a national list of divisions; what is known already stays. Returns the number of new places.

    Meant for the door that sets up a box: its scope is the list's own city.
    """
    known = set(Area.objects.filter(valid_until=None).values_list("path", flat=True))
    fresh = [area for area in _national_rows(file, valid_from) if area.path not in known]
    Area.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


@transaction.atomic
def run_town(*, code: str) -> Area:
    """Have this box serve a town of the tree. Refuses: BadInput for a code that is no town's."""
    area = Area.objects.filter(code=code, valid_until=None, level="town").first()
    if area is None:
        raise BadInput("org.no_such_town", division=code, errors=[{"loc": ["area"], "msg": code}])
    area.is_run_here = True
    area.save(update_fields=["is_run_here"])
    return area


@transaction.atomic
def add_part(*, village: str, suffix: str, name: str, on: date) -> Area:
    """Add a group (`z01`) or grid (`g01`) below a village; one that stands already is returned."""
    path = f"{village}.{suffix}"
    level = rules.level_of(path)
    area, _ = Area.objects.get_or_create(
        path=path,
        valid_until=None,
        defaults={
            "code": f"{paths.code_of(village)}-{suffix}",
            "name": name,
            "full_name": name,
            "level": level,
            "kind": "网格" if level == "grid" else "组",
            "parent_path": village,
            "valid_from": on,
        },
    )
    return area


@transaction.atomic
def switch_module(*, module: str, is_on: bool, by: Actor, at: datetime) -> frozenset[str]:
    """A town has a module or has not: without it its pages and addresses are gone and its rules judge nothing more.

    What is open in it stays for those who work on it. Returns the modules that are off now.
    Refuses: NotFound (no such module; `by` stands above the towns), NotAllowed.
    """
    if by.town is None or module not in queries.modules():
        raise NotFound
    by.must(rules.SWITCH, by.town)
    town = Area.objects.select_for_update().filter(path=by.town, valid_until=None).get()
    before = frozenset(town.modules_off)
    off = before - {module} if is_on else before | {module}
    if off != before:
        town.modules_off = sorted(off)
        town.save(update_fields=["modules_off"])
        detail = {"module": module, "is_on": is_on}
        audit.record(act=rules.SWITCH, by=by, object=("area", town.pk), area=town.path, at=at, detail=detail)
    return off


def place(*, path: str, lon: float, lat: float, is_schematic: bool) -> None:
    """Mark where a place stands on maps, WGS-84 degrees."""
    Area.objects.filter(path=path, valid_until=None).update(lon=lon, lat=lat, is_schematic=is_schematic)


@transaction.atomic
def put_outline(
    *,
    path: str,
    geometry: Mapping[str, Any],
    source: str,
    source_name: str = "",
    as_of: date | None = None,
    by: Actor,
    at: datetime,
) -> Outline:
    """Say how far a grid reaches, from today on; what stood before is kept. The same outline again changes nothing.

    Refuses: NotFound, NotAllowed, BadInput (not a grid; a polygon that cannot stand; true only tomorrow).
    """
    grid = grid_to_change(path, by)
    try:
        ring = outlines.ring_of(geometry, path)
    except Unfit as fault:
        raise _wrong("geometry", fault.code, **fault.params) from None
    today = timezone.localdate(at)
    if as_of and as_of > today:
        raise _wrong("as_of", "org.as_of_in_future")
    row = write_outline(path, ring, source=source, source_name=source_name.strip(), as_of=as_of, by=by, at=at)
    centre = outlines.centre(ring)
    if grid.lon is None or grid.is_schematic:
        place(path=path, lon=centre[0], lat=centre[1], is_schematic=True)
    detail = {"outline": row.pk, "source": source, "corners": len(ring)}
    audit.record(act=outlines.DRAW, by=by, object=("area", grid.pk), area=path, at=at, detail=detail)
    return row


def grid_to_change(path: str, by: Actor) -> Area:
    """The grid at a path, held until the act is over. Refuses: NotFound, NotAllowed, BadInput (not a grid)."""
    area = queries.pick(path, by)
    by.must(outlines.DRAW, path)
    if area.level != "grid":
        raise BadInput("org.only_grids", name=area.name, errors=[{"loc": ["path", "path"], "msg": "org.only_grids"}])
    return Area.objects.select_for_update().get(pk=area.pk)


def write_outline(
    path: str,
    ring: outlines.Ring,
    *,
    source: str,
    source_name: str = "",
    as_of: date | None = None,
    by: Actor,
    at: datetime,
) -> Outline:
    """The row of an outline that was judged, in place of the one that stood; that one if it says the same."""
    today = timezone.localdate(at)
    corners = [list(one) for one in ring]
    stood = queries.outlines().filter(area_path=path).first()
    if stood is not None:
        if (stood.corners, stood.source, stood.source_name) == (corners, source, source_name):
            return stood
        stood.valid_until = today
        stood.save(update_fields=["valid_until"])
    return Outline.objects.create(
        area_path=path,
        corners=corners,
        source=source,
        source_name=source_name,
        as_of=as_of or today,
        drawn_by=by.account_id,
        drawn_name=by.name,
        drawn_at=at,
        valid_from=today,
    )


@transaction.atomic
def part_grid(
    *, path: str, line: Sequence[Sequence[float]], names: tuple[str, str], by: Actor, at: datetime
) -> tuple[Area, Area]:
    """A grid ends today and two begin, left and right of a line over its outline. What hangs on it is moved by others.

    Refuses: NotFound, NotAllowed, BadInput (not a grid; no outline; a line that does not part it; names missing, the
    same, or of another grid of the village).
    """
    grid = grid_to_change(path, by)
    rings = halves_of(grid, line)
    wanted = [name.strip() for name in names]
    taken = set(queries.valid().filter(parent_path=grid.parent_path).exclude(pk=grid.pk).values_list("name", flat=True))
    if not all(wanted) or wanted[0] == wanted[1] or taken & set(wanted):
        raise _wrong("names", "org.two_names")
    today = timezone.localdate(at)
    suffixes = _free_suffixes(grid.parent_path)
    _end_grid(grid, f"{grid.parent_path}.{suffixes[0]}", today)
    made = []
    for suffix, name, ring in zip(suffixes, wanted, rings, strict=True):
        half = add_part(village=grid.parent_path, suffix=suffix, name=name, on=today)
        _outline_new(half, ring, source="split", source_name=grid.name, by=by, at=at)
        made.append(half)
    detail = {"into": [half.path for half in made]}
    audit.record(act="org.part_grid", by=by, object=("area", grid.pk), area=path, at=at, detail=detail)
    return made[0], made[1]


@transaction.atomic
def join_grids(*, paths: tuple[str, str], name: str, by: Actor, at: datetime) -> Area:
    """Two grids of a village end today and one begins. Its outline is theirs where they share a border corner for
    corner; else it has none until it is drawn. What hangs on them is moved by others.

    Refuses: NotFound, NotAllowed, BadInput (not a grid; not two of one village; no name, or another grid's).
    """
    grids = [grid_to_change(path, by) for path in sorted(set(paths))]
    if len({grid.parent_path for grid in grids}) != 1 or len(grids) != 2:
        raise _wrong("other", "org.two_of_a_village")
    village, wanted = grids[0].parent_path, name.strip()
    others = queries.valid().filter(parent_path=village).exclude(pk__in=[grid.pk for grid in grids])
    if not wanted or others.filter(name=wanted).exists():
        raise _wrong("name", "org.one_name")
    today = timezone.localdate(at)
    drawn = queries.outlines().filter(area_path__in=[grid.path for grid in grids])
    rings = [_ring(one) for one in drawn]
    ring = outlines.joined(rings[0], rings[1], village) if len(rings) == 2 else None
    suffix = _free_suffixes(village)[0]
    for grid in grids:
        _end_grid(grid, f"{village}.{suffix}", today)
    whole = add_part(village=village, suffix=suffix, name=wanted, on=today)
    named = "、".join(grid.name for grid in grids)
    if ring is not None:
        _outline_new(whole, ring, source="joined", source_name=named, by=by, at=at)
    for grid in grids:
        detail = {"into": [whole.path]}
        audit.record(act="org.join_grids", by=by, object=("area", grid.pk), area=grid.path, at=at, detail=detail)
    return whole


def halves_of(grid: Area, line: Sequence[Sequence[float]]) -> tuple[outlines.Ring, outlines.Ring]:
    """What a line over the outline of a grid makes of it. Refuses: BadInput."""
    outline = queries.outlines().filter(area_path=grid.path).first()
    if outline is None:
        raise _wrong("line", "org.no_outline", name=grid.name)
    try:
        return outlines.parted(_ring(outline), outlines.line_of(line), grid.path)
    except Unfit as fault:
        raise _wrong("line", fault.code, **fault.params) from None


def _ring(outline: Outline) -> outlines.Ring:
    return [(float(lon), float(lat)) for lon, lat in outline.corners]


def _end_grid(grid: Area, successor: str, today: date) -> None:
    grid.valid_until, grid.successor_path = today, successor
    grid.save(update_fields=["valid_until", "successor_path"])
    queries.outlines().filter(area_path=grid.path).update(valid_until=today)


def _outline_new(grid: Area, ring: outlines.Ring, *, source: str, source_name: str, by: Actor, at: datetime) -> None:
    write_outline(grid.path, ring, source=source, source_name=source_name, by=by, at=at)
    lon, lat = outlines.centre(ring)
    place(path=grid.path, lon=lon, lat=lat, is_schematic=True)


def _free_suffixes(village: str) -> tuple[str, str]:
    """The next two numbers: one that a grid had once is not used again."""
    ever = Area.objects.filter(parent_path=village, level="grid").values_list("path", flat=True)
    last = max((int(path.rpartition(".g")[2]) for path in ever), default=0)
    return f"g{last + 1:02}", f"g{last + 2:02}"


def _wrong(field: str, code: str, /, **params: Any) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", field], "msg": code}], **params)
