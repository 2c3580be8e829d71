"""Forecast rows: typed in, read from a station's file, taken back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, Conflict, NotFound, TooLarge, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.modules.agriculture import rules
from xiangyun.modules.agriculture.actions.tips import alone_in, renew_around
from xiangyun.modules.agriculture.models import Forecast

# What a station may say, and between which numbers it is believed to be no slip of the pen.
NUMBERS = {"rain_mm": (0, 1000), "temp_min_c": (-60, 60), "temp_max_c": (-60, 60), "wind_ms": (0, 100)}
TIMES = ("issued_at", "starts_at", "ends_at")
LONGEST = timedelta(days=15)


@transaction.atomic
def enter_forecast(*, area: str, told: Mapping[str, Any], by: Actor, at: datetime, how: str = "hand") -> Forecast:
    """Write down what a station said: `told` has source, issued_at, starts_at, ends_at and the numbers it gave.

    The same station's same word again is the same row. Refuses: NotFound (a place outside `by`'s), BadInput (ends
    before it starts, issued after now, over already, no source, or a place above the towns), Conflict (the station's
    word stands there with other numbers).
    """
    forecast = _enter(area, told, by=by, at=at, how=how)
    renew_around(area, at)
    return forecast


@transaction.atomic
def read_forecasts(*, area: str, text: str, by: Actor, at: datetime) -> list[Forecast]:
    """Take in a file of forecast rows, whole or not at all.

    The head names the columns: `source,issued_at,starts_at,ends_at` and any of `rain_mm,temp_min_c,temp_max_c,wind_ms`;
    times are RFC 3339 with offset, an empty cell is unknown. Refuses: BadInput (naming line and column), Conflict,
    TooLarge.
    """
    if len(text.encode()) > rules.MOST_FORECAST_BYTES:
        raise TooLarge("agriculture.forecast_file_too_large", rows=rules.MOST_FORECAST_ROWS)
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if missing := {"source", *TIMES} - set(reader.fieldnames or ()):
        raise BadInput("agriculture.forecast_columns", errors=[{"loc": ["body", "csv"], "msg": ", ".join(missing)}])
    found: list[Forecast] = []
    for line, row in enumerate(reader, start=2):
        if line > rules.MOST_FORECAST_ROWS + 1:
            raise TooLarge("agriculture.forecast_file_too_large", rows=rules.MOST_FORECAST_ROWS)
        found.append(_enter(area, _read(row, line), by=by, at=at, how="file", line=line))
    renew_around(area, at)
    return found


@transaction.atomic
def withdraw_forecast(*, forecast_id: UUID, by: Actor, at: datetime) -> Forecast:
    """The row was typed wrong, or the station took it back: it says nothing from now on.

    Refuses: NotFound, WrongState.
    """
    rows = Forecast.objects.visible_to(by, rules.ENTER_FORECAST)
    forecast = rows.select_for_update(of=("self",)).pick(forecast_id)
    if forecast.withdrawn_at is not None:
        raise WrongState("agriculture.forecast_withdrawn")
    forecast.withdrawn_at = at
    forecast.save(update_fields=["withdrawn_at"])
    audit.record(
        act="agriculture.withdraw_forecast", by=by, object=("forecast", forecast.pk), area=forecast.area_path, at=at
    )
    renew_around(forecast.area_path, at)
    return forecast


def _enter(
    area: str, told: Mapping[str, Any], *, by: Actor, at: datetime, how: str, line: int | None = None
) -> Forecast:
    org.pick(area, by)
    if not by.may(rules.ENTER_FORECAST, area):
        raise NotFound
    town = paths.town_of(area)
    if town is None:
        # What a town's people and rounds read lies in the town: a row above it would be seen by nobody there.
        raise _wrong("agriculture.forecast_of_a_town", "area", line)
    _check(told, at, line)
    alone_in(town)
    key = {"area_path": area, "source": told["source"], "issued_at": told["issued_at"], "starts_at": told["starts_at"]}
    known = Forecast.objects.filter(withdrawn_at=None, **key).first()
    if known is not None:
        if any(getattr(known, name) != told.get(name) for name in ("ends_at", *NUMBERS)):
            raise Conflict(
                "agriculture.forecast_says_otherwise",
                source=known.source,
                issued=_spoken(known.issued_at),
                starts=_spoken(known.starts_at),
            )
        return known
    forecast = Forecast.objects.create(
        **key,
        ends_at=told["ends_at"],
        **{name: told.get(name) for name in NUMBERS},
        entered_by_id=by.account_id,
        entered_at=at,
        entered_how=how,
    )
    audit.record(
        act=rules.ENTER_FORECAST,
        by=by,
        object=("forecast", forecast.pk),
        area=area,
        at=at,
        detail={"source": forecast.source, "how": how, "rain_mm": forecast.rain_mm},
    )
    return forecast


def _check(told: Mapping[str, Any], at: datetime, line: int | None) -> None:
    if not str(told["source"]).strip():
        raise _wrong("agriculture.forecast_source", "source", line)
    if not told["starts_at"] < told["ends_at"] <= told["starts_at"] + LONGEST:
        raise _wrong("agriculture.forecast_times", "ends_at", line)
    if told["issued_at"] > at or told["ends_at"] <= at:
        raise _wrong("agriculture.forecast_not_of_now", "issued_at", line)


def _spoken(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def _read(row: Mapping[str, str | None], line: int) -> dict[str, Any]:
    """One line of a forecast file as values."""
    told: dict[str, Any] = {"source": (row.get("source") or "").strip()}
    for name in TIMES:
        try:
            told[name] = datetime.fromisoformat((row.get(name) or "").strip())
        except ValueError as fault:
            raise _wrong("agriculture.forecast_line", name, line) from fault
        if told[name].tzinfo is None:
            raise _wrong("agriculture.forecast_line", name, line)
    for name, (least, most) in NUMBERS.items():
        text = (row.get(name) or "").strip()
        try:
            told[name] = float(text) if text else None
        except ValueError as fault:
            raise _wrong("agriculture.forecast_line", name, line) from fault
        if told[name] is not None and not least <= told[name] <= most:
            raise _wrong("agriculture.forecast_line", name, line)
    return told


def _wrong(code: str, column: str, line: int | None) -> BadInput:
    place = ["body", column] if line is None else ["body", "csv", str(line), column]
    return BadInput(code, errors=[{"loc": place, "msg": column}], line=line or "", column=column)
