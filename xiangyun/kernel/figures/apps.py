from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """The room of figures; no tables of its own, the rows belong to the rooms that count them."""

    name = "xiangyun.kernel.figures"
    label = "figures"

    def ready(self) -> None:
        from xiangyun.kernel.figures import checks  # noqa: F401 -- registers the system checks
