from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The room of abilities and scope; no tables of its own."""

    name = "xiangyun.kernel.access"
    label = "access"
