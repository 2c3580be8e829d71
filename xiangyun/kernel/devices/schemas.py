"""Wire shapes of devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from xiangyun.kernel.devices import rules
from xiangyun.kernel.devices.registry import SLOTS
from xiangyun.kernel.devices.rules import State

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Derived(BaseModel):
    """How a device comes by a value that it does not measure: from what, by which formula."""

    model_config = ConfigDict(extra="forbid")

    from_what: Text
    how: Text


DerivedMetrics = Annotated[
    dict[str, Derived], Field(max_length=SLOTS, description="metric code → how it is computed, from what")
]


class DeviceIn(BaseModel):
    """A device to be registered. `keeper` is an account name; without it whoever registers is told of its silence."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    profile: Text
    area: Text
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    keeper: Text | None = None
    expected_every_s: int | None = Field(default=None, ge=rules.SHORTEST_EVERY_S, le=rules.LONGEST_EVERY_S)
    note: str = Field(default="", max_length=300, description="what a reader of its numbers must know")
    derived_metrics: DerivedMetrics = Field(default_factory=dict)
    op_id: UUID | None = None


class DeviceChange(BaseModel):
    """What is said of a device's numbers; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(default=None, max_length=300)
    derived_metrics: DerivedMetrics | None = None
    op_id: UUID | None = None


class DeviceMade(BaseModel):
    """A registered device; `secret` is shown this once, null in a repeat of the same request."""

    id: UUID
    key: str
    secret: str | None
    name: str
    profile: str
    area: str


class Keeper(BaseModel):
    """Who is told."""

    account: str
    name: str


class QuarantineOut(BaseModel):
    """A metric the profile does not know."""

    metric: str
    count: int
    last_at: datetime


class CutOut(BaseModel):
    """A door does not listen to the device for a while; `why` is the reason as a sentence."""

    since: datetime
    until: datetime
    reason: str
    why: str


class DeviceOut(BaseModel):
    """One device as it is now. `may` holds the moves open to this person."""

    id: UUID
    key: str
    name: str
    note: str
    derived_metrics: dict[str, Derived]
    profile: str
    area: str
    area_name: str
    lon: float | None
    lat: float | None
    state: State
    last_heard_at: datetime | None
    silent_since: datetime | None
    cut_off: CutOut | None
    expected_every_s: int
    keeper: Keeper | None
    created_at: datetime
    revoked_at: datetime | None
    quarantine: list[QuarantineOut]
    parked: int
    may: list[str]


class MaintenanceIn(BaseModel):
    """Work on the device begins or ends."""

    model_config = ConfigDict(extra="forbid")

    on: bool
    op_id: UUID | None = None


class KeeperIn(BaseModel):
    """Who is told from now on, by account name."""

    model_config = ConfigDict(extra="forbid")

    account: Text
    op_id: UUID | None = None


class Plain(BaseModel):
    """A write that carries nothing but its own number."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID | None = None


class ParkedOut(BaseModel):
    """One thing that is no reading; `why` is the reason as a sentence."""

    id: UUID
    reason: str
    why: str
    metric: str | None
    ts: datetime | None
    value: str
    received_at: datetime


class RawOut(BaseModel):
    """One body as it came, and what was read from it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    received_at: datetime
    door: str
    line: str
    stored: int
    duplicate: int
    rejected: int


class MetricOut(BaseModel):
    """One metric of a profile, its name in the reader's language."""

    code: str
    title: str
    unit: str
    low: float
    high: float
    aggregate: str


class ProfileOut(BaseModel):
    """One kind of device."""

    code: str
    title: str
    expected_every_s: int
    source: str
    metrics: list[MetricOut]
