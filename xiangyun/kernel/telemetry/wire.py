"""Bodies as devices send them, read into columns; what cannot be used is named, record by record.

Ordinary bodies go through a typed reader made from the profile; anything it does not like is read again by the
patient one, which keeps the good part.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from xiangyun.base.errors import TooLarge, Unreadable
from xiangyun.kernel.devices.registry import SLOTS, Profile

MOST_RECORDS = 1_000
MOST_BYTES = 256 * 1024
AHEAD = timedelta(minutes=10)
YEARS_BACK = 2
TOLD_CHARS = 200
"""How much of an unusable value is kept to be shown."""

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


@dataclass(slots=True)
class Sent:
    """One body: `index[i]` is the place of row i in it, `ts` µs, `values` (rows, SLOTS) with NaN = missing."""

    count: int
    index: npt.NDArray[np.int64]
    ts: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
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
    shapes = _shapes(profile)
    for decoder, columns in shapes:
        try:
            records = decoder.decode(body)
        except msgspec.ValidationError:
            continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreadable("telemetry.not_json") from None
        if not isinstance(records, list):
            records = [records]
        _check_count(records)
        quick = _quick(records, columns, window(at))
        if quick is not None:
            return quick
        break
    return _patient(profile, _parsed(body), micros(received_at), window(at))


def _check_count(records: list[Any]) -> None:
    if len(records) > MOST_RECORDS:
        raise TooLarge("telemetry.too_many_records", most=MOST_RECORDS)


class _Columns:
    """How the fields of one record shape become slots."""

    def __init__(self, profile: Profile, inside: str) -> None:
        self.slots = [metric.slot for metric in profile.metrics]
        names = [inside + _name(place) for place in range(len(self.slots))]
        # One name alone would give bare values, not tuples.
        self.pick = attrgetter(*names) if len(names) > 1 else lambda record: (attrgetter(names[0])(record),)


def _name(place: int) -> str:
    return f"m{place}"


Decoder = msgspec.json.Decoder[Any]


@cache
def _shapes(profile: Profile) -> tuple[tuple[Decoder, _Columns], ...]:
    """The two typed readers of a profile: values in an object of their own, or flat beside ts."""
    readings: list[tuple[str, Any, Any]] = [
        (_name(place), float, msgspec.field(default=math.nan, name=metric.code))
        for place, metric in enumerate(profile.metrics)
    ]
    own: list[tuple[str, Any, Any]] = [
        ("ts", int | Annotated[datetime, msgspec.Meta(tz=True)] | None, None),
        ("seq", int | None, None),
    ]
    values = msgspec.defstruct("Values", readings, forbid_unknown_fields=True, gc=False)
    nested = msgspec.defstruct("Nested", [("values", values), *own], forbid_unknown_fields=True)
    flat = msgspec.defstruct("Flat", [*readings, *own], forbid_unknown_fields=True)
    return (
        (msgspec.json.Decoder(nested | list[nested]), _Columns(profile, "values.")),  # type: ignore[valid-type]
        (msgspec.json.Decoder(flat | list[flat]), _Columns(profile, "")),  # type: ignore[valid-type]
    )


def _quick(records: list[Any], columns: _Columns, believed: tuple[int, int]) -> Sent | None:
    """Columns straight from typed records; None where a record needs a closer look."""
    rows = len(records)
    if not rows:
        return Sent(0, np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, SLOTS)))
    try:
        ts = np.array([record.ts for record in records], np.int64)
    except (TypeError, ValueError, OverflowError):
        return None
    if ts.min() < -(-believed[0] // 1000) or ts.max() > believed[1] // 1000:
        return None
    values = np.full((rows, SLOTS), math.nan)
    values[:, columns.slots] = [columns.pick(record) for record in records]
    if np.isnan(values).all(axis=1).any():
        return None
    return Sent(rows, np.arange(rows), ts * 1000, values)


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
    sent = Sent(len(told), np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, SLOTS)))
    index, ts, rows = [], [], []
    for place, record in enumerate(told):
        found = _record(profile, place, record, base + place * 1000, believed, sent.unusable)
        if found is not None:
            index.append(place)
            ts.append(found[0])
            rows.append(found[1])
    if rows:
        sent.index, sent.ts = np.array(index, np.int64), np.array(ts, np.int64)
        sent.values = np.array(rows, np.float64)
    return sent


def _record(
    profile: Profile, place: int, record: Any, default: int, believed: tuple[int, int], unusable: list[Unusable]
) -> tuple[int, list[float]] | None:
    """One record: its ts and slots, or None if nothing of it is a reading."""
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
    slots = [math.nan] * SLOTS
    good = 0
    for code, value in readings.items():
        metric = profile.metric(code)
        number = _number(value)
        if metric is None:
            unusable.append(Unusable(place, "unknown_metric", _clean(code)[:64], ts, _shown(value)))
        elif number is None:
            unusable.append(Unusable(place, "not_a_number", code, ts, _shown(value)))
        else:
            slots[metric.slot] = number
            good += 1
    return (ts, slots) if good else None


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
    """The first characters of what was sent instead."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = "…"
    return _clean(text)[:TOLD_CHARS]


def shown_line(body: bytes, most: int = 2_000) -> str:
    """The beginning of a body as a person may read it."""
    return _clean(body[:most].decode("utf-8", "replace"))
