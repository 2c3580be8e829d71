"""Wire shapes of tables in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Shown = str | int | float | bool | date | None


class TableColumnOut(BaseModel):
    """One column of a table that can come in or go out."""

    code: str
    title: str
    is_required: bool


class TableKindOut(BaseModel):
    """A table that can come in or go out."""

    code: str
    title: str
    columns: list[TableColumnOut]


class FactOut(BaseModel):
    """A fact that a cell of a form can be filled with."""

    code: str
    title: str
    of: Literal["village", "household", "resident"]


class RollOut(BaseModel):
    """A list that a form can repeat its lines for."""

    code: str
    title: str
    of: Literal["village", "household", "resident"]


class TableKindsOut(BaseModel):
    """What I may bring in, take out and fill in."""

    imports: list[TableKindOut]
    exports: list[TableKindOut]
    facts: list[FactOut]
    rolls: list[RollOut]


class ImportIn(BaseModel):
    """An uploaded workbook (`POST /api/uploads`, kind workbook) is to come in as rows of an area."""

    kind: str
    area: str
    file: UUID
    op_id: UUID | None = None


class MappingIn(BaseModel):
    """What the columns mean: which sheet, where its header stands, column (from 0) → the kind's column."""

    sheet: int = Field(ge=0)
    first_row: int = Field(ge=1)
    last_row: int = Field(ge=1)
    mapping: dict[int, str]
    op_id: UUID | None = None


class StepIn(BaseModel):
    """The next step, as it is."""

    op_id: UUID | None = None


class ImportCountsOut(BaseModel):
    """What the last try or the import itself came to; null before."""

    made: int
    changed: int
    unchanged: int
    bad: int
    skipped: dict[str, int]


class UndoneOut(BaseModel):
    """What taking it back came to; `kept` was touched since and stays."""

    removed: int
    restored: int
    kept: int


class ImportOut(BaseModel):
    """One workbook coming in. `phase` is empty while nothing is being done; `done` of `total` rows."""

    id: UUID
    kind: str
    kind_title: str
    area: str
    area_name: str
    state: Literal["uploaded", "read", "previewed", "running", "done", "failed", "cancelled", "undone"]
    phase: Literal["", "waiting", "reading", "checking", "writing", "marking", "undoing"]
    done: int
    total: int
    is_stopping: bool
    counts: ImportCountsOut | None
    undone: UndoneOut | None
    reason: str | None
    faults_file: UUID | None
    by_name: str
    made_at: datetime
    ended_at: datetime | None
    may: list[Literal["check", "run", "cancel", "undo"]]


class GuessOut(BaseModel):
    """One column of the header: what stands above it, what it seems to mean, how sure that is."""

    index: int
    title: str
    column: str | None
    score: float


class HeaderOut(BaseModel):
    """Where the header stands (rows from 1) and what its columns seem to mean."""

    first_row: int
    last_row: int
    is_remembered: bool
    columns: list[GuessOut]


class SheetOut(BaseModel):
    """One sheet: its first lines, the likeliest header, and what a clerk should know about it."""

    index: int
    name: str
    is_hidden: bool
    rows: int
    header: HeaderOut | None
    lines: list[list[Shown]]
    merged: list[tuple[int, int, int, int]]
    notes: list[str]


class ImportWholeOut(ImportOut):
    """An import with what was seen in its workbook and what is chosen now."""

    file_name: str
    sheet: int | None
    first_row: int | None
    last_row: int | None
    mapping: dict[int, str]
    columns: list[TableColumnOut]
    sheets: list[SheetOut]
    notes: list[str]


class FaultOut(BaseModel):
    """Why one row stays out."""

    row: int
    cell: str | None
    column: str | None
    column_title: str | None
    says: str


class FaultsOut(BaseModel):
    """The first faults; the workbook that goes back names every one."""

    items: list[FaultOut]
    next: str | None = None
    total: int


class ExportIn(BaseModel):
    """Which table of which area, which columns (none: all), and for what."""

    kind: str
    area: str
    columns: list[str] = Field(default_factory=list, max_length=200)
    purpose: str
    note: str = Field(default="", max_length=200)
    op_id: UUID | None = None


class ExportOut(BaseModel):
    """One table going out; `file` is taken from `GET /api/files/{id}` while it is kept, by who asked for it."""

    id: UUID
    kind: str
    kind_title: str
    area: str
    area_name: str
    columns: list[str]
    purpose: str
    state: Literal["waiting", "done", "failed"]
    rows: int | None
    entry: int | None
    file: UUID | None
    by_name: str
    reason: str | None
    made_at: datetime
    ended_at: datetime | None


class FormCell(BaseModel):
    """A cell of a form and the fact of the place that belongs into it."""

    cell: str = Field(pattern=r"^[A-Z]{1,3}[1-9][0-9]{0,6}$", examples=["B3"])
    fact: str


class FormList(BaseModel):
    """Rows of a form that repeat for a list: column letters → a fact, or `#` for the number of the line."""

    roll: str
    first_row: int = Field(ge=1)
    last_row: int = Field(ge=1)
    columns: dict[str, str] = Field(min_length=1)


class FormIn(BaseModel):
    """An empty workbook of the town (uploaded before) and what belongs into it."""

    title: str = Field(min_length=1, max_length=100)
    file: UUID
    sheet: int = Field(default=0, ge=0)
    cells: list[FormCell] = Field(default_factory=list, max_length=500)
    lists: list[FormList] = Field(default_factory=list, max_length=20)
    op_id: UUID | None = None


class FormChangeIn(BaseModel):
    """What belongs into a form, said anew."""

    title: str = Field(min_length=1, max_length=100)
    cells: list[FormCell] = Field(default_factory=list, max_length=500)
    lists: list[FormList] = Field(default_factory=list, max_length=20)
    op_id: UUID | None = None


class FormOut(BaseModel):
    """A form of the town."""

    id: UUID
    title: str
    sheet: int
    cells: list[FormCell]
    lists: list[FormList]
    by_name: str
    made_at: datetime
    changed_at: datetime
    may: list[Literal["change", "fill", "retire"]]


class FormWholeOut(FormOut):
    """A form with its sheet as it looks empty: lines of cells, and which are merged (top, left, bottom, right)."""

    lines: list[list[Shown]]
    merged: list[tuple[int, int, int, int]]


class FillIn(BaseModel):
    """The place to fill a form for."""

    model_config = ConfigDict(extra="forbid")

    area: str
    op_id: UUID | None = None


class FilledOut(BaseModel):
    """A form that was filled: `said` of `asked` cells. Whoever may `take` it gets the file from
    `GET /api/exchange/filled/{id}/file` while it is kept."""

    id: UUID
    form: UUID
    area: str
    area_name: str
    may: list[str]
    asked: int
    said: int
    by_name: str
    at: datetime
