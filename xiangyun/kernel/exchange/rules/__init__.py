"""States, limits and abilities of what comes in and goes out; how a clerk's table is understood. Plain values."""

from __future__ import annotations

from enum import StrEnum

from xiangyun.kernel.audit import rules as audit


class ImportState(StrEnum):
    """How far an import has come."""

    UPLOADED = "uploaded"
    READ = "read"
    PREVIEWED = "previewed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"


class Phase(StrEnum):
    """What a job is doing with it at the moment."""

    WAITING = "waiting"
    READING = "reading"
    CHECKING = "checking"
    WRITING = "writing"
    MARKING = "marking"
    UNDOING = "undoing"


IMPORT = "exchange.import_rows"
EXPORT = audit.EXPORT
FILL = audit.FILL
SHAPE = "exchange.shape_form"
TAKE = "exchange.take_filled"

# (from, to) -> the ability that may make the move.
MOVES = {
    (ImportState.UPLOADED, ImportState.READ): IMPORT,
    (ImportState.UPLOADED, ImportState.FAILED): IMPORT,
    (ImportState.READ, ImportState.PREVIEWED): IMPORT,
    (ImportState.PREVIEWED, ImportState.PREVIEWED): IMPORT,
    (ImportState.CANCELLED, ImportState.PREVIEWED): IMPORT,
    (ImportState.PREVIEWED, ImportState.RUNNING): IMPORT,
    (ImportState.READ, ImportState.FAILED): IMPORT,
    (ImportState.PREVIEWED, ImportState.FAILED): IMPORT,
    (ImportState.RUNNING, ImportState.DONE): IMPORT,
    (ImportState.RUNNING, ImportState.FAILED): IMPORT,
    (ImportState.UPLOADED, ImportState.CANCELLED): IMPORT,
    (ImportState.READ, ImportState.CANCELLED): IMPORT,
    (ImportState.PREVIEWED, ImportState.CANCELLED): IMPORT,
    (ImportState.RUNNING, ImportState.CANCELLED): IMPORT,
    (ImportState.DONE, ImportState.UNDONE): IMPORT,
}

NUMBER = "#"
"""In a column of a form's list: the number of the line."""

MOST_FAULTS_SHOWN = 500
"""So many faults are shown on the page; the workbook that goes back names every one."""

MOST_COMMENTS = 50_000
"""So many comments a spreadsheet still opens with; beyond them the rows are written anew, the reason beside them."""

BATCH = 1_000
MOST_EXPORTED = 200_000
EXPORT_KEPT_DAYS = 7
IMPORT_KEPT_DAYS = 30
"""How long a clerk's workbook, and what came back of it, are kept: the register holds what was in it."""
