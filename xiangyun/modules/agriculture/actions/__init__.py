"""What people, stations and the clock do here: `from xiangyun.modules.agriculture import actions`."""

from xiangyun.modules.agriculture.actions.fields import mark_stages, register_field, register_planting
from xiangyun.modules.agriculture.actions.forecasts import enter_forecast, read_forecasts, withdraw_forecast
from xiangyun.modules.agriculture.actions.tips import approve_tip, end_approval, renew_tips

__all__ = [
    "approve_tip",
    "end_approval",
    "enter_forecast",
    "mark_stages",
    "read_forecasts",
    "register_field",
    "register_planting",
    "renew_tips",
    "withdraw_forecast",
]
