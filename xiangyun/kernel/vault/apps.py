from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "xiangyun.kernel.vault"
    label = "vault"
