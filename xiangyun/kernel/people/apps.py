from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The register of people and homes."""

    name = "xiangyun.kernel.people"
    label = "people"
