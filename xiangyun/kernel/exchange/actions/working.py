"""What the job of an import does, inside the one transaction its door opened: all good rows, or none."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from xiangyun.base.errors import Refusal
from xiangyun.base.sheets import Applied, Fault, Row, Undone, Unfit
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.exchange import queries, registry, rules
from xiangyun.kernel.exchange.actions import surveying
from xiangyun.kernel.exchange.actions.returning import faults_workbook
from xiangyun.kernel.exchange.models import Import, Progress
from xiangyun.kernel.exchange.progress import Cancelled, Side
from xiangyun.kernel.exchange.rules import ImportState, Phase
from xiangyun.kernel.exchange.rules.lines import Bad, Reader
from xiangyun.kernel.exchange.sheets import reading
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

log = logging.getLogger("xiangyun.exchange")


@dataclass(slots=True)
class Outcome:
    """What trying all rows came to."""

    applied: Applied
    faults: list[Fault]
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, Any]:
        """As they are kept with the import."""
        return {
            "made": self.applied.made,
            "changed": self.applied.changed,
            "unchanged": self.applied.unchanged,
            "bad": len({fault.row for fault in self.faults}),
            "skipped": self.skipped,
        }


def carry_out(row: Import, step: str, *, by: Actor, at: datetime, side: Side) -> None:
    """Do one step of an import. Whatever ends it early leaves nothing behind but the import's own row, which says why;
    only a lost database is let through, so that the job is tried again."""
    step_of: dict[str, Callable[..., None]] = {"survey": _survey, "check": _check, "run": _run, "undo": _undo}
    try:
        with transaction.atomic():
            by.must(rules.IMPORT, row.area_path)
            by.must(registry.import_kind(row.kind).ability, row.area_path)
            step_of[step](row, by=by, at=at, side=side)
    except Cancelled:
        _end(row, ImportState.DONE if step == "undo" else ImportState.CANCELLED, at)
    except (Unfit, Refusal) as refused:
        _fail(row, step, at, refused.code, **refused.params)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # noqa: BLE001 -- any kind's fault ends its import, not the worker
        # Neither the fault's text nor the lines around it are written down: they may quote a row.
        detail = fault.__cause__ or fault
        log.error("an import of %s ended in %s", row.kind, type(detail).__qualname__)  # noqa: TRY400 -- see above
        _fail(
            row, step, at, "exchange.broken" if not isinstance(fault, DatabaseError) else "exchange.refused_by_tables"
        )
    Progress.objects.filter(pk=row.pk).update(phase="", moved_at=at, cancel_asked_at=None)


def _survey(row: Import, *, by: Actor, at: datetime, side: Side) -> None:  # noqa: ARG001 -- a step as the others
    side.enter(Phase.READING)
    kind = registry.import_kind(row.kind)
    seen = surveying.survey(stored.content(row.file), kind, vault_queries.tenant_of(row.area_path))
    if seen["chosen"] is None:
        raise Unfit("exchange.no_header")
    chosen = next(sheet for sheet in seen["sheets"] if sheet["index"] == seen["chosen"])
    row.survey_sealed = _sealed(row, "survey_sealed", seen, at)
    row.sheet, row.first_row, row.last_row = (
        chosen["index"],
        chosen["header"]["first_row"],
        chosen["header"]["last_row"],
    )
    row.mapping = {str(index): code for index, code in chosen["header"]["mapping"].items()}
    row.state = ImportState.READ
    row.save(update_fields=["survey_sealed", "sheet", "first_row", "last_row", "mapping", "state"])


def _check(row: Import, *, by: Actor, at: datetime, side: Side) -> None:
    content = stored.content(row.file)
    with transaction.atomic():
        outcome = _tried(row, content, Phase.CHECKING, by=by, at=at, side=side)
        transaction.set_rollback(True)
    _tell(row, outcome, content, ImportState.PREVIEWED, by=by, at=at, side=side)


def _run(row: Import, *, by: Actor, at: datetime, side: Side) -> None:
    content = stored.content(row.file)
    outcome = _tried(row, content, Phase.WRITING, by=by, at=at, side=side)
    row.ended_at = at
    _tell(row, outcome, content, ImportState.DONE, by=by, at=at, side=side)
    detail = {"kind": row.kind, **{name: outcome.counts[name] for name in ("made", "changed", "unchanged", "bad")}}
    audit.record(act=rules.IMPORT, by=by, object=("import", row.pk), area=row.area_path, at=at, detail=detail)


def _undo(row: Import, *, by: Actor, at: datetime, side: Side) -> None:
    side.enter(Phase.UNDOING)
    undone: Undone = registry.import_kind(row.kind).undo(row.pk, area=row.area_path, by=by, at=at)
    row.counts = {**row.counts, "undone": asdict(undone)}
    row.state, row.ended_at = ImportState.UNDONE, at
    row.save(update_fields=["counts", "state", "ended_at"])
    detail = {"kind": row.kind, **asdict(undone)}
    audit.record(act="exchange.undo_import", by=by, object=("import", row.pk), area=row.area_path, at=at, detail=detail)


def _tried(row: Import, content: bytes, phase: Phase, *, by: Actor, at: datetime, side: Side) -> Outcome:
    kind = registry.import_kind(row.kind)
    total = _rows_below(row)
    side.enter(phase, total)
    reader = Reader(
        kind,
        {int(index): code for index, code in row.mapping.items()},
        _titles(row),
        last_row=row.last_row or 0,
        on=timezone.localdate(at),
    )
    faults: list[Fault] = []
    batches = _batches(reader, content, row.sheet or 0, faults, side)
    applied = kind.apply(batches, import_id=row.pk, area=row.area_path, by=by, at=at, progress=side.move)
    for _ in batches:  # whoever stopped early has still to be told what is wrong further down
        pass
    faults = sorted([*faults, *applied.faults], key=lambda fault: fault.row)
    return Outcome(applied, faults, dict(reader.skipped.by_kind))


def _batches(reader: Reader, content: bytes, sheet: int, faults: list[Fault], side: Side) -> Iterator[Sequence[Row]]:
    batch: list[Row] = []
    for found in reader.read(reading.rows(content, sheet)):
        if isinstance(found, Bad):
            faults.extend(found.faults)
            continue
        batch.append(found.row)
        if len(batch) == rules.BATCH:
            yield batch
            batch = []
            side.ask()
    if batch:
        yield batch


def _tell(
    row: Import, outcome: Outcome, content: bytes, state: ImportState, *, by: Actor, at: datetime, side: Side
) -> None:
    """Keep what came of it, and the workbook that goes back to the clerk."""
    side.enter(Phase.MARKING)
    row.state, row.counts = state, outcome.counts
    kind = registry.import_kind(row.kind)
    shown = outcome.faults[: rules.MOST_FAULTS_SHOWN]
    row.faults_sealed = _sealed(row, "faults_sealed", [asdict(fault) for fault in shown], at) if shown else None
    before, row.faults_file = row.faults_file, None
    if outcome.faults:
        made = BytesIO()
        told_kind = (queries.opened(row, "survey_sealed") or {}).get("kind")
        faults_workbook(content, row, kind, outcome.faults, out=made, lang=by.lang, is_xlsx=told_kind == "xlsx")
        row.faults_file = files.store(
            made.getvalue(),
            name=stored.name(row.file),
            kind=Kind.EXPORT,
            subject=("import", row.pk),
            area=row.area_path,
            by=by,
            at=at,
            expires_at=at + timedelta(days=rules.IMPORT_KEPT_DAYS),
        )
    row.save(update_fields=["state", "counts", "faults_sealed", "faults_file", "ended_at"])
    if before is not None:
        files.remove(file_id=before.pk, by=by, at=at)


def _rows_below(row: Import) -> int:
    told = queries.opened(row, "survey_sealed") or {"sheets": []}
    filled = next((one["filled"] for one in told["sheets"] if one["index"] == row.sheet), 0)
    return max(0, filled - (row.last_row or 0))


def _titles(row: Import) -> list[str]:
    told = queries.opened(row, "survey_sealed") or {"sheets": []}
    sheet = next(one for one in told["sheets"] if one["index"] == row.sheet)
    return queries.header_at(sheet, row.first_row or 1, row.last_row or 1)


def _sealed(row: Import, column: str, value: Any, at: datetime) -> bytes:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return vault.sealing_ring(row.area_path, at=at).seal(text, queries.IMPORTS, column, row.pk)


def _fail(row: Import, step: str, at: datetime, code: str, **params: object) -> None:
    # A run or an undo that failed changed nothing: what was tried or done before still stands.
    state = {"undo": ImportState.DONE}.get(step, ImportState.FAILED)
    row.refresh_from_db()
    row.reason = code
    row.reason_params = {name: value for name, value in params.items() if isinstance(value, int | float)}
    row.save(update_fields=["reason", "reason_params"])
    _end(row, state, at)


def _end(row: Import, state: ImportState, at: datetime) -> None:
    Import.objects.filter(pk=row.pk).update(state=state, ended_at=at)
