"""Columns as PostgreSQL's binary arrays, built by numpy: half the cost of sending rows."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID
from weakref import WeakSet

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import pq
from psycopg.adapt import Dumper
from psycopg.rows import tuple_row

POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01, from which PostgreSQL counts, in microseconds since 1970."""


class Packed(bytes):
    """One binary array, ready to send."""


class Int8s(Packed):
    """bigint[]"""


class Float8s(Packed):
    """double precision[]"""


class Stamps(Packed):
    """timestamptz[]"""


class Texts(Packed):
    """text[]"""


class Blobs(Packed):
    """bytea[]"""


class Uuids(Packed):
    """uuid[]"""


# kind → (oid of the array, oid of its element)
_OIDS: dict[type[Packed], tuple[int, int]] = {
    Int8s: (1016, 20),
    Float8s: (1022, 701),
    Stamps: (1185, 1184),
    Texts: (1009, 25),
    Blobs: (1001, 17),
    Uuids: (2951, 2950),
}


def _dumper(array_oid: int) -> type[Dumper]:
    class PackedDumper(Dumper):
        format = pq.Format.BINARY
        oid = array_oid

        def dump(self, obj: Any) -> bytes:
            return bytes(obj)

    return PackedDumper


_DUMPERS = {kind: _dumper(array) for kind, (array, _) in _OIDS.items()}


def _header(kind: type[Packed], length: int, *, has_null: bool = False) -> bytes:
    if not length:
        return struct.pack(">iii", 0, 0, _OIDS[kind][1])
    return struct.pack(">iiiii", 1, int(has_null), _OIDS[kind][1], length, 1)


_INT = np.dtype([("length", ">i4"), ("value", ">i8")])
_FLOAT = np.dtype([("length", ">i4"), ("value", ">f8")])


def _eights(values: npt.NDArray[np.int64]) -> bytes:
    out = np.empty(len(values), _INT)
    out["length"], out["value"] = 8, values
    return out.tobytes()


def int8s(values: npt.NDArray[np.int64]) -> Int8s:
    """Whole numbers."""
    return Int8s(_header(Int8s, len(values)) + _eights(values))


def stamps(us: npt.NDArray[np.int64]) -> Stamps:
    """Moments, from microseconds since 1970."""
    return Stamps(_header(Stamps, len(us)) + _eights(us - POSTGRES_EPOCH_US))


def float8s(values: npt.NDArray[np.float64]) -> Float8s:
    """Numbers; NaN is sent as NULL."""
    out = np.empty(len(values), _FLOAT)
    missing = np.isnan(values)
    out["length"], out["value"] = 8, values
    if not missing.any():
        return Float8s(_header(Float8s, len(values)) + out.tobytes())
    out["length"][missing] = -1
    # A NULL is its length alone: its eight bytes are left out.
    kept = np.ones((len(values), 12), bool)
    kept[missing, 4:] = False
    return Float8s(_header(Float8s, len(values), has_null=True) + out.view(np.uint8).reshape(-1, 12)[kept].tobytes())


def _sized(values: Sequence[bytes]) -> bytes:
    return b"".join([struct.pack(">i", len(value)) + value for value in values])


def texts(values: Sequence[str]) -> Texts:
    """Texts; each different one is encoded once."""
    known = {value: _sized([value.encode()]) for value in set(values)}
    return Texts(_header(Texts, len(values)) + b"".join([known[value] for value in values]))


def blobs(values: Sequence[bytes]) -> Blobs:
    """Byte strings."""
    return Blobs(_header(Blobs, len(values)) + _sized(values))


def uuids(values: Sequence[UUID]) -> Uuids:
    """UUIDs."""
    return Uuids(_header(Uuids, len(values)) + _sized([value.bytes for value in values]))


def together(cursor: psycopg.Cursor[Any]) -> AbstractContextManager[object]:
    """Statements in this block travel together: nothing waits for an answer but what is fetched."""
    return cursor.connection.pipeline()


_ready: WeakSet[psycopg.Connection[Any]] = WeakSet()


def cursor(connection: Any) -> psycopg.Cursor[tuple[Any, ...]]:
    """A cursor on the raw connection below a Django one: binds and prepares in the server, takes packed arrays."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    if raw not in _ready:
        for kind, dumper in _DUMPERS.items():
            raw.adapters.register_dumper(kind, dumper)
        raw.prepare_threshold = 3
        _ready.add(raw)
    return psycopg.Cursor(raw, row_factory=tuple_row)
