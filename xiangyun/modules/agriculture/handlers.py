"""What agriculture hears from the kernel."""

from __future__ import annotations

from xiangyun.base import clock
from xiangyun.kernel.alerts import queries as alerts
from xiangyun.kernel.alerts.events import AlertChanged, AlertRaised
from xiangyun.kernel.alerts.models import Alert
from xiangyun.modules.agriculture import actions, rules


def rain_was_measured(event: AlertRaised | AlertChanged) -> None:
    """Rain began, ended or was moved by late data: the tips of the town from then on are looked at again."""
    if event.rule != rules.RAIN_FALLING:
        return
    spell = Alert.objects.filter(pk=event.alert_id).first()
    at = clock.now()
    began = at if spell is None else alerts.moment(alerts.spell_of(spell).starts_at)
    actions.renew_tips(town=event.town, since=min(began, at) - rules.LOOK_BACK, at=at)
