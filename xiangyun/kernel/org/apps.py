from django.apps import AppConfig


class OrgConfig(AppConfig):
    """The room of the area tree."""

    name = "xiangyun.kernel.org"
    label = "org"
