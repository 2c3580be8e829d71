"""Wire shapes of agriculture."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from xiangyun.kernel.workflow.schemas import PersonOut
from xiangyun.modules.agriculture.rules import Crop


class Written(BaseModel):
    """A body somebody sends: a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    op_id: UUID | None = None


class NowOut(BaseModel):
    """What the nearest station of the town says; `quality` as telemetry graded it."""

    temp_c: float | None
    quality: str | None
    as_of: datetime | None
    rain_3h_mm: float | None
    wind_ms: float | None
    station: str | None
    device: UUID | None
    distance_km: float | None


class SaidOut(BaseModel):
    """The forecast row a place goes by, with who said it and when."""

    id: UUID
    source: str
    issued_at: datetime
    starts_at: datetime
    ends_at: datetime
    rain_mm: float | None
    temp_min_c: float | None
    temp_max_c: float | None
    wind_ms: float | None
    wind_force: int | None


class WeatherOut(BaseModel):
    """The weather in big words. `headline_code`: rain_now, rain_coming, no_rain_said, nobody_said."""

    headline_code: Literal["rain_now", "rain_coming", "no_rain_said", "nobody_said"]
    headline: str
    lines: list[str]
    now: NowOut | None
    forecast: SaidOut | None


class TipShown(BaseModel):
    """A farming tip as it is read: headline, what, why, what to do later, who stands behind it, until when.

    While it rains nobody knows the end: `valid_until` is null then, and `valid_words` says how it will end.
    """

    alert_id: UUID
    headline: str
    what: str
    why: str
    later: str
    checked_by: str
    since: datetime
    valid_until: datetime | None
    valid_words: str | None


class GridWorkerOut(BaseModel):
    """Whom to call; `phone` is the post's public number, null where it has none."""

    name: str
    phone: str | None


class HomeOut(BaseModel):
    """A villager's first page."""

    area: str
    area_name: str
    date: date
    weather: WeatherOut
    tip: TipShown | None
    grid_worker: GridWorkerOut | None


class ForecastIn(Written):
    """What a station said, typed in."""

    area: str
    source: str = Field(min_length=2, max_length=100)
    issued_at: AwareDatetime
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    rain_mm: float | None = Field(default=None, ge=0, le=1000)
    temp_min_c: float | None = Field(default=None, ge=-60, le=60)
    temp_max_c: float | None = Field(default=None, ge=-60, le=60)
    wind_ms: float | None = Field(default=None, ge=0, le=100)


class ForecastFileIn(Written):
    """The text of a station's file: `source,issued_at,starts_at,ends_at` and any of the numbers."""

    area: str
    csv: str = Field(max_length=65_536)


class ForecastOut(SaidOut):
    """One forecast row, with who entered it and how."""

    area: str
    entered_by: PersonOut | None
    entered_at: datetime
    entered_how: Literal["hand", "file"]
    withdrawn_at: datetime | None
    may: list[str]


class ForecastsOut(BaseModel):
    """What a file brought in."""

    items: list[ForecastOut]


class FieldOut(BaseModel):
    """One block of farmland and what stands on it now."""

    id: UUID
    code: str
    area: str
    area_name: str
    size_mu: float
    point: tuple[float, float]
    is_schematic: bool
    crop: str | None
    crop_name: str | None


class PlantingIn(Written):
    """What was sown. Without days of its own, wheat gets the usual ones."""

    area: str
    crop: Crop
    sown_on: date
    size_mu: float | None = Field(default=None, gt=0, le=100_000)
    field: UUID | None = None
    variety: str = Field(default="", max_length=100)
    heading_on: date | None = None
    ripe_on: date | None = None


class StagesIn(Written):
    """The days somebody saw or expects."""

    heading_on: date
    ripe_on: date


class PlantingOut(BaseModel):
    """One planting. `stage`: growing, heading (to ripe), ripe; null where its days are not known."""

    id: UUID
    area: str
    area_name: str
    field: UUID | None
    field_code: str | None
    crop: str
    crop_name: str
    variety: str
    size_mu: float
    sown_on: date
    heading_on: date | None
    ripe_on: date | None
    is_estimated: bool
    stage: str | None
    stage_name: str | None
    entered_by: PersonOut | None
    entered_at: datetime
    may: list[str]


class ApprovalIn(Written):
    """An agronomist stands behind a tip."""

    area: str
    rule: str = "stop_watering"
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    note: str = Field(default="", max_length=500)


class ApprovalOut(BaseModel):
    """One approval."""

    id: UUID
    area: str
    rule: str
    rule_name: str
    agronomist: PersonOut
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None
    holds: bool
    note: str
    may: list[str]


class TipOut(TipShown):
    """A tip of the past or present, as staff see it."""

    area: str
    area_name: str
    state: str
    is_late: bool
    villages: list[str]
    cleared_at: datetime | None
