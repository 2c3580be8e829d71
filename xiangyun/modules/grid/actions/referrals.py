"""A report whose quarrel goes before the mediation committee: one open case at a time, and its clock stands."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from xiangyun.base import paths
from xiangyun.base.errors import NotFound, WrongState
from xiangyun.kernel.access.rules import Actor, system
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.modules.grid.actions import reports
from xiangyun.modules.grid.models import Mediation, Report
from xiangyun.modules.grid.queries import mediations as queries


def take_report(report_id: UUID, village: str, *, before: Mediation | None, by: Actor) -> Report:
    """The report of a village a new case comes from, held. What broke out of `before` may come from the same report.

    Refuses: NotFound, WrongState (it has an open case).
    """
    report = reports.held(report_id, by)
    if not paths.within(report.area_path, village):
        raise NotFound
    running = next((one for one in queries.open_cases_of(report) if one != before), None)
    if running is not None:
        raise WrongState("grid.mediated_already", number=report.matter.number, mediation=running.matter.number)
    return report


def stop_report(row: Mediation, *, at: datetime) -> None:
    """The clock of the report a case comes from stands until there is a result. The house stops it, since whoever
    mediates need not handle reports; where no clock runs, or it stands for another reason, it stays as it is, and the
    clock of the report's next stage begins with standing (`queries.wait`)."""
    wait = None if row.report is None else queries.wait(row.report.matter_id)
    if row.report is None or wait is None:
        return
    told = {"reason": wait.reason, "waits_for": wait.waits_for}
    with suppress(WrongState):
        workflow.suspend(matter_id=row.report.matter_id, **told, by=_house(row), at=at)


def resume_report(row: Mediation, *, at: datetime) -> None:
    """There is a result: the clock that stood for this case goes on."""
    if row.report is not None and queries.waits_for(row.report, row):
        workflow.resume(matter_id=row.report.matter_id, by=_house(row), at=at, note=row.matter.number)


def _house(row: Mediation) -> Actor:
    return system(paths.town_of(row.area_path) or row.area_path)
