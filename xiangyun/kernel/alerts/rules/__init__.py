"""When a rule is broken and when it is over: pure functions of stored readings, on event time only.

Nothing here knows when a record came in. The same readings give the same spells in whatever order and at whatever
speed they arrived, so a replay, a backlog after an outage and a live day agree. Times are microseconds since the epoch
(UTC), as the batches of telemetry carry them.
"""

from xiangyun.kernel.alerts.rules.conditions import (
    SLACK,
    Condition,
    DaysInRow,
    Limit,
    Threshold,
    WindowSum,
    breaches,
    condition,
    full_days,
    in_row,
    over_from,
    said,
    unheard,
)
from xiangyun.kernel.alerts.rules.settling import Errand, Plan, errand, is_late, meet, reconcile
from xiangyun.kernel.alerts.rules.values import (
    CHINA,
    DAY,
    FOREVER,
    HOUR,
    SECOND,
    AlertState,
    Kind,
    Row,
    Shape,
    Spell,
    local_day,
    midnight,
)

__all__ = [
    "CHINA",
    "DAY",
    "FOREVER",
    "HOUR",
    "SECOND",
    "SLACK",
    "AlertState",
    "Condition",
    "DaysInRow",
    "Errand",
    "Kind",
    "Limit",
    "Plan",
    "Row",
    "Shape",
    "Spell",
    "Threshold",
    "WindowSum",
    "breaches",
    "condition",
    "errand",
    "full_days",
    "in_row",
    "is_late",
    "local_day",
    "meet",
    "midnight",
    "over_from",
    "reconcile",
    "said",
    "unheard",
]
