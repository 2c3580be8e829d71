"""What people, devices and clocks do with matters, work and duty."""

from xiangyun.kernel.workflow.actions.acting import title_of
from xiangyun.kernel.workflow.actions.beats import beat, forget_ops
from xiangyun.kernel.workflow.actions.closing import close, note_on, reopen, unwatch, watch
from xiangyun.kernel.workflow.actions.describing import describe, seal, set_due
from xiangyun.kernel.workflow.actions.duty import add_shift, end_shift, set_take_limit
from xiangyun.kernel.workflow.actions.grids import hand_grid_over, join_grids, split_grid
from xiangyun.kernel.workflow.actions.handling import (
    assign,
    co_handle,
    hand_up,
    route,
    send_back,
    send_down,
    sign,
    take_to,
)
from xiangyun.kernel.workflow.actions.joining import drop_work, merge, split, unmerge
from xiangyun.kernel.workflow.actions.matters import move, open_matter, remark
from xiangyun.kernel.workflow.actions.rounds import recount_unsure, turn_clocks
from xiangyun.kernel.workflow.actions.rulebook import end_route, forget_days, set_deadline, set_route, write_days
from xiangyun.kernel.workflow.actions.stand_ins import end_stand_in, hand_over, look_at_hand_over, stand_in
from xiangyun.kernel.workflow.actions.timing import ask_extension, grant_extension, refuse_extension, resume, suspend
from xiangyun.kernel.workflow.actions.work import dispatch, done, escalate, false_alarm, give_back, reassign, take

__all__ = [
    "add_shift",
    "ask_extension",
    "assign",
    "beat",
    "close",
    "co_handle",
    "describe",
    "dispatch",
    "done",
    "drop_work",
    "end_route",
    "end_shift",
    "end_stand_in",
    "escalate",
    "false_alarm",
    "forget_days",
    "forget_ops",
    "give_back",
    "grant_extension",
    "hand_grid_over",
    "hand_over",
    "hand_up",
    "join_grids",
    "look_at_hand_over",
    "merge",
    "move",
    "note_on",
    "open_matter",
    "reassign",
    "recount_unsure",
    "refuse_extension",
    "remark",
    "reopen",
    "resume",
    "route",
    "seal",
    "send_back",
    "send_down",
    "set_deadline",
    "set_due",
    "set_route",
    "set_take_limit",
    "sign",
    "split",
    "split_grid",
    "stand_in",
    "suspend",
    "take",
    "take_to",
    "title_of",
    "turn_clocks",
    "unmerge",
    "unwatch",
    "watch",
    "write_days",
]
