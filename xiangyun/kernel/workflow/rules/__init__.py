"""States, moves, levels, clocks and the line of people on duty: plain values, no database."""

from datetime import timedelta

from xiangyun.kernel.workflow.rules.abilities import (
    ASSIGN,
    EXTEND,
    HANDLE,
    REASSIGN,
    SEE,
    SEE_DUTY,
    SEE_SEALED,
    SET_DUTY,
    SET_ROUTES,
    SET_RULES,
    TAKE,
)
from xiangyun.kernel.workflow.rules.deadlines import Deadline, Lamp, Limit, Start, Unit, WhenLate
from xiangyun.kernel.workflow.rules.duty import (
    ROSTER_ROLES,
    Holder,
    OnDuty,
    ShiftKind,
    covers,
    line_up,
    next_after,
)
from xiangyun.kernel.workflow.rules.kinds import (
    ACTS,
    PLAIN_MOVES,
    Act,
    Categories,
    Level,
    MatterKind,
    MatterState,
    Moves,
    Wait,
    WorkKind,
    incident,
    number,
)
from xiangyun.kernel.workflow.rules.work import (
    INVOLVED,
    MERGED,
    OVER,
    TAKE_WITHIN,
    WAITING,
    How,
    Outcome,
    WorkState,
    is_late,
    is_unaccepted,
    moves_open,
)

__all__ = [
    "ACTS",
    "ASSIGN",
    "EXTEND",
    "HANDLE",
    "HEARTBEAT_LATE",
    "HOUSE",
    "INVOLVED",
    "MERGED",
    "OP_KEPT",
    "OVER",
    "PLAIN_MOVES",
    "REASSIGN",
    "ROSTER_ROLES",
    "SEE",
    "SEE_DUTY",
    "SEE_SEALED",
    "SET_DUTY",
    "SET_ROUTES",
    "SET_RULES",
    "TAKE",
    "TAKE_WITHIN",
    "WAITING",
    "Act",
    "Categories",
    "Deadline",
    "Holder",
    "How",
    "Lamp",
    "Level",
    "Limit",
    "MatterKind",
    "MatterState",
    "Moves",
    "OnDuty",
    "Outcome",
    "ShiftKind",
    "Start",
    "Unit",
    "Wait",
    "WhenLate",
    "WorkKind",
    "WorkState",
    "covers",
    "incident",
    "is_late",
    "is_unaccepted",
    "line_up",
    "moves_open",
    "next_after",
    "number",
]

# What `access.system` is called; a step by it reads as the house's own.
HOUSE = "system"
# A box on the wire that says nothing for this long is not well.
HEARTBEAT_LATE = timedelta(seconds=15)
# Phones are allowed to stay offline for seven days; after that nobody repeats a request.
OP_KEPT = timedelta(days=30)
