"""One fact of a row by the name it has on the wire: as it stands, and as it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.people.models import Household, Income, Plot, Resident, Source
from xiangyun.kernel.people.queries import fields
from xiangyun.kernel.people.rules import codes, groups, masking
from xiangyun.kernel.vault import queries as vault

MASKS = {
    "name": masking.mask_name,
    "id_no": masking.mask_id_number,
    "phone": masking.mask_phone,
    "bank_card": masking.mask_bank_card,
}
PLACES = {"group": "group_path", "grid": "grid_path"}
# What a fact of a home is called where the words of a person's facts already use its name.
HOME_NAMES = {"number": "household", "kind": "home_kind"}


def of_resident(resident: Resident, fact: str) -> Any:
    """A fact of a person as it stands; what is sealed is opened. Raises Tampered."""
    if fact == "health":
        told = fields.plain(resident, "health")
        return json.loads(told) if told else None
    return fields.plain(resident, fact) if fact in fields.SEALED else getattr(resident, fact)


def of_home(home: Household, fact: str) -> Any:
    """A fact of a home as it stands."""
    if fact == "point":
        return None if home.lon is None or home.lat is None else (home.lon, home.lat)
    return getattr(home, PLACES.get(fact, fact))


def of_plot(plot: Plot, fact: str) -> Any:
    """A fact of a piece of land as it stands."""
    return getattr(plot, fact)


def amounts(income: Income) -> dict[str, int]:
    """The five amounts of a year in fen. Raises Tampered."""
    told: dict[str, int] = json.loads(
        vault.open_sealed(income.amounts_sealed, "people_income", "amounts_sealed", income.pk)
    )
    return told


def plain(value: Any) -> Any:
    """A fact as it is kept in JSON and said on the wire."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return list(value) if isinstance(value, tuple) else value


def masked(resident: Resident, fact: str) -> str | None:
    """A personal number of somebody, masked; null where there is none. Raises Tampered."""
    value = fields.plain(resident, fact)
    return MASKS[fact](value) if value else None


def shown_before(fact: str, value: Any, *, address: str | None) -> str | None:
    """What stood somewhere before, as a history may show it; `address` masks an address."""
    if value is None or value in ("", []) or fact in groups.HIDDEN:
        return None
    if fact == "address" and address:
        return address
    if fact in MASKS:
        return MASKS[fact](str(value))
    return said(value)


def said(value: Any) -> str | None:
    """A fact in one line of text; null where there is none."""
    if value in (None, "", []):
        return None
    return "、".join(str(each) for each in value) if isinstance(value, list) else str(value)


def worded(listed: str | None, value: Any, lang: str, on: date) -> str | None:
    """A fact in one line of words, codes of the list `listed` by their names on a day; null where there is none."""
    if isinstance(value, bool):
        return words.say("people.yes" if value else "people.no", lang)
    told = value if isinstance(value, list) else [value]
    known = codes.codes(listed, on) if listed else {}
    named = [known.get(str(one)) for one in told]
    return said([_name(code, lang) if code else one for code, one in zip(named, told, strict=True) if one])


def _name(code: codes.Code, lang: str) -> str:
    return code.zh if lang == words.DEFAULT else code.en


def source(row: Source | None) -> dict[str, Any] | None:
    """A source on the wire."""
    if row is None:
        return None
    return {
        "kind": row.kind,
        "name": row.name,
        "as_of": row.as_of,
        "entered_by": row.entered_name,
        "entered_at": row.entered_at,
    }


def checked_since(at: datetime) -> datetime:
    """Somebody who checked a home since then need not come again yet: from the town's midnight, so that what was
    counted in the morning opens the same homes in the evening."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) - groups.CHECK_EVERY


def differing(before: Mapping[str, Any], facts: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Which of `names` are told and are not what they were."""
    return [name for name in names if name in facts and plain(before[name]) != plain(facts[name])]
