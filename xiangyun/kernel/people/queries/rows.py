"""People as one line of a list, masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Membership, Resident
from xiangyun.kernel.people.queries import fields
from xiangyun.kernel.people.rules import masking, purposes


class Lives(NamedTuple):
    """Where somebody lives now: the home's id and number."""

    pk: UUID
    number: str


# What a line says, and what a search goes by.
COLUMNS = (
    *("name", "name_sealed", "is_protected", "sort_key", "sex", "born_on", "died_on"),
    *("id_no_sealed", "id_no_index", "area_path"),
)


def needed(people: ScopedQuerySet[Resident]) -> ScopedQuerySet[Resident]:
    """These people with the columns of a line alone: half of a wide row is not read for a list."""
    return people.only(*COLUMNS)


def homes_of(residents: Iterable[Resident]) -> dict[UUID, Lives]:
    """Resident → the home they live in now, in one query."""
    open_now = Membership.objects.filter(resident__in=[one.pk for one in residents], until_on=None)
    found = open_now.values_list("resident", "household", "household__number")
    return {pk: Lives(home, number) for pk, home, number in found}


def shown(residents: Iterable[Resident], on: date) -> list[dict[str, Any]]:
    """Each of them as a line, in the same order."""
    people = list(residents)
    homes, names = homes_of(people), org.names(one.area_path for one in people)
    return [_line(one, homes.get(one.pk), names, on) for one in people]


def age(born_on: date | None, on: date) -> int | None:
    """Whole years on a day; None where nobody knows the birthday."""
    return purposes.age(born_on, on) if born_on else None


def empty_home(household: Household, name: str) -> dict[str, Any]:
    """The line of a home in which nobody is registered."""
    return {
        "id": None,
        "name": "",
        "is_protected": False,
        "is_dead": False,
        "sex": "",
        "age": None,
        "id_no": None,
        "area": household.area_path,
        "area_name": name,
        "household": {"id": household.pk, "number": household.number},
    }


def _line(resident: Resident, home: Lives | None, names: Mapping[str, str], on: date) -> dict[str, Any]:
    id_no = fields.plain(resident, "id_no")
    return {
        "id": resident.pk,
        "name": fields.shown_name(resident),
        "is_protected": resident.is_protected,
        "is_dead": resident.died_on is not None,
        "sex": resident.sex,
        "age": age(resident.born_on, resident.died_on or on),
        "id_no": masking.mask_id_number(id_no) if id_no else None,
        "area": resident.area_path,
        "area_name": names[resident.area_path],
        "household": {"id": home.pk, "number": home.number} if home else None,
    }
