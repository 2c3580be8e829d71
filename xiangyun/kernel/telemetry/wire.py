"""Bodies as devices send them, read into plain numbers; what cannot be used is named, record by record.

Ordinary bodies go through a typed reader made from the profile; anything it does not like is read again by the
patient one, which keeps the good part. Columns are made of them once a transaction: an array a body would cost more
than reading it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec.structs import astuple

from xiangyun.base import numbers
from xiangyun.base.errors import TooLarge, Unreadable
from xiangyun.kernel.devices.registry import Profile

MOST_RECORDS = 1_000
MOST_BYTES = 256 * 1024
AHEAD = timedelta(minutes=10)
YEARS_BACK = 2
TOLD_CHARS = 200
"""How much of an unusable value is kept to be shown."""
LONGEST_NUMBER = 20
"""Digits of the longest number of a person: so far beyond a cut is looked for one."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OWN_KEYS = frozenset(("ts", "seq", "values"))


@dataclass(slots=True)
class Unusable:
    """One part of a body that is not a reading: `reason` is a code, `ts` µs or None where unknown."""

    index: int
    reason: str
    metric: str | None = None
    ts: int | None = None
    value: str = ""

    def shown(self) -> dict[str, object]:
        """As the sender is told."""
        named = {} if self.metric is None else {"metric": self.metric}
        return {"index": self.index, **named, "reason": self.reason}

    def fingerprint(self) -> bytes:
        """The same for the same poison, however often it comes."""
        told = f"{self.reason}\n{self.metric}\n{self.ts}\n{self.value}"
        return hashlib.sha256(told.encode()).digest()


Row = tuple[float, ...]
"""One record's readings, in the order of `Profile.metrics`, NaN where the device did not say."""


@dataclass(slots=True)
class Sent:
    """One body of `count` records: `index[i]` is the place of row i in it, `ts[i]` its moment in µs."""

    count: int
    index: Sequence[int] = ()
    ts: Sequence[int] = ()
    rows: Sequence[Row] = ()
    unusable: list[Unusable] = field(default_factory=list)


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


def moment_of(us: int) -> datetime:
    """The moment of so many microseconds since 1970, in UTC."""
    return EPOCH + timedelta(microseconds=int(us))


def window(at: datetime) -> tuple[int, int]:
    """The first and last ts (µs) that are believed at this moment: 2 years back to 10 minutes ahead."""
    try:
        oldest = at.replace(year=at.year - YEARS_BACK)
    except ValueError:
        oldest = at.replace(year=at.year - YEARS_BACK, day=28)
    return micros(oldest), micros(at + AHEAD)


def read(profile: Profile, body: bytes, *, received_at: datetime, at: datetime) -> Sent:
    """Read one body. `received_at` stands in for an absent ts, plus the place in a list in milliseconds.

    Refuses: Unreadable (not JSON, NaN, neither a record nor a list), TooLarge.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge("telemetry.too_many_bytes", most=MOST_BYTES // 1024)
    believed = window(at)
    for decoder, row_of in _shapes(profile):
        try:
            records = decoder.decode(body)
        except msgspec.ValidationError:
            continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable("telemetry.not_json") from None
        if not isinstance(records, list):
            records = [records]
        _check_count(records)
        quick = _quick(records, row_of, _nothing(len(profile.metrics)), believed)
        if quick is not None:
            return quick
        break
    return _patient(profile, _parsed(body), micros(received_at), believed)


def _check_count(records: list[Any]) -> None:
    if len(records) > MOST_RECORDS:
        raise TooLarge("telemetry.too_many_records", most=MOST_RECORDS)


Decoder = msgspec.json.Decoder[Any]
RowOf = Callable[[Any], Row]


@cache
def _nothing(metrics: int) -> Row:
    """The row of a record that tells nothing; `in` finds it by identity of its NaN, which no JSON can hold."""
    return (math.nan,) * metrics


@cache
def _shapes(profile: Profile) -> tuple[tuple[Decoder, RowOf], ...]:
    """The two typed readers of a profile: values in an object of their own, or flat beside ts."""
    readings: list[tuple[str, Any, Any]] = [
        (f"m{place}", float, msgspec.field(default=math.nan, name=metric.code))
        for place, metric in enumerate(profile.metrics)
    ]
    own: list[tuple[str, Any, Any]] = [("seq", int | None, None)]
    values = msgspec.defstruct("Values", readings, forbid_unknown_fields=True, gc=False)
    nested = msgspec.defstruct("Nested", [("ts", int), ("values", values), *own], forbid_unknown_fields=True)
    flat = msgspec.defstruct("Flat", [*readings, *own, ("ts", int)], forbid_unknown_fields=True, kw_only=True, gc=False)
    metrics = len(readings)
    return (
        (msgspec.json.Decoder(nested | list[nested]), lambda record: astuple(record.values)),  # type: ignore[valid-type]
        (msgspec.json.Decoder(flat | list[flat]), lambda record: astuple(record)[:metrics]),  # type: ignore[valid-type]
    )


def _quick(records: list[Any], row_of: RowOf, nothing: Row, believed: tuple[int, int]) -> Sent | None:
    """Rows straight from typed records; None where a record needs a closer look."""
    if not records:
        return Sent(0)
    ts = [record.ts * 1000 for record in records]
    if min(ts) < believed[0] or max(ts) > believed[1]:
        return None
    rows = [row_of(record) for record in records]
    return None if nothing in rows else Sent(len(rows), range(len(rows)), ts, rows)


def _parsed(body: bytes) -> Any:
    """Plain JSON, strictly. Refuses: Unreadable."""
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("telemetry.not_json") from None


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _patient(profile: Profile, told: Any, base: int, believed: tuple[int, int]) -> Sent:
    """Read record by record, keeping what can be used."""
    if isinstance(told, dict):
        told = [told]
    if not isinstance(told, list):
        raise Unreadable("telemetry.not_records")
    _check_count(told)
    index: list[int] = []
    ts: list[int] = []
    rows: list[Row] = []
    sent = Sent(len(told), index, ts, rows)
    for place, record in enumerate(told):
        found = _record(profile, place, record, base + place * 1000, believed, sent.unusable)
        if found is not None:
            index.append(place)
            ts.append(found[0])
            rows.append(found[1])
    return sent


def _record(
    profile: Profile, place: int, record: Any, default: int, believed: tuple[int, int], unusable: list[Unusable]
) -> tuple[int, Row] | None:
    """One record: its ts and row, or None if nothing of it is a reading."""
    if not isinstance(record, dict):
        unusable.append(Unusable(place, "not_an_object", value=_shown(record)))
        return None
    ts, reason = _ts(record.get("ts"), default, believed)
    if reason is not None:
        unusable.append(Unusable(place, reason, value=_shown(record)))
        return None
    inner = record.get("values", {})
    if not isinstance(inner, dict):
        unusable.append(Unusable(place, "values_not_an_object", ts=ts, value=_shown(inner)))
        return None
    readings = {**{key: value for key, value in record.items() if key not in _OWN_KEYS}, **inner}
    if not readings:
        unusable.append(Unusable(place, "empty", ts=ts, value=_shown(record)))
        return None
    good: dict[str, float] = {}
    for code, value in readings.items():
        number = _number(value)
        if profile.metric(code) is None:
            unusable.append(Unusable(place, "unknown_metric", _clean(numbers.hidden(code))[:64], ts, _shown(value)))
        elif number is None:
            unusable.append(Unusable(place, "not_a_number", code, ts, _shown(value)))
        else:
            good[code] = number
    return (ts, tuple(good.get(metric.code, math.nan) for metric in profile.metrics)) if good else None


def _ts(told: Any, default: int, believed: tuple[int, int]) -> tuple[int, str | None]:
    """µs since 1970, or the code of what is wrong with it."""
    if told is None:
        return default, None
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    if isinstance(told, int) and not isinstance(told, bool):
        us = told * 1000
    elif isinstance(told, str):
        try:
            us = micros(msgspec.convert(told, Annotated[datetime, msgspec.Meta(tz=True)]))
        except (msgspec.ValidationError, OverflowError):
            return 0, "ts_unreadable"
    else:
        return 0, "ts_unreadable"
    if us < believed[0]:
        return 0, "ts_too_old"
    if us > believed[1]:
        return 0, "ts_in_future"
    return us, None


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _clean(text: str) -> str:
    """A text PostgreSQL can hold: no NUL, no lone surrogate."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _shown(value: Any) -> str:
    """The first characters of what was sent instead; a device has no business with numbers of people."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = "…"
    return _clean(numbers.hidden(text))[:TOLD_CHARS]


def shown_line(body: bytes, most: int = 2_000) -> str:
    """The beginning of a body as a person may read it, numbers of people hidden."""
    # Hidden before it is cut: of a number that stands across the end nothing is left either.
    line = numbers.hidden(body[: most + LONGEST_NUMBER].decode("utf-8", "replace")).encode()[:most]
    return _clean(line.decode("utf-8", "replace"))
