"""What a room says so that its facts come in from tables and go out into tables and forms: plain values.

A room names its kinds in its plug (`IMPORTS`, `EXPORTS`, `FACTS`, `ROLLS`); the room `exchange` reads workbooks, shows,
checks, counts and writes them, and knows nothing of what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

# What stands in a cell. A time of day alone comes as text.
Cell = str | int | float | bool | date | None

Subject = Literal["village", "household", "resident"]


class Unfit(Exception):
    """A written fact cannot be taken as it stands; `code` names the sentence. The value itself is never in the text."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Column:
    """One fact of a row. `parse(cell, on)` makes the value of what is written, or raises Unfit; it never sees an empty
    cell. `on` is the day of the import.

    `synonyms` are what clerks write above it, the title's own words included without saying so. `fills_down`: an empty
    cell means the one above (a household number written once over its members, as in merged cells). `if_missing` is the
    sentence for whoever brings in a table that has no such column, where that has a consequence they should know.
    """

    code: str
    title_key: str
    synonyms: tuple[str, ...]
    parse: Callable[[Cell, date], Any]
    is_required: bool = False
    fills_down: bool = False
    if_missing: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the sheet (1 is the first), and what was read.

    A column the table does not have is not in `values`; a cell left empty is None. Neither means that a fact ends.
    """

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was left out: at a column, or the row as a whole. `code` names the sentence."""

    row: int
    code: str
    column: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """What an import did; a row in `faults` changed nothing and is counted nowhere else."""

    made: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an import back did; `kept` is what somebody has touched since, so it stays as it is."""

    removed: int = 0
    restored: int = 0
    kept: int = 0


class Apply(Protocol):
    """Write good rows. Everything runs in one transaction that the caller opened, and is rolled back for a dry run:
    write nothing but rows, and defer nothing that is not in the transaction.

    The same file again makes nothing twice. A row that cannot be written goes into `faults`; an exception ends the
    whole import. Asking for the next batch, and `progress(rows written so far)`, may raise to cancel: let it through.
    """

    def __call__(
        self,
        batches: Iterator[Sequence[Row]],
        *,
        import_id: UUID,
        area: str,
        by: Any,
        at: datetime,
        progress: Callable[[int], None],
    ) -> Applied: ...


class Undo(Protocol):
    """Take an import back: what it made goes, what it changed is as before, unless touched since."""

    def __call__(self, import_id: UUID, *, area: str, by: Any, at: datetime) -> Undone: ...


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A table that can come in. Its rows are those of one area at most a town; `ability` is needed there.

    `unique` names columns of which two rows of one file may not hold the same values; the later row is refused.
    """

    code: str
    title_key: str
    columns: tuple[Column, ...]
    ability: str
    apply: Apply
    undo: Undo
    unique: tuple[tuple[str, ...], ...] = ()

    def column(self, code: str) -> Column | None:
        """Its column of this code."""
        return next((one for one in self.columns if one.code == code), None)


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of a table that goes out."""

    code: str
    title_key: str


class ExportRows(Protocol):
    """The rows of an export, one cell for each of the asked columns, masked as `by` may see them; a stream."""

    def __call__(self, columns: Sequence[str], *, area: str, by: Any, at: datetime) -> Iterator[Sequence[Cell]]: ...


@dataclass(frozen=True, slots=True)
class ExportKind:
    """A table that can go out, for whoever has `ability` in the area."""

    code: str
    title_key: str
    columns: tuple[ExportColumn, ...]
    ability: str
    rows: ExportRows


@dataclass(frozen=True, slots=True)
class FactValue:
    """One fact as it goes into a form: where it came from (a sentence in the reader's language) and as of which day."""

    value: Cell
    source: str = ""
    as_of: date | None = None


class FactReader(Protocol):
    """The fact of each subject that has it: a village by its path, a household or resident by id (as text)."""

    def __call__(self, keys: Sequence[str], *, area: str, by: Any, at: datetime) -> Mapping[str, FactValue]: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a cell of a form can be filled with."""

    code: str
    title_key: str
    of: Subject
    ability: str
    read: FactReader


class RollReader(Protocol):
    """Who stands in a list of an area, in its order: ids of households or residents, as text."""

    def __call__(self, area: str, *, by: Any, at: datetime) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Roll:
    """A list that a form can repeat its lines for: everybody, those of sixty and more, homes on low income."""

    code: str
    title_key: str
    of: Subject
    ability: str
    read: RollReader
