"""What of the register goes out: tables, and the facts and lists that forms are filled with.

Personal numbers are masked as everywhere; a table never opens a field, nor does one file say a birth date beside the
end of an ID number (ADR 25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from xiangyun.base import words
from xiangyun.base.sheets import Cell, ExportColumn, ExportKind, Fact, FactValue, Roll
from xiangyun.kernel.access.querysets import under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Membership, Resident, Source
from xiangyun.kernel.people.queries import facts, fields, homes, visible
from xiangyun.kernel.people.rules import abilities, groups, masking
from xiangyun.kernel.people.rules.counting import ELDERLY_AGE, birthday_of
from xiangyun.kernel.people.rules.purposes import age

AT_ONCE = 1000

OF_PERSON = (
    "name", "id_no", "sex", "born_on", "age", "ethnicity", "phone", "education", "marriage", "political", "occupation",
    "away_to",
)  # fmt: skip
OF_HOME = ("household", "address", "head", "members", "kind", "land_mu", "safety_grade", "water", "toilet", "heating")


def _people(by: Actor, area: str) -> QuerySet[Resident]:
    return visible.residents(by, abilities.SEE_PERSON).filter(
        under(area), died_on=None, memberships__until_on=None, memberships__isnull=False
    )


def _homes(by: Actor, area: str) -> QuerySet[Household]:
    return visible.households(by, abilities.SEE_HOME).filter(under(area), closed_on=None)


def _said(listed: str | None, value: Any, on: date) -> Cell:
    """A fact in words; numbers and days as they are."""
    if isinstance(value, int | float | date) and not isinstance(value, bool):
        return value
    return facts.worded(listed, value, words.DEFAULT, on)


def _of_person(resident: Resident, name: str, on: date) -> Cell:
    if name == "name":
        return fields.shown_name(resident)
    if name == "age":
        return age(resident.born_on, on) if resident.born_on else None
    if name in facts.MASKS:
        return facts.masked(resident, name)
    return _said(groups.LISTS_OF_RESIDENT.get(name), facts.of_resident(resident, name), on)


def _of_home(home: Any, name: str, *, by: Actor, place: str, on: date) -> Cell:
    """`home` carries `people` and `mu`, counted."""
    if name == "household":
        return str(home.number)
    if name == "address":
        return homes.address(home, by, place)
    if name == "head":
        heads = [one for one in home.memberships.all() if one.is_head and one.until_on is None]
        return fields.shown_name(heads[0].resident) if heads else None
    if name == "members":
        return sum(one.until_on is None for one in home.memberships.all())
    if name == "land_mu":
        return float(sum((plot.size_mu for plot in home.plots.all() if plot.closed_on is None), 0))
    return _said(groups.LISTS_OF_HOME.get(name), getattr(home, name), on)


def residents(columns: Sequence[str], *, area: str, by: Any, at: datetime) -> Iterator[Sequence[Cell]]:
    """Everybody who lives there now, home by home, the head first. Beside the end of an ID number the year of birth
    stands alone."""
    on = timezone.localdate(at)
    rows = (
        Membership.objects.filter(until_on=None, resident__in=_people(by, area))
        .select_related("resident", "household")
        .order_by("household__area_path", "household__number", "-is_head", "resident__born_on", "pk")
    )
    places = org.names(rows.values_list("household__area_path", flat=True).distinct().order_by())
    for stay in rows.iterator(AT_ONCE):
        own: dict[str, Callable[[], Cell]] = {
            "village": lambda stay=stay: places[stay.household.area_path],  # type: ignore[misc]
            "household": lambda stay=stay: stay.household.number,  # type: ignore[misc]
            "relation": lambda stay=stay: _said("kinship", stay.relation, on),  # type: ignore[misc]
        }
        if "id_no" in columns:
            born_on = stay.resident.born_on
            own["born_on"] = lambda born_on=born_on: born_on.year if born_on else None  # type: ignore[misc]
        yield [own[one]() if one in own else _of_person(stay.resident, one, on) for one in columns]


def households(columns: Sequence[str], *, area: str, by: Any, at: datetime) -> Iterator[Sequence[Cell]]:
    """Every home that stands there, village by village."""
    on = timezone.localdate(at)
    rows = _homes(by, area).order_by("area_path", "number", "pk")
    places = org.names(rows.values_list("area_path", flat=True).distinct().order_by())
    whole = rows.prefetch_related("memberships__resident", "plots")
    for home in whole.iterator(AT_ONCE):
        place = places[home.area_path]
        yield [place if one == "village" else _of_home(home, one, by=by, place=place, on=on) for one in columns]


def _value(value: Cell, source: Source | None) -> FactValue:
    if source is None:
        return FactValue(value)
    return FactValue(value, source.entered_name, source.as_of)


def _person_fact(name: str) -> Fact:
    group = groups.GROUP_OF["born_on" if name == "age" else name]

    def said(one: Resident, on: date) -> Cell:
        value = _of_person(one, name, on)
        # What else the form asks is not known here, and most ask for the birth date.
        return masking.hide(value) if name == "id_no" and isinstance(value, str) else value

    def read(keys: Sequence[str], *, area: str, by: Any, at: datetime) -> Mapping[str, FactValue]:
        on = timezone.localdate(at)
        rows = _people(by, area).filter(pk__in=keys).select_related(f"{group}_source").distinct()
        told = {str(one.pk): (said(one, on), getattr(one, f"{group}_source")) for one in rows}
        return {key: _value(value, source) for key, (value, source) in told.items() if value not in (None, "")}

    return Fact(f"people.person_{name}", f"people.field.{name}", "resident", abilities.SEE_PERSON, read)


def _home_fact(name: str) -> Fact:
    def read(keys: Sequence[str], *, area: str, by: Any, at: datetime) -> Mapping[str, FactValue]:
        on = timezone.localdate(at)
        rows = list(
            _homes(by, area)
            .filter(pk__in=keys)
            .select_related("home_source")
            .prefetch_related("memberships__resident", "plots")
        )
        places = org.names(one.area_path for one in rows)
        told = {
            str(one.pk): (_of_home(one, name, by=by, place=places[one.area_path], on=on), one.home_source)
            for one in rows
        }
        return {key: _value(value, source) for key, (value, source) in told.items() if value not in (None, "")}

    return Fact(
        f"people.home_{name}", f"people.field.{facts.HOME_NAMES.get(name, name)}", "household", abilities.SEE_HOME, read
    )


def _village_fact(code: str, count: Callable[[Actor, str, date], Cell]) -> Fact:
    def read(keys: Sequence[str], *, area: str, by: Any, at: datetime) -> Mapping[str, FactValue]:  # noqa: ARG001
        on = timezone.localdate(at)
        return {key: FactValue(count(by, key, on), as_of=on) for key in keys}

    return Fact(f"people.village_{code}", f"people.fact.{code}", "village", abilities.SEE_HOME, read)


def _land(by: Actor, area: str, _on: date) -> Cell:
    told = _homes(by, area).aggregate(mu=Sum("plots__size_mu", filter=Q(plots__closed_on=None)))["mu"]
    return float(told or 0)


def _roll_of_people(area: str, by: Actor, *wanted: Q) -> list[str]:
    rows = _people(by, area).filter(*wanted).order_by("area_path", "sort_key", "pk").distinct()
    return [str(pk) for pk in _keys(rows.values_list("pk", flat=True))]


def _keys(rows: Any) -> Iterator[UUID]:
    yield from dict.fromkeys(rows)


def _everybody(area: str, *, by: Any, at: datetime) -> Sequence[str]:  # noqa: ARG001
    return _roll_of_people(area, by)


def _elderly(area: str, *, by: Any, at: datetime) -> Sequence[str]:
    return _roll_of_people(area, by, Q(born_on__lte=birthday_of(ELDERLY_AGE, timezone.localdate(at))))


def _every_home(area: str, *, by: Any, at: datetime) -> Sequence[str]:  # noqa: ARG001
    return [str(pk) for pk in _homes(by, area).order_by("area_path", "number", "pk").values_list("pk", flat=True)]


EXPORTS = [
    ExportKind(
        "people.residents",
        "people.table.residents",
        tuple(ExportColumn(one, f"people.field.{one}") for one in ("village", "household", "relation", *OF_PERSON)),
        abilities.SEE_PERSON,
        residents,
    ),
    ExportKind(
        "people.households",
        "people.table.households",
        tuple(ExportColumn(one, f"people.field.{facts.HOME_NAMES.get(one, one)}") for one in ("village", *OF_HOME)),
        abilities.SEE_HOME,
        households,
    ),
]
FACTS = [
    *(_person_fact(name) for name in OF_PERSON),
    *(_home_fact(name) for name in OF_HOME),
    _village_fact("name", lambda _by, area, _on: org.names([area])[area]),
    _village_fact("households", lambda by, area, _on: _homes(by, area).count()),
    _village_fact("residents", lambda by, area, _on: _people(by, area).aggregate(n=Count("pk", distinct=True))["n"]),
    _village_fact(
        "elderly",
        lambda by, area, on: (
            _people(by, area)
            .filter(born_on__lte=birthday_of(ELDERLY_AGE, on))
            .aggregate(n=Count("pk", distinct=True))["n"]
        ),
    ),
    _village_fact("land_mu", _land),
]
ROLLS = [
    Roll("people.everybody", "people.roll.everybody", "resident", abilities.SEE_PERSON, _everybody),
    Roll("people.elderly", "people.roll.elderly", "resident", abilities.SEE_PERSON, _elderly),
    Roll("people.homes", "people.roll.homes", "household", abilities.SEE_HOME, _every_home),
]
