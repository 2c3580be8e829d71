"""What people, devices and clocks do with matters, work and duty."""

from xiangyun.kernel.workflow.actions.beats import beat, forget_ops
from xiangyun.kernel.workflow.actions.duty import add_shift, end_shift, set_take_limit
from xiangyun.kernel.workflow.actions.matters import move, open_matter, remark
from xiangyun.kernel.workflow.actions.work import dispatch, done, escalate, false_alarm, give_back, reassign, take

__all__ = [
    "add_shift",
    "beat",
    "dispatch",
    "done",
    "end_shift",
    "escalate",
    "false_alarm",
    "forget_ops",
    "give_back",
    "move",
    "open_matter",
    "reassign",
    "remark",
    "set_take_limit",
    "take",
]
