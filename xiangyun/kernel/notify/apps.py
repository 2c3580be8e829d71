from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """The room of notices."""

    name = "xiangyun.kernel.notify"
    label = "notify"

    def ready(self) -> None:
        from xiangyun.kernel.notify import checks  # noqa: F401 -- registers the system checks
