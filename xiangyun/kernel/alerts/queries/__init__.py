"""Reads of rules, alerts and the readings behind them."""

from xiangyun.kernel.alerts.queries.readings import sums, usable_rows
from xiangyun.kernel.alerts.queries.rulebook import (
    Version,
    conditions,
    forget,
    micros,
    moment,
    version_at,
    versions,
)
from xiangyun.kernel.alerts.queries.told import (
    SEE,
    Asked,
    ask_watches,
    facts,
    latest,
    open_alerts,
    spell_of,
    told,
    touching,
    unheard_of,
    visible_to,
    watches,
)

__all__ = [
    "SEE",
    "Asked",
    "Version",
    "ask_watches",
    "conditions",
    "facts",
    "forget",
    "latest",
    "micros",
    "moment",
    "open_alerts",
    "spell_of",
    "sums",
    "told",
    "touching",
    "unheard_of",
    "usable_rows",
    "version_at",
    "versions",
    "visible_to",
    "watches",
]
