"""Writes to telemetry: taking in, folding, watching for silence, making and dropping days."""

from xiangyun.kernel.telemetry.actions.cuts import mind_cuts
from xiangyun.kernel.telemetry.actions.deliveries import Delivery, Receipt, Taken
from xiangyun.kernel.telemetry.actions.folding import fold
from xiangyun.kernel.telemetry.actions.intake import take_in
from xiangyun.kernel.telemetry.actions.silence import report_silence
from xiangyun.kernel.telemetry.actions.upkeep import drop_old, open_days_ahead

__all__ = [
    "Delivery",
    "Receipt",
    "Taken",
    "drop_old",
    "fold",
    "mind_cuts",
    "open_days_ahead",
    "report_silence",
    "take_in",
]
