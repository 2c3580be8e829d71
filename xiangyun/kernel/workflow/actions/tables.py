"""Tables that come in: the routing table and the calendar; each row is written as by hand, and can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangyun.base.errors import BadInput
from xiangyun.base.sheets import Applied, Fault, Row, Undone
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.workflow import queries, rules
from xiangyun.kernel.workflow.actions.rulebook import set_route, touch_clocks, write_days
from xiangyun.kernel.workflow.models import CalendarDay, Route
from xiangyun.kernel.workflow.rules import Level

Progress = Callable[[int], None]
UNDO = "workflow.undo_import"


def take_routes(
    batches: Iterator[Sequence[Row]], *, import_id: UUID, area: str, by: Any, at: datetime, progress: Progress
) -> Applied:
    """Lines of the routing table of an area; a line that stands there already as written changes nothing, and one in
    whose place another stood counts as changed.

    Refuses: NotFound.
    """
    done = 0
    counts: Counter[str] = Counter()
    faults: list[Fault] = []
    for rows in batches:
        for row in rows:
            try:
                counts[_route(row, import_id=import_id, area=area, by=by, at=at)] += 1
            except BadInput as refusal:
                column = str((refusal.errors or [{"loc": [None]}])[0]["loc"][-1])
                faults.append(Fault(row.number, refusal.code, column))
        done += len(rows)
        progress(done)
    return Applied(**counts, faults=tuple(faults))


def _route(row: Row, *, import_id: UUID, area: str, by: Any, at: datetime) -> str:
    """What a line comes to: made, changed or unchanged. Refuses: BadInput."""
    told = row.values
    name = told.get("account")
    account = queries.account_named(name, by) if name else None
    if name and account is None:
        raise BadInput("workflow.no_such_person", errors=[{"loc": ["account"], "msg": "account"}])
    line: dict[str, Any] = {
        "kind": told["kind"],
        "category": told.get("category") or "",
        "level": Level(told["level"]),
        "order": told.get("order") or 1,
        "role": told.get("role") or "",
        "account": account,
        "office": told.get("office") or "",
    }
    open_lines = Route.objects.filter(area_path=area, valid_until=None)
    if open_lines.filter(**line).exists():
        return "unchanged"
    stood = open_lines.filter(**{name: line[name] for name in ("kind", "category", "level", "order")}).exists()
    on = told.get("valid_from") or timezone.localtime(at).date()
    set_route(area=area, valid_from=on, by=by, at=at, import_id=import_id, **line)
    return "changed" if stood else "made"


def undo_routes(import_id: UUID, *, area: str, by: Any, at: datetime) -> Undone:
    """The lines that came in go, unless somebody ended one since; what ended for them holds again."""
    by.must(rules.SET_ROUTES, area)
    removed = restored = 0
    came = Route.objects.in_area(area).filter(import_id=import_id)
    kept = came.exclude(valid_until=None).count()
    for row in came.filter(valid_until=None):
        before = Route.objects.filter(
            area_path=row.area_path,
            kind=row.kind,
            category=row.category,
            level=row.level,
            order=row.order,
            valid_until=row.valid_from,
        )
        row.delete()
        removed += 1
        restored += before.update(valid_until=None)
    detail = {"removed": removed, "restored": restored, "kept": kept}
    audit.record(act=UNDO, by=by, object=("import", import_id), area=area, at=at, detail=detail)
    return Undone(removed=removed, restored=restored, kept=kept)


def take_days(
    batches: Iterator[Sequence[Row]], *, import_id: UUID, area: str, by: Any, at: datetime, progress: Progress
) -> Applied:
    """Days of a place, as a notice names them. Refuses: NotFound."""
    made = changed = done = 0
    for rows in batches:
        for basis in sorted({_basis(row) for row in rows}):
            days = {row.values["on"]: row.values["is_working"] for row in rows if _basis(row) == basis}
            new, other = write_days(area=area, days=days, basis=basis, by=by, at=at, import_id=import_id)
            made += new
            changed += other
        done += len(rows)
        progress(done)
    return Applied(made=made, changed=changed, unchanged=done - made - changed)


def _basis(row: Row) -> str:
    return row.values.get("basis") or "国务院办公厅放假通知"


def undo_days(import_id: UUID, *, area: str, by: Any, at: datetime) -> Undone:
    """The days that came in go; clocks that pass through them are counted anew."""
    by.must(rules.SET_ROUTES, area)
    rows = CalendarDay.objects.in_area(area).filter(import_id=import_id)
    days = list(rows.values_list("on", flat=True))
    rows.delete()
    touch_clocks(area, days)
    audit.record(act=UNDO, by=by, object=("import", import_id), area=area, at=at, detail={"removed": len(days)})
    return Undone(removed=len(days))
