"""Reading a workbook from our side: a child is given the bytes and talks back, a handful of rows at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from xiangyun.base.sheets import Cell, Unfit
from xiangyun.kernel.exchange.sheets import frames, inspect, limits
from xiangyun.kernel.exchange.sheets.frames import End, Lines, Refused, Survey

CHILD = "xiangyun.kernel.exchange.sheets.child"
ROOT = Path(__file__).resolve().parents[4]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as seen from above: its first lines and what was noticed. Rows and columns count from 1."""

    index: int
    name: str
    is_hidden: bool
    height: int
    filled: int
    head: list[list[Cell]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[int] = field(default_factory=list)
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook as seen from above."""

    kind: inspect.Kind
    sheets: list[Sheet]


def survey(content: bytes) -> Book:
    """What is in a workbook. Refuses (Unfit): whatever is none, is locked, or asks too much."""
    with _child(content, "survey") as messages:
        for message in messages:
            if isinstance(message, Survey):
                return _book(message)
    raise Unfit("exchange.too_heavy")


def rows(content: bytes, sheet: int) -> Iterator[tuple[int, list[Cell]]]:
    """Every line of one sheet with its number, as a stream. Only for bytes `survey` has let through."""
    with _child(content, "rows", str(sheet)) as messages:
        for message in messages:
            if isinstance(message, Lines):
                for number, cells in enumerate(message.rows, start=message.first):
                    yield number, [frames.unpacked(cell) for cell in cells]


def _book(told: Survey) -> Book:
    return Book(
        kind=told.kind,  # type: ignore[arg-type]
        sheets=[
            Sheet(
                index=one.index,
                name=one.name,
                is_hidden=one.is_hidden,
                height=one.height,
                filled=one.filled,
                head=[[frames.unpacked(cell) for cell in row] for row in one.head],
                merged=one.merged,
                hidden_rows=one.hidden_rows,
                hidden_columns=one.hidden_columns,
                errors=one.errors,
            )
            for one in told.sheets
        ],
    )


@contextmanager
def _child(content: bytes, *asked: str) -> Iterator[Iterator[Any]]:
    """A child that has the content in memory of its own (never in a file) and says what was asked."""
    memory = os.memfd_create("workbook", os.MFD_CLOEXEC)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(memory, view) :]
        os.lseek(memory, 0, os.SEEK_SET)
        child = subprocess.Popen(
            [sys.executable, "-s", "-m", CHILD, *asked],
            stdin=memory,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a parser's complaint may quote what it could not read
            env={"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "LANG": "C.UTF-8"},
            start_new_session=True,
        )
    finally:
        os.close(memory)
    try:
        yield _heard(child)
    finally:
        child.kill()
        if child.stdout:
            child.stdout.close()
        child.wait()


def _heard(child: subprocess.Popen[bytes]) -> Iterator[Any]:
    if child.stdout is None:
        return
    try:
        for message in _in_time(child, frames.receive(child.stdout)):
            if isinstance(message, Refused):
                raise Unfit(message.code, **message.params)
            if isinstance(message, End):
                return
            yield message
    except (ValueError, msgspec.DecodeError) as broken:
        raise Unfit("exchange.too_heavy") from broken
    # It went without a last word: a parser gave up, or its limits ended it.
    raise Unfit("exchange.broken_file" if child.wait() > 0 else "exchange.too_heavy")


def _in_time(child: subprocess.Popen[bytes], messages: Iterator[Any]) -> Iterator[Any]:
    """What the child says; it is ended when we have waited for it too long in all. What we do between its words, such
    as writing a hundred thousand rows, is not its time."""
    left = float(limits.CHILD_WALL_S)
    while True:
        began = time.monotonic()
        clock = threading.Timer(left, child.kill)
        clock.daemon = True
        clock.start()
        try:
            message = next(messages, None)
        finally:
            clock.cancel()
        if message is None:
            return
        left = max(0.0, left - (time.monotonic() - began))
        yield message
