"""Reads of the area tree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.apps import apps
from django.db.models import F, Q

from xiangyun.base import paths
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org.models import Area, Outline

# Down to the village the tree is a public government fact; what lies below belongs to its town.
PUBLIC_LEVELS = ("city", "banner", "town", "village")


def valid(on: date | None = None) -> ScopedQuerySet[Area]:
    """Places whose code is (or was, on that day) in use."""
    if on is None:
        return Area.objects.filter(valid_until=None)
    return Area.objects.filter(valid_from__lte=on).filter(Q(valid_until=None) | Q(valid_until__gt=on))


def known_to(actor: Actor) -> ScopedQuerySet[Area]:
    """The public tree, and the groups and grids of the actor's own part of it."""
    own = valid().filter(under(actor.scope, column="path"))
    return valid().filter(Q(level__in=PUBLIC_LEVELS) | Q(pk__in=own.values("pk")))


def pick(path: str, actor: Actor | None = None) -> Area:
    """The place at a path. Refuses: NotFound (also outside the actor's scope, where an actor is given)."""
    rows = valid() if actor is None else valid().filter(under(actor.scope, column="path"))
    area = rows.filter(path=path).first()
    if area is None:
        raise NotFound
    return area


def names(wanted: Iterable[str]) -> dict[str, str]:
    """Path → name, in one query; a place that is gone has the name it had last, a path nobody knows is its own."""
    asked = set(wanted)
    rows = Area.objects.filter(path__in=asked).order_by(F("valid_until").asc(nulls_last=True))
    known = dict(rows.values_list("path", "name"))
    return {path: known.get(path, path) for path in asked}


def stands(path: str) -> bool:
    """Whether a place is there today, inside the scope."""
    return valid().filter(path=path).exists()


def outlines(on: date | None = None) -> ScopedQuerySet[Outline]:
    """How far grids reach, or reached on a day."""
    if on is None:
        return Outline.objects.filter(valid_until=None)
    return Outline.objects.filter(valid_from__lte=on).filter(Q(valid_until=None) | Q(valid_until__gt=on))


def outlines_for(
    actor: Actor, *, area: str = "", on: date | None = None, past: bool = False
) -> ScopedQuerySet[Outline]:
    """The outlines at or below a place that an actor may see on maps; with `past`, all that ever stood there."""
    rows = Outline.objects.all() if past else outlines(on)
    rows = rows.filter(under(*actor.areas("org.see_map")))
    return rows.in_area(area) if area else rows


def towns_run_here() -> list[Area]:
    """The towns this box serves. They are known without a scope: they are public facts."""
    return list(valid().filter(level="town", is_run_here=True).order_by("path"))


def modules() -> list[str]:
    """The modules this box has, by name."""
    return sorted(app.label for app in apps.get_app_configs() if app.name.startswith("xiangyun.modules."))


# The modules that the town of `asked.area_path` has switched off; NULL above the towns. Every request asks who is at
# the door, so this travels with that answer. Needs no scope.
MODULES_OFF = (
    "(SELECT modules_off FROM org_area WHERE level = 'town' AND valid_until IS NULL AND path ="  # noqa: S608 -- our own words
    f" array_to_string((string_to_array(asked.area_path, '.'))[1:{paths.TOWN_DEPTH}], '.'))"
)


def modules_off_by_town() -> dict[str, frozenset[str]]:
    """Town → the modules it has switched off, of the towns that have. Needs no scope."""
    rows = valid().filter(level="town").exclude(modules_off=[])
    return {path: frozenset(off) for path, off in rows.values_list("path", "modules_off")}


def root() -> str:
    """The path that holds every town this box serves; empty before the first."""
    return paths.common(area.path for area in towns_run_here())
