"""Counting villages, and reading what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from xiangyun.kernel.access.querysets import under
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.people.models import Household, Mark, Recount, Resident, Tally
from xiangyun.kernel.people.queries import facts
from xiangyun.kernel.people.rules import counting
from xiangyun.kernel.people.rules.counting import Counts

LIVING_HERE = Q(merged_into=None, died_on=None, memberships__until_on=None, memberships__isnull=False)


class _Village(NamedTuple):
    """What was counted of a village, or of several together."""

    path: str
    counts: Counts
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of one place: of how many of its villages, and as of when the oldest of them was counted."""

    area: str
    name: str
    counts: Counts
    have: int
    of: int
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """A place and the places right below it; in `changed` villages something was written since they were counted."""

    whole: Counted
    parts: list[Counted]
    changed: int


def counted(villages: Sequence[str], at: datetime) -> dict[str, Counts]:
    """The numbers of each village as they are now, counted from the rows."""
    found = {village: counting.nothing() for village in villages}
    inside = Q(area_path__in=villages)
    homes = Household.objects.filter(inside, closed_on=None)
    _fill(
        found,
        homes.values("area_path").annotate(
            households=Count("pk"), refreshed=Count("pk", filter=Q(checked_at__gte=facts.checked_since(at)))
        ),
    )
    # Land by its homes: an index leads from a village to its homes and from a home to its plots.
    land = homes.filter(plots__closed_on=None).values("area_path").annotate(land_mu=Sum("plots__size_mu"))
    _fill(found, land.exclude(land_mu=None))
    on = timezone.localdate(at)
    _fill(
        found,
        Resident.objects.filter(inside, LIVING_HERE)
        .values("area_path")
        .annotate(
            residents=Count("pk"),
            men=Count("pk", filter=Q(sex="1")),
            women=Count("pk", filter=Q(sex="2")),
            elderly=Count("pk", filter=Q(born_on__lte=counting.birthday_of(counting.ELDERLY_AGE, on))),
            children=Count("pk", filter=Q(born_on__gt=counting.birthday_of(counting.CHILD_AGE, on))),
            away=Count("pk", filter=Q(away_since__isnull=False)),
        ),
    )
    for area, level, kind, number in (
        Mark.objects.filter(resident__in=Resident.objects.filter(inside, LIVING_HERE), level__in=(0, 1), until_on=None)
        .values_list("resident__area_path", "level", "kind")
        .annotate(number=Count("resident", distinct=True))
    ):
        found[area][counting.CARE[level]][kind] = number
    return found


def stale(*, most: int, at: datetime) -> list[str]:
    """Villages in which something was written since they were counted; then some of those last counted on a day
    before this one: everybody is a day older."""
    changed = list(Recount.objects.values_list("area_path", flat=True).distinct()[:most])
    if len(changed) < most:
        midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        old = Tally.objects.filter(at__lt=midnight).exclude(area_path__in=changed).order_by("at")
        changed += old.values_list("area_path", flat=True)[: most - len(changed)]
    return changed


def told(area: str) -> Told:
    """The numbers of a place and of the places right below it, from what was counted."""
    here = org.pick(area)
    parts = [] if here.level == "village" else list(_below(area))
    depth = len(area.split(".")) + 1
    counted: dict[str, list[_Village]] = {part.path: [] for part in parts}
    for village in map(_Village._make, Tally.objects.in_area(area).values_list("area_path", "counts", "at")):
        counted.setdefault(_cut(village.path, depth), []).append(village)
    of: dict[str, int] = dict.fromkeys(counted, 0)
    places = org.valid().filter(under(area, column="path"), level="village").values_list("path", flat=True)
    for path in places:
        of[_cut(path, depth)] = of.get(_cut(path, depth), 0) + 1
    each = {path: _summed(villages) for path, villages in counted.items()}
    return Told(
        whole=_counted(here, _summed(list(each.values())), sum(map(len, counted.values())), sum(of.values())),
        parts=[_counted(part, each[part.path], len(counted[part.path]), of[part.path]) for part in parts],
        changed=Recount.objects.in_area(area).values("area_path").distinct().count(),
    )


def behind(rows: QuerySet[Resident], number: str, at: datetime) -> QuerySet[Resident]:
    """Of these people, those a number of `OF_PEOPLE` counts."""
    on = timezone.localdate(at)
    narrowed = {
        "residents": Q(),
        "men": Q(sex="1"),
        "women": Q(sex="2"),
        "elderly": Q(born_on__lte=counting.birthday_of(counting.ELDERLY_AGE, on)),
        "children": Q(born_on__gt=counting.birthday_of(counting.CHILD_AGE, on)),
        "away": Q(away_since__isnull=False),
    }
    return rows.filter(LIVING_HERE, narrowed[number])


def _below(area: str) -> Iterable[Area]:
    return org.valid().filter(parent_path=area, level__in=org.PUBLIC_LEVELS).order_by("path")


def _cut(path: str, depth: int) -> str:
    return ".".join(path.split(".")[:depth])


def _summed(villages: Sequence[_Village]) -> _Village:
    oldest = min((one.at for one in villages if one.at), default=None)
    return _Village("", counting.added(one.counts for one in villages), oldest)


def _counted(area: Area, sums: _Village, have: int, of: int) -> Counted:
    return Counted(area=area.path, name=area.name, counts=sums.counts, have=have, of=of, as_of=sums.at)


def _fill(found: Mapping[str, Counts], rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        for name, number in row.items():
            if name != "area_path":
                found[row["area_path"]][name] = number if isinstance(number, int) else float(number)
