"""A made-up home as rows of the tables, sealed like a real one: plain tuples, for a demo and for a whole city."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from xiangyun.base import ids
from xiangyun.kernel.people.made_up import Home, Person
from xiangyun.kernel.people.queries import digests
from xiangyun.kernel.people.rules import groups, names
from xiangyun.kernel.vault.queries import SealingRing

# Table → its columns in the order of the tuples. What is not named is null, or as the model says.
COLUMNS = {
    "people_source": ("id", "area_path", "kind", "name", "as_of", "entered_name", "entered_at"),
    "people_household": (
        "id",
        "area_path",
        "group_path",
        "grid_path",
        "number",
        "kind",
        "address",
        "lon",
        "lat",
        "house_size_m2",
        "safety_grade",
        "water",
        "toilet",
        "heating",
        "has_broadband",
        "machines",
        "home_source_id",
        "checked_at",
        "version",
        "created_at",
        "changed_at",
    ),
    "people_resident": (
        "id",
        "area_path",
        "name",
        "name_sealed",
        "is_protected",
        "name_keys",
        "sort_key",
        "sex",
        "born_on",
        "ethnicity",
        "education",
        "marriage",
        "political",
        "occupation",
        "hukou",
        "away_since",
        "away_to",
        "insurance",
        "document",
        "id_no_sealed",
        "id_no_index",
        "phone_sealed",
        "phone_index",
        "bank_card_sealed",
        "health_sealed",
        "identity_source_id",
        "contact_source_id",
        "status_source_id",
        "health_source_id",
        "version",
        "created_at",
        "changed_at",
    ),
    "people_membership": (
        "id",
        "area_path",
        "household_id",
        "resident_id",
        "relation",
        "is_head",
        "from_on",
        "began_by",
        "ended_by",
        "source_id",
    ),
    "people_plot": (
        "id",
        "area_path",
        "household_id",
        "code",
        "name",
        "kind",
        "size_mu",
        "is_irrigated",
        "crop",
        "contract_from",
        "contract_until",
        "transferred_to",
        "source_id",
        "version",
        "created_at",
    ),
    "people_income": ("id", "area_path", "household_id", "year", "amounts_sealed", "source_id", "version"),
    "people_mark": ("id", "area_path", "resident_id", "level", "kind", "kind_sealed", "from_on", "source_id"),
}

# 二轮延包: the second round of contracts.
CONTRACT = (date(1998, 1, 1), date(2028, 1, 1))
REGISTERED = "2025 年入户登记"
GRIDS = 2

Row = tuple[Any, ...]


def _id() -> str:
    return str(ids.uuid7())


class Village(NamedTuple):
    """A village of the tree, and where it stands on the map if that is known."""

    path: str
    name: str
    lon: float | None
    lat: float | None


class Written(NamedTuple):
    """Ids of a home that was written, its people in the order they were told."""

    household: str
    people: tuple[str, ...]


@dataclass(slots=True)
class Writer:
    """Writes the homes of one village; `rows` grows by table."""

    village: Village
    ring: SealingRing
    at: datetime
    chance: random.Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    source: str = field(default_factory=_id)

    def __post_init__(self) -> None:
        as_of = self.at.date() - timedelta(days=240)
        told = (self.source, self.village.path, "demo", REGISTERED, as_of, "乡云", self.at)
        self.rows["people_source"].append(told)

    def home(self, home: Home, *, checked_days_ago: int | None = None) -> Written:
        """One home with everybody in it. Looked at `checked_days_ago`, by chance without."""
        pk, path, at = _id(), self.village.path, self.at
        ago = self.chance.randrange(170) if checked_days_ago is None else checked_days_ago
        lon, lat = self._point()
        self.rows["people_household"].append(
            (
                pk,
                path,
                f"{path}.z{home.group:02}",
                f"{path}.g{(home.group - 1) % GRIDS + 1:02}",
                home.number,
                home.kind,
                home.address,
                lon,
                lat,
                home.house_size_m2,
                home.safety_grade,
                home.water,
                home.toilet,
                home.heating,
                home.has_broadband,
                home.machines,
                self.source,
                at - timedelta(days=ago),
                1,
                at,
                at,
            )
        )
        people = tuple(self._person(pk, one) for one in home.members)
        for n, plot in enumerate(home.plots):
            code = f"{path.replace('.', '')}{home.number[-4:]}{n + 1}"
            land = (plot.name, plot.kind, plot.size_mu, plot.is_irrigated, plot.crop, *CONTRACT, "")
            self.rows["people_plot"].append((_id(), path, pk, code, *land, self.source, 1, at))
        income = _id()
        amounts = json.dumps({name: getattr(home.income, name) for name in groups.AMOUNTS})
        sealed = self.ring.seal(amounts, "people_income", "amounts_sealed", income)
        self.rows["people_income"].append((income, path, pk, home.income.year, sealed, self.source, 1))
        return Written(pk, people)

    def _person(self, household: str, one: Person) -> str:
        pk, path, ring = _id(), self.village.path, self.ring
        health = {"disability": one.disability[:1], "grade": one.disability[1:2], "chronic": []}
        self.rows["people_resident"].append(
            (
                pk,
                path,
                "" if one.is_protected else one.name,
                self._sealed("name", one.name if one.is_protected else "", pk),
                one.is_protected,
                digests.name_keys(ring, one.name, is_protected=one.is_protected),
                "" if one.is_protected else names.sort_key(one.name),
                one.sex,
                one.born_on,
                one.ethnicity,
                one.education,
                one.marriage,
                one.political,
                one.occupation,
                one.hukou,
                one.away_since,
                one.away_to,
                one.insurance,
                "111",
                self._sealed("id_no", one.id_no, pk),
                ring.index("id_no", one.id_no) if one.id_no else None,
                self._sealed("phone", one.phone, pk),
                ring.index("phone", one.phone) if one.phone else None,
                self._sealed("bank_card", one.bank_card, pk),
                self._sealed("health", json.dumps(health, ensure_ascii=False) if one.disability else "", pk),
                self.source,
                self.source if one.phone or one.bank_card else None,
                self.source,
                self.source if one.disability else None,
                1,
                self.at,
                self.at,
            )
        )
        since = max(one.born_on, date(1998, 1, 1))
        began = (since, "born" if since == one.born_on else "register", "")
        self.rows["people_membership"].append(
            (_id(), path, household, pk, one.relation, one.is_head, *began, self.source)
        )
        for kind, level in one.marks:
            self.mark(pk, kind, level)
        return pk

    def mark(self, resident: str, kind: str, level: int) -> None:
        """Somebody needs a kind of care; a grave one stands sealed."""
        pk, is_grave = _id(), level == groups.SEALED
        sealed = self.ring.seal(kind, "people_mark", "kind_sealed", pk) if is_grave else None
        since = self.at.date() - timedelta(days=self.chance.randrange(30, 900))
        told = ("" if is_grave else kind, sealed, since, self.source)
        self.rows["people_mark"].append((pk, self.village.path, resident, level, *told))

    def _sealed(self, what: str, value: str, pk: str) -> bytes | None:
        column = f"{what}_sealed"
        return self.ring.seal(value, "people_resident", column, pk) if value else None

    def _point(self) -> tuple[float | None, float | None]:
        """Somewhere near the middle of the village."""
        if self.village.lon is None or self.village.lat is None:
            return None, None
        along, across = self.chance.gauss(0, 0.004), self.chance.gauss(0, 0.003)
        return round(self.village.lon + along, 6), round(self.village.lat + across, 6)
