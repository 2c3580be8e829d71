"""What the child that reads says to us: frames of a length and a msgpack message, nothing that could run."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import date
from typing import IO, Any

import msgspec

from xiangyun.base.sheets import Cell

LENGTH = struct.Struct(">I")
LONGEST = 64 * 1024 * 1024


class SheetSurvey(msgspec.Struct, array_like=True):
    """One sheet at a glance: its first lines, and what was seen on the way through it. Numbers of rows are from 1."""

    index: int
    name: str
    is_hidden: bool
    height: int
    filled: int
    head: list[list[Any]]
    merged: list[tuple[int, int, int, int]]
    hidden_rows: int
    hidden_columns: list[int]
    errors: int


class Survey(msgspec.Struct, array_like=True, tag="survey"):
    """A workbook at a glance."""

    kind: str
    sheets: list[SheetSurvey]


class Lines(msgspec.Struct, array_like=True, tag="lines"):
    """Some lines of a sheet, one after the other; `first` is the number of the first."""

    first: int
    rows: list[list[Any]]


class Refused(msgspec.Struct, array_like=True, tag="refused"):
    """The workbook is not read; `code` names the sentence."""

    code: str
    params: dict[str, Any]


class End(msgspec.Struct, array_like=True, tag="end"):
    """All was said."""

    peak_kib: int


Message = Survey | Lines | Refused | End

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def send(to: IO[bytes], message: Message) -> None:
    """Write one frame."""
    body = _encoder.encode(message)
    to.write(LENGTH.pack(len(body)))
    to.write(body)
    to.flush()


def receive(source: IO[bytes]) -> Iterator[Message]:
    """Frames until the other end closes. Raises ValueError for what is no frame."""
    while head := source.read(LENGTH.size):
        size = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else LONGEST + 1
        if size > LONGEST:
            raise ValueError("not a frame")
        yield _decoder.decode(source.read(size))


def packed(cell: Any) -> Any:
    """A cell for the way: a day is a list of one text, everything else stands for itself."""
    return [cell.isoformat()] if isinstance(cell, date) else cell


def unpacked(cell: Any) -> Cell:
    """A cell as it was."""
    if isinstance(cell, list):
        return date.fromisoformat(cell[0])
    kept: Cell = cell
    return kept
