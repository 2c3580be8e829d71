"""Job doors: what was asked of the worker is done for the person who asked, with the posts they hold by then."""

from __future__ import annotations

from xiangyun.base import clock
from xiangyun.kernel.exchange import queries
from xiangyun.kernel.exchange.actions import exports, working
from xiangyun.kernel.exchange.events import ExportAsked, ImportAsked
from xiangyun.kernel.exchange.models import Export, Import
from xiangyun.kernel.exchange.progress import beside
from xiangyun.kernel.vault import queries as vault


def do_import(asked: ImportAsked) -> None:
    """One step of an import; a job that comes again for a step that is over does nothing."""
    row = Import.objects.select_related("file__blob", "faults_file", "progress").filter(pk=asked.import_id).first()
    if row is None or not row.progress.phase:
        return
    at = clock.now()
    scope = vault.tenant_of(row.area_path)
    by = queries.acting(asked.account_id, scope, at)
    with beside(row.pk, scope, clock.now) as side:
        working.carry_out(row, asked.step, by=by, at=at, side=side)


def do_export(asked: ExportAsked) -> None:
    """Write a table that was asked for; once."""
    row = Export.objects.select_for_update().filter(pk=asked.export_id, state="waiting").first()
    if row is None:
        return
    at = clock.now()
    exports.carry_out(row, by=queries.acting(asked.account_id, vault.tenant_of(row.area_path), at), at=at)
