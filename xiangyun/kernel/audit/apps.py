from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The room of the audit."""

    name = "xiangyun.kernel.audit"
    label = "audit"
