from django.apps import AppConfig


class EntryConfig(AppConfig):
    """The doors; installed so that their commands are found."""

    name = "xiangyun.entry"
    label = "entry"
