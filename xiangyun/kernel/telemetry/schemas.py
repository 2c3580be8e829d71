"""Wire shapes of readings."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class ReadingOut(BaseModel):
    """One value, when, and how far it can be believed: ok, suspect or bad."""

    value: float
    ts: datetime
    quality: str


class PointOut(BaseModel):
    """One step (its start), or one reading. A mean direction has no least and most."""

    ts: datetime
    value: float
    min: float | None
    max: float | None
    count: int
    quality: str


class GapOut(BaseModel):
    """A stretch without readings."""

    from_: datetime = Field(alias="from")
    to: datetime


class SeriesOut(BaseModel):
    """One metric over time, and what is missing of it."""

    metric: str
    unit: str
    step: str
    points: list[PointOut]
    gaps: list[GapOut]


class RhythmOut(BaseModel):
    """Whether records came, stretch by stretch of `step_s` seconds."""

    step_s: int
    from_: datetime = Field(alias="from")
    to: datetime
    received: list[bool]
