from django.apps import AppConfig


class PlugsConfig(AppConfig):
    """Installed after the rooms and before the modules, so that rooms are open when a module plugs in."""

    name = "xiangyun.kernel.plugs"
    label = "plugs"

    def ready(self) -> None:
        from xiangyun.kernel import plugs

        plugs.open_rooms()
