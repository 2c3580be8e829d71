from django.apps import AppConfig


class GridConfig(AppConfig):
    """The grid platform."""

    name = "xiangyun.modules.grid"
    label = "grid"

    def ready(self) -> None:
        from xiangyun.kernel import plugs
        from xiangyun.modules.grid.plug import PLUG

        plugs.add(PLUG)
