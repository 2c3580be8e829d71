"""Whom a matter goes to at a level: the town's own table, then what its kind says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.workflow import registry
from xiangyun.kernel.workflow.models import Matter, Route
from xiangyun.kernel.workflow.queries.duty import on
from xiangyun.kernel.workflow.rules.kinds import Level, place_of


@dataclass(frozen=True, slots=True)
class Target:
    """Where something goes: to all who hold a role at a place, or to one person."""

    role: str = ""
    role_area: str = ""
    account: UUID | None = None


def in_force(on_day: date) -> Q:
    """Rows that hold on a day (`valid_from`, `valid_until`)."""
    return Q(valid_from__lte=on_day) & (Q(valid_until=None) | Q(valid_until__gt=on_day))


def routes(kind: str, category: str, level: str, area: str, on_day: date) -> list[Route]:
    """The lines of the table that speak of this, best first: the nearest place, its own category, their order."""
    rows = Route.objects.filter(
        in_force(on_day),
        area_path__in=list(paths.ancestors(area)),
        kind=kind,
        category__in={category, ""},
        level=level,
    ).select_related("account")
    best = sorted(
        rows, key=lambda row: (-len(row.area_path), row.category == "", row.order, -row.valid_from.toordinal())
    )
    return [row for row in best if row.area_path == best[0].area_path]


def target(matter: Matter, at: datetime) -> Target | None:
    """Whom a matter goes to at its level now: the first of the table, or of its kind, who is there; None: nobody."""
    kind = registry.matter_kind(matter.kind)
    on_day = timezone.localtime(at).date()
    for row in routes(matter.kind, matter.category, matter.level, matter.area_path, on_day):
        if row.account is not None:
            if row.account.state == "active":
                return Target(account=row.account.pk)
        elif found := held(row.role, matter.area_path, matter.level, at):
            return found
    role = kind.routes.get(matter.level)
    return held(role, matter.area_path, matter.level, at) if role else None


def held(role: str, area: str, level: str, at: datetime) -> Target | None:
    """A role at the place that works at a level, if somebody holds it there; else at the nearest place above. Who is
    at the county a town cannot see: what goes there waits for whoever holds the role."""
    if level == Level.BANNER:
        return Target(role=role, role_area=place_of(level, area))
    above = list(paths.ancestors(place_of(level, area)))
    rows = Post.objects.filter(on(at), role=role, area_path__in=above, account__state="active")
    found = max(rows.values_list("area_path", flat=True), key=len, default=None)
    return Target(role=role, role_area=found) if found else None


def holders_of(role: str, role_area: str, at: datetime) -> list[UUID]:
    """The active people who hold a role at a place."""
    rows = Post.objects.filter(on(at), role=role, area_path=role_area, account__state="active")
    return list(rows.order_by("account").values_list("account", flat=True).distinct())
