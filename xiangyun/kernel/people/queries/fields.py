"""The one place where a sealed field of the register is opened."""

from __future__ import annotations

import re

from xiangyun.kernel.people.models import Household, Income, Mark, Resident
from xiangyun.kernel.people.rules import masking
from xiangyun.kernel.vault import queries as vault

# What the register keeps sealed of a person: field → column.
SEALED = {
    "name": "name_sealed",
    "id_no": "id_no_sealed",
    "phone": "phone_sealed",
    "bank_card": "bank_card_sealed",
    "health": "health_sealed",
}
MARK_SEALED = {"kind": "kind_sealed", "note": "note_sealed"}
INCOME_OF = re.compile(r"^income\.(\d{4})$")


def plain(resident: Resident, field: str) -> str | None:
    """One field of `SEALED` as it was entered (health: JSON); None where nothing is known. Raises Tampered."""
    if field == "name" and not resident.is_protected:
        return resident.name or None
    return _opened(resident, "people_resident", SEALED[field])


def plain_of_mark(mark: Mark, field: str) -> str | None:
    """A mark's kind (a code) or note. Raises Tampered."""
    if field == "kind" and mark.kind:
        return mark.kind
    return _opened(mark, "people_mark", MARK_SEALED[field])


def plain_of_home(household: Household, field: str) -> str | None:
    """A household's `address`, or `income.<year>`: JSON of the five amounts in fen. Raises Tampered."""
    if field == "address":
        return household.address or None
    year = INCOME_OF.match(field)
    income = Income.objects.filter(household=household, year=int(year[1])).first() if year else None
    return _opened(income, "people_income", "amounts_sealed") if income else None


def _opened(row: Resident | Mark | Income, table: str, column: str) -> str | None:
    sealed = getattr(row, column)
    return None if sealed is None else vault.open_sealed(sealed, table, column, row.pk)


def shown_name(resident: Resident) -> str:
    """What stands for somebody's name wherever they are shown: a protected one masked (张*). Raises Tampered."""
    return masking.mask_name(plain(resident, "name") or "") if resident.is_protected else resident.name
