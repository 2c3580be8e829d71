"""Wire shapes of homes and of what belongs to them. Personal facts are masked in every one of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class FactSourceOut(BaseModel):
    """Where a group of facts came from, as of which day, who entered it."""

    kind: Literal["hand", "import", "visit", "form", "register", "demo"]
    name: str
    as_of: date
    entered_by: str
    entered_at: datetime


class HeadOut(BaseModel):
    """Who speaks for a home."""

    id: UUID
    name: str


class HomeRowOut(BaseModel):
    """One home in a list. `address` is masked to the village for those who may not edit it."""

    id: UUID
    number: str
    area: str
    area_name: str
    group: str
    grid: str
    kind: str
    address: str
    point: tuple[float, float] | None
    head: HeadOut | None
    members: int
    checked_at: datetime
    is_due: bool = Field(description="nobody said for 90 days that it is still so")
    closed_on: date | None


class PersonShownOut(BaseModel):
    """Somebody, as everybody who may see people sees them."""

    id: UUID
    name: str
    is_protected: bool
    sex: str
    age: int | None
    ethnicity: str
    phone: str | None
    has_health: bool
    away_since: date | None
    died_on: date | None


class PersonBriefOut(PersonShownOut):
    """Somebody in a list, with the end of their ID number."""

    id_no: str | None


class PersonTwinOut(PersonShownOut):
    """Somebody beside who may be the same person, with their birth date and nothing of their ID number."""

    born_on: date | None
    has_id_no: bool


class MemberOut(BaseModel):
    """Somebody belongs (or belonged) to a home; `until_on` is the first day they no longer did."""

    id: UUID
    resident: PersonBriefOut
    relation: str
    is_head: bool
    from_on: date
    began_by: str
    until_on: date | None
    ended_by: str
    source: FactSourceOut


class PlotOut(BaseModel):
    """One piece of land of a home."""

    id: UUID
    household: UUID
    code: str
    name: str
    kind: str
    size_mu: Decimal
    is_irrigated: bool | None
    crop: str
    contract_from: date | None
    contract_until: date | None
    transferred_to: str
    transfer_until: date | None
    closed_on: date | None
    version: int
    source: FactSourceOut


class IncomeOut(BaseModel):
    """That something is known of a year; the amounts are revealed, never listed."""

    year: int
    version: int
    source: FactSourceOut


class CareMarkOut(BaseModel):
    """Somebody needs special care. `kind` is null where it stands sealed (level 2); `has_note` says there is more."""

    id: UUID
    resident: UUID
    level: int
    kind: str | None
    has_note: bool
    from_on: date
    until_on: date | None
    source: FactSourceOut


class MergeOut(BaseModel):
    """Two rows became one; `may` has `undo` while nothing came after."""

    id: UUID
    kind: Literal["resident", "household"]
    kept: UUID
    dropped: UUID
    at: datetime
    by: str
    undone_at: datetime | None
    may: list[str]


class HouseholdOut(BaseModel):
    """A whole home. With `on` it is told as of that day: who lived there exactly, other facts as far as the changes
    written down here reach back (`told_since`: from then on).

    `may`: edit check add_member name_head split close add_plot edit_income merge reveal.
    """

    id: UUID
    number: str
    area: str
    area_name: str
    group: str
    group_name: str
    grid: str
    grid_name: str
    kind: str
    address: str
    is_address_masked: bool
    point: tuple[float, float] | None
    house_size_m2: Decimal | None
    safety_grade: str
    water: str
    toilet: str
    heating: str
    has_broadband: bool | None
    machines: list[str]
    closed_on: date | None
    merged_into: UUID | None
    version: int
    created_at: datetime
    checked_at: datetime
    due_on: date
    source: FactSourceOut
    on: date | None
    told_since: date | None
    members: list[MemberOut]
    former: list[MemberOut]
    plots: list[PlotOut]
    incomes: list[IncomeOut]
    marks: list[CareMarkOut]
    merges: list[MergeOut]
    may: list[str]


class ChangeOut(BaseModel):
    """A group of facts was changed: what stood there before (masked; null where it is hidden), and both sources."""

    id: UUID
    at: datetime
    act: str
    kind: str
    subject: UUID
    before: dict[str, str | None]
    source: FactSourceOut
    former_source: FactSourceOut | None


class CodeOut(BaseModel):
    """One code of a list; `level` is how secret a kind of care is."""

    code: str
    name: str
    level: int | None = None


class CodeListOut(BaseModel):
    """One list of codes, in its order; `id` is the list: ethnicity, kinship."""

    id: str
    name: str
    codes: list[CodeOut]


class SideOut(BaseModel):
    """One fact of two rows, masked; `differs` is judged on what stands behind the masks."""

    field: str
    a: str | None
    b: str | None
    differs: bool


class CompareOut(BaseModel):
    """Two rows side by side."""

    kind: Literal["resident", "household"]
    a: UUID
    b: UUID
    fields: list[SideOut]


class DuplicateOut(BaseModel):
    """Rows that may be one: people with the same name and birth date, or the same phone in two homes; homes at the
    same address; a person or home that came in with an ID number or home number that was another's already."""

    kind: Literal["resident", "household"]
    why: Literal["id_no", "number", "name_birth", "phone", "address"]
    people: list[PersonTwinOut]
    homes: list[HomeRowOut]
