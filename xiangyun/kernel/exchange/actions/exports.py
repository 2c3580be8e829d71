"""Sending a table out: asked for with a purpose, written by a job, named in the audit and on a sheet of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from xiangyun.base import events, numbers, words, workbook
from xiangyun.base.errors import BadInput, Refusal
from xiangyun.base.sheets import Cell, ExportKind, Unfit
from xiangyun.base.workbook import Table
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.rules import REASONS
from xiangyun.kernel.exchange import queries, registry, rules
from xiangyun.kernel.exchange.events import ExportAsked
from xiangyun.kernel.exchange.models import Export
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.org import queries as org

log = logging.getLogger("xiangyun.exchange")


@transaction.atomic
def ask_export(
    *, kind: str, area: str, columns: Sequence[str], purpose: str, note: str, by: Actor, at: datetime
) -> Export:
    """Ask for a table of an area; a job writes it.

    Refuses: NotFound (no such kind or area), NotAllowed, BadInput (an unknown column or purpose).
    """
    wanted = registry.export_kind(kind)
    queries.place(area, by)
    by.must(rules.EXPORT, area)
    by.must(wanted.ability, area)
    known = [column.code for column in wanted.columns]
    chosen = list(dict.fromkeys(columns)) or known
    if unknown := [code for code in chosen if code not in known]:
        raise BadInput(
            "exchange.no_such_column",
            errors=[{"loc": ["body", "columns", code], "msg": "exchange.no_such_column"} for code in unknown],
        )
    if purpose not in REASONS:
        raise BadInput("audit.no_reason", errors=[{"loc": ["body", "purpose"], "msg": "audit.no_reason"}])
    row = Export.objects.create(
        area_path=area,
        kind=kind,
        columns=chosen,
        purpose=purpose,
        note=numbers.hidden(note),
        by_account=accounts.id_of(by),
        by_name=by.name,
        made_at=at,
    )
    events.publish(ExportAsked(export_id=row.pk, account_id=accounts.id_of(by)))
    return row


def carry_out(row: Export, *, by: Actor, at: datetime) -> None:
    """Write the table. Nothing goes out without its entry in the audit: both are in this transaction."""
    try:
        with transaction.atomic():
            by.must(rules.EXPORT, row.area_path)
            _write(row, registry.export_kind(row.kind), by, at)
    except (Unfit, Refusal) as refused:
        _fail(row, refused.code, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # noqa: BLE001 -- any kind's fault ends its export, not the worker
        # The fault's text may quote a row.
        log.error("an export of %s ended in %s", row.kind, type(fault).__qualname__)  # noqa: TRY400 -- see above
        _fail(row, "exchange.broken", at)


def _write(row: Export, kind: ExportKind, by: Actor, at: datetime) -> None:
    by.must(kind.ability, row.area_path)
    titles = {column.code: words.say(column.title_key, by.lang) for column in kind.columns}
    count = _Count(kind.rows(row.columns, area=row.area_path, by=by, at=at))
    made = BytesIO()
    title = words.say(kind.title_key, by.lang)
    data = Table(title, [titles[code] for code in row.columns], count, [16] * len(row.columns))
    mark = Table(words.say("exchange.watermark", by.lang), (), _watermark(row, count, title, by, at), (18, 60))
    workbook.write([data, mark], made)
    row.file = files.store(
        made.getvalue(),
        name=f"{title}.xlsx",
        kind=Kind.EXPORT,
        subject=("export", row.pk),
        area=row.area_path,
        by=by,
        at=at,
        expires_at=at + timedelta(days=rules.EXPORT_KEPT_DAYS),
    )
    row.state, row.rows, row.ended_at = "done", count.rows, at
    row.save(update_fields=["file", "state", "rows", "entry_id", "ended_at"])


class _Count:
    """Rows on their way, counted. Refuses (Unfit): more than one table may carry."""

    def __init__(self, rows: Iterator[Sequence[Cell]]) -> None:
        self._source = rows
        self.rows = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self._source:
            self.rows += 1
            if self.rows > rules.MOST_EXPORTED:
                raise Unfit("exchange.too_many_to_export", most=rules.MOST_EXPORTED)
            yield row


def _watermark(row: Export, count: _Count, title: str, by: Actor, at: datetime) -> Iterator[Sequence[Cell]]:
    """Who took what out, when and for what; made when the rows are all written, so that it can count them."""
    detail = {"kind": row.kind, "columns": row.columns, "rows": count.rows, "purpose": row.purpose}
    audit.record(act=rules.EXPORT, by=by, object=("export", row.pk), area=row.area_path, at=at, detail=detail)
    row.entry_id = Entry.objects.filter(object_kind="export", object_id=str(row.pk)).latest("id").pk
    told = (
        ("what", title),
        ("area", org.names([row.area_path])[row.area_path]),
        ("rows", count.rows),
        ("who", f"{by.name} ({by.account})"),
        ("when", timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")),
        ("purpose", words.say(f"audit.reason.{row.purpose}", by.lang)),
        ("note", row.note or None),
        ("entry", row.entry_id),
    )
    yield from ((words.say(f"exchange.watermark_{name}", by.lang), value) for name, value in told)
    yield None, words.say("exchange.watermark_rule", by.lang)
    yield None, words.say("exchange.watermark_apostrophe", by.lang)


def _fail(row: Export, code: str, at: datetime) -> None:
    Export.objects.filter(pk=row.pk).update(state="failed", reason=code, ended_at=at)
