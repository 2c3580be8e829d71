from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """The room of matters, work and duty."""

    name = "xiangyun.kernel.workflow"
    label = "workflow"

    def ready(self) -> None:
        from xiangyun.kernel.workflow import checks  # noqa: F401 -- registers the system checks
