from django.apps import AppConfig


class AgricultureConfig(AppConfig):
    """The module of agriculture."""

    name = "xiangyun.modules.agriculture"
    label = "agriculture"

    def ready(self) -> None:
        from xiangyun.kernel import plugs
        from xiangyun.modules.agriculture.plug import PLUG

        plugs.add(PLUG)
