from django.apps import AppConfig


class OfflineConfig(AppConfig):
    """The room of phones without signal."""

    name = "xiangyun.kernel.offline"
    label = "offline"

    def ready(self) -> None:
        from xiangyun.kernel.offline import checks  # noqa: F401 -- registers the system checks
