"""Wire shapes of the one search box of the register."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from xiangyun.kernel.people.rules import searching


class SearchIn(BaseModel):
    """What was typed: an ID number, a phone, a home's number, a name, its pinyin or the initials of it."""

    q: str = Field(min_length=1, max_length=64)
    area: str | None = Field(default=None, max_length=64)
    limit: int = Field(default=20, ge=1, le=searching.MOST)


class WhyFoundOut(BaseModel):
    """How a person was found; `spans` are the parts of the shown name that were typed, from and until a character."""

    kind: Literal["id_no", "phone", "number", "exact", "prefix", "initials", "pinyin", "part", "near"]
    spans: list[tuple[int, int]]


class HomeFoundOut(BaseModel):
    """The home somebody lives in now."""

    id: UUID
    number: str


class PersonRowOut(BaseModel):
    """One person in a list, masked; `id` is null for a home in which nobody is registered."""

    id: UUID | None
    name: str
    is_protected: bool
    is_dead: bool
    sex: str
    age: int | None
    id_no: str | None
    area: str
    area_name: str
    household: HomeFoundOut | None


class PersonFoundOut(PersonRowOut):
    """One person who was found, and why."""

    why: WhyFoundOut


class FoundOut(BaseModel):
    """Who was found, the best first; with `more` there are others, and typing more narrows it."""

    items: list[PersonFoundOut]
    more: bool
