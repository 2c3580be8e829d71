"""Readings over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from xiangyun.base import clock
from xiangyun.base.errors import BadInput
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.devices import rules as devices_rules
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.telemetry import queries
from xiangyun.kernel.telemetry.rules.folding import Step
from xiangyun.kernel.telemetry.schemas import ReadingOut, RhythmOut, SeriesOut

router = Router(tags=["telemetry"])

SEE = "telemetry.see_reading"
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


def _device(device_id: UUID, actor: Actor) -> Device:
    return Device.objects.visible_to(actor, SEE).select_related("presence").pick(device_id)


def _json(body: Any) -> HttpResponse:
    # Thousands of points: msgspec writes in a millisecond what the schema would check for forty.
    return HttpResponse(msgspec.json.encode(body), content_type="application/json; charset=utf-8")


def _moment(name: str, told: str | None, otherwise: datetime) -> datetime:
    """A moment of the query string. Refuses: BadInput."""
    if told is None:
        return otherwise
    try:
        # A + that was not escaped arrives as a space.
        return msgspec.convert(told.strip().replace(" ", "+"), Moment)
    except msgspec.ValidationError:
        raise BadInput("telemetry.bad_moment", told=told, errors=[{"loc": ["query", name], "msg": told}]) from None


@router.get("/telemetry/{device_id}/latest", response=dict[str, ReadingOut], operation_id="telemetry_get_latest")
@needs(SEE)
def get_latest(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """The newest reading of each metric."""
    device = _device(device_id, actor_of(request))
    return _json(queries.latest([device])[device.pk])


@router.get("/telemetry/{device_id}/series", response=SeriesOut, by_alias=True, operation_id="telemetry_get_series")
@needs(SEE)
def get_series(
    request: HttpRequest,
    device_id: UUID,
    metric: str,
    from_: Annotated[str | None, Query(alias="from", description="RFC 3339, inclusive; a day back without it")] = None,
    to: Annotated[str | None, Query(description="RFC 3339, exclusive; now without it")] = None,
    step: Step = "raw",
) -> HttpResponse:
    """One metric over time, with the stretches in which nothing came."""
    device = _device(device_id, actor_of(request))
    at = clock.now()
    end = _moment("to", to, at)
    start = _moment("from", from_, end - timedelta(days=1))
    if start > end:
        raise BadInput("telemetry.backwards", errors=[{"loc": ["query", "from"], "msg": "from > to"}])
    found = queries.series(device, metric=metric, start=start, end=end, step=step, at=at)
    return _json(queries.on_wire(found))


@router.get("/devices/{device_id}/rhythm", response=RhythmOut, by_alias=True, operation_id="telemetry_get_rhythm")
@needs(SEE)
def get_rhythm(
    request: HttpRequest,
    device_id: UUID,
    hours: Annotated[int, Query(ge=1, le=devices_rules.LONGEST_RHYTHM_HOURS)] = 24,
) -> dict[str, Any]:
    """In which ten minutes (or intervals of the device, where longer) of the last hours something came."""
    device = _device(device_id, actor_of(request))
    found = queries.rhythm(device, hours=hours, at=clock.now())
    return {"step_s": found.step_s, "from": found.start, "to": found.end, "received": found.received}
