from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """The room of devices."""

    name = "xiangyun.kernel.devices"
    label = "devices"
