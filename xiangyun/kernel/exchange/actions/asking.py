"""Bringing a table in, step by step: each is asked for here and done by a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangyun.base import events, ids
from xiangyun.base.errors import BadInput, WrongState
from xiangyun.base.sheets import ImportKind, Unfit
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.exchange import queries, registry, rules
from xiangyun.kernel.exchange.events import ImportAsked
from xiangyun.kernel.exchange.models import Import, Layout, Progress
from xiangyun.kernel.exchange.rules import ImportState, Phase
from xiangyun.kernel.exchange.sheets import inspect
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.vault import queries as vault


@transaction.atomic
def start_import(*, kind: str, area: str, file_id: UUID, by: Actor, at: datetime) -> Import:
    """An uploaded workbook is to come in as rows of `area`; a job looks into it next.

    Refuses: NotFound (no such kind, area or file), NotAllowed, BadInput (no workbook we read), Conflict (the recovery
    sheet is in nobody's hands yet).
    """
    wanted = registry.import_kind(kind)
    queries.place(area, by)
    by.must(rules.IMPORT, area)
    by.must(wanted.ability, area)
    vault.must_be_confirmed()
    import_id = ids.uuid7()
    file = files.attach(
        file_id=file_id,
        subject=("import", import_id),
        area=area,
        by=by,
        at=at,
        expires_at=at + timedelta(days=rules.IMPORT_KEPT_DAYS),
    )
    try:
        inspect.look_in(stored.content(file))
    except Unfit as unfit:
        raise queries.refusal(unfit, "file") from unfit
    row = Import.objects.create(
        pk=import_id,
        area_path=area,
        kind=kind,
        file=file,
        by_account=accounts.id_of(by),
        by_name=by.name,
        made_at=at,
    )
    Progress.objects.create(of=row, area_path=area, moved_at=at)
    audit.record(act=rules.IMPORT, by=by, object=("import", row.pk), area=area, at=at, detail={"kind": kind})
    _ask(row, "survey", by, at)
    return queries.imports_for(by).pick(row.pk)


@transaction.atomic
def ask_check(
    *,
    import_id: UUID,
    sheet: int,
    first_row: int,
    last_row: int,
    mapping: Mapping[int, str],
    by: Actor,
    at: datetime,
) -> Import:
    """What the columns mean is said, and remembered for the town; a job then tries everything without keeping it.

    Refuses: NotFound, NotAllowed, WrongState (also when the table's time is over), BadInput (a column named twice or
    not at all, a required one missing).
    """
    row = _idle(import_id, by)
    _must_move(row, ImportState.PREVIEWED, by)
    _must_be_kept(row, at)
    kind = registry.import_kind(row.kind)
    titles = _titles(row, sheet, first_row, last_row)
    fit = queries.fitting(kind, mapping, titles)
    _must_be_whole(kind, mapping, fit)
    row.sheet, row.first_row, row.last_row = sheet, first_row, last_row
    row.mapping = {str(index): code for index, code in sorted(fit.items())}
    row.fingerprint = queries.fingerprint(titles)
    row.save(update_fields=["sheet", "first_row", "last_row", "mapping", "fingerprint"])
    Layout.objects.update_or_create(
        area_path=vault.tenant_of(row.area_path),
        kind=row.kind,
        fingerprint=row.fingerprint,
        defaults={"mapping": row.mapping, "used_at": at},
    )
    _ask(row, "check", by, at)
    return queries.imports_for(by).pick(row.pk)


@transaction.atomic
def ask_run(*, import_id: UUID, by: Actor, at: datetime) -> Import:
    """Take the good rows in. Refuses: NotFound, NotAllowed, WrongState (not tried yet; done already; the table's time
    is over)."""
    row = _idle(import_id, by)
    _must_move(row, ImportState.RUNNING, by)
    _must_be_kept(row, at)
    by.must(registry.import_kind(row.kind).ability, row.area_path)
    row.state = ImportState.RUNNING
    row.save(update_fields=["state"])
    _ask(row, "run", by, at)
    return queries.imports_for(by).pick(row.pk)


@transaction.atomic
def ask_undo(*, import_id: UUID, by: Actor, at: datetime) -> Import:
    """Take an import back. Refuses: NotFound, NotAllowed, WrongState (not done)."""
    row = _idle(import_id, by)
    _must_move(row, ImportState.UNDONE, by)
    by.must(registry.import_kind(row.kind).ability, row.area_path)
    _ask(row, "undo", by, at)
    return queries.imports_for(by).pick(row.pk)


@transaction.atomic
def cancel(*, import_id: UUID, by: Actor, at: datetime) -> Import:
    """Stop: a job that is under way ends without having changed anything; what only waits is put aside.

    Refuses: NotFound, WrongState (over already).
    """
    row = queries.imports_for(by).pick(import_id)
    if (ImportState(row.state), ImportState.CANCELLED) not in rules.MOVES:
        raise WrongState("exchange.wrong_state")
    # The job never locks this row of the progress for longer than a moment, so nobody waits here.
    progress = Progress.objects.select_for_update().get(pk=row.pk)
    if progress.phase:
        progress.cancel_asked_at = at
        progress.save(update_fields=["cancel_asked_at"])
    else:
        Import.objects.filter(pk=row.pk).update(state=ImportState.CANCELLED, ended_at=at)
    audit.record(act="exchange.cancel_import", by=by, object=("import", row.pk), area=row.area_path, at=at)
    return queries.imports_for(by).pick(import_id)


def _idle(import_id: UUID, by: Actor) -> Import:
    """An import that no job works on, locked. Refuses: NotFound, WrongState."""
    found: Import = queries.imports_for(by).select_related(None).select_for_update().pick(import_id)
    if Progress.objects.select_for_update().get(pk=found.pk).phase:
        raise WrongState("exchange.busy")
    return found


def _must_move(row: Import, to: ImportState, by: Actor) -> None:
    needed = rules.MOVES.get((ImportState(row.state), to))
    if needed is None:
        raise WrongState("exchange.wrong_state")
    by.must(needed, row.area_path)


def _must_be_kept(row: Import, at: datetime) -> None:
    if stored.is_gone(row.file, at):
        raise WrongState("exchange.file_gone", days=rules.IMPORT_KEPT_DAYS)


def _ask(row: Import, step: str, by: Actor, at: datetime) -> None:
    Progress.objects.filter(pk=row.pk).update(phase=Phase.WAITING, done=0, total=0, moved_at=at, cancel_asked_at=None)
    events.publish(ImportAsked(import_id=row.pk, account_id=accounts.id_of(by), step=step))


def _titles(row: Import, sheet: int, first_row: int, last_row: int) -> list[str]:
    """The titles in the named header. Refuses: BadInput where there is none such."""
    told: dict[str, Any] = queries.opened(row, "survey_sealed") or {"sheets": []}
    for one in told["sheets"]:
        if one["index"] != sheet:
            continue
        header = one["header"]
        if header and (header["first_row"], header["last_row"]) == (first_row, last_row):
            return [str(title) for title in header["titles"]]
        return queries.header_at(one, first_row, last_row)
    raise BadInput("exchange.no_such_sheet", errors=[{"loc": ["body", "sheet"], "msg": "exchange.no_such_sheet"}])


def _must_be_whole(kind: ImportKind, mapping: Mapping[int, str], fit: Mapping[int, str]) -> None:
    if len(fit) != len(mapping) or len(set(fit.values())) != len(fit) or not fit:
        raise BadInput("exchange.bad_mapping", errors=[{"loc": ["body", "mapping"], "msg": "exchange.bad_mapping"}])
    missing = [column for column in kind.columns if column.is_required and column.code not in fit.values()]
    if missing:
        raise BadInput(
            "exchange.column_missing",
            errors=[{"loc": ["body", "mapping", column.code], "msg": "exchange.cell_required"} for column in missing],
        )
