"""What the room of tables asks of the worker: plain ids, no facts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ImportAsked:
    """Somebody asked that a step of an import be done: survey, check, run or undo."""

    import_id: UUID
    account_id: UUID
    step: str


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """Somebody asked for a table."""

    export_id: UUID
    account_id: UUID
