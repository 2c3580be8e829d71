from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AlertsConfig(AppConfig):
    """The room of alerts. After every migration the rules the plugs bring stand in their table."""

    name = "xiangyun.kernel.alerts"
    label = "alerts"

    def ready(self) -> None:
        post_migrate.connect(_plant, sender=self, dispatch_uid="alerts.plant_rules")


def _plant(using: str, **_: Any) -> None:
    from xiangyun.kernel.alerts import actions

    actions.plant_rules(using=using)
