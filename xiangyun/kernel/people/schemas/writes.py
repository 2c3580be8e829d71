"""Wire shapes of what is written about homes and people. Codes are those of `GET /people/codes`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=120)]
CodeText = Annotated[str, Field(max_length=12)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Fen = Annotated[int, Field(ge=0, le=100_000_000_000)]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]


class RegisterBody(BaseModel):
    """What every write to the register may carry."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID | None = None


class FactSourceIn(BaseModel):
    """Where the facts come from; without it: entered by hand, true today. `name` names a form or a register, nobody."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["hand", "visit", "form", "register"] = "hand"
    name: Text = ""
    as_of: date | None = None


class Sourced(RegisterBody):
    """A write that brings facts."""

    source: FactSourceIn = FactSourceIn()


class HealthIn(BaseModel):
    """Disability class and grade (GB/T 26341), chronic diseases by name; a part that is not sent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    disability: CodeText = ""
    grade: CodeText = ""
    chronic: list[Text] = Field(default=[], max_length=20)


class PersonFacts(Sourced):
    """Facts of a person: only what is sent is written, null empties it. An ID number decides sex and birth date."""

    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    is_protected: bool | None = None
    document: CodeText | None = None
    id_no: Annotated[str, Field(max_length=40)] | None = None
    sex: CodeText | None = None
    born_on: date | None = None
    ethnicity: CodeText | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    bank_card: Annotated[str, Field(max_length=40)] | None = None
    education: CodeText | None = None
    marriage: CodeText | None = None
    political: CodeText | None = None
    occupation: Text | None = None
    hukou: CodeText | None = None
    away_since: date | None = None
    away_to: Text | None = None
    insurance: list[CodeText] | None = Field(default=None, max_length=20)
    health: HealthIn | None = None


class PersonChange(PersonFacts):
    """Facts of a person that changed, with the version that was read."""

    version: Version


class HomeFacts(Sourced):
    """Facts of a home: only what is sent is written, null empties it. `point` is WGS-84 [lon, lat]."""

    number: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    group: Text | None = None
    grid: Text | None = None
    kind: CodeText | None = None
    address: Text | None = None
    point: tuple[Lon, Lat] | None = None
    house_size_m2: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=1)] | None = None
    safety_grade: CodeText | None = None
    water: CodeText | None = None
    toilet: CodeText | None = None
    heating: CodeText | None = None
    has_broadband: bool | None = None
    machines: list[Text] | None = Field(default=None, max_length=30)


class HomeChange(HomeFacts):
    """Facts of a home that changed, with the version that was read."""

    version: Version


class HomeIn(HomeFacts):
    """A home of a village; without a number it gets the next one. `head` opens it with its head."""

    area: Text
    head: PersonFacts | None = None
    on: date | None = None


class MoveInIn(Sourced):
    """Somebody joins a home: a person of the register (`resident`), or a new one (`person`) in the same step.

    A birth is `began_by` "born" with the relation to the head; it needs no ID number yet.
    """

    resident: UUID | None = None
    person: PersonFacts | None = None
    relation: CodeText
    began_by: CodeText
    on: date | None = None


class RelationIn(BaseModel):
    """What somebody is to the head."""

    model_config = ConfigDict(extra="forbid")

    resident: UUID
    relation: CodeText


class NameHeadIn(Sourced):
    """Who is the head now. What the others are to the new head is worked out where it can be; `relations` says it."""

    resident: UUID
    relations: list[RelationIn] = Field(default=[], max_length=60)


class CheckIn(Sourced):
    """Somebody looked: it is still so."""


class OnDayIn(Sourced):
    """Something ends on a day; without it, today."""

    on: date | None = None


class SplitIn(Sourced):
    """Some of a home make a home of their own. `stay_head` is who is the head of those who stay, if the head goes."""

    members: list[RelationIn] = Field(min_length=1, max_length=60)
    head: UUID
    stay_head: UUID | None = None
    number: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    group: Text | None = None
    grid: Text | None = None
    kind: CodeText | None = None
    address: Text | None = None
    on: date | None = None


class DeathIn(Sourced):
    """Somebody died. When it is the head and others stay, `head` says who is the head now."""

    on: date
    head: UUID | None = None


class MoveIn(Sourced):
    """Somebody goes to another home of the town (`household`, with their `relation` there) or `outside`.

    `how` is a code of `membership_ends`. When the head goes and others stay, `head` says who is the head now.
    """

    household: UUID | None = None
    outside: bool = False
    relation: CodeText | None = None
    how: CodeText
    on: date | None = None
    head: UUID | None = None


class LeaveHomeIn(RegisterBody):
    """Somebody left a home for good, as a phone tells it: `how` is a code of `membership_ends`, `on` the day (of a
    death: the day of it). When the head is gone and others stay, `head` says who is the head now.
    """

    household: UUID
    how: CodeText
    on: date
    head: UUID | None = None


class MarkIn(Sourced):
    """Somebody needs special care; how secret it is comes with its kind."""

    kind: CodeText
    note: Annotated[str, Field(max_length=500)] = ""
    from_on: date | None = None


class PlotFacts(Sourced):
    """Facts of a piece of land: only what is sent is written, null empties it."""

    code: Annotated[str, Field(max_length=19, pattern=r"^\d*$")] | None = None
    name: Text | None = None
    kind: CodeText | None = None
    size_mu: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=2)] | None = None
    is_irrigated: bool | None = None
    crop: Text | None = None
    contract_from: date | None = None
    contract_until: date | None = None
    transferred_to: Text | None = None
    transfer_until: date | None = None


class NewPlotIn(PlotFacts):
    """A piece of land of a home."""

    size_mu: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=2)]


class PlotChange(PlotFacts):
    """Facts of a piece of land that changed, with the version that was read."""

    version: Version


class AmountsIn(Sourced):
    """A home's income of one year, in fen; `version` where one was said before."""

    wage: Fen = 0
    business: Fen = 0
    property: Fen = 0
    transfer: Fen = 0
    cost: Fen = 0
    version: Version | None = None


class CompareIn(BaseModel):
    """Two rows to look at side by side."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["resident", "household"]
    a: UUID
    b: UUID


class MergeIn(RegisterBody):
    """Two rows are one: `keep` stays, `drop` goes into it; `take` names the facts that are taken from `drop`."""

    kind: Literal["resident", "household"]
    keep: UUID
    drop: UUID
    take: list[Annotated[str, Field(max_length=40)]] = Field(default=[], max_length=40)
