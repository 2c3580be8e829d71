"""Reads of homes: the list, and a whole home, today or as of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit.rules import REVEAL
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Income, Mark, Membership, Plot, Resident
from xiangyun.kernel.people.queries import facts, fields, merges, past, visible
from xiangyun.kernel.people.queries.people import brief, shown_marks
from xiangyun.kernel.people.rules import abilities, groups, masking

ORDERS = {
    "number": ("area_path", "number", "id"),
    "checked": ("checked_at", "id"),
    "changed": ("-changed_at", "-id"),
}
# Act on a home → the ability it takes.
ACTS = {
    "edit": abilities.EDIT_HOME,
    "check": abilities.EDIT_HOME,
    "add_member": abilities.EDIT_PERSON,
    "name_head": abilities.EDIT_PERSON,
    "split": abilities.EDIT_PERSON,
    "close": abilities.EDIT_HOME,
    "add_plot": abilities.EDIT_HOME,
    "edit_income": abilities.EDIT_INCOME,
    "merge": abilities.MERGE,
    "reveal": REVEAL,
}
WHILE_CLOSED = ("reveal",)


def may(by: Actor, ability: str, home: Household) -> bool:
    """Whether somebody may do this kind of thing at this home: in its village, or in its grid."""
    return by.may(ability, home.area_path) or bool(home.grid_path and by.may(ability, home.grid_path))


def listed(
    by: Actor, *, at: datetime, area: str = "", grid: str = "", kind: str = "", due: bool | None = None,
    closed: bool = False,
) -> ScopedQuerySet[Household]:  # fmt: skip
    """Homes somebody may see, those in use unless `closed` is asked for,."""
    rows = visible.households(by).filter(closed_on__isnull=not closed)
    if area:
        rows = rows.in_area(area)
    if grid:
        rows = rows.filter(grid_path=grid)
    if kind:
        rows = rows.filter(kind=kind)
    if due is not None:
        late = Q(checked_at__lt=facts.checked_since(at))
        rows = rows.filter(late if due else ~late)
    return rows


def shown_rows(found: Sequence[Household], by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Homes of a list on the wire, in three queries more."""
    places = org.names(home.area_path for home in found)
    living = Membership.objects.filter(household__in=[home.pk for home in found], until_on=None)
    heads = {one.household_id: one.resident for one in living.filter(is_head=True).select_related("resident")}
    counted = dict(living.values("household").annotate(n=Count("pk")).values_list("household", "n"))
    return [
        {
            **_row(home, by, at, places[home.area_path]),
            "head": _head(heads.get(home.pk)),
            "members": counted.get(home.pk, 0),
        }
        for home in found
    ]


def _head(head: Resident | None) -> dict[str, Any] | None:
    return {"id": head.pk, "name": fields.shown_name(head)} if head else None


def _row(home: Household, by: Actor, at: datetime, place: str) -> dict[str, Any]:
    return {
        "id": home.pk,
        "number": home.number,
        "area": home.area_path,
        "area_name": place,
        "group": home.group_path,
        "grid": home.grid_path,
        "kind": home.kind,
        "address": address(home, by, place),
        "point": facts.of_home(home, "point"),
        "checked_at": home.checked_at,
        "is_due": home.checked_at < facts.checked_since(at),
        "closed_on": home.closed_on,
    }


def address(home: Household, by: Actor, place: str) -> str:
    """The address for those who may edit the home, the village for others."""
    if not home.address or may(by, abilities.EDIT_HOME, home):
        return home.address
    return masking.mask_address(place)


def members(home: Household, on: date | None) -> tuple[list[Membership], list[Membership]]:
    """Who lives (lived on that day) in a home, the head first; and who did before."""
    rows = list(
        Membership.objects.filter(household=home, resident__merged_into=None)
        .select_related("resident", "source")
        .order_by("-is_head", "relation", "from_on", "pk")
    )
    if on is None:
        return [one for one in rows if one.until_on is None], [one for one in rows if one.until_on is not None]
    living = [one for one in rows if one.from_on <= on and (one.until_on is None or one.until_on > on)]
    return living, [one for one in rows if one.until_on is not None and one.until_on <= on]


def whole(home: Household, by: Actor, *, at: datetime, on: date | None = None) -> dict[str, Any]:
    """A whole home on the wire; with `on`, as of that day."""
    day = on or timezone.localdate(at)
    living, former = ([one for one in part if visible.still_known(one, by)] for part in members(home, on))
    plots = list(Plot.objects.filter(household=home).select_related("source").order_by("closed_on", "code", "pk"))
    if on:
        past.set_back(on, home=home, members=[*living, *former], plots=plots)
        living.sort(key=lambda one: (not one.is_head, one.relation, one.from_on))
    places = org.names([path for path in (home.area_path, home.group_path, home.grid_path) if path])
    place = places[home.area_path]
    shown_address = address(home, by, place)
    return {
        "id": home.pk,
        "number": home.number,
        "area": home.area_path,
        "area_name": place,
        "group": home.group_path,
        "group_name": places.get(home.group_path, ""),
        "grid": home.grid_path,
        "grid_name": places.get(home.grid_path, ""),
        "address": shown_address,
        "is_address_masked": shown_address != home.address,
        "point": facts.of_home(home, "point"),
        **{
            name: getattr(home, name)
            for name in (
                "kind",
                "house_size_m2",
                "safety_grade",
                "water",
                "toilet",
                "heating",
                "has_broadband",
                "machines",
                "closed_on",
                "version",
                "created_at",
                "checked_at",
            )
        },
        "merged_into": home.merged_into_id,
        "due_on": timezone.localdate(home.checked_at + groups.CHECK_EVERY),
        "source": facts.source(home.home_source),
        "on": on,
        "told_since": timezone.localdate(home.created_at) if on else None,
        "members": [shown_member(one, day) for one in living],
        "former": [shown_member(one, day) for one in former],
        "plots": [shown_plot(one) for one in plots if not on or past.stood(one, on)],
        "incomes": [shown_income(one) for one in incomes(home)],
        "marks": shown_marks(marks([one.resident_id for one in living], day), by, home),
        "merges": merges.shown(merges.of("household", home.pk), by),
        "may": acts(by, home),
    }


def acts(by: Actor, home: Household) -> list[str]:
    """What somebody may do with a home now."""
    return [
        act
        for act, ability in ACTS.items()
        if (home.closed_on is None or act in WHILE_CLOSED) and may(by, ability, home)
    ]


def incomes(home: Household) -> list[Income]:
    """The years of which an income is known, newest first."""
    return list(Income.objects.filter(household=home).select_related("source").order_by("-year"))


def marks(residents: Iterable[UUID], day: date) -> list[Mark]:
    """The marks of some people that stood on a day."""
    rows = Mark.objects.filter(resident__in=residents, from_on__lte=day).select_related("source")
    return list(rows.filter(Q(until_on=None) | Q(until_on__gt=day)).order_by("level", "from_on", "pk"))


def shown_member(one: Membership, day: date) -> dict[str, Any]:
    """A membership on the wire."""
    return {
        "id": one.pk,
        "resident": brief(one.resident, day),
        "relation": one.relation,
        "is_head": one.is_head,
        "from_on": one.from_on,
        "began_by": one.began_by,
        "until_on": one.until_on,
        "ended_by": one.ended_by,
        "source": facts.source(one.source),
    }


def shown_plot(plot: Plot) -> dict[str, Any]:
    """A piece of land on the wire."""
    return {
        "id": plot.pk,
        "household": plot.household_id,
        **{name: getattr(plot, name) for name in groups.PLOT_FACTS},
        "closed_on": plot.closed_on,
        "version": plot.version,
        "source": facts.source(plot.source),
    }


def shown_income(income: Income) -> dict[str, Any]:
    """What is said of a year's income: that it is known."""
    return {"year": income.year, "version": income.version, "source": facts.source(income.source)}


def next_number(village: str) -> str:
    """The first number after the greatest plain one of a village, as long as that one, four digits at least."""
    rows = Household.objects.filter(area_path=village, number__regex=r"^\d{1,9}$").values_list("number", flat=True)
    last = max(rows, key=int, default="0000")
    return f"{int(last) + 1:0{max(len(last), 4)}}"
