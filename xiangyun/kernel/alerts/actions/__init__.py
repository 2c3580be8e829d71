"""What records do to alerts: `from xiangyun.kernel.alerts import actions as alerts`."""

from xiangyun.kernel.alerts.actions.judging import ask, judge
from xiangyun.kernel.alerts.actions.rulebook import CHANGE, change_rule, plant_rules
from xiangyun.kernel.alerts.actions.silence import end_unheard
from xiangyun.kernel.alerts.actions.telling import Subject, settle

__all__ = ["CHANGE", "Subject", "ask", "change_rule", "end_unheard", "judge", "plant_rules", "settle"]
