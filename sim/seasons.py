"""Records to replay: a named season from the project's data, or any file with the header `ts,<metric>,…`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

DATA = Path(__file__).parent / "data"
LOCAL = timezone(timedelta(hours=8))
"""China's one civil time: a local day is a day here."""

NAMED = {"beijing_huairou_2016": "beijing_huairou_2016.csv"}

_POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


class Unreadable(Exception):
    """A file that cannot be replayed; says which line and why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What one device says at one time: metric → value."""

    at: datetime
    values: dict[str, float]


def load(name: str) -> list[Moment]:
    """The moments of a named season or of a file, in the order of their times. Refuses: Unreadable."""
    if name in NAMED:
        return list(_huairou(DATA / NAMED[name]))
    file = Path(name)
    if not file.is_file() and (DATA / f"{name}.csv").is_file():
        file = DATA / f"{name}.csv"
    if not file.is_file():
        raise Unreadable(f"没有“{name}”这个季节或文件 / no such season or file: {name} ({', '.join(NAMED)})")
    moments = sorted(_table(file), key=lambda moment: moment.at)
    if not moments:
        raise Unreadable(f"{file}: 没有记录 / no records")
    return moments


def by_whole_days(moments: list[Moment], today: date) -> list[Moment]:
    """Moved so that the last local day is `today`; hours stay where they were, so local days stay whole."""
    shift = today - moments[-1].at.astimezone(LOCAL).date()
    return [Moment(moment.at + shift, moment.values) for moment in moments]


def to_now(moments: list[Moment], now: datetime) -> list[Moment]:
    """Moved so that the last record is now."""
    shift = now - moments[-1].at
    return [Moment(moment.at + shift, moment.values) for moment in moments]


def humidity_pct(temp_c: float, dew_point_c: float) -> float:
    """Relative humidity from temperature and dew point, % (Magnus formula over water, WMO-No. 8, Annex 4.B)."""

    def vapour(t: float) -> float:
        return math.exp(17.62 * t / (243.12 + t))

    return min(100.0, 100.0 * vapour(dew_point_c) / vapour(temp_c))


def _huairou(file: Path) -> Iterator[Moment]:
    """Hourly rows, times local; humidity derived, no gusts and no radiation, what is missing stays missing."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            at = datetime(int(row["year"]), int(row["month"]), int(row["day"]), int(row["hour"]), tzinfo=LOCAL)
            values: dict[str, float] = {}
            for metric, column in (
                ("air_temp_c", "TEMP"),
                ("pressure_hpa", "PRES"),
                ("rain_mm", "RAIN"),
                ("wind_speed_ms", "WSPM"),
            ):
                if (number := _number(row[column])) is not None:
                    values[metric] = number
            temp, dew = _number(row["TEMP"]), _number(row["DEWP"])
            if temp is not None and dew is not None:
                values["rel_humidity_pct"] = round(humidity_pct(temp, dew), 1)
            if row["wd"] in _POINTS:
                values["wind_dir_deg"] = _POINTS.index(row["wd"]) * 22.5
            yield Moment(at, values)


def _table(file: Path) -> Iterator[Moment]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if not rows.fieldnames or rows.fieldnames[0] != "ts" or len(rows.fieldnames) < 2:
            raise Unreadable(f"{file}: 第一行应是 ts,<指标>,… / the header must be ts,<metric>,…")
        for place, row in enumerate(rows, start=2):
            try:
                at = datetime.fromisoformat(row["ts"])
                values = {
                    metric: float(text) for metric, text in row.items() if metric != "ts" and metric and text.strip()
                }
            except (ValueError, AttributeError) as fault:
                raise Unreadable(f"{file}: 第 {place} 行读不懂 / line {place} cannot be read: {fault}") from None
            yield Moment(at if at.tzinfo else at.replace(tzinfo=UTC), values)


def _number(text: str) -> float | None:
    return None if text in ("", "NA") else float(text)
