from django.apps import AppConfig


class GeoConfig(AppConfig):
    """The room of shapes; no tables yet, the demo town's map is a file."""

    name = "xiangyun.kernel.geo"
    label = "geo"
