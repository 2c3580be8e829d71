from django.apps import AppConfig


class FilesConfig(AppConfig):
    """The room of attachments."""

    name = "xiangyun.kernel.files"
    label = "files"
