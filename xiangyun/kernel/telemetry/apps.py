from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """The room of records and series."""

    name = "xiangyun.kernel.telemetry"
    label = "telemetry"
