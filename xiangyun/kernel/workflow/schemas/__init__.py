"""Wire shapes of matters, work, clocks and duty."""

from xiangyun.kernel.workflow.schemas.duty import DutyOut, DutyPersonOut, ShiftIn, ShiftOut, TakeLimitIn, TakeLimitOut
from xiangyun.kernel.workflow.schemas.matters import (
    AnswerIn,
    ClockOut,
    MatterOut,
    MatterWholeOut,
    PersonOut,
    ReassignIn,
    StepOut,
    SubjectOut,
    WorkOut,
    WorkWholeOut,
)

__all__ = [
    "AnswerIn",
    "ClockOut",
    "DutyOut",
    "DutyPersonOut",
    "MatterOut",
    "MatterWholeOut",
    "PersonOut",
    "ReassignIn",
    "ShiftIn",
    "ShiftOut",
    "StepOut",
    "SubjectOut",
    "TakeLimitIn",
    "TakeLimitOut",
    "WorkOut",
    "WorkWholeOut",
]
