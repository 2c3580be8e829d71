"""Wire shapes of one person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from xiangyun.kernel.people.schemas.homes import CareMarkOut, FactSourceOut, MergeOut


class ResidentSourcesOut(BaseModel):
    """Where each group of facts came from; null where nothing of the group was ever said."""

    identity: FactSourceOut
    contact: FactSourceOut | None
    status: FactSourceOut | None
    health: FactSourceOut | None


class StayOut(BaseModel):
    """A home somebody belongs or belonged to."""

    id: UUID
    household: UUID
    number: str
    area: str
    area_name: str
    relation: str
    is_head: bool
    from_on: date
    began_by: str
    until_on: date | None
    ended_by: str
    source: FactSourceOut


class ResidentOut(BaseModel):
    """A whole person. `id_no`, `phone`, `bank_card` are masked, a protected name too; of health only that there is
    something.

    `may`: edit move record_death add_mark merge reveal.
    """

    id: UUID
    area: str
    area_name: str
    name: str
    is_protected: bool
    document: str
    id_no: str | None
    sex: str
    born_on: date | None
    age: int | None
    ethnicity: str
    phone: str | None
    bank_card: str | None
    education: str
    marriage: str
    political: str
    occupation: str
    hukou: str
    away_since: date | None
    away_to: str
    insurance: list[str]
    has_health: bool
    died_on: date | None
    erased_at: datetime | None
    version: int
    created_at: datetime
    changed_at: datetime
    sources: ResidentSourcesOut
    stays: list[StayOut]
    marks: list[CareMarkOut]
    merges: list[MergeOut]
    may: list[str]
