from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """The room of tables in and out."""

    name = "xiangyun.kernel.exchange"
    label = "exchange"

    def ready(self) -> None:
        from xiangyun.kernel.exchange import checks  # noqa: F401 -- registers the system checks
