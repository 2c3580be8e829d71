"""Matters, the work on them, their clocks, what happened to them, who is on duty, and where things go."""

from xiangyun.kernel.workflow.models.clocks import CalendarDay, Clock, DeadlineRule, Extension, Stop
from xiangyun.kernel.workflow.models.duty import DutyShift, TakeLimit
from xiangyun.kernel.workflow.models.matters import Evidence, Involvement, Matter, Step
from xiangyun.kernel.workflow.models.ops import Heartbeat, Op, Serial
from xiangyun.kernel.workflow.models.routes import Route
from xiangyun.kernel.workflow.models.work import StandIn, WorkItem

__all__ = [
    "CalendarDay",
    "Clock",
    "DeadlineRule",
    "DutyShift",
    "Evidence",
    "Extension",
    "Heartbeat",
    "Involvement",
    "Matter",
    "Op",
    "Route",
    "Serial",
    "StandIn",
    "Step",
    "Stop",
    "TakeLimit",
    "WorkItem",
]
